"""The command line of a package of measures: `python -m PACKAGE NAME [options]`, NAME a module of it with a `main`."""

import sys
from importlib import import_module
from pathlib import Path


def run_named(package: str) -> None:
    """Run the measure that is named; without a name, say which there are."""
    folder = Path(import_module(package).__path__[0])
    modules = [path.stem for path in sorted(folder.glob("[a-z]*.py")) if "\ndef main(" in path.read_text()]
    if len(sys.argv) < 2 or sys.argv[1] not in modules:
        sys.exit(f"Usage: python -m {package} NAME [options]\nNAME is one of: {', '.join(modules)}")
    name = sys.argv[1]
    sys.argv = [f"{package} {name}", *sys.argv[2:]]
    import_module(f"{package}.{name}").main()

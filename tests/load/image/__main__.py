"""Measures of images: `python -m tests.load.image NAME [options]`, each a module of this package with a `main`."""

import sys
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Run the measure that is named; without a name, say which there are."""
    folder = Path(__file__).parent
    modules = [path.stem for path in sorted(folder.glob("[a-z]*.py")) if "\ndef main(" in path.read_text()]
    if len(sys.argv) < 2 or sys.argv[1] not in modules:
        sys.exit(f"Usage: python -m tests.load.image NAME [options]\nNAME is one of: {', '.join(modules)}")
    sys.argv = [f"tests.load.image {sys.argv[1]}", *sys.argv[2:]]
    import_module(f"tests.load.image.{sys.argv[0].split()[1]}").main()


if __name__ == "__main__":
    main()

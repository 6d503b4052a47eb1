"""Run one measure of search by the name of its module: `python -m tests.load.search collection [OPTIONS]`."""

import sys
from importlib import import_module
from pathlib import Path

_MEASURES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if "def main(" in path.read_text(encoding="utf-8")
)

if __name__ == "__main__":
    if sys.argv[1:2] == [] or sys.argv[1] not in _MEASURES:
        sys.exit(f"Name one of: {', '.join(_MEASURES)}.")
    import_module(f"tests.load.search.{sys.argv[1]}").main(sys.argv[2:])

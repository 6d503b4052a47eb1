"""Where the files lie that come with Lectern and are no Python: in a wheel beside this module, else in the checkout."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent
_IN_WHEEL = _HERE / "shipped"  # tools/wheel_contents.py puts it there


def shipped(name: str, in_checkout: str) -> Path:
    """Return the folder `name` of the wheel, or where the checkout has it; it may be in neither."""
    return _IN_WHEEL / name if _IN_WHEEL.is_dir() else _HERE.parent / in_checkout

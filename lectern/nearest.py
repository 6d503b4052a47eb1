"""Which known name was perhaps meant by one that nobody knows."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is written most alike, None if none is alike."""
    found = get_close_matches(name.lower(), sorted(known), 1, 0.7)
    return found[0] if found else None

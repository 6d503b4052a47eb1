"""Numbers as OCR files write them."""

import re

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
_PLAIN_DIGITS = 6
LARGEST = 1_000_000  # in any unit: what is larger (or "nan", or "inf") is no place on a page, and no database takes it
_SMALLEST = 1e-6  # nothing is divided by what is smaller


def number(text: str) -> float | None:
    """Return a text as a number; None if it is empty, no number, or beyond what any page measures."""
    if text.isdecimal() and len(text) <= _PLAIN_DIGITS:  # nearly all are
        return float(text)
    match = _NUMBER.fullmatch(text.strip())
    value = float(match.group()) if match else None
    if value is None or abs(value) > LARGEST:
        return None
    return value if abs(value) >= _SMALLEST else 0.0


def numbers_in(text: str) -> list[float]:
    """Return the numbers of a text in order, whatever stands between them."""
    return [value for found in _NUMBER.findall(text) if (value := number(found)) is not None]

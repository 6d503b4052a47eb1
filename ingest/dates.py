"""Dates as descriptions give them, to the instants of IIIF's `navDate`. Pure."""

import re
from datetime import UTC, date, datetime

_DAY = re.compile(r"(?P<year>\d{4})(?:-?(?P<month>\d{2})(?:-?(?P<day>\d{2}))?)?")
_EUROPEAN_DAY = re.compile(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*")


def nav_date(text: str) -> str:
    """Return an instant in UTC as `navDate` has it (`1886-11-26T00:00:00Z`): a year, month or day is its beginning.

    Understands ISO 8601 (`1886`, `1886-11-26`, `18861126`, an instant with its offset) and `26.11.1886`; raises
    ValueError for anything else.
    """
    text = text.strip()
    if _INSTANT.fullmatch(text):
        found = datetime.fromisoformat(text)
        moment = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        return f"{moment.year:04}-{moment:%m-%dT%H:%M:%S}Z"
    match = _DAY.fullmatch(text) or _EUROPEAN_DAY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no date: write 1886-11-26, or an instant like 1886-11-26T00:00:00Z")
    told = {name: int(value) for name, value in match.groupdict(default="1").items()}
    day = date(told["year"], told["month"], told["day"])
    return f"{day.year:04}-{day:%m-%d}T00:00:00Z"


def nav_date_or_none(text: str) -> str:
    """Return the same, empty for what is no date."""
    try:
        return nav_date(text)
    except (ValueError, OverflowError):
        return ""

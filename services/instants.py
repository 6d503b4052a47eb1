"""Dates and instants of the command line, in the grammar of policies.toml (TH-93)."""

from datetime import UTC, date, datetime, time

INSTANT_HINT = "Give a date like 2031-01-01, or an instant like 2031-01-01T00:00:00Z."


def read_instant(text: str) -> datetime:
    """Return a date at 00:00 UTC, or an instant, in UTC; raises ValueError for all else, a time without offset too."""
    try:
        if len(text) == len("2031-01-01"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date.") from error
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC.")
    return instant.astimezone(UTC)

"""The one clock: everything that asks for the time is handed this, so that tests can set it (TH rule R6)."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
APART = 10  # seconds that the clocks of machines may differ: what one has written may lie so far ahead of another


def utc_now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def seconds(moment: datetime) -> int:
    """Return whole seconds since 1970 UTC, the form in which every store keeps an instant."""
    return int(moment.timestamp())

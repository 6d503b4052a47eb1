"""A clock for tests."""

from datetime import UTC, datetime, timedelta


class SetClock:
    """A clock that stands still, at noon of 4 May 2026 UTC, until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        """Move the clock on, or back."""
        self.now += timedelta(seconds=seconds)

"""How an ingest tells how far it is, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Hears of one object's pages; called from one thread only."""

    def begin(self, title: str, pages: int) -> None:
        """Hear that an object of so many pages begins."""

    def step(self) -> None:
        """Hear that a page is done."""

    def end(self) -> None:
        """Hear that the object is done, or has failed."""


class Silence:
    """Listens to nothing."""

    def begin(self, title: str, pages: int) -> None:
        """Do nothing."""

    def step(self) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""

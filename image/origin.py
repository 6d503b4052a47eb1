"""What the image service asks of a place outside of the home that pictures lie in, and what can go wrong there."""

from dataclasses import dataclass
from typing import BinaryIO, Protocol

from lectern.errors import NotFound, StoreUnavailable


@dataclass(frozen=True, slots=True)
class Validators:
    """What a source says of a picture, to be asked with whether it is still the same; empty where it says nothing."""

    etag: str = ""
    last_modified: str = ""


class Origin(Protocol):
    """A place that pictures lie in. Several threads may ask one."""

    @property
    def id(self) -> str:
        """Return what tells this place from all others: its address, without secrets."""
        ...

    @property
    def fresh(self) -> int:
        """Return for how many seconds a picture is taken for what it was."""
        ...

    def get(self, key: str, known: Validators | None, into: BinaryIO) -> Validators | None:
        """Return the validators of a picture after writing it whole; None if it is still what `known` names.

        Raises OriginGone, OriginDown and PictureRefused.
        """
        ...


class OriginGone(NotFound):
    """A source says that it has no such picture."""


class OriginDown(StoreUnavailable):
    """A source cannot be asked just now, or does not let us in."""


class PictureRefused(StoreUnavailable):
    """A picture of a source breaks a limit, or is none that can be shown."""

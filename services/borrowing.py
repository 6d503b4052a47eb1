"""The sources of the settings, and the pictures that lie there, put together from settings."""

import time
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from image.borrowed import BorrowedPictures
from image.origin import Validators
from lectern.clock import Clock, utc_now
from lectern.errors import LecternError
from lectern.picture_sources import PictureSource, parse_reference
from lectern.settings import Settings

if TYPE_CHECKING:
    from ingest.remote import Remote

FORGET_SECONDS = 5.0  # that it is waited for pictures which others fetch just now


class LazyRemote:
    """A source of the settings; what asks it is loaded when it is asked."""

    def __init__(self, name: str, source: PictureSource, contact: str) -> None:
        self._given = (name, source, contact)
        self.fresh = source.fresh
        self.id = source.id

    @cached_property
    def _remote(self) -> "Remote":
        from ingest.remote import Remote

        return Remote(*self._given)

    def get(self, key: str, known: Validators | None, into: BinaryIO) -> Validators | None:
        """Return what `Remote.get` does."""
        return self._remote.get(key, known, into)


def borrowed_pictures(settings: Settings, clock: Clock) -> BorrowedPictures:
    """Return the pictures that lie in the sources of the settings, as they are kept in the home; opens nothing."""
    return BorrowedPictures(
        settings.files.borrowed,
        {name: LazyRemote(name, source, settings.contact) for name, source in settings.sources.items()},
        _make,
        limit=settings.pictures_bytes,
        waiting=max(1, settings.threads // 4),
        now=_seconds(clock),
    )


def forget_borrowed(settings: Settings, images: Iterable[str | None]) -> list[LecternError]:
    """Remove what is kept in the home of those of the pictures of an object that lie elsewhere.

    Returns why some are left, one error for each. For those that others hold it waits some seconds in all.
    """
    kept = borrowed_pictures(settings, utc_now)
    left: list[LecternError] = []
    end = time.monotonic() + FORGET_SECONDS
    for reference in map(parse_reference, images):
        if reference is not None:
            try:
                kept.forget(reference, max(0.0, end - time.monotonic()))
            except LecternError as error:
                left.append(error)
    return left


def _make(source: Path, target: Path) -> object:
    """Write the pyramid of a picture of any format that an ingest takes; raises InputError and StoreUnavailable."""
    from ingest.pictures import make_picture

    return make_picture(source, target)


def _seconds(clock: Clock) -> Callable[[], float]:
    return lambda: clock().timestamp()

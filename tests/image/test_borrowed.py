"""Pictures that lie elsewhere, kept in a folder: how many are fetched at once, and when room is made."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from image import borrowed
from image.borrowed import BorrowedPictures
from image.origin import Validators
from lectern.errors import Overloaded
from lectern.picture_sources import Reference


@dataclass
class Shelf:
    """A source of small files, that answers while it is open."""

    id: str = "shelf"
    fresh: int = 10
    edition: str = "one"
    open: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def get(self, key: str, known: Validators | None, into: BinaryIO) -> Validators | None:
        """Return the edition as validator, None if it is known."""
        self.asked.append(key)
        self.open.wait(30)
        if known == Validators(self.edition):
            return None
        into.write(f"{key} {self.edition}".encode())
        return Validators(self.edition)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    made = Shelf()
    yield made
    made.open.set()


def copied(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())


def pictures(folder: Path, now: Callable[[], float] = lambda: 1e9, **origins: Shelf) -> BorrowedPictures:
    return BorrowedPictures(folder, origins, copied, limit=1 << 20, waiting=100, now=now)


def test_so_many_pictures_of_one_source_wait_and_no_more(tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(borrowed, "WAIT_SECONDS", 0.0)
    other = Shelf("other")
    other.open.set()
    kept = pictures(tmp_path, shelf=shelf, other=other)
    for n in range(borrowed._WAITING):
        with pytest.raises(Overloaded, match="is being fetched and made"):
            kept.get(Reference("shelf", f"{n}"))
    for _ in range(2):
        with pytest.raises(Overloaded, match="Too many pictures are being fetched"):
            kept.get(Reference("shelf", "one more"))
    with pytest.raises(Overloaded, match="is being fetched and made"):
        kept.get(Reference("shelf", "0"))  # begun already
    monkeypatch.undo()
    assert kept.get(Reference("other", "page")).path.read_bytes() == b"page one"
    shelf.open.set()
    assert kept.get(Reference("shelf", f"{borrowed._WAITING - 1}")).version
    assert kept.get(Reference("shelf", "one more")).version
    assert len(shelf.asked) == borrowed._WAITING + 1


def test_room_is_made_for_a_new_pyramid_and_not_for_a_check(
    tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    made: list[Path] = []

    def noted(folder: Path, limit: int, stays: Path, now: float) -> None:
        if folder == tmp_path:  # threads of another test may still be at work
            made.append(stays)

    monkeypatch.setattr(borrowed, "make_room", noted)
    shelf.open.set()
    now = 1e9
    kept = pictures(tmp_path, lambda: now, shelf=shelf)
    first = kept.get(Reference("shelf", "a"))
    assert made == [first.path.parent]
    now += 60
    assert kept.get(Reference("shelf", "a")) == first
    assert (len(shelf.asked), len(made)) == (2, 1)
    shelf.edition = "two"
    now += 60
    assert kept.get(Reference("shelf", "a")) != first
    assert (len(shelf.asked), len(made)) == (3, 2)

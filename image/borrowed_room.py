"""Room for pictures at a source: those that nobody asked for longest go when there are too many bytes."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from image.borrowed_notes import read_note

_ROOM = 0.9  # of the limit, once it was reached
_GRACE_SECONDS = 60.0  # readers may hold the file of an older version
_LEFT_SECONDS = 3600.0  # after which what a killed process left behind is no work under way


@dataclass(frozen=True, slots=True)
class _Kept:
    """A picture's folder: when it was last used (seconds since 1970), and the bytes in it."""

    place: Path
    used: float
    size: int


def make_room(folder: Path, limit: int, stays: Path, now: float) -> None:
    """Remove pictures, the longest unused first, until the rest has `limit` bytes; `stays` was just made."""
    kept = [found for place in _places(folder) if (found := _looked_at(place, now)) is not None]
    total = sum(each.size for each in kept)
    if total <= limit:
        return
    for each in sorted(kept, key=lambda each: each.used):
        if each.place != stays and total > limit * _ROOM:
            _clear(each.place)
            total -= each.size


def _places(folder: Path) -> Iterator[Path]:
    for shelf in folder.iterdir():
        if shelf.is_dir() and len(shelf.name) == 2:
            yield from shelf.iterdir()


def _looked_at(place: Path, now: float) -> _Kept | None:
    """Return how much a picture takes, after older versions and what was left behind were removed."""
    try:
        used = place.stat().st_mtime
        version = read_note(place).version
        noted = (place / "note.json").stat().st_mtime if version else used
        size = 0
        for path in place.iterdir():
            state = path.stat()
            left = path.name.startswith(".") and now - state.st_mtime > _LEFT_SECONDS
            old = path.suffix == ".tif" and path.name[0] != "." and path.stem.split("~")[0] != version
            if left or (old and now - noted > _GRACE_SECONDS):
                path.unlink(missing_ok=True)
            else:
                size += state.st_size
    except OSError:  # another process removes it just now
        return None
    return _Kept(place, used, size)


def _clear(place: Path) -> None:
    """Remove what is kept of a picture: the note first, so that nobody finds it without its pyramid."""
    (place / "note.json").unlink(missing_ok=True)
    for path in place.iterdir():
        if not path.name.startswith("."):
            path.unlink(missing_ok=True)
    with suppress(OSError):  # somebody fetches it again just now
        place.rmdir()

"""Pictures at a source, as pyramids in a bounded folder of the home: fetched and converted at first request.

Any number of processes and threads may ask. One of them fetches and converts, the others wait for that, all of them for
so long and no longer. A source is asked again only when what it said is old, when it is compared by its validators;
while it cannot be reached what is there is shown. Whoever asks has the reader's verdict already.
"""

import fcntl
import hashlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from image.borrowed_notes import DOWN_SECONDS, Note, Step, next_step, read_note, write_note
from image.borrowed_room import make_room
from image.origin import Origin, OriginDown, OriginGone, PictureRefused, Validators
from image.pyramid import is_pyramid
from lectern.disk import sync
from lectern.errors import InputError, NotFound, Overloaded, StoreUnavailable
from lectern.picture_sources import Reference

_LOG = logging.getLogger(__name__)
WAIT_SECONDS = 15.0  # that a reader waits for a picture
_LOCK_SECONDS = 120.0  # that one process waits for another's fetching and converting
_POLL_SECONDS = 0.05
_MAKERS = 2  # pictures of one source fetched and converted at once in a process: a slow one holds up no other
_WAITING = 64  # pictures of one source that may be at that, or wait for it
_TRUSTED_SECONDS = 1.0  # that a process remembers what it read of a picture
_TOUCH_SECONDS = 60.0  # between two notes of use
_MOST_REMEMBERED = 1000

Maker = Callable[[Path, Path], object]  # writes the pyramid of a picture (first) to a place (second)


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A pyramid that is there, and which version of its picture it is of; another version is another file."""

    path: Path
    version: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """A pyramid that was there, and from when to when (seconds since 1970) nobody looks again whether it is."""

    borrowed: Borrowed
    since: float
    until: float


class BorrowedPictures:
    """The pyramids of pictures that lie in the sources of the settings. Making it opens nothing."""

    def __init__(
        self,
        folder: Path,
        origins: Mapping[str, Origin],
        maker: Maker,
        *,
        limit: int,
        waiting: int,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Keep up to `limit` bytes in a folder; at most `waiting` threads of this process wait at once."""
        self._folder = folder
        self._origins = origins
        self._maker = maker
        self._limit = limit
        self._now = now
        self._places = threading.BoundedSemaphore(max(1, waiting))
        self._lock = threading.Lock()
        self._pending: dict[Reference, Future[None]] = {}
        self._ready: dict[Reference, _Ready] = {}
        self._touched: dict[Reference, float] = {}
        self._pools: dict[str, ThreadPoolExecutor] = {}

    def get(self, reference: Reference) -> Borrowed:
        """Return the pyramid of a picture, fetched and made if it is not there.

        Raises NotFound when the source has no such picture (any more), StoreUnavailable when it cannot be had just
        now, Overloaded when it is not there in time or too many wait already.
        """
        ready = self._ready.get(reference)
        if ready is not None and ready.since <= self._now() < ready.until:
            return ready.borrowed
        origin = self._origins.get(reference.source)
        if origin is None:
            raise StoreUnavailable(
                f"There is no source {reference.source} in the settings, and a picture lies there.",
                f"Write [sources.{reference.source}] into lectern.toml, or ingest the object again.",
            )
        place = self._place(origin, reference.key)
        note = read_note(place)
        if self._step(note, origin) is Step.ASK:
            self._wait(origin, reference, place)
            note = read_note(place)
        if note.version:
            return self._found(reference, place, note, origin)
        if note.trouble == "gone":
            raise NotFound("There is no such image.", "The manifest of its object lists the images.")
        if note.trouble or self._is_down(origin):
            raise StoreUnavailable(f"The picture {reference} cannot be had from its source just now.", note.reason)
        raise Overloaded("The picture is being fetched and made.", "Ask again in some seconds.")

    def _found(self, reference: Reference, place: Path, note: Note, origin: Origin) -> Borrowed:
        """Return a pyramid that is there; that it is in use is noted once a minute."""
        found, now = Borrowed(place / f"{note.version}.tif", note.version), self._now()
        if len(self._ready) >= _MOST_REMEMBERED:
            self._ready.clear()
            self._touched.clear()
        self._ready[reference] = _Ready(found, now, min(now + _TRUSTED_SECONDS, note.checked + origin.fresh))
        if not 0 <= now - self._touched.get(reference, -_TOUCH_SECONDS) < _TOUCH_SECONDS:
            self._touched[reference] = now
            with suppress(OSError):
                os.utime(place, (now, now))
        return found

    def forget(self, reference: Reference, patience: float = _LOCK_SECONDS) -> None:
        """Remove what is kept of a picture; the next who asks has it fetched again.

        Raises Overloaded when another process holds it for longer than `patience` seconds, and StoreUnavailable.
        """
        origin = self._origins.get(reference.source)
        if origin is None:
            return
        place = self._place(origin, reference.key)
        try:
            with self._held(origin, place, patience):
                for path in place.iterdir() if place.is_dir() else ():
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unkept(error) from error
        self._ready.pop(reference, None)

    def _place(self, origin: Origin, key: str) -> Path:
        mark = hashlib.sha256(f"{origin.id}\0{key}".encode()).hexdigest()[:40]
        return self._folder / mark[:2] / mark

    def _step(self, note: Note, origin: Origin) -> Step:
        return next_step(note, self._now(), origin.fresh, down=self._is_down(origin))

    def _wait(self, origin: Origin, reference: Reference, place: Path) -> None:
        """Have a picture fetched, and wait for that within bounds; a picture that is there is shown meanwhile."""
        if not self._places.acquire(blocking=False):
            if read_note(place).version:
                return
            raise Overloaded("Too many wait for pictures that are being fetched.", "Ask again in some seconds.")
        try:
            with suppress(TimeoutError):
                self._begin(origin, reference, place).result(WAIT_SECONDS)
        finally:
            self._places.release()

    def _begin(self, origin: Origin, reference: Reference, place: Path) -> "Future[None]":
        """Return the work on a picture: that which is under way, else begun now."""
        with self._lock:
            found = self._pending.get(reference)
            if found is not None:
                return found
            if sum(each.source == reference.source for each in self._pending) >= _WAITING:
                raise Overloaded("Too many pictures are being fetched.", "Ask again in some seconds.")
            pool = self._pools.get(reference.source)
            if pool is None:
                pool = self._pools[reference.source] = ThreadPoolExecutor(_MAKERS, f"pictures-{reference.source}")
            begun = pool.submit(self._fill, origin, reference, place)
            self._pending[reference] = begun
        begun.add_done_callback(lambda _: self._done(reference))
        return begun

    def _done(self, reference: Reference) -> None:
        with self._lock:
            self._pending.pop(reference, None)

    def _fill(self, origin: Origin, reference: Reference, place: Path) -> None:
        """Fetch a picture and make its pyramid, unless another process did meanwhile; what went wrong is noted."""
        try:
            with self._held(origin, place):
                note = known = read_note(place)
                if self._step(known, origin) is Step.ASK:
                    note = self._asked(origin, reference.key, place, known)
                    write_note(place, note, self._now())
            if note.version not in {"", known.version}:  # to look at all that is kept takes time: only for one more
                make_room(self._folder, self._limit, place, self._now())
        except OSError as error:
            raise self._unkept(error) from error
        finally:
            self._ready.pop(reference, None)

    def _unkept(self, error: OSError) -> StoreUnavailable:
        return StoreUnavailable(
            f"A picture cannot be kept in {self._folder}, or removed there: {error.strerror or error}.",
            "Make room on the disk of the home, and check who may write there.",
        )

    def _asked(self, origin: Origin, key: str, place: Path, note: Note) -> Note:
        """Return what is known of a picture after its source was asked."""
        place.mkdir(parents=True, exist_ok=True)
        now = self._now()
        try:
            with _part(place) as part:
                found = self._fetched(origin, key, part, note)
                if found is None:
                    return replace(note, checked=now, trouble="", reason="")
                return replace(self._taken(place, part), etag=found.etag, last_modified=found.last_modified)
        except OriginGone as error:
            _LOG.warning("%s", error)
            for path in place.glob("*.tif"):
                path.unlink(missing_ok=True)
            return Note(trouble="gone", tried=now, reason=str(error))
        except OriginDown as error:
            _LOG.warning("%s", error)
            self._down_file(origin).touch()
            os.utime(self._down_file(origin), (now, now))
            return replace(note, trouble="down", tried=now, reason=str(error))
        except (PictureRefused, InputError) as error:
            _LOG.warning("%s", error)
            return replace(note, trouble="refused", tried=now, reason=str(error))
        except StoreUnavailable as error:  # the disk: to fetch it again for every reader would not help
            _LOG.error("%s", error)
            return replace(note, trouble="down", tried=now, reason=str(error))

    def _fetched(self, origin: Origin, key: str, part: Path, note: Note) -> Validators | None:
        known = Validators(note.etag, note.last_modified) if note.version else None
        with part.open("wb") as file:
            found = origin.get(key, known if known != Validators() else None, file)
        self._down_file(origin).unlink(missing_ok=True)
        return found

    def _taken(self, place: Path, part: Path) -> Note:
        """Return the note of a picture that has come, after its pyramid was made, or was there. Raises InputError."""
        with part.open("rb") as file:
            version = hashlib.file_digest(file, "sha256").hexdigest()[:20]
        target = place / f"{version}.tif"
        if not target.exists():
            self._make(part, target)
        return Note(version=version, checked=self._now())

    def _make(self, part: Path, target: Path) -> None:
        if is_pyramid(part):
            sync(part)
            part.replace(target)
            return
        beside = target.with_name(f".{secrets.token_hex(8)}.tif")
        try:
            self._maker(part, beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)

    def _is_down(self, origin: Origin) -> bool:
        """Return whether a source did not answer a moment ago: then it is left in peace."""
        try:
            return 0 <= self._now() - self._down_file(origin).stat().st_mtime < DOWN_SECONDS
        except OSError:
            return False

    def _down_file(self, origin: Origin) -> Path:
        return self._folder / f"{_mark(origin)}.down"

    @contextmanager
    def _held(self, origin: Origin, place: Path, patience: float = _LOCK_SECONDS) -> Iterator[None]:
        """Hold a picture against all other processes; raises Overloaded when another does for `patience` seconds."""
        locks = self._folder / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with (locks / f"{_mark(origin)}-{place.name[:3]}").open("w") as lock:  # a slow source holds up no other
            end = time.monotonic() + patience
            while not _got(lock.fileno()):
                if time.monotonic() > end:
                    raise Overloaded("The picture is held by another process.", "Ask again in some seconds.")
                time.sleep(_POLL_SECONDS)
            yield


def _mark(origin: Origin) -> str:
    return hashlib.sha256(origin.id.encode()).hexdigest()[:20]


def _got(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _part(place: Path) -> Iterator[Path]:
    """Yield a new path in a folder; what is there at the end goes."""
    part = place / f".{secrets.token_hex(8)}.part"
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)

"""What is watched, and who hears of changes there: a thread of its own, so that a long ingest makes nobody deaf."""

import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from ingest.settling import Settling, folders_inside, is_object_folder, owner_of
from services.looking import fingerprint

RETRY_SECONDS = 30.0  # after what is not the folder's fault: another writer, a full disk, broken policies
_LISTEN_MILLISECONDS = 500
_LOOK_SECONDS = (0.3, 10.0)  # between two looks at all files: on a network folder they cost something
_LONGEST_WAIT = 1.0  # seconds until the watched folders themselves are looked at


@dataclass(frozen=True, slots=True)
class Watched:
    """The paths that are watched; with `each` the objects are the folders inside them."""

    paths: tuple[Path, ...]
    each: bool

    def sources(self) -> Iterator[Path]:
        """Yield the objects that are there now. Raises OSError."""
        for path in self.paths:
            yield from sorted(folders_inside(path)) if self.each else (path,)

    def owner(self, changed: Path) -> Path | None:
        """Return the object that a changed file belongs to."""
        for path in self.paths:
            if owner := owner_of(changed, [self.root_of(path)], each=self.each):
                return owner if self.each else path
        return None

    def takes(self, source: Path) -> bool:
        """Return whether something that was changed is there, and an object: not so files beside the folders."""
        return is_object_folder(source) if self.each else source.exists()

    def root_of(self, path: Path) -> Path:
        """Return the folder in which a change concerns a path: the pages of a METS file lie beside it."""
        return path if self.each or path.is_dir() else path.parent

    def roots(self) -> list[Path]:
        """Return the folders that the system is to watch."""
        return list(dict.fromkeys(self.root_of(path) for path in self.paths))


class Listener:
    """Hears of changes, and knows which objects have come to rest. Its methods may be called from any thread.

    The system reports changes; with `poll`, and where the system fails (a folder it may not open, a name in another
    encoding, no more watches to be had), all files are looked at again and again.
    """

    def __init__(self, watched: Watched, settling: Settling, *, poll: bool) -> None:
        self._watched, self._settling, self._poll = watched, settling, poll
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._started, self._heard = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._listen, name="lectern-watch", daemon=True)

    def start(self) -> None:
        """Return as soon as every change is heard of."""
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(timeout=5)

    def begin(self) -> int:
        """Have every object that is there come up once; returns their number. Raises OSError."""
        sources = list(self._watched.sources())
        self._changed(sources)
        return len(sources)

    def take(self) -> Path | None:
        """Return an object that has come to rest, or None."""
        with self._lock:
            return self._settling.take(time.monotonic())

    def again(self, source: Path) -> None:
        """Have an object come up later without a change."""
        with self._lock:
            self._settling.again(source, time.monotonic() + RETRY_SECONDS)

    def wait(self) -> None:
        """Return when something was heard, when an object may be ready, or after a second."""
        with self._lock:
            left = self._settling.wait(time.monotonic())
        self._heard.wait(_LONGEST_WAIT if left is None else min(left, _LONGEST_WAIT))
        self._heard.clear()

    def hear(self, changed: Iterable[Path]) -> None:
        """Hear of changed files."""
        self._changed({owner for path in changed if (owner := self._watched.owner(path)) is not None})

    def _changed(self, sources: Collection[Path]) -> None:
        with self._lock:
            for source in sources:
                self._settling.changed(source, time.monotonic())
        if sources:
            self._heard.set()

    def _listen(self) -> None:
        if not self._poll:
            try:
                self._be_told()
            except Exception as error:  # of the system or of the library
                click.echo(
                    f"lectern: the system does not report changes ({error}); all files are looked at instead, as "
                    "with --poll.",
                    err=True,
                )
        self._look()

    def _be_told(self) -> None:
        """Hear what the system reports, until stopped. Raises whatever the library does."""
        from watchfiles import watch

        for changes in watch(
            *self._watched.roots(),
            watch_filter=None,
            debounce=_LISTEN_MILLISECONDS,
            rust_timeout=_LISTEN_MILLISECONDS,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
            force_polling=False,  # its way ends at the first folder that it may not open
            ignore_permission_denied=False,  # it would be silent about every other failure too
        ):
            self.hear(Path(path) for _, path in changes)
            self._started.set()  # the first time it comes here, nothing was heard yet

    def _look(self) -> None:
        """Look at all files again and again, until stopped. At first everything counts as changed."""
        known: dict[Path, bytes] = {}
        while not self._stop.is_set():
            began = time.monotonic()
            found = self._fingerprints()
            self._changed({source for source in known.keys() | found.keys() if known.get(source) != found.get(source)})
            known = found
            self._started.set()
            least, most = _LOOK_SECONDS
            pause = min(max(self._settling.quiet / 2, least), most)  # two looks at least while a thing comes to rest
            self._stop.wait(max(pause, time.monotonic() - began))

    def _fingerprints(self) -> dict[Path, bytes]:
        with suppress(OSError):  # a watched folder that is gone is the main thread's to tell
            return {source: fingerprint(self._watched.root_of(source)) for source in self._watched.sources()}
        return {}

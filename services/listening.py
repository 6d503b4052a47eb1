"""What is watched, and who hears of changes there: a thread of its own, so that a long ingest makes nobody deaf."""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.settling import Settling, folders_inside, is_object_folder, owner_of
from lectern.errors import ConfigurationError

RETRY_SECONDS = 30.0  # after what is not the folder's fault: another writer, a full disk, broken policies
_LISTEN_MILLISECONDS = 500
_POLL_MILLISECONDS = (300, 10_000)  # a look at every file of a network folder costs it something
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
            # The pages of a METS file lie beside it.
            root = path if self.each or path.is_dir() else path.parent
            if owner := owner_of(changed, [root], each=self.each):
                return owner if self.each else path
        return None

    def takes(self, source: Path) -> bool:
        """Return whether something that was changed is there, and an object: not so files beside the folders."""
        return is_object_folder(source) if self.each else source.exists()

    def roots(self) -> list[Path]:
        """Return the folders that the system is to watch."""
        return list(dict.fromkeys(path if self.each or path.is_dir() else path.parent for path in self.paths))


class Listener:
    """Hears of changes, and knows which objects have come to rest. Its methods may be called from any thread."""

    def __init__(self, watched: Watched, settling: Settling, *, poll: bool) -> None:
        self._watched, self._settling, self._poll = watched, settling, poll
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._started, self._heard = threading.Event(), threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._listen, name="lectern-watch", daemon=True)

    def start(self) -> None:
        """Return as soon as every change is heard of; raises ConfigurationError when the system cannot watch."""
        self._thread.start()
        self._started.wait()
        self.check()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(timeout=5)

    def check(self) -> None:
        """Raise ConfigurationError if nothing is heard any more."""
        if self._failure is not None:
            raise ConfigurationError(
                f"The system cannot watch the folder: {self._failure}.",
                "Use --poll, which needs nothing of the system, or raise fs.inotify.max_user_watches.",
            ) from self._failure

    def begin(self) -> int:
        """Have every object that is there come up once; returns their number. Raises OSError."""
        sources = list(self._watched.sources())
        with self._lock:
            for source in sources:
                self._settling.changed(source, time.monotonic())
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

    def _listen(self) -> None:
        from watchfiles import watch

        try:
            for changes in watch(
                *self._watched.roots(),
                watch_filter=None,
                debounce=_LISTEN_MILLISECONDS,
                rust_timeout=_LISTEN_MILLISECONDS,
                yield_on_timeout=True,
                stop_event=self._stop,
                raise_interrupt=False,
                force_polling=self._poll or None,
                poll_delay_ms=self._poll_delay(),
                ignore_permission_denied=True,
            ):
                self.hear(Path(path) for _, path in changes)
                self._started.set()  # the first time it comes here, nothing was heard yet
        except Exception as error:  # of the system or of the library: the main thread says it
            self._failure = error
            self._started.set()

    def _poll_delay(self) -> int:
        """Return milliseconds between two looks: at least two while a thing comes to rest."""
        least, most = _POLL_MILLISECONDS
        return round(min(max(self._settling.quiet * 500, least), most))

    def hear(self, changed: Iterable[Path]) -> None:
        """Hear of changed files."""
        owners = {owner for path in changed if (owner := self._watched.owner(path)) is not None}
        with self._lock:
            for owner in owners:
                self._settling.changed(owner, time.monotonic())
        if owners:
            self._heard.set()

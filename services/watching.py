"""`lectern ingest --watch`: folders are ingested whenever they have come to rest, until the command is ended."""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.settling import Settling, folders_inside, is_object_folder, overlaps, owner_of
from lectern.errors import ConfigurationError, InputError, LecternError
from lectern.settings import Settings
from services.options import Manner

if TYPE_CHECKING:
    from ingest.pipeline import IngestResult

RETRY_SECONDS = 30.0  # after what is not the folder's fault: another writer, a full disk, broken policies
_LISTEN_MILLISECONDS = 500
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
        return list(dict.fromkeys(path if path.is_dir() else path.parent for path in self.paths))


def require_watchable(settings: Settings, paths: Iterable[Path], *, each: bool) -> Watched:
    """Return what is to be watched, as absolute paths.

    Raises InputError for a path that is not there, that is no folder but should be, or that an ingest would write
    into itself: one that holds the home or lies in it.
    """
    found = tuple(path.absolute() for path in paths)
    for path in found:
        if not path.exists() or (each and not path.is_dir()):
            raise InputError(f"There is no {'folder' if each else 'file or folder'} {path}.", "Check the path.")
        if overlaps(path if path.is_dir() else path.parent, settings.home):
            raise InputError(
                f"{path} and the home {settings.home} lie in one another: Lectern would ingest what it writes.",
                "Watch a folder beside the home, or choose another home with LECTERN_HOME.",
            )
    return Watched(found, each)


class Listener:
    """Hears of changes in a thread of its own, so that a long ingest does not make it deaf."""

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
                ignore_permission_denied=True,
            ):
                self.hear(Path(path) for _, path in changes)
                self._started.set()  # the first time it comes here, nothing was heard yet
        except Exception as error:  # of the system or of the library: the main thread says it
            self._failure = error
            self._started.set()

    def hear(self, changed: Iterable[Path]) -> None:
        """Hear of changed files."""
        owners = {owner for path in changed if (owner := self._watched.owner(path)) is not None}
        with self._lock:
            for owner in owners:
                self._settling.changed(owner, time.monotonic())
        if owners:
            self._heard.set()


Ingest = Callable[[Path], "IngestResult"]


class Watch:
    """Ingests what has come to rest. What goes wrong with one object is said, and costs that object only."""

    def __init__(
        self,
        watched: Watched,
        listener: Listener,
        ingest: Ingest,
        tell: Callable[["IngestResult"], None],
        manner: Manner,
    ) -> None:
        self._watched, self._listener = watched, listener
        self._ingest, self._tell, self._manner = ingest, tell, manner
        self._known: set[Path] = set()
        self._waiting: dict[Path, str] = {}  # what was said of objects that come up again by themselves

    def work(self) -> None:
        """Ingest all that has come to rest by now."""
        while (source := self._listener.take()) is not None:
            self.work_on(source)

    def work_on(self, source: Path) -> None:
        """Ingest one object, or say why not."""
        if not self._watched.takes(source):
            self._say_gone(source)
            return
        self._known.add(source)
        try:
            result = self._ingest(source)
        except InputError as error:
            self._waiting.pop(source, None)
            click.echo(f"lectern: {source.name}: {error} It is tried again when its files change.", err=True)
        except (LecternError, OSError) as error:
            self._later(source, str(error))
        except Exception as error:  # a fault of ours must not end a service that others wait for
            click.echo(f"lectern: {source.name}: {type(error).__name__}: {error}. Please report this.", err=True)
        else:
            self._waiting.pop(source, None)
            if not result.unchanged:
                self._tell(result)

    def _say_gone(self, source: Path) -> None:
        if source in self._known:
            self._known.remove(source)
            self._manner.say(
                f"{source.name} is gone from the watched folder; its object stays: `lectern remove` takes it away."
            )

    def _later(self, source: Path, reason: str) -> None:
        if self._waiting.get(source) != reason:  # said once, however often it is tried
            click.echo(f"lectern: {source.name}: {reason} It is tried again every {RETRY_SECONDS:.0f} s.", err=True)
        self._waiting[source] = reason
        self._listener.again(source)


def watch_until_ended(
    watched: Watched,
    ingest: Ingest,
    tell: Callable[["IngestResult"], None],
    manner: Manner,
    *,
    settle: float,
    poll: bool,
) -> None:
    """Watch until SIGTERM or SIGINT, which end it in good order.

    Raises InputError when a watched folder goes away, ConfigurationError when the system cannot watch.
    """
    listener = Listener(watched, Settling(settle), poll=poll)
    watch = Watch(watched, listener, ingest, tell, manner)
    with _ended_by_sigterm_too():
        try:
            listener.start()
            count = listener.begin()
            manner.say(f"Watching {', '.join(map(str, watched.paths))} ({count} objects now); Ctrl-C ends it.")
            while True:
                listener.wait()
                listener.check()
                _require_present(watched)
                watch.work()
        except KeyboardInterrupt:
            manner.say("Watching has ended; what was finished is kept, and the same command goes on.")
        finally:
            listener.stop()


def _require_present(watched: Watched) -> None:
    for path in watched.paths:
        if not (path if watched.each or path.is_dir() else path.parent).is_dir():
            raise InputError(f"The watched folder {path} is gone.", "Bring it back and start again; objects stay.")


@contextmanager
def _ended_by_sigterm_too() -> Iterator[None]:
    """Have SIGTERM do what Ctrl-C does: an ingest that is under way ends between two pages."""

    def end(_signal: int, _frame: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    usual = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)

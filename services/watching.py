"""`lectern ingest --watch`: folders are ingested whenever they have come to rest, until the command is ended."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.settling import Settling, overlaps
from lectern.errors import InputError, LecternError
from lectern.plain import plain
from lectern.settings import Settings
from services.counted import counted
from services.listening import RETRY_SECONDS, Listener, Watched
from services.options import Manner

if TYPE_CHECKING:
    from ingest.pipeline import IngestResult


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
            click.echo(plain(f"lectern: {source.name}: {error} It is tried again when its files change."), err=True)
        except (LecternError, OSError) as error:
            self._later(source, str(error))
        except Exception as error:  # a fault of ours must not end a service that others wait for
            click.echo(plain(f"lectern: {source.name}: {type(error).__name__}: {error}. Please report this."), err=True)
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
            click.echo(
                plain(f"lectern: {source.name}: {reason} It is tried again every {RETRY_SECONDS:.0f} s."), err=True
            )
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

    Raises InputError when a watched folder goes away.
    """
    listener = Listener(watched, Settling(settle), poll=poll)
    watch = Watch(watched, listener, ingest, tell, manner)
    with _ended_by_sigterm_too():
        try:
            listener.start()
            count = listener.begin()
            manner.say(
                f"Watching {', '.join(map(str, watched.paths))} ({counted(count, 'object')} now); Ctrl-C ends it."
            )
            while True:
                listener.wait()
                _require_present(watched)
                watch.work()
        except KeyboardInterrupt:
            manner.say("Watching has ended; what was finished is kept, and the same command goes on.")
        finally:
            listener.stop()


def _require_present(watched: Watched) -> None:
    for path in watched.paths:
        if not watched.root_of(path).is_dir():
            raise InputError(f"The watched folder {path} is gone.", "Bring it back and start again; objects stay.")


@contextmanager
def _ended_by_sigterm_too() -> Iterator[None]:
    """Have SIGTERM do what Ctrl-C does: an ingest that is under way ends between two pages."""

    def end(_signal: int, frame: Any) -> None:
        interrupt = signal.getsignal(signal.SIGINT)
        if callable(interrupt):
            interrupt(signal.SIGINT, frame)
        else:  # a shell has its background jobs ignore Ctrl-C
            raise KeyboardInterrupt

    usual = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)

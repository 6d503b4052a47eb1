"""Following change streams: what is new since the last time, what is still to be done, and that nothing is lost.

The state of a stream is one file in the home. What a walk finds goes into its list of things to do together with
the moment up to which the stream was read, in one write; each leaves the list when it is done. So a run that was
killed, or that failed for some, is gone on with by the next one.
"""

import fcntl
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from ingest.activities import Action, Changes, last_page, read_page
from ingest.fetching import Fetcher
from ingest.listing import document_at
from ingest.store import write_whole
from lectern.errors import InputError, StoreUnavailable
from lectern.home import Home

MAX_PAGES = 20_000
_ATTEMPTS = 5  # runs, before an object that fails is given up
_SAVED_EVERY = 5.0  # seconds: doing a thing again that was done already costs a few questions only


@dataclass(slots=True)
class Todo:
    """Something to be done for one object, and how often it was tried in vain."""

    action: Action
    attempts: int = 0


@dataclass(slots=True)
class StreamState:
    """How far a stream was read (see `activities.Changes`), what is still to be done, and what it says is gone.

    `listed` is what a stream without times listed the last time: what it lists no more is gone.
    """

    url: str
    since: float | None = None
    marks: list[str] = field(default_factory=list)
    todo: dict[str, Todo] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Stream:
    """A stream that is followed, with its state on disk."""

    file: Path
    state: StreamState
    _saved: float = 0.0

    def save(self) -> None:
        """Write the state, whole or not at all."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.file, json.dumps(asdict(self.state)).encode())
        self._saved = time.monotonic()

    def look(self, fetcher: Fetcher, document: Any) -> Changes:
        """Return what is new, after it was put on the list; `document` is what is at the stream's address.

        Raises InputError for a stream that has a fault, whose pages lead in a circle, or that is too long; then the
        state stays as it was.
        """
        state = self.state
        named = document.get("id")
        addresses = {state.url, *([named] if isinstance(named, str) else [])}
        changes = Changes(frozenset(addresses), state.since, frozenset(state.marks), now=time.time())
        for page in _pages(fetcher, state.url, document):
            if not changes.take(page):
                break
        state.todo |= {url: Todo(action) for url, action in changes.tasks.items()}
        state.gone = [url for url in state.gone if url not in changes.tasks]
        if changes.newest is not None:
            state.since, state.marks = changes.newest, sorted(changes.newest_marks | changes.ahead)
        elif changes.dated:
            state.since, state.marks = changes.since, sorted({*state.marks, *changes.ahead})
        elif changes.tasks and state.since is None:  # level 0: all there is, and nothing else
            state.todo |= {url: Todo("remove") for url in state.listed if url not in changes.tasks}
            state.listed = [url for url, action in changes.tasks.items() if action == "read"]
        self.save()
        return changes

    def work_off(self, read: Callable[[str], bool], remove: Callable[[str], bool]) -> None:
        """Do all that the list holds; what ends the run in the middle leaves the rest to the next one.

        `read` and `remove` do it for one address and return whether that went well; `remove` is also asked for what
        earlier runs were told is gone. An object that it leaves is remembered as gone.
        """
        try:
            for url in [*self.state.gone]:
                if remove(url):
                    self.state.gone.remove(url)
            for url, todo in [*self.state.todo.items()]:
                if todo.action == "remove":
                    self._done(url, gone=not remove(url))
                elif read(url):
                    self._done(url)
                else:
                    self._failed(url)
        finally:
            self.save()

    def _done(self, url: str, *, gone: bool = False) -> None:
        self.state.todo.pop(url, None)
        if gone and url not in self.state.gone:
            self.state.gone.append(url)
        self._save_sometimes()

    def _failed(self, url: str) -> None:
        """Keep an object for the next run, if it did not fail often enough."""
        todo = self.state.todo[url]
        todo.attempts += 1
        if todo.attempts >= _ATTEMPTS:
            del self.state.todo[url]
        self._save_sometimes()

    def _save_sometimes(self) -> None:
        if time.monotonic() > self._saved + _SAVED_EVERY:
            self.save()


@contextmanager
def follow(home: Home, url: str, *, anew: bool = False) -> Iterator[Stream]:
    """Hold a stream, with the state that the last run left; with `anew` as if there had been none.

    Raises StoreUnavailable when another process follows it.
    """
    file = home.stream_file(hashlib.sha256(url.encode()).hexdigest()[:32])
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreUnavailable(f"Another process follows {url}.", "Wait until it is done, or end it.") from error
        yield Stream(file, StreamState(url) if anew else _read_state(file, url))


def _read_state(file: Path, url: str) -> StreamState:
    try:
        found = json.loads(file.read_bytes())
        todo = {name: Todo(**each) for name, each in found.pop("todo").items()}
        return StreamState(todo=todo, **found)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return StreamState(url)


def _pages(fetcher: Fetcher, url: str, document: Any) -> Iterable[Any]:
    """Yield the pages of a stream, the last one first."""
    if "last" not in document and isinstance(document.get("orderedItems"), list):
        yield read_page(document, url)
        return
    seen: set[str] = set()
    address = _joined(url, last_page(document))
    while address:
        if address in seen or len(seen) >= MAX_PAGES:
            why = "leads back to a page that was read" if address in seen else f"has more than {MAX_PAGES} pages"
            raise InputError(f"The change stream {url} {why} ({address}).", "Tell its publisher.")
        seen.add(address)
        page = read_page(document_at(fetcher, address), address)
        yield page
        address = _joined(address, page.before) if page.before else ""


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError as error:
        raise InputError(f"{address} is no address of a page ({error}).", "Tell the stream's publisher.") from error

"""The files that were fetched for one object, each with a note of its validators, and what is new among them."""

import hashlib
import json
import os
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ingest.fetching import Fetcher
from ingest.traps import Unreadable
from ingest.unpacking import MAGIC, unpacked

_UNFINISHED = "unfinished"
_STREAM = "stream"
_PIECE = 1 << 20
_RESUMED_SECONDS = 86_400  # a run that was ended longer ago is not gone on with, but begun anew


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a file that was fetched: where from, its validators, its digest, when (seconds)."""

    url: str
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""
    at: float = 0.0


@dataclass(slots=True)
class Store:
    """The fetched files of one object, gzip unpacked, each with a note beside it; `changed`: any is not as it was.

    `stale` says of files that could not be had just now, and are as they were the last time, why. Threads may
    share a store: an address is asked for once a run, whoever needs it and whatever comes of it.
    """

    folder: Path
    fetcher: Fetcher
    since: float = 0.0
    changed: bool = False
    fetched: int = 0
    stale: dict[Path, str] = field(default_factory=dict)
    _used: set[Path] = field(default_factory=set)
    _refused: dict[Path, Unreadable] = field(default_factory=dict)
    _turns: dict[Path, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Start a run, or go on with one that was ended in the middle: what that one fetched is not asked for again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        mark = self.folder / _UNFINISHED
        if mark.exists():
            self.since, self.changed = mark.stat().st_mtime, True
        if self.since < time.time() - _RESUMED_SECONDS:
            self.since = time.time()
            mark.touch()
            os.utime(mark, (self.since, self.since))

    def give_up(self) -> None:
        """End a run that published nothing: the next one asks for everything again, and takes it for changed."""
        os.utime(self.folder / _UNFINISHED, (0, 0))

    def finish(self, stream: str = "") -> None:
        """End a run: files that no link leads to any more go, and the mark of an unfinished run goes last.

        `stream` is the address of the change stream that named the object, if one did.
        """
        if stream:
            write_whole(self.folder / _STREAM, stream.encode())
        stems = {path.stem for path in self._used} | {_UNFINISHED, _STREAM}
        for path in self.folder.iterdir():
            if path.stem not in stems:
                path.unlink(missing_ok=True)
        (self.folder / _UNFINISHED).unlink()

    def get(self, url: str) -> Path:
        """Return the file of an address, fetched unless what is here is still the same; raises Unreadable.

        A file that just now cannot be had is taken as it was kept; one that is gone (404, 410) is not.
        """
        path = file_of(self.folder, url)
        with self._turn(path):
            if path in self._refused:
                raise self._refused[path]
            try:
                self._fetch(url, path)
            except Unreadable as error:
                self._refused[path] = error
                raise
            self._used.add(path)
            return path

    def put(self, url: str, body: bytes) -> Path:
        """Return the file of what came inside another, under the address it has or is given."""
        path = file_of(self.folder, url)
        with self._turn(path):
            kept = read_note(path)
            digest = hashlib.sha256(body).hexdigest()
            if kept is None or kept.sha256 != digest:
                self.changed = True
                _note(path).unlink(missing_ok=True)
                write_whole(path, body)
                self._keep(path, Kept(url, sha256=digest, at=time.time()))
            self._used.add(path)
            return path

    def _turn(self, path: Path) -> threading.Lock:
        with self._lock:
            return self._turns.setdefault(path, threading.Lock())

    def _fetch(self, url: str, path: Path) -> None:
        kept = read_note(path)
        if kept is not None and self.since <= kept.at <= time.time():  # a clock that was wrong wrote what is later
            return
        part = _beside(path)
        try:
            with part.open("wb") as file:
                etag, modified = (kept.etag, kept.last_modified) if kept else ("", "")
                answer = self.fetcher.get(_whole(url), etag, modified, into=file)
            if answer.body is not None:
                _unpack(url, part, self.fetcher.limits.file_bytes)
                found = Kept(url, answer.etag, answer.last_modified, _digest(part), time.time())
                self._take(path, part, kept, found)
            elif kept is not None:
                self._keep(path, replace(kept, at=time.time()))
            else:
                detail = f"{url}: the server says 304 though nobody asked."
                raise Unreadable("fetch-failed", detail, "Try again later.")
        except Unreadable as error:
            if kept is None or error.trap != "fetch-failed":
                raise
            self.stale[path] = error.detail
        finally:
            part.unlink(missing_ok=True)

    def _take(self, path: Path, part: Path, kept: Kept | None, found: Kept) -> None:
        with self._lock:
            self.fetched += 1
        if kept is None or kept.sha256 != found.sha256:
            self.changed = True
            _note(path).unlink(missing_ok=True)  # a note never stands beside another file than its own
            part.replace(path)
        self._keep(path, found)

    def _keep(self, path: Path, kept: Kept) -> None:
        write_whole(_note(path), json.dumps(asdict(kept)).encode())


def _unpack(url: str, path: Path, limit: int) -> None:
    """Put what a gzip file holds in its place, up to a limit (bytes); raises Unreadable."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return
        file.seek(0)
        whole = path.with_suffix(".whole.part")
        try:
            with whole.open("wb") as target:
                for piece in unpacked(iter(lambda: file.read(_PIECE), b"")):
                    target.write(piece)
                    if target.tell() > limit:
                        detail = f"{url} is larger than {limit} bytes when it is unpacked."
                        raise Unreadable("fetch-refused", detail, "Fetch it yourself, or allow it.")
            whole.replace(path)
        except ValueError as error:
            detail = f"{url} begins like gzip, and {error}."
            raise Unreadable("gzip-broken", detail, "Tell its publisher.") from error
        finally:
            whole.unlink(missing_ok=True)


def file_of(folder: Path, url: str) -> Path:
    """Return where the file of an address lies in an object's folder, whatever part of it (`#`) is meant."""
    return folder / f"{hashlib.sha256(_whole(url).encode()).hexdigest()[:32]}.file"


def _whole(url: str) -> str:
    return url if url.startswith("?") else url.partition("#")[0]


def read_note(path: Path) -> Kept | None:
    """Return what is known of a file, None if it or its note is not there."""
    try:
        return Kept(**json.loads(_note(path).read_bytes())) if path.exists() else None
    except (OSError, ValueError, TypeError):
        return None


def stream_of(folder: Path) -> str:
    """Return the address of the change stream that named the object of a folder; empty if none did."""
    try:
        return (folder / _STREAM).read_text()
    except (OSError, UnicodeError):
        return ""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    beside = _beside(path)
    beside.write_bytes(data)
    beside.replace(path)


def _note(path: Path) -> Path:
    return path.with_suffix(".json")


def _beside(path: Path) -> Path:
    return path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""A manifest from elsewhere and the OCR it links to, kept beside their validators, made into an object of ours."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest.fetching import Fetcher
from ingest.manifest import ForeignCanvas, ForeignCollection, ForeignManifest, Link, read_document, read_manifest
from ingest.matching import Leaf
from ingest.pipeline import IngestResult, Wishes, ingest_survey
from ingest.progress import Progress
from ingest.sniff import Kind, sniff
from ingest.survey import Survey
from ingest.traps import Unreadable, failure_entry
from lectern.catalogue import Catalogue, LedgerEntry, ObjectRow
from lectern.errors import InputError
from lectern.home import Home
from lectern.ids import object_id as make_object_id

MAX_MANIFESTS = 1_000
_DEEPEST = 3  # collections in collections
_AT_ONCE = 3  # requests
_TRIES = 4  # links of a canvas that are looked at
_UNFINISHED = "unfinished"
_RESUMED_SECONDS = 86_400  # a run that was ended longer ago is not gone on with, but begun anew
_SURE = ("alto", "hocr")
_PERHAPS = frozenset({"", "text/xml", "application/xml", "text/html", "application/xhtml+xml"})


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
    """The fetched files of one object, each with a note beside it; `changed` tells whether any is not as it was."""

    folder: Path
    fetcher: Fetcher
    since: float = 0.0
    changed: bool = False
    fetched: int = 0
    stale: dict[Path, str] = field(default_factory=dict)

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

    def finish(self, used: set[Path]) -> None:
        """End a run: files that no link leads to any more go, and the mark of an unfinished run goes last."""
        stems = {path.stem for path in used} | {_UNFINISHED}
        for path in self.folder.iterdir():
            if path.stem not in stems:
                path.unlink(missing_ok=True)
        (self.folder / _UNFINISHED).unlink()

    def get(self, url: str) -> Path:
        """Return the file of an address, fetched unless what is here is still the same; raises Unreadable.

        A file that just now cannot be had is taken as it was kept.
        """
        path = _file_of(self.folder, url)
        note = path.with_suffix(".json")
        kept = _read_note(note, path)
        if kept is not None and kept.at >= self.since:
            return path
        try:
            answer = self.fetcher.get(url, kept.etag if kept else "", kept.last_modified if kept else "")
        except Unreadable as error:
            if kept is None or error.trap != "fetch-failed":
                raise
            self.stale[path] = error.detail
            return path
        if answer.body is None:
            if kept is None:
                raise Unreadable("fetch-failed", f"{url}: the server says 304 though nobody asked.", "Try again later.")
            _write(note, json.dumps(asdict(replace(kept, at=time.time()))).encode())
            return path
        digest = hashlib.sha256(answer.body).hexdigest()
        self.fetched += 1
        if kept is None or kept.sha256 != digest:
            self.changed = True
            note.unlink(missing_ok=True)  # a note never stands beside another file than its own
            _write(path, answer.body)
        _write(note, json.dumps(asdict(Kept(url, answer.etag, answer.last_modified, digest, time.time()))).encode())
        return path


def _file_of(folder: Path, url: str) -> Path:
    return folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.file"


def _read_note(note: Path, path: Path) -> Kept | None:
    try:
        return Kept(**json.loads(note.read_bytes())) if path.exists() else None
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    beside = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
    beside.write_bytes(data)
    beside.replace(path)


@dataclass(frozen=True, slots=True)
class Harvest:
    """One harvested object: its id, the manifest as it came, files fetched anew, and what was published.

    `result` is None if nothing has changed since the last time: then the object was left as it is.
    """

    object: str
    document: Any
    fetched: int
    result: IngestResult | None


def harvested_before(home: Home, name: str, url: str) -> bool:
    """Return whether the manifest at an address was fetched for an object before: then it is no collection."""
    path = _file_of(home.ocr_folder(make_object_id(name)), url)
    return _read_note(path.with_suffix(".json"), path) is not None


def manifests_at(fetcher: Fetcher, url: str) -> Iterator[str]:
    """Yield the addresses of manifests: the address itself, or those in the collection that it is, and below it.

    Raises InputError for what is neither, and for more than 1,000 manifests.
    """
    seen: set[str] = set()
    waiting, found = [(url, 0)], 0
    while waiting:
        address, depth = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        document = read_document(parse(fetcher.get(address).body or b"", address))
        if not isinstance(document, ForeignCollection):
            yield address
            continue
        manifests = [each for each in document.manifests if each not in seen]
        seen.update(manifests)
        found += len(manifests)
        if found > MAX_MANIFESTS:
            raise InputError(f"{url} holds more than {MAX_MANIFESTS} manifests.", "Harvest parts of it.")
        yield from manifests
        waiting += [(each, depth + 1) for each in document.collections if depth < _DEEPEST]


def parse(data: bytes, name: str) -> Any:
    """Return what a JSON file says; raises InputError."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is not JSON: {error}.", "Give the address (or the file) of a manifest.") from error


def harvest_object(
    home: Home,
    catalogue: Catalogue,
    url: str,
    wishes: Wishes,
    *,
    fetcher: Fetcher,
    progress: Progress | None = None,
) -> Harvest:
    """Return an object made from a manifest's canvases and the ALTO or hOCR that they link to.

    A second run asks for each file with the validators it was given and publishes only if something changed; a
    run that was killed goes on with what it had. Files that cannot be fetched are failures in the ledger, and
    their canvases stay, without text. Raises InputError when the manifest or no OCR at all can be had.
    """
    name = wishes.name or url
    wishes = replace(wishes, name=name)
    object_id = make_object_id(name)
    store = Store(home.ocr_folder(object_id), fetcher)
    store.begin()
    source = store.get(url)
    document = parse(source.read_bytes(), url)
    manifest = read_manifest(document)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda canvas: _text_of(canvas, store.get), manifest.canvases))
    used = {source, *(path for path, _, _ in found if path is not None)}
    survey = _survey(name, manifest, found, store.stale)
    before = catalogue.find(object_id)
    result = None
    if store.changed or before is None or _troubled(survey) or _wished_otherwise(before, wishes):
        if not survey.ocr:
            catalogue.note(object_id, survey.notes)
            first = survey.notes[0].message if survey.notes else "No canvas has a link to ALTO or hOCR."
            raise InputError(f"No OCR of {url} can be had.", first)
        wishes = replace(wishes, manifest=manifest)
        result = ingest_survey(home, catalogue, source, found=survey, wishes=wishes, progress=progress)
    store.finish(used)
    return Harvest(object_id, document, store.fetched, result)


def _troubled(survey: Survey) -> bool:
    return any(entry.level != "info" for entry in survey.notes)


def _wished_otherwise(row: ObjectRow, wishes: Wishes) -> bool:
    """Return whether something is asked for that the published object does not have yet."""
    return (
        row.policy != wishes.policy
        or (wishes.label is not None and row.label != wishes.label)
        or (bool(wishes.collections) and row.collections != wishes.collections)
    )


_Found = tuple[Path | None, Kind | None, InputError | None]


def _text_of(canvas: ForeignCanvas, get: Callable[[str], Path]) -> _Found:
    """Return the file with the canvas' text, or why there is none: links are tried, the most promising first."""
    trouble: InputError | None = None
    for link in _candidates(canvas):
        try:
            path = get(link.url)
            kind, _ = sniff(path)
        except InputError as error:
            trouble = trouble or error
            continue
        if kind in {Kind.ALTO, Kind.HOCR}:
            return path, kind, None
    return None, None, trouble


def _candidates(canvas: ForeignCanvas) -> list[Link]:
    """Return the links that say they are ALTO or hOCR, then those of a format that may hold it (PR3-42, PR3-43)."""
    sure = [link for link in canvas.links if any(word in _said(link) for word in _SURE)]
    perhaps = [
        link
        for link in canvas.links
        if link not in sure and link.relation in {"seeAlso", "rendering"} and link.format.lower() in _PERHAPS
    ]
    return [*sure, *perhaps][:_TRIES]


def _said(link: Link) -> str:
    return f"{link.format} {link.profile} {link.label}".lower()


def _survey(name: str, manifest: ForeignManifest, found: list[_Found], stale: dict[Path, str]) -> Survey:
    survey = Survey(name)
    leaves: list[Leaf] = []
    for n, (canvas, (path, kind, error)) in enumerate(zip(manifest.canvases, found, strict=True), 1):
        label = canvas.label or str(n)
        # Canvases that link to one file of many pages have its pages in order.
        leaves.append(Leaf(n, label, None, path, sum(leaf.ocr == path for leaf in leaves)))
        if path in stale:
            told = f"{stale[path]} The file of the last time is used."
            survey.notes.append(LedgerEntry("warning", "fetch-stale", told, label))
        if path is not None and kind is not None:
            survey.ocr[path] = kind
        elif error is not None:
            survey.notes.append(failure_entry(error, label))
    if missing := sum(path is None and error is None for path, _, error in found):
        message = f"{missing} of {len(found)} canvases have no link to ALTO or hOCR; they have no text."
        survey.notes.append(LedgerEntry("info", "no-ocr-link", message))
    survey.leaves = tuple(leaves)
    return survey

"""A manifest from elsewhere and the text it links to, kept beside their validators, made into an object of ours."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest.annotation_sources import holds_annotations
from ingest.documents import keep_document
from ingest.engines import Embedded, Engine, take_off
from ingest.fetching import Fetcher
from ingest.gathering import gather
from ingest.jsonfile import MAX_JSON_BYTES, load_json
from ingest.keeping import only_writer
from ingest.manifest import read_manifest
from ingest.names import is_text
from ingest.pipeline import IngestResult, Wishes, ingest_survey
from ingest.progress import Progress
from ingest.store import Store, file_of, read_note, stream_of
from ingest.survey import Survey
from ingest.textfile import read_bounded
from ingest.traps import Unreadable
from lectern.catalogue import Catalogue, LedgerEntry, ObjectRow
from lectern.errors import InputError
from lectern.home import Home
from lectern.ids import object_id as make_object_id

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_OURS = frozenset(
    {
        "fetch-failed", "fetch-gone", "fetch-refused", "fetch-stale", "gzip-broken", "not-ocr", "no-ocr-link",
        "whole-book",
        "canvas-count-mismatch", "annotations-missing", "manifest-annotations", "manifest-stale",
    }
)  # fmt: skip


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
    return read_note(file_of(home.ocr_folder(make_object_id(name)), url)) is not None


def parse(source: Path | bytes, name: str) -> Any:
    """Return what a JSON file says, within the bounds of `jsonfile`; raises InputError."""
    try:
        data = read_bounded(source, name, MAX_JSON_BYTES)
        document = load_json(data, name)
        return _mended(document) if _HALF.search(data) else document
    except RecursionError as error:
        raise InputError(f"{name} is not JSON that can be read: it is too deep.", "Tell its publisher.") from error
    except Unreadable as error:
        why = "" if error.trap == "not-json" else f"{name} is not JSON that can be read: "
        raise InputError(why + error.detail, "Give the address (or the file) of a manifest.") from error


def _mended(value: Any) -> Any:
    """Return a document with a replacement sign for each half of a character (`\\ud800`): no text may hold one.

    The document itself is changed, so that it is not there twice.
    """
    if isinstance(value, str) and not is_text(value):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        for n, each in enumerate(value):
            value[n] = _mended(each)
    if isinstance(value, dict):
        for key in [key for key in value if not is_text(key)]:
            value[_mended(key)] = value.pop(key)
        for key, each in value.items():
            value[key] = _mended(each)
    return value


def harvest_object(
    home: Home,
    catalogue: Catalogue,
    url: str,
    wishes: Wishes,
    *,
    fetcher: Fetcher,
    progress: Progress | None = None,
    stream: str = "",
    engine: Engine | None = None,
) -> Harvest:
    """Return an object made from a manifest's canvases and the text that they link to.

    A second run asks for each file with the validators it was given and publishes only if something changed; a
    run that was killed goes on with what it had. Files that cannot be fetched are failures in the ledger, and
    their canvases stay, without text. `stream` is the change stream that named the manifest, if one did. Raises
    InputError when the manifest cannot be had, Unreadable `no-text` when it has no link to text, and `text-lost` when
    none of it can be had.
    """
    engine = Embedded(home) if engine is None else engine
    name = wishes.name or url
    wishes = replace(wishes, name=name)
    store = Store(home.ocr_folder(make_object_id(name)), fetcher)
    store.begin()
    try:
        document, result = _harvest(home, catalogue, url, wishes, store=store, progress=progress, engine=engine)
    except InputError:
        store.give_up()
        raise
    store.finish(stream)
    keep_document(home, make_object_id(name), None)  # it lies in the store
    return Harvest(make_object_id(name), document, store.fetched, result)


def forget_object(
    home: Home, catalogue: Catalogue, url: str, stream: str, engine: Engine | None = None
) -> ObjectRow | None:
    """Return the object of a manifest's address after it was removed, with its words and all its files.

    None if there is none that a run of this stream made: what a stream says is gone is not what others brought.
    Raises StoreUnavailable when the object is being written.
    """
    row = object_of_stream(home, catalogue, url, stream)
    if row is not None:
        with only_writer(home, catalogue, row.id):
            take_off(home, catalogue, row.id, Embedded(home) if engine is None else engine)
    return row


def object_of_stream(home: Home, catalogue: Catalogue, url: str, stream: str) -> ObjectRow | None:
    """Return the object of a manifest's address, None if a run of this stream has made none."""
    object_id = make_object_id(url)
    return catalogue.find(object_id) if stream_of(home.ocr_folder(object_id)) == stream else None


def _harvest(
    home: Home,
    catalogue: Catalogue,
    url: str,
    wishes: Wishes,
    *,
    store: Store,
    progress: Progress | None,
    engine: Engine,
) -> tuple[Any, IngestResult | None]:
    object_id = make_object_id(wishes.name or url)
    source = store.get(url)
    document = parse(source, url)
    manifest = read_manifest(document)
    survey = gather(wishes.name or url, manifest, store)
    if source in store.stale:
        message = f"{store.stale[source]} The manifest of the last time is used."
        survey.notes.append(LedgerEntry("warning", "manifest-stale", message))
    before = catalogue.find(object_id)
    noted = [entry for _, entry in catalogue.ledger(object_id)]
    lent = [canvas.borrowed for canvas in catalogue.canvases(object_id)]
    as_lent = lent == [canvas.painting.resource for canvas in manifest.canvases]
    if not store.changed and before is not None and as_lent and not _otherwise(before, wishes, survey.notes, noted):
        return document, None
    if not survey.ocr and not holds_annotations(survey.annotations):
        raise _without_text(catalogue, object_id, url, survey, published=before is not None)
    result = ingest_survey(
        home,
        catalogue,
        source,
        found=survey,
        wishes=replace(wishes, manifest=manifest),
        origin=url,
        progress=progress,
        engine=engine,
    )
    return document, None if result.unchanged else result


def _without_text(catalogue: Catalogue, object_id: str, url: str, survey: Survey, *, published: bool) -> InputError:
    troubles = [entry for entry in survey.notes if entry.level != "info"]
    if troubles or published:  # what never had a text is no object, and no row in anybody's status
        catalogue.note(object_id, survey.notes)
    first = troubles[0].message if troubles else "No canvas has a link to OCR, captions or annotations."
    kept = f" What was published stays; `lectern remove {object_id}` takes it away." if published else ""
    return Unreadable("text-lost" if troubles else "no-text", f"No text of {url} can be had.", first + kept)


def _otherwise(row: ObjectRow, wishes: Wishes, notes: Iterable[LedgerEntry], noted: Iterable[LedgerEntry]) -> bool:
    """Return whether something is asked for, or to be said, that the published object does not have yet."""
    return (
        row.policy != wishes.settled(row).policy
        or (wishes.label is not None and row.label != wishes.label)
        or (bool(wishes.collections) and row.collections != wishes.collections)
        or _said(notes) != _said(noted)
    )


def _said(entries: Iterable[LedgerEntry]) -> set[tuple[str, str | None]]:
    return {(entry.trap, entry.page) for entry in entries if entry.trap in _OURS}

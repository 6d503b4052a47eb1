"""The annotation pages of a manifest, all of them: what is not a canvas' text is kept beside it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from ingest.formats import FORMATS
from ingest.found import AnnotationSource, Survey
from ingest.jsonfile import MAX_JSON_BYTES, load_json
from ingest.links import annotation_links
from ingest.manifest import ForeignManifest, Link
from ingest.sniff import Kind, sniff
from ingest.store import Store
from ingest.traps import Unreadable
from lectern.catalogue import LedgerEntry
from lectern.errors import InputError
from lectern.iiif_json import id_of

_AT_ONCE = 4  # requests
_MOST_PAGES = 16  # that follow one another (`next`) from one link


@dataclass(slots=True)
class _Fetched:
    """What one link led to."""

    sources: list[AnnotationSource] = field(default_factory=list)
    trouble: InputError | None = None


def gather_annotations(manifest: ForeignManifest, store: Store, survey: Survey) -> list[AnnotationSource]:
    """Return the annotation pages of a manifest and its canvases, fetched through the store or put there, once each.

    Pages that cannot be had are one warning in the survey's notes, unless they are told of as a canvas' text already.
    """
    owners = [*((canvas.id, canvas.links) for canvas in manifest.canvases), ("", manifest.links)]
    asked = [(owner, link) for owner, links in owners for link in annotation_links(links)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda pair: _fetch(store, *pair), asked))
    _note_troubles(found, survey)
    sources = list(chain.from_iterable(each.sources for each in found))
    _note_stale(sources, store, survey)
    return list({source.content: source for source in reversed(sources)}.values())[::-1]


def _fetch(store: Store, owner: str, link: Link) -> _Fetched:
    """Return the page of a link, and those that it says come next."""
    found = _Fetched()
    url, body = link.url, link.body
    seen: set[str] = set()
    while url and url not in seen and len(seen) < _MOST_PAGES:
        seen.add(url)
        try:
            path = store.get(url) if body is None else store.put(url, body)
            if not _may_be_annotations(path):
                break
            found.sources.append(AnnotationSource(url, path, owner))
            url, body = _next(path), None
        except InputError as error:
            found.trouble = error
            break
        except OSError as error:
            found.trouble = Unreadable("file-unreadable", f"{url} cannot be read: {error.strerror}.", "Fetch it again.")
            break
    return found


def _may_be_annotations(path: Path) -> bool:
    """Return whether a file is no OCR of another kind, to which some manifests lead as if it were annotations."""
    kind, _ = sniff(path)
    return kind is Kind.ANNOTATIONS or kind not in FORMATS


def _next(path: Path) -> str:
    """Return the address of the page that follows, empty if there is none or the file cannot be read."""
    try:
        document: Any = load_json(path, path.name) if path.stat().st_size <= MAX_JSON_BYTES else None
    except Unreadable:
        return ""
    name = id_of(document.get("next")) if isinstance(document, dict) else ""
    return name if name.startswith(("http://", "https://")) else ""


def _note_troubles(found: list[_Fetched], survey: Survey) -> None:
    told = {entry.message for entry in survey.notes}
    troubles = [each.trouble for each in found if each.trouble is not None and str(each.trouble) not in told]
    if troubles:
        more = f" And {len(troubles) - 1} more." if len(troubles) > 1 else ""
        message = f"{troubles[0]}{more} Annotations beside the text are missing."
        survey.notes.append(LedgerEntry("warning", "annotations-missing", message))


def _note_stale(sources: list[AnnotationSource], store: Store, survey: Survey) -> None:
    pages = {leaf.ocr for leaf in survey.leaves}
    stale = [path for path in _paths(sources) if path in store.stale and path not in pages]
    if stale:
        more = f" And {len(stale) - 1} more." if len(stale) > 1 else ""
        message = f"{store.stale[stale[0]]}{more} The annotations of the last time are used."
        survey.notes.append(LedgerEntry("warning", "fetch-stale", message))


def _paths(sources: list[AnnotationSource]) -> Iterator[Path]:
    return (source.content for source in sources if isinstance(source.content, Path))

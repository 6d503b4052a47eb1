"""Which documents hold the annotations of an object: files, and what its manifest holds or links to."""

import hashlib
import json
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from ingest.bounds import Bounds, bounds_of
from ingest.digests import ANYWHERE, digest_of
from ingest.found import AnnotationSource
from ingest.jsonfile import MAX_JSON_BYTES, load_json
from ingest.links import annotation_links
from ingest.manifest import ForeignManifest, Link
from ingest.names import is_text
from ingest.readers.remarks import Told, told_in
from ingest.textfile import read_bounded
from ingest.traps import Unreadable
from lectern import __version__
from lectern.catalogue import LedgerEntry

_READING = 1  # raised when the same documents give other annotations
_LONGEST_FILE_NAME = 200


def sources_of(
    files: Iterable[AnnotationSource], manifest: ForeignManifest | None, bounds: Bounds = ANYWHERE
) -> dict[str, AnnotationSource]:
    """Return all documents of annotations by their digests: files, and those that a manifest holds itself."""
    found = {_digest(source.content, bounds): source for source in files}
    if manifest is None:
        return found
    for owner, links in [*((canvas.id, canvas.links) for canvas in manifest.canvases), ("", manifest.links)]:
        for link in links:
            if link.body is not None:
                digest = _digest(link.body, bounds)
                known = found.get(digest, AnnotationSource(link.url, link.body))
                found[digest] = replace(known, canvas=known.canvas or owner)
    return found


def _digest(content: Path | bytes, bounds: Bounds) -> str:
    return digest_of(content, bounds) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()


def at_hand(manifest: ForeignManifest, folder: Path) -> ForeignManifest:
    """Return a manifest that holds those annotation pages itself that lie beside it, under the last part of their id.

    Links that lead out of the folder are not followed: a manifest is not to name any file that this process can read.
    """
    canvases = tuple(replace(canvas, links=_held(canvas.links, folder)) for canvas in manifest.canvases)
    return replace(manifest, canvases=canvases, links=_held(manifest.links, folder))


def _held(links: Sequence[Link], folder: Path) -> tuple[Link, ...]:
    pages = {link.url for link in annotation_links(links) if link.body is None}
    return tuple(_with_body(link, folder) if link.url in pages else link for link in links)


def _with_body(link: Link, folder: Path) -> Link:
    name = _file_name(link.url)
    path = folder / name
    if not name or not is_text(name) or not path.is_file():
        return link
    try:
        with bounds_of(folder, None).held(path) as held:
            return replace(link, body=read_bounded(held, name, MAX_JSON_BYTES))
    except (Unreadable, OSError):
        return link


def _file_name(url: str) -> str:
    name = posixpath.basename(unquote(url.partition("#")[0].partition("?")[0]))
    return "" if name in {".", ".."} or "\0" in name or len(name) > _LONGEST_FILE_NAME else name


def links_elsewhere(files: Iterable[AnnotationSource], manifest: ForeignManifest) -> list[LedgerEntry]:
    """Return a note of the annotation pages that a manifest links to and that are not at hand."""
    here = {source.name for source in files}
    owners = [*(canvas.links for canvas in manifest.canvases), manifest.links]
    links = {link.url for each in owners for link in annotation_links(each) if link.body is None}
    missing = sorted(url for url in links if _file_name(url) not in here)
    if not missing:
        return []
    message = (
        f"The manifest links to {len(missing)} annotation pages that are not here ({missing[0][:200]}); they are left "
        "out. Put them beside the manifest, or `lectern harvest` it."
    )
    return [LedgerEntry("info", "annotations-elsewhere", message)]


def holds_annotations(sources: Iterable[AnnotationSource]) -> bool:
    """Return whether one of the documents can be read and says something."""
    for source in sources:
        with suppress(Unreadable):
            if read_told(source):
                return True
    return False


def key_of_sources(sources: Mapping[str, AnnotationSource], canvases: Iterable[str]) -> str:
    """Return what tells these documents about these canvases from all others; empty if there is none."""
    if not sources:
        return ""
    made_from = [(digest, source.name, source.canvas) for digest, source in sources.items()]
    told = [_READING, __version__, made_from, list(canvases)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def read_told(source: AnnotationSource, bounds: Bounds = ANYWHERE) -> list[Told]:
    """Return the annotations of a document; raises Unreadable, whatever is wrong with it."""
    try:
        if isinstance(source.content, bytes):
            return list(told_in(load_json(source.content, source.name)))
        with bounds.held(source.content) as held:
            return list(told_in(load_json(held, source.name)))
    except Unreadable:
        raise
    except OSError as error:
        raise Unreadable("file-unreadable", f"{source.name}: {error.strerror}.", "Check the file.") from error
    except Exception as error:  # what the reader did not foresee costs this document, not the book
        detail = f"{source.name} cannot be read: {type(error).__name__}: {error}."
        raise Unreadable("reader-fault", detail, "Please report the file.") from error

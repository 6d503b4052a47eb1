"""Which manifests an address leads to: itself, or those in the collection that it is."""

from collections.abc import Iterator
from typing import Any

from ingest.fetching import Fetcher
from ingest.harvest import parse
from ingest.manifest import ForeignCollection, read_document
from lectern.errors import InputError

MAX_MANIFESTS = 1_000
_DEEPEST = 3  # collections in collections


def document_at(fetcher: Fetcher, url: str) -> Any:
    """Return the JSON at an address; raises InputError."""
    return parse(fetcher.get(url).body or b"", url)


def is_list(document: Any) -> bool:
    """Return whether a document is a collection."""
    kind = (document.get("type") or document.get("@type")) if isinstance(document, dict) else None
    return isinstance(kind, str) and kind in {"Collection", "sc:Collection"}


def manifests_at(fetcher: Fetcher, url: str, document: Any = None) -> Iterator[str]:
    """Yield the addresses of manifests: the address itself, or those in the collection that it is, and below it.

    `document` is what is there, if that is known. Raises InputError for what is neither, and for more than 1,000
    manifests. An inner collection that cannot be had does so after all others were walked.
    """
    seen: set[str] = set()
    waiting, found = [(url, 0)], 0
    trouble: InputError | None = None
    while waiting:
        address, depth = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        try:
            known = document if document is not None and address == url else document_at(fetcher, address)
            read = read_document(known)
        except InputError as error:
            if address == url:
                raise
            trouble = trouble or error
            continue
        if not isinstance(read, ForeignCollection):
            yield address
            continue
        manifests = [each for each in read.manifests if each not in seen]
        seen.update(manifests)
        found += len(manifests)
        if found > MAX_MANIFESTS:
            raise InputError(f"{url} holds more than {MAX_MANIFESTS} manifests.", "Harvest parts of it.")
        yield from manifests
        waiting += [(each, depth + 1) for each in read.collections if depth < _DEEPEST]
    if trouble is not None:
        raise trouble

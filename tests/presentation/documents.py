"""The documents that judges of the Presentation API are shown: all that a manifest or a collection leads to."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.presentation.books import objects
from tests.presentation.library import Library
from tests.services_auth.conftest import BASE, Browser

Documents = dict[str, Any]

_MOST_LINES = 20

_FOLLOWED = {"AnnotationPage", "AnnotationCollection", "sc:AnnotationList", "sc:Layer", "Collection", "sc:Collection"}


def documents(library: Library, version: int, names: Sequence[str], collections: Sequence[str]) -> Documents:
    """Return manifests, collections and all that these refer to, of one version, as a stranger and a member get them.

    What both get the same is there once. A page of text is there with some of its lines from beginning to end, since
    judges are slow.
    """
    found: Documents = {}
    for who, reader in (("stranger", library.stranger), ("member", library.member)):
        shown = [name for name in names if name != "hidden" or reader is library.member]
        paths = [f"{name}/manifest" for name in shown] + [f"collections/{name}" for name in collections]
        for path in paths:
            found |= led_to(library, f"{BASE}/presentation/{version}/{path}", reader, who)
    once = {json.dumps(document): name for name, document in reversed(found.items())}
    return {name: _with_some_lines(found[name]) for name in reversed(once.values())}


def _with_some_lines(document: dict[str, Any]) -> dict[str, Any]:
    for kind, name in (("AnnotationPage", "items"), ("sc:AnnotationList", "resources")):
        if kind in (document.get("type"), document.get("@type")):
            return document | {name: document[name][:: 1 + len(document[name]) // _MOST_LINES]}
    return document


def led_to(library: Library, address: str, reader: Browser, who: str) -> Documents:
    """Return the document at an address of ours and those of text that it refers to, by who asks and path."""
    found: Documents = {}
    waiting = [address]
    while waiting:
        here = waiting.pop()
        name = f"{who} {here.removeprefix(BASE)}"
        if name not in found:
            found[name] = library.document(here, reader)
            waiting += references(found[name])
    return found


def references(document: Any) -> Iterator[str]:
    """Yield the addresses of annotation pages, lists and collections of ours that a document names, not embeds."""
    for each in objects(document):
        kind = each.get("type", each.get("@type"))
        address = each.get("id", each.get("@id", ""))
        embedded = {"items", "resources", "manifests"} & each.keys()
        if kind in _FOLLOWED and not embedded and address.startswith(f"{BASE}/presentation/"):
            yield address

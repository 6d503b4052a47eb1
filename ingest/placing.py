"""Which page belongs to which canvas of a given manifest: by link, by label, by order. Pure: lists in, lists out."""

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from ingest.manifest import ForeignCanvas
from ingest.matching import Leaf
from ingest.names import base_name
from lectern.catalogue import LedgerEntry

_NOT_TOLD_APART = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Placing:
    """A leaf for every canvas, numbered as the canvases are, and what the ledger is to say."""

    leaves: tuple[Leaf, ...]
    notes: tuple[LedgerEntry, ...] = ()


def place_by_manifest(leaves: Sequence[Leaf], canvases: Sequence[ForeignCanvas]) -> Placing:
    """Return the leaves in the order of a manifest's canvases; a canvas without files gets a leaf without files.

    A leaf goes where a link of a canvas leads to its base name, else where the label is its base name, else, in
    order, to the canvases that are left: if no name was of any use, or as many leaves are left as canvases.
    Names and labels that several canvases have decide nothing. A leaf that finds no canvas is left out.
    """
    places: dict[int, Leaf] = {}
    methods: Counter[str] = Counter()
    left = list(leaves)
    for method, names in (("link", _linked_names(canvases)), ("label", _labels(canvases))):
        key = _plain if method == "label" else str
        waiting = len(left)
        left = _place(left, names, key, places)
        methods[method] = waiting - len(left)
    free = [n for n in range(1, len(canvases) + 1) if n not in places]
    if left and (not places or len(left) == len(free)):
        for n, leaf in zip(free, left, strict=False):
            places[n] = leaf
            methods["order"] += 1
        left = left[len(free) :]
    notes = [*_notes(len(leaves), len(canvases), methods), *(_left_out(leaf) for leaf in left)]
    return Placing(tuple(_leaf(places.get(n), n, canvas) for n, canvas in enumerate(canvases, 1)), tuple(notes))


def _leaf(leaf: Leaf | None, n: int, canvas: ForeignCanvas) -> Leaf:
    return Leaf(n, canvas.label or str(n)) if leaf is None else replace(leaf, n=n)


def _place(
    leaves: Iterable[Leaf],
    names: dict[str, int],
    key: Callable[[str], str],
    places: dict[int, Leaf],
) -> list[Leaf]:
    """Put leaves on the canvases that bear their names; returns those that are left."""
    left = []
    for leaf in leaves:
        n = names.get(key(leaf.name))
        if n is None or n in places:
            left.append(leaf)
        else:
            places[n] = leaf
    return left


def _linked_names(canvases: Sequence[ForeignCanvas]) -> dict[str, int]:
    """Return by base name the number of the one canvas that has a link to a file of this name."""
    owners = [(_name_of(link.url), n) for n, canvas in enumerate(canvases, 1) for link in canvas.links]
    return _of_one_only(owners)


def _name_of(url: str) -> str:
    return base_name(posixpath.basename(unquote(urlsplit(url).path)))


def _labels(canvases: Sequence[ForeignCanvas]) -> dict[str, int]:
    return _of_one_only([(_plain(canvas.label), n) for n, canvas in enumerate(canvases, 1)])


def _plain(label: str) -> str:
    """Return a label as it is compared: `p. 1`, `P1` and `p_1` are one."""
    return _NOT_TOLD_APART.sub("", label).casefold()


def _of_one_only(owners: list[tuple[str, int]]) -> dict[str, int]:
    counts = Counter(name for name, _ in set(owners))
    return {name: n for name, n in owners if name and counts[name] == 1}


def _notes(pages: int, canvases: int, methods: Counter[str]) -> list[LedgerEntry]:
    told = ", ".join(f"{count} by {method}" for method, count in methods.items() if count)
    notes = [LedgerEntry("info", "matched-to-canvases", f"Pages were matched to the manifest's canvases: {told}.")]
    if pages != canvases:
        message = f"There are {pages} pages of files and {canvases} canvases in the manifest."
        notes.append(LedgerEntry("warning", "canvas-count-mismatch", message))
    return notes


def _left_out(leaf: Leaf) -> LedgerEntry:
    message = "No canvas of the manifest has a link or a label of this name; the page is left out."
    return LedgerEntry("warning", "no-canvas", message, leaf.name)

"""Which page belongs to which canvas of a given manifest: by the canvas it names, by link, by label, by order. Pure."""

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ingest.manifest import ForeignCanvas
from ingest.matching import Leaf
from ingest.names import base_name, same_form
from lectern.catalogue import LedgerEntry

_Key = Callable[[Leaf], str]

_BY_ID = ("canvas", "the end of the canvas' id")
_NOT_TOLD_APART = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Placing:
    """A leaf for every canvas, numbered as the canvases are, and what the ledger is to say."""

    leaves: tuple[Leaf, ...]
    notes: tuple[LedgerEntry, ...] = ()


def place_by_manifest(
    leaves: Sequence[Leaf], canvases: Sequence[ForeignCanvas], named: Mapping[Leaf, str] | None = None
) -> Placing:
    """Return the leaves in the order of a manifest's canvases; a canvas without files gets a leaf without files.

    A leaf goes to the canvas whose id it names (`named`: annotations do), or whose id ends as that does; else where
    a link of a canvas leads to its base name, else where the label is its base name, else, in order, to the canvases
    that are left: if no name was of any use, or as many leaves are left as canvases. Names and labels that several
    canvases have decide nothing. A leaf that finds no canvas is left out.
    """
    places: dict[int, Leaf] = {}
    methods: Counter[str] = Counter()
    left, taken = list(leaves), list[Leaf]()
    for method, names, key in _ways(canvases, named or {}):
        waiting = len(left)
        left = _place(left, names, key, places)
        methods[method] = waiting - len(left)
        if method in _BY_ID:
            left, more = _put_together(left, names, key, places)
            taken += more
    free = [n for n in range(1, len(canvases) + 1) if n not in places]
    if left and (not places or len(left) == len(free)):
        for n, leaf in zip(free, left, strict=False):
            places[n] = leaf
            methods["order"] += 1
        left = left[len(free) :]
    pages = len(leaves) - sum(len(leaf.more) for leaf in places.values())
    notes = [*_notes(pages, len(canvases), methods), *map(_left_out, left), *map(_taken, taken)]
    return Placing(tuple(_leaf(places.get(n), n, canvas) for n, canvas in enumerate(canvases, 1)), tuple(notes))


def put_together(leaves: Sequence[Leaf], named: Mapping[Leaf, str], counts: Mapping[Path, int]) -> list[Leaf]:
    """Return leaves, numbered anew, of which those without picture went to an earlier one of the same canvas.

    `named` says what canvas a leaf names, `counts` which files have several pages: those stay as they are.
    """
    kept: list[Leaf] = []
    places: dict[str, int] = {}
    for leaf in leaves:
        canvas = _same_anywhere(named.get(leaf, ""))
        if not canvas or leaf.ocr is None or leaf.ocr in counts:
            kept.append(leaf)
        elif leaf.image is None and canvas in places:
            first = kept[places[canvas]]
            kept[places[canvas]] = replace(first, more=(*first.more, leaf.ocr))
        else:
            places.setdefault(canvas, len(kept))
            kept.append(leaf)
    return [replace(leaf, n=n) for n, leaf in enumerate(kept, 1)]


def _ways(canvases: Sequence[ForeignCanvas], named: Mapping[Leaf, str]) -> Iterable[tuple[str, dict[str, int], _Key]]:
    """Yield, the surest first, each way's name, the canvases by name, and what a leaf's name is in it."""
    if named:
        ids = _of_one_only([(_same_anywhere(canvas.id), n) for n, canvas in enumerate(canvases, 1)])
        yield _BY_ID[0], ids, lambda leaf: _same_anywhere(named.get(leaf, ""))
        ends = _of_one_only([(_last_part(canvas.id), n) for n, canvas in enumerate(canvases, 1)])
        yield _BY_ID[1], ends, lambda leaf: _last_part(named.get(leaf, ""))
    yield "link", _linked_names(canvases), lambda leaf: leaf.name
    yield "label", _labels(canvases), lambda leaf: _plain(leaf.name)


def _same_anywhere(canvas_id: str) -> str:
    """Return a canvas' id as it is compared: with or without TLS it is the same canvas."""
    return canvas_id.removeprefix("https:").removeprefix("http:")


def _last_part(canvas_id: str) -> str:
    return canvas_id.rstrip("/").rpartition("/")[2] if "/" in canvas_id else ""


def _leaf(leaf: Leaf | None, n: int, canvas: ForeignCanvas) -> Leaf:
    return Leaf(n, canvas.label or str(n)) if leaf is None else replace(leaf, n=n)


def _place(
    leaves: Iterable[Leaf],
    names: dict[str, int],
    key: _Key,
    places: dict[int, Leaf],
) -> list[Leaf]:
    """Put leaves on the canvases that bear their names; returns those that are left."""
    left = []
    for leaf in leaves:
        n = names.get(key(leaf))
        if n is None or n in places:
            left.append(leaf)
        else:
            places[n] = leaf
    return left


def _put_together(
    leaves: Sequence[Leaf], names: dict[str, int], key: _Key, places: dict[int, Leaf]
) -> tuple[list[Leaf], list[Leaf]]:
    """Add the files of leaves whose canvas is taken to the leaf that has it.

    Returns the leaves that are left, and those that cannot be added: pages of a file of several, or to one.
    """
    left: list[Leaf] = []
    taken: list[Leaf] = []
    pages = Counter(leaf.ocr for leaf in [*leaves, *places.values()])
    for leaf in leaves:
        n = names.get(key(leaf))
        if n is None:
            left.append(leaf)
        elif leaf.ocr is not None and pages[leaf.ocr] == 1 == pages[places[n].ocr]:
            places[n] = replace(places[n], more=(*places[n].more, leaf.ocr))
        else:
            taken.append(leaf)
    return left, taken


def _linked_names(canvases: Sequence[ForeignCanvas]) -> dict[str, int]:
    """Return by base name the number of the one canvas that has a link to a file of this name."""
    owners = [(_name_of(link.url), n) for n, canvas in enumerate(canvases, 1) for link in canvas.links]
    return _of_one_only(owners)


def _name_of(url: str) -> str:
    try:
        return base_name(posixpath.basename(unquote(urlsplit(url).path)))
    except ValueError:  # as of `http://[`
        return ""


def _labels(canvases: Sequence[ForeignCanvas]) -> dict[str, int]:
    return _of_one_only([(_plain(canvas.label), n) for n, canvas in enumerate(canvases, 1)])


def _plain(label: str) -> str:
    """Return a label as it is compared: `p. 1`, `P1` and `p_1` are one."""
    return _NOT_TOLD_APART.sub("", same_form(label)).casefold()


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


def _taken(leaf: Leaf) -> LedgerEntry:
    message = "Another file has the text of its canvas already; this one is left out. Put both into one file."
    return LedgerEntry("warning", "canvas-taken", message, leaf.name)

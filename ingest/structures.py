"""The ranges of a manifest (chapters, articles, issues), from the `structures` of either version. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lectern.iiif_json import Json, id_of, objects_of, several

MAX_RANGES = 20_000
_DEEPEST = 12
_HIDDEN = frozenset({"no-nav", "sequence"})  # not for a table of contents, or another order of the pages


@dataclass(frozen=True, slots=True)
class ForeignRange:
    """A range: its label, the numbers (from 1) of the canvases directly in it, and the ranges in it, in order."""

    label: str
    canvases: tuple[int, ...] = ()
    ranges: "tuple[ForeignRange, ...]" = ()


@dataclass(frozen=True, slots=True)
class FlatRange:
    """A range in a list: its label, the canvases in it and in all below it (numbers from 1), and its parent's place."""

    label: str
    canvases: tuple[int, ...]
    parent: int | None = None


def flattened(ranges: tuple[ForeignRange, ...]) -> list[FlatRange]:
    """Return ranges and all below them in one list, each before those in it; places count from 0."""
    found: list[FlatRange] = []

    def add(siblings: tuple[ForeignRange, ...], parent: int | None) -> None:
        for each in siblings:
            found.append(FlatRange(each.label, tuple(sorted(_covered(each))), parent))
            add(each.ranges, len(found) - 1)

    add(ranges, None)
    return found


def _covered(found: ForeignRange) -> set[int]:
    return set(found.canvases).union(*map(_covered, found.ranges))


def read_ranges(
    document: Json, version: int, numbers: Mapping[str, int], label_of: Callable[[Any], str]
) -> tuple[ForeignRange, ...]:
    """Return the topmost ranges of a manifest; `numbers` gives the number of a canvas by its id.

    The root that Presentation 2 marks as `top` is left out for what is in it. What has the wrong form, leads in a
    circle, or lies deeper than twelve ranges is passed over, and so is all behind the 20,000th range.
    """
    return _Reader(version, numbers, label_of, _ranges_by_id(document)).top(document)


def _ranges_by_id(document: Json) -> dict[str, Json]:
    return {name: each for each in objects_of(document.get("structures")) if (name := id_of(each))}


@dataclass(slots=True)
class _Reader:
    version: int
    numbers: Mapping[str, int]
    label_of: Callable[[Any], str]
    known: dict[str, Json]
    count: int = 0

    def top(self, document: Json) -> tuple[ForeignRange, ...]:
        listed = objects_of(document.get("structures"))
        inner = {name for each in listed for name in _inner_ids(each)}
        roots = [each for each in listed if id_of(each) not in inner] or listed[:1]
        found: list[ForeignRange] = []
        for root in roots:
            read = self.read(root, ())
            if read is not None and self.version == 2 and "top" in several(root.get("viewingHint")):
                found += read.ranges
            elif read is not None:
                found.append(read)
        return tuple(found)

    def read(self, found: Json, above: tuple[str, ...]) -> ForeignRange | None:
        """Return a range with all in it; None if it is not for showing, in itself, or one too many."""
        name = id_of(found)
        hidden = _HIDDEN & {each for each in several(found.get("behavior")) if isinstance(each, str)}
        if hidden or name in above or len(above) >= _DEEPEST or self.count >= MAX_RANGES:
            return None
        self.count += 1
        canvases: list[int] = []
        ranges: list[ForeignRange] = []
        for kind, part in _parts(found):
            address = id_of(part)
            if kind == "range" or address in self.known:
                read = self.read(self.known.get(address) or part, (*above, name))
                ranges += [read] if read is not None else []
            elif (n := self._number(address)) is not None:
                canvases.append(n)
        return ForeignRange(self.label_of(found.get("label")), tuple(dict.fromkeys(canvases)), tuple(ranges))

    def _number(self, address: str) -> int | None:
        """Return the number of the canvas that an id, or a part of one (`#xywh=`, `#t=`), is of."""
        return self.numbers.get(address) or self.numbers.get(address.partition("#")[0])


def _parts(found: Json) -> Iterator[tuple[str, Json]]:
    """Yield ("range" or "canvas" or "", part) of what is in a range, ids as objects, in order."""
    for key, kind in (("items", ""), ("members", ""), ("ranges", "range"), ("canvases", "canvas")):
        for each in several(found.get(key)):
            part = {"id": each} if isinstance(each, str) else each
            if not isinstance(part, dict):
                continue
            told = part.get("type") or part.get("@type")
            if told == "SpecificResource":
                source = part.get("source")
                part, told = {"id": source} if isinstance(source, str) else source, "Canvas"
            if isinstance(part, dict):
                yield ("range" if isinstance(told, str) and told in {"Range", "sc:Range"} else kind), part


def _inner_ids(found: Json) -> Iterator[str]:
    return (id_of(part) for _, part in _parts(found))

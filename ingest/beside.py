"""Annotations beside the text of an object: which files hold them, where they stand, and which of them to keep.

What was read as a page's text, and what only repeats it, is not kept: no word is to be found twice.
"""

import hashlib
import json
import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest.annotation_sources import read_told
from ingest.bounds import Bounds
from ingest.digests import ANYWHERE
from ingest.found import AnnotationSource
from ingest.names import base_name
from ingest.readers.remarks import Told
from ingest.readers.selectors import Place
from ingest.repeating import Repeats
from ingest.traps import MAX_TEXT_LENGTH, Unreadable
from lectern.catalogue import LedgerEntry
from lectern.wordblock import IntBox
from search.remarks import Remark, Target

MOST = 50_000  # annotations of one object
_MOST_TEXT = 16 * 1024 * 1024  # characters of them all
_LARGEST = 10_000_000  # pixels
_OURS = "/presentation/"


@dataclass(frozen=True, slots=True)
class Spot:
    """A canvas that annotations may be about: n (from 1), its id, the base name of its files, its size in pixels.

    `texts` are the files that its text was read from.
    """

    n: int
    canvas: str
    name: str
    width: int
    height: int
    texts: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """The annotations of an object beside its text, what the ledger says of them, and a key of what they are from."""

    key: str = ""
    remarks: Sequence[Remark] = ()
    entries: tuple[LedgerEntry, ...] = ()


def read_beside(
    key: str,
    sources: Iterable[AnnotationSource],
    spots: Sequence[Spot],
    words_of: Callable[[int], Sequence[str]],
    bounds: Bounds = ANYWHERE,
) -> Beside:
    """Return the annotations that are kept; `words_of(n)` gives the words of a canvas (from 1) as they were read.

    A document that cannot be read, and annotations that are about no canvas of the object, are warnings.
    """
    work = _Work(_Canvases(spots), Repeats(words_of))
    for source in sources:
        try:
            told = read_told(source, bounds)
        except Unreadable as error:
            work.troubles.append(error)
            continue
        for each, targets in work.canvases.placed(told, source):
            work.take(each, targets, source)
    remarks = sorted(work.remarks.values(), key=lambda remark: remark.n)
    return Beside(key, remarks, tuple(work.entries()))


@dataclass(slots=True)
class _Work:
    canvases: "_Canvases"
    repeats: Repeats
    remarks: dict[str, Remark] = field(default_factory=dict)  # by key
    counts: Counter[str] = field(default_factory=Counter)
    troubles: list[Unreadable] = field(default_factory=list)
    length: int = 0

    def take(self, told: Told, targets: list[Target], source: AnnotationSource) -> None:
        """Keep an annotation unless it is text already, or too much."""
        if told.transcribes and self.canvases.is_text(source, [target.n for target in targets]):
            return
        if not targets:
            self.counts["annotations-astray"] += 1
        elif len(told.text) > MAX_TEXT_LENGTH:
            self.counts["annotations-too-long"] += 1
        elif told.transcribes and all(self.repeats.on(target.n, told.text) for target in targets):
            self.counts["annotations-repeat"] += 1
        else:
            self._keep(told, targets)

    def _keep(self, told: Told, targets: list[Target]) -> None:
        """Keep an annotation, once; one that has another's id and says something else loses the id."""
        remark = _remark(told, targets)
        known = self.remarks.get(remark.key)
        if known is not None and known != remark:
            self.counts["annotations-one-id"] += 1
            remark = _remark(replace(told, id=""), targets)
        if remark.key in self.remarks:
            return
        if len(self.remarks) >= MOST or self.length + len(told.text) > _MOST_TEXT:
            self.counts["too-many-annotations"] += 1
            return
        self.length += len(told.text)
        self.remarks[remark.key] = remark

    def entries(self) -> Iterator[LedgerEntry]:
        """Yield what the ledger says."""
        if self.remarks:
            text = f"{len(self.remarks)} annotations beside the text are kept, and found by search."
            yield LedgerEntry("info", "annotations-beside", text)
        for trap, count in sorted(self.counts.items()):
            level, text = _SAID[trap]
            yield LedgerEntry("warning" if level else "info", trap, text.format(count))
        seen: Counter[str] = Counter(error.trap for error in self.troubles)
        for error in {error.trap: error for error in reversed(self.troubles)}.values():
            more = f" And {seen[error.trap] - 1} more." if seen[error.trap] > 1 else ""
            yield LedgerEntry("warning", error.trap, f"{error}{more} Its annotations are left out.")


_SAID = {
    "annotations-astray": (
        True,
        "{} annotations are about no canvas of this object; they are left out. `--manifest` tells which is which.",
    ),
    "annotations-too-long": (True, "{} annotations hold more text than a page; they are left out."),
    "annotations-one-id": (True, "{} annotations have the id of another one that says something else; ids left out."),
    "annotations-repeat": (False, "{} transcriptions among the annotations repeat the text; they are left out."),
    "too-many-annotations": (True, f"{{}} annotations are more than are kept ({MOST}, 16 MB of text); left out."),
}


def _remark(told: Told, targets: Sequence[Target]) -> Remark:
    return Remark(
        _key(told, targets),
        told.text,
        tuple(targets),
        told.motivations,
        told.id,
        told.creators,
        told.created,
        told.language,
    )


def _key(told: Told, targets: Sequence[Target]) -> str:
    """Return what an annotation is told by within the object: its id, or all it says."""
    said: Any = told.id or [told.text, targets, told.motivations, told.creators, told.created]
    return f"a{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]}"


class _Canvases:
    """Finds the canvas that an annotation is about, however it is written."""

    def __init__(self, spots: Sequence[Spot]) -> None:
        self._by_id = {plain_id(spot.canvas): spot for spot in spots}
        self._by_end = _of_one_only((_last_part(spot.canvas), spot) for spot in spots)
        self._by_name = _of_one_only((spot.name, spot) for spot in spots)
        self._own = {spot.canvas: spot for spot in spots if spot.canvas.startswith("/")}
        self._read_from: defaultdict[Path | bytes, list[Spot]] = defaultdict(list)
        for spot in spots:
            for path in spot.texts:
                self._read_from[path].append(spot)

    def is_text(self, source: AnnotationSource, about: Sequence[int]) -> bool:
        """Return whether the transcriptions of a document are the text of one of these canvases, or of any if none."""
        read = {spot.n for spot in self._read_from.get(source.content, ())}
        return bool(read) and (not about or not read.isdisjoint(about))

    def placed(self, told: Sequence[Told], source: AnnotationSource) -> Iterator[tuple[Told, list[Target]]]:
        """Yield annotations with their targets on canvases of the object, none where they have none.

        Where no id is known, the pages that were read from them are their canvases in order; or, if all are about one
        canvas, it is the one that links to them or has their file's name.
        """
        names = {place.canvas for each in told for place in each.places}
        found = {name: spot for name in names if (spot := self._find(name)) is not None}
        read = self._read_from.get(source.content, [])
        transcribed = list(dict.fromkeys(place.canvas for each in told if each.transcribes for place in each.places))
        if not found and read and len(read) == len(transcribed):
            found = dict(zip(transcribed, read, strict=True))
        elif not found and len(names) <= 1:
            spot = self._by_id.get(plain_id(source.canvas)) if source.canvas else None
            spot = spot or self._by_name.get(base_name(posixpath.basename(source.name)))
            found = {name: spot for name in names or {""} if spot is not None}
        for each in told:
            places = each.places or (Place(""),)
            yield each, list(dict.fromkeys(_target(p, found[p.canvas]) for p in places if p.canvas in found))

    def _find(self, canvas: str) -> Spot | None:
        """Return the canvas of an id: the same, ours under any address, or the one that ends in the same part."""
        name = plain_id(canvas)
        own = self._own.get(name[name.find(_OURS) :]) if _OURS in name else None
        end = _last_part(canvas)
        return self._by_id.get(name) or own or self._by_end.get(end) or self._by_name.get(end)


def plain_id(canvas: str) -> str:
    """Return an id as it is compared: http and https, and a part of a canvas and the whole, are one."""
    return canvas.partition("#")[0].partition("://")[2] or canvas


def _last_part(canvas: str) -> str:
    return canvas.partition("#")[0].rstrip("/").rpartition("/")[2] if "/" in canvas else ""


def _of_one_only(named: Iterable[tuple[str, Spot]]) -> dict[str, Spot]:
    pairs = [(name, spot) for name, spot in named if name]
    counts = Counter(name for name, _ in pairs)
    return {name: spot for name, spot in pairs if counts[name] == 1}


def _target(place: Place, spot: Spot) -> Target:
    if place.box is None:
        return Target(spot.n, None, place.time)
    across, down = (spot.width / 100, spot.height / 100) if place.percent else (1.0, 1.0)
    x, y, w, h = place.box
    return Target(spot.n, _whole(x * across, y * down, w * across, h * down), place.time)


def _whole(x: float, y: float, w: float, h: float) -> IntBox:
    """Return a box in whole pixels; a strange one is brought into bounds, answers cut it to its canvas."""
    x, y, w, h = (min(max(side, 0.0), _LARGEST) for side in (x, y, w, h))
    return int(x), int(y), max(1, round(w)), max(1, round(h))

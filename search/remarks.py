"""Annotations beside the OCR: comments, tags, translations and other transcriptions, as a pack keeps them.

Each is a unit of its own: in its part of the pack it is a page, so that no phrase and no AND joins two of them.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lectern.pack import PackFile
from lectern.wordblock import IntBox
from lectern.words import Block, Line, Page, Word

PART = "beside"
SECTION = f"{PART}.remarks"


class Target(NamedTuple):
    """A canvas (from 1) or a part of it: a box in canvas pixels, or start and end in seconds; neither: all of it."""

    n: int
    box: IntBox | None = None
    time: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """One annotation beside the OCR. `id` is its own where it has one of the web, empty where not; `key` is stable.

    Motivations are kept names, creators URIs; `created` is `YYYY-MM-DDThh:mm:ssZ`, empty where nobody says. The text
    is plain, whatever it was made from.
    """

    key: str
    text: str
    targets: tuple[Target, ...]
    motivations: tuple[str, ...] = ()
    id: str = ""
    creators: tuple[str, ...] = ()
    created: str = ""
    language: str | None = None

    @property
    def n(self) -> int:
        """Return the canvas (from 1) where answers have it: the first of those that it is about."""
        return min(target.n for target in self.targets)


def page_of(remark: Remark) -> Page:
    """Return the text of an annotation as a page of the word model, without places."""
    lines = [Line([Word(word) for word in line.split()]) for line in remark.text.splitlines()]
    return Page([Block([line for line in lines if line.words])], language=remark.language)


def remarks_section(remarks: Iterable[Remark]) -> bytes:
    """Return everything but the texts, which the words of the part hold."""
    rows = [
        [r.key, [list(t) for t in r.targets], r.motivations, r.id, r.creators, r.created, r.language] for r in remarks
    ]
    return zlib.compress(json.dumps(rows).encode())


def read_rows(pack: PackFile) -> list[list[Any]]:
    """Return what `remarks_section` wrote into a pack; empty for one that has none."""
    section = pack.section(SECTION)
    found: list[list[Any]] = json.loads(zlib.decompress(section)) if len(section) else []
    return found


def canvas_of_row(row: Sequence[Any]) -> int:
    """Return the canvas (from 0) where answers have an annotation."""
    return min(canvases_of_row(row))


def canvases_of_row(row: Sequence[Any]) -> set[int]:
    """Return the canvases (from 0) that an annotation is about."""
    return {int(target[0]) - 1 for target in row[1]}


def from_row(row: Sequence[Any], text: str) -> Remark:
    """Return an annotation as it was."""
    key, targets, motivations, own, creators, created, language = row
    return Remark(
        key,
        text,
        tuple(
            Target(n, None if box is None else tuple(box), None if time is None else tuple(time))
            for n, box, time in targets
        ),
        tuple(motivations),
        own,
        tuple(creators),
        created,
        language,
    )

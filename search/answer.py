"""What a search found, ready to be written in any version of the API: annotations, hits, totals, pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lectern.wordblock import IntBox
from search.remarks import Remark, Target
from search.terms import Term


class Cursor(NamedTuple):
    """Where a page of an answer begins: an object, and a canvas of it (from 1)."""

    object_id: str
    n: int


class Annotation(NamedTuple):
    """The words of a hit on one line, or an annotation beside the OCR, whole.

    `n` is the object's canvas (from 1), `key` unique on it and stable (CSX-07). `box` is in canvas pixels, None when
    there is no place for it on the canvas at all; `time` is start and end in seconds, of a caption. `remark` tells the
    rest of an annotation beside the OCR: its own id, motivations, creators, date and all targets.
    """

    object_id: str
    n: int
    key: str
    text: str
    box: IntBox | None
    language: str | None = None
    time: tuple[float, float] | None = None
    remark: Remark | None = None

    @property
    def targets(self) -> tuple[Target, ...]:
        """Return the canvases, or parts of them, that it is about, `n` among them."""
        return (Target(self.n, self.box, self.time),) if self.remark is None else self.remark.targets


class HitText(NamedTuple):
    """One hit as text: the annotations it lights (places in the answer's list), the match and what is around it.

    `inside` says that the match, and what is around it, is part of its one annotation's text, which is longer.
    """

    annotations: tuple[int, ...]
    match: str
    before: str
    after: str
    inside: bool = False


class Cut(StrEnum):
    """What a limit left out of an answer; answers name it under `truncated`."""

    QUERY = "query"  # words of the query past the most that are looked for in a row
    PATTERNS = "patterns"  # words that a pattern stands for past the most that are looked up
    HITS = "hits"  # hits past the most canvases that are counted: they are shown, but in no total
    CANVAS = "canvas"  # findings of one canvas past the most that an answer writes: they are in the totals, not shown
    TERMS = "terms"  # suggestions past the most that are given
    TIME = "time"  # what a cluster had not looked at when the time for one answer was over


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of an answer. Cursors name the first canvas of that page; None where there is no such page.

    `hits` is None where no hit was asked for: every annotation is the answer to no query.
    `total_annotations` is 0 where it was not asked for.
    `start_index` is None where nobody counted what is before this page.
    Totals that are not `exact` are what was counted of so many findings that the rest was not; then `last` is None.
    """

    annotations: Sequence[Annotation] = ()
    hits: Sequence[HitText] | None = ()
    total_hits: int = 0
    total_annotations: int = 0
    start_index: int | None = 0
    previous: Cursor | None = None
    following: Cursor | None = None
    last: Cursor | None = None
    truncated: tuple[Cut, ...] = ()
    exact: bool = True

    @property
    def canvases(self) -> set[tuple[str, int]]:
        """Return the canvases that there are annotations on: object, and number from 1."""
        return {(each.object_id, target.n) for each in self.annotations if each.remark for target in each.targets} | {
            (each.object_id, each.n) for each in self.annotations if each.remark is None
        }

    @property
    def paged(self) -> bool:
        """Return whether there is more than this one page."""
        return self.previous is not None or self.following is not None


class Suggestions(NamedTuple):
    """Words that begin like a text, in alphabetical order, and what a limit left out of them."""

    terms: Sequence[Term] = ()
    truncated: tuple[Cut, ...] = ()

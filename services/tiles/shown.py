"""What a static copy may hold of an object: what a stranger sees of each page, wherever he is, at one instant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from auth.decision import STRANGER, Verdict, earliest, sees_tier
from auth.pages import decide_page, is_free_text
from auth.policy import Substitute
from auth.rules import Rules
from lectern.catalogue import CanvasRow, ObjectRow, RangeRow
from lectern.description import NOTHING_SAID, Description
from lectern.errors import InputError
from lectern.urls import Urls
from services.presentation.doors import book
from services.presentation.model import Book

_ELSEWHERE = "it lies on another image server, from which no picture can be copied"
_BORROWED = "its picture lies with somebody else"
_EXPLAIN = "`lectern policy explain {}` tells which rule decides."


@dataclass(frozen=True, slots=True)
class Shown:
    """A page whose picture is copied: whole, or in the `reduced` version that its policy has."""

    canvas: CanvasRow
    reduced: Substitute | None = None

    @property
    def tier(self) -> str | None:
        """Return the name of the reduced version, None for the whole picture."""
        return None if self.reduced is None else self.reduced.tier


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A page (from 1) whose picture is not copied, and why not."""

    n: int
    reason: str


@dataclass(frozen=True, slots=True)
class Copy:
    """What is copied of an object: the book as its manifest tells it, pictures, and the pages with text (from 1).

    `valid_until` is when a policy's date changes any of it, None if no date does.
    """

    book: Book
    shown: Sequence[Shown]
    left_out: Sequence[LeftOut]
    with_text: frozenset[int]
    valid_until: datetime | None

    def is_same_as(self, other: "Copy") -> bool:
        """Return whether both are the same pages of the same edition of an object, as open as each other."""
        return self._essence == other._essence

    @property
    def _essence(self) -> tuple[object, ...]:
        book = self.book
        told = (book.row, book.description, book.detail, list(book.canvases), list(book.ranges))
        return told, list(self.shown), list(self.left_out), self.with_text, self.valid_until


def copy_of(
    row: ObjectRow,
    canvases: Sequence[CanvasRow],
    ranges: Sequence[RangeRow],
    rules: Rules,
    when: datetime,
    *,
    elsewhere: bool = False,
    description: Description = NOTHING_SAID,
) -> Copy:
    """Return what may be copied of an object for everybody (TH-58, TH-62, TH-78, TH-85). Pure.

    With `elsewhere` another image server has the pictures that are not here.

    Raises InputError for an object that is hidden from strangers, and for one of which they see no picture.
    """

    def judge(rules: Rules, n: int | None) -> Verdict:
        return decide_page(rules, n, STRANGER, None, when)

    if judge(rules, None).manifest == "hidden":
        raise InputError(f"{row.id} is hidden from strangers: nothing of it is written.", _EXPLAIN.format(row.id))
    told = book(row, canvases, rules, judge, Urls(""), when=when)
    told = replace(told, ranges=ranges, description=description)
    verdicts = {canvas.n: judge(rules, canvas.n) for canvas in canvases}
    pages = [
        LeftOut(canvas.n, _ELSEWHERE)
        if canvas.image is None and canvas.has_picture(elsewhere)
        else _page(told, canvas, rules, verdicts[canvas.n])
        for canvas in canvases
    ]
    shown = [page for page in pages if isinstance(page, Shown)]
    left_out = [page for page in pages if isinstance(page, LeftOut)]
    if not shown:
        if left_out and all(page.reason == _ELSEWHERE for page in left_out):
            raise InputError(
                f"The pictures of {row.id} lie on another image server, from which no picture can be copied.",
                "Ingest the object with its pictures to have a copy of it.",
            )
        why = left_out[0].reason if left_out else "it has no pages"
        raise InputError(
            f"Strangers see no picture of {row.id}, so there is nothing to write: {why}.", _EXPLAIN.format(row.id)
        )
    with_text = frozenset(
        canvas.n for canvas in canvases if canvas.words and told.has_text(canvas) and is_free_text(verdicts[canvas.n])
    )
    until = earliest([judge(rules, None), *verdicts.values()])
    return Copy(told, shown, left_out, with_text, until)


def _page(told: Book, canvas: CanvasRow, rules: Rules, verdict: Verdict) -> Shown | LeftOut:
    if canvas.image is None:
        return LeftOut(canvas.n, _BORROWED if canvas.borrowed else "it has no picture")
    if verdict.public:
        return Shown(canvas)
    substitute = rules.of(canvas.n).substitute
    if substitute is None or not sees_tier(rules.of(canvas.n), verdict, substitute.tier):
        return LeftOut(canvas.n, verdict.rule)
    if not told.access(canvas.n).told:
        return LeftOut(canvas.n, f"{verdict.rule}; the manifest does not tell of it")
    return Shown(canvas, substitute)

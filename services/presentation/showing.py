"""An object as one reader is shown it: the book that verdicts allow, with what the stores know of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from auth.rules import Rules
from lectern.catalogue import BY_TIME, CanvasRow, ObjectRow
from lectern.description import read_description
from lectern.errors import LecternError
from services.asker import Judge
from services.context import Context
from services.presentation.doors import book
from services.presentation.model import Book
from services.presentation.pdf_plan import has_pdf


def shown_book(
    context: Context,
    row: ObjectRow,
    canvases: Sequence[CanvasRow],
    rules: Rules,
    judge: Judge,
    *,
    when: datetime,
) -> Book:
    """Return an object with some of its canvases as verdicts let it be shown (`services.presentation.doors.book`)."""
    shown = book(row, canvases, rules, judge, context.urls, when=when)
    return replace(shown, pictures_elsewhere=context.settings.pictures_elsewhere)


def with_description(context: Context, shown: Book) -> Book:
    """Return a book with its parts, and with what is said of it beyond its row."""
    said = read_description(context.catalogue.description(shown.row.id))
    return replace(shown, ranges=context.catalogue.ranges(shown.row.id), description=said)


def with_texts(context: Context, shown: Book) -> Book:
    """Return a whole book with what its manifest tells of its texts and files.

    Of a pack that cannot be read it tells nothing: searches and `lectern check` say so.
    """
    return replace(
        shown,
        remarked=_remarked(context, shown),
        durations=_durations(context, shown),
        pdf=has_pdf(context.settings, shown.row, shown.canvases),
    )


def _remarked(context: Context, shown: Book) -> Collection[int]:
    """Return the canvases with annotations beside their text.

    Where everything is restricted nobody looks: then all canvases refer to such a list.
    """
    if not shown.tells_all or (shown.doors.restricted and not shown.others):
        return ()
    try:
        beside = context.library.open(shown.row).beside
    except LecternError:
        return ()
    return () if beside is None else {page + 1 for page in beside.places}


def _durations(context: Context, shown: Book) -> Mapping[int, float]:
    """Return in seconds when the last caption of a recording ends: a canvas with moments needs a length."""
    recordings = [canvas.n for canvas in shown.canvases if canvas.scale_by == BY_TIME]
    if not recordings:
        return {}
    try:
        handle = context.library.open(shown.row)
        known = [n for n in recordings if n <= handle.pages]
        pages = dict(zip(known, handle.pages_in_turn(known), strict=True))
    except LecternError:
        return {}
    ends = {n: max((line.time[1] for line in page.lines if line.time), default=0.0) for n, page in pages.items()}
    return {n: end for n, end in ends.items() if end}

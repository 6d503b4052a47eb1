"""What a PDF of an object shows to one reader, page by page, decided before the first byte of it is sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auth.decision import Verdict
from auth.pages import stretches
from auth.rules import Rules
from lectern.catalogue import BY_TIME, CanvasRow, ObjectRow
from lectern.description import texts_of
from lectern.ids import ImageId
from lectern.richtext import bare
from lectern.settings import Settings
from services.presentation.described import label_of
from services.presentation.model import Book, Part, viewing_direction
from services.presentation.pdf.file import About, Bookmark

NOT_SHOWN = "This page is not shown to you."
NO_PICTURE = "There is no picture of this page here."
NOT_MADE = "The picture of this page could not be had."

Judge = Callable[[Rules, int], Verdict]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page: the picture that its reader may see, whether he may know its words, and what is said in its place.

    `made` is what the pixels of a reduced picture are made by, besides the picture itself.
    """

    n: int
    image: ImageId | None
    text: bool
    note: str = ""
    made: str = ""


def has_pdf(settings: Settings, row: ObjectRow, canvases: Sequence[CanvasRow]) -> bool:
    """Return whether an object can be had as a PDF: it has pages, not too many, and none of them is a recording."""
    recorded = any(canvas.scale_by == BY_TIME for canvas in canvases)
    return 0 < len(canvases) <= settings.pdf_pages and row.pages == len(canvases) and not recorded


def plan(book: Book, rules: Rules, pixels: Judge, words: Judge) -> list[Leaf]:
    """Return all pages of an object as a reader gets them; `pixels` and `words` are his verdicts on a page.

    A page that is restricted to others has the picture that everybody may see, if its policy gives one, and words only
    where the text is free; one that his manifest does not tell is empty (TH-85, TH-86).
    """
    rows = {canvas.n: canvas for canvas in book.canvases}
    leaves = []
    for stretch in stretches(rules, book.row.pages):
        seen, known = pixels(rules, stretch.first), words(rules, stretch.first).search == "full"
        policy = rules.of(stretch.first)
        for n in range(stretch.first, stretch.last + 1):
            whole = book.image_id(rows[n])
            tier = None if seen.allowed else policy.tier
            told = book.access(n).told and seen.manifest != "hidden"
            if not told or (not seen.allowed and tier is None):
                leaves.append(Leaf(n, None, known, NOT_SHOWN))
            elif whole is None:
                leaves.append(Leaf(n, None, known, NO_PICTURE))
            else:
                made = repr(policy.substitute) if tier else ""
                leaves.append(Leaf(n, ImageId(book.row.id, n, tier), known, made=made))
    return leaves


def about(book: Book, identity: str) -> About:
    """Return what the PDF of an object says of itself: as much as its manifest tells this reader."""
    row = book.row
    return About(
        title=next(texts_of(label_of(book)), row.id),
        labels=[book.canvas_label(canvas) for canvas in book.canvases],
        identity=identity,
        bookmarks=[_bookmark(part) for part in book.parts()],
        languages=row.languages if book.tells_all else (),
        rights=_rights(book),
        source=book.urls.page(row.id),
        made=row.modified,
        leftwards=viewing_direction(row) == "right-to-left",
    )


def _rights(book: Book) -> str:
    """Return what is said of the rights, all of it in one text without markup; nothing where little is told."""
    if not book.tells_all:
        return ""
    statement = book.description.required_statement
    told = [] if statement is None else [*texts_of(statement.label), *texts_of(statement.value)]
    return "; ".join(filter(None, [book.row.rights, ": ".join(bare(text) for text in told)]))


def _bookmark(part: Part) -> Bookmark:
    return Bookmark(part.row.label, min(part.row.canvases) - 1, [_bookmark(each) for each in part.parts])

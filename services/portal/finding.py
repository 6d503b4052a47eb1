"""The search of the portal: in all objects of the shelf or of a collection, and in one object, hit by hit.

It is the search service itself that is asked, in the process: what it may tell this reader, what it counts against his
budget, and what it keeps to itself is decided there (TH-78 to TH-86).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Request

from lectern.catalogue import ObjectRow
from lectern.collection_tree import EVERYTHING
from lectern.errors import NotFound
from search.answer import Cursor, Cut, HitText
from services.asker import Asker
from services.context import Context
from services.gate import Gate
from services.portal import content_state
from services.portal.items import Item, Items
from services.search.asking import Asked
from services.search.members import member
from services.search.scopes import Place
from services.search.service import Results
from services.search.views import service_of_requests

OBJECTS_A_PAGE = 10
SNIPPETS = 3  # of each object, where several are searched
HITS_A_PAGE = 50
_MOST_SHOWN = 500  # a page of an answer has whole canvases
_MOST_OTHERS = 12
_CUT = {
    Cut.QUERY: "The query is long: only the first of its words were looked for.",
    Cut.PATTERNS: "A pattern stands for more words than are looked for: write more of its letters.",
    Cut.CANVAS: "A page has more hits than are shown.",
    Cut.TIME: "Not everything could be looked at just now: ask again, or for less common words.",
}


@dataclass(frozen=True, slots=True)
class Snippet:
    """One hit: where it stands, and the link that opens the viewer there. Without text (`boxes`) `hit` is None.

    `remark` tells that it is in an annotation beside the text.
    """

    link: str
    page: str
    hit: HitText | None = None
    language: str = ""
    remark: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What one object has: how many hits, the first of them, and the address of all where there are more."""

    item: Item
    hits: int
    snippets: Sequence[Snippet]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Across:
    """One page of what several objects have. `hits` and `objects` are of all pages, at least so many unless `exact`.

    `rest` is the first object that was not asked any more, None where none is; `places` are objects that tell
    places of words alone.
    """

    groups: Sequence[Group]
    hits: int
    objects: int
    page: int
    last: int
    rest: str | None
    remarks: Sequence[str]
    places: Sequence[ObjectRow]
    exact: bool


@dataclass(frozen=True, slots=True)
class Inside:
    """One page of what one object has, canvas after canvas; `previous` and `following` are values of `from`."""

    hits: int
    snippets: Sequence[Snippet]
    knows_text: bool
    previous: str | None
    following: str | None
    remarks: Sequence[str]


class Finder:
    """Asks the search service, and makes of its results what a page shows."""

    def __init__(self, context: Context, items: Items) -> None:
        self._context = context
        self._items = items
        self._gate = Gate(context)
        self._service = service_of_requests(context)

    def across(self, request: Request, q: str, collection: str, page: int, begin: str) -> Across:
        """Return what objects have, those with the most hits first, from an object on.

        Raises InputError for a query that cannot be read, NotFound for a collection without an object to be seen,
        StoreUnavailable.
        """
        place = Place(collection=collection or EVERYTHING)
        asked = self._service.ask(1, place, [("q", q)])
        found = self._service.tally(asked, begin)
        labels = {row.id: row.label.casefold() for row in self._context.catalogue.some(found.hits).values()}
        order = sorted(found.hits, key=lambda name: (-found.hits[name], labels.get(name, ""), name))
        last = max(1, -(-len(order) // OBJECTS_A_PAGE))
        page = min(max(1, page), last)
        asker = self._gate.asker(request)
        shown = (self._group(name, q, asker) for name in order[(page - 1) * OBJECTS_A_PAGE : page * OBJECTS_A_PAGE])
        return Across(
            groups=[group for group in shown if group is not None],
            hits=sum(found.hits.values()),
            objects=len(order),
            page=page,
            last=last,
            rest=found.unasked,
            remarks=_remarks(found.truncated),
            places=self._places(request, asker, collection, asked),
            exact=found.unasked is None and Cut.TIME not in found.truncated,
        )

    def inside(self, request: Request, object_id: str, q: str, begin: str) -> Inside:
        """Return what one object has, 50 hits or a canvas more on a page.

        Raises NotFound for an object that is not there or hidden from the reader, InputError, Exhausted where only
        places are told and today's queries are spent, StoreUnavailable.
        """
        given = [("q", q), *([("from", begin)] if begin else [])]
        results = self._service.results(self._service.ask(1, Place(object_id), given, size=HITS_A_PAGE))
        answer, asker = results.answer, self._gate.asker(request)
        row = results.asked.members[0].row
        return Inside(
            hits=answer.total_hits,
            snippets=self._snippets(row, results, asker, q, _MOST_SHOWN),
            knows_text=results.asked.knows_text,
            previous=_from(answer.previous),
            following=_from(answer.following),
            remarks=_remarks({*answer.truncated, *((Cut.CANVAS,) if len(answer.hits or ()) > _MOST_SHOWN else ())}),
        )

    def _group(self, object_id: str, q: str, asker: Asker) -> Group | None:
        """Return what an object has; None if it is gone by now, or closed."""
        try:
            results = self._service.results(self._service.ask(1, Place(object_id), [("q", q)], size=SNIPPETS))
        except NotFound:
            return None
        row, hits = results.asked.members[0].row, results.answer.total_hits
        snippets = self._snippets(row, results, asker, q, SNIPPETS)
        if not snippets or not results.asked.knows_text:
            return None
        more = f"/objects/{row.id}/search?{urlencode({'q': q})}" if hits > len(snippets) else ""
        return Group(self._items.item(row, asker), hits, snippets, more)

    def _snippets(self, row: ObjectRow, results: Results, asker: Asker, q: str, most: int) -> list[Snippet]:
        """Return the first hits of one object, each with its page and link; places alone where text is not told."""
        answer, scope = results.answer, results.scope
        numbers = {annotation.n for annotation in answer.annotations}
        canvases = self._context.catalogue.canvases(row.id, numbers)
        book = self._items.book(row, canvases, asker)
        pages = {canvas.n: page_name(book.canvas_label(canvas)) for canvas in canvases}
        manifest = self._context.urls.manifest(row.id, 3)
        found = []
        for hit in (answer.hits or ())[:most]:
            first = answer.annotations[hit.annotations[0]]
            state = content_state.build(manifest, scope.targets(first)[0])
            link = f"/objects/{row.id}/read?{urlencode({content_state.PARAMETER: state, 'q': q})}"
            text = hit if results.asked.knows_text else None
            language = (first.language or "") if text else ""
            page = pages.get(first.n, page_name(str(first.n)))
            found.append(Snippet(link, page, text, language, text is not None and first.remark is not None))
        return found

    def _places(self, request: Request, asker: Asker, collection: str, asked: Asked) -> list[ObjectRow]:
        """Return the first objects that tell this reader places of words alone: each is asked by itself, if at all."""
        words = self._gate.asker_of_words(request)
        if asked.holdings is None:
            shown = self._items.shelf(asker, collection or EVERYTHING)
            rows = [entry.row for entry in shown.entries] if shown else []
        else:
            rows = self._service.telling_places(asked, _MOST_OTHERS)
        found = (row for row in rows if member(row, words.rules(row), None, words.text).search == "boxes")
        return [row for row, _ in zip(found, range(_MOST_OTHERS), strict=False)]


def page_name(label: str) -> str:
    """Return the label of a canvas as a page is called: a number alone is no name."""
    return f"Page {label}" if label.isdecimal() else label


def _remarks(truncated: Collection[Cut]) -> list[str]:
    """Return in sentences what limits left out."""
    return [sentence for cut, sentence in _CUT.items() if cut in truncated]


def _from(cursor: Cursor | None) -> str | None:
    return None if cursor is None else f"{cursor.object_id}:{cursor.n}"

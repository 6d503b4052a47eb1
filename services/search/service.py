"""What the search service answers: a request read, its objects judged, the document of the answer made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from lectern.catalogue import ObjectRow, Replaced
from lectern.errors import InputError, Overloaded, PackError
from lectern.noted import HITS, SEARCHES
from lectern.spans import step
from lectern.urls import AUTOCOMPLETE, PresentationVersion, SearchVersion
from search import content_search1, content_search2
from search.answer import Answer, Suggestions
from search.content_search import Container, Scope, read_request
from search.findings import Subject
from search.query import parse
from search.searching import Limits, Tally, find, suggest, tally
from search.syntax import tells_little
from services.context import Context
from services.search.asking import COUNTED_CANVASES, NONSENSE, Asked
from services.search.scopes import Asking, Place, Scopes

if TYPE_CHECKING:
    from search.cluster.walking import Pages
    from services.search.collecting import Collecting
    from services.search.holdings import Holdings, Surveyor

Given = Iterable[tuple[str, str]]  # names and values of a query string, in its order
Spend = Callable[[str], None]
_Made = TypeVar("_Made")

PRESENTATION: Mapping[SearchVersion, PresentationVersion] = {0: 2, 1: 2, 2: 3}  # whose manifests and lists are named
_BOXES_SHORTEST = 3  # letters; a shorter word tells too much of a text that may not be read (DESIGN section 6)
_MOST_STATES = 5  # of what is searched, during one request


@dataclass(frozen=True, slots=True)
class Answered:
    """The document of an answer, and the request as it was judged for it."""

    document: dict[str, Any]
    asked: Asked


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, not written yet: `scope` makes the ids of its annotations, `asked` is the request as judged."""

    answer: Answer
    scope: Scope
    asked: Asked


class SearchService:
    """Reads a request's parameters and asks what its reader may know; then makes the document of the answer.

    `asking` says who asks just now. `spend` counts a query about an object whose text may not be read, and raises
    Exhausted when no more may be asked; without it nothing is counted.
    """

    def __init__(self, context: Context, asking: Callable[[], Asking], spend: Spend | None = None) -> None:
        self._context = context
        self._asking = asking
        self._scopes = Scopes(lambda: context.catalogue, context.collections.current, _surveyor(context))
        self._spend = spend
        self.limits = Limits(context.settings.hit_context, context.settings.pattern_words)

    def ask(
        self, version: SearchVersion, place: Place, given: Given, *, suggesting: bool = False, size: int | None = None
    ) -> Asked:
        """Return a request, read and judged; nothing is searched yet. Raises InputError and NotFound.

        `size` is about how many hits a page of the answer has, where that is not as the settings say.
        """
        asking = self._asking()
        holdings = self._scopes.holdings(place, asking)
        members = self._scopes.members(place, asking) if holdings is None else ()
        understood = read_request(
            given,
            version,
            size=size or self._context.settings.page_hits,
            longest=self._context.settings.query_length,
            suggest=suggesting,
        )
        place.require_cursor(understood.page.begin)
        if suggesting and not understood.q:
            raise InputError("Autocomplete needs `q`.", "Ask with ?q= and the first letters of a word.")
        return Asked(version, place, members, understood, suggesting, asking.policies.version, holdings)

    def answer(self, asked: Asked) -> Answered:
        """Return the answer to a request; judged anew if an object was replaced or removed meanwhile.

        Every answer is of one state of an object: its pack and its canvases belong together. Raises NotFound for an
        object that is gone, Exhausted when its budget is spent.
        """
        paid: set[str] = set()
        return Answered(*self._of_one_state(asked, lambda again: self._document(again, paid)))

    def results(self, asked: Asked) -> Results:
        """Return what `answer` makes a document of, as it is shown on a page; raises the same errors."""
        paid: set[str] = set()
        (answer, scope), judged = self._of_one_state(asked, lambda again: self._found(again, paid))
        return Results(answer, scope, judged)

    def tally(self, asked: Asked, begin: str = "") -> Tally:
        """Return how many hits each object of a collection has, from an object on; raises the same errors."""

        def counted(again: Asked) -> Tally:
            if again.holdings is not None:
                return self._collecting(again.holdings).tally(again.request.q or "", begin)
            rest = replace(again, members=[member for member in again.members if member.row.id >= begin])
            return tally(self._subjects(rest, set()), again.request.q or "", COUNTED_CANVASES, self.limits)

        return self._of_one_state(asked, counted)[0]

    def telling_places(self, asked: Asked, most: int) -> list[ObjectRow]:
        """Return the first objects of a collection in a cluster that tell places of words alone, so many at most."""
        return [] if asked.holdings is None else self._collecting(asked.holdings).telling_places(most)

    def _of_one_state(self, asked: Asked, make: Callable[[Asked], _Made]) -> tuple[_Made, Asked]:
        """Return what is made of a request, and the request as it was judged for that."""
        for _ in range(_MOST_STATES):
            try:
                with step("search", engine=self._context.settings.engine, suggesting=asked.suggesting):
                    return self._verified(asked, make), asked
            except (PackError, Replaced):
                again = self._judged_anew(asked)
                if again.holdings is None and again.states == asked.states:
                    raise
                asked = again
        raise Overloaded("What is searched is replaced again and again.", "Ask again in some seconds.")

    def _judged_anew(self, asked: Asked) -> Asked:
        asking = self._asking()
        if asked.holdings is not None:
            holdings = self._scopes.holdings(asked.place, asking)
            return replace(asked, holdings=holdings, members=(), policies=asking.policies.version)
        members = self._scopes.members(asked.place, asking, newest=True)
        return replace(asked, members=members, policies=asking.policies.version)

    def _collecting(self, holdings: "Holdings") -> "Collecting":
        from services.search.collecting import Collecting  # a home without a cluster need not load its client

        return Collecting(self._context, _pages(self._context), holdings, self.limits)

    def _verified(self, asked: Asked, make: Callable[[Asked], _Made]) -> _Made:
        try:
            return make(asked)
        except NONSENSE:
            for member in asked.searched:  # a pack that a disk has spoilt reads as nonsense: its checksums tell
                self._context.library.verify(member.row, member.part)
            raise

    def _document(self, asked: Asked, paid: set[str]) -> dict[str, Any]:
        if asked.suggesting:
            return self._terms(asked)
        answer, scope = self._found(asked, paid)
        if asked.version == 2:
            return content_search2.search_response(answer, asked.request, scope, with_text=asked.knows_text)
        return content_search1.search_response(answer, asked.request, scope, asked.version, with_text=asked.knows_text)

    def _found(self, asked: Asked, paid: set[str]) -> tuple[Answer, Scope]:
        if asked.holdings is not None:
            collecting = self._collecting(asked.holdings)
            answer = _counted(collecting.answer(asked.request, count_annotations=asked.version == 2))
            return answer, self._scope(asked, answer, collecting.rows)
        subjects = self._subjects(asked, paid)
        request, limits = asked.request, self.limits
        answer = find(
            subjects,
            request.q,
            request.page,
            limits,
            filters=request.filters,
            most_pages=asked.most_pages,
            count_annotations=asked.version == 2,
        )
        return _counted(answer), self._scope(asked, answer, {member.row.id: member.row for member in asked.members})

    def _terms(self, asked: Asked) -> dict[str, Any]:
        SEARCHES.add("suggestions")
        found = Suggestions()
        if asked.holdings is not None:
            found = self._collecting(asked.holdings).suggest(asked.request)
        elif asked.knows_text:
            request = asked.request
            found = suggest(self._subjects(asked, set()), request.q or "", request.minimum, filters=request.filters)
        scope = self._scope(asked, Answer(), {})
        service = scope.service + AUTOCOMPLETE
        if asked.version == 2:
            return content_search2.terms_response(found, asked.request, scope, service)
        return content_search1.terms_response(found, asked.request, scope, service, asked.version)

    def _subjects(self, asked: Asked, paid: set[str]) -> Iterator[Subject]:
        """Yield the objects whose text may be asked; a text that the reader may not know is never searched (TH-78)."""
        for member in asked.searched:
            handle = self._context.library.open(member.row, member.part)
            if member.search == "boxes":
                little = tells_little(parse(asked.request.q or "", handle.profile), _BOXES_SHORTEST)
                if not little or not asked.request.filters.text:
                    continue
                self._pay(member.row.id, paid)
            yield Subject(member.row.id, handle, member.within, beside=member.search == "full")

    def _pay(self, object_id: str, paid: set[str]) -> None:
        """Count a query about an object, once a request."""
        if self._spend is not None and object_id not in paid:
            self._spend(object_id)
            paid.add(object_id)

    def _scope(self, asked: Asked, answer: Answer, rows: Mapping[str, ObjectRow]) -> Scope:
        """Return what the answer's ids are built from: URLs, and the canvases that it has annotations on.

        Raises Replaced if these canvases are not of the objects that were searched.
        """
        urls, api = self._context.urls, PRESENTATION[asked.version]
        shown = answer.canvases
        canvases = self._context.catalogue.canvases_at(rows, shown) if shown else {}
        containers: dict[str, Container] = {}
        if asked.place.collection is not None:
            named = [rows[object_id] for object_id in dict.fromkeys(object_id for object_id, _ in canvases)]
            containers = {row.id: Container(urls.manifest(row.id, api), row.label or row.id) for row in named}
        return Scope(
            asked.place.url(urls, asked.version),
            cache(lambda object_id, n: urls.text(object_id, n, api)),
            {place: (urls.absolute(row.canvas), row.width, row.height) for place, row in canvases.items()},
            containers,
            urls.base,
            cache(lambda object_id, n: urls.remarks(object_id, n, api)),
        )


def _counted(answer: Answer) -> Answer:
    """Return an answer, counted with its hits."""
    SEARCHES.add("found" if answer.total_hits or answer.annotations else "nothing")
    HITS.add(times=answer.total_hits)
    return answer


def _surveyor(context: Context) -> "Surveyor | None":
    """Return what tells of collections in the cluster, None where words are in the home."""
    if context.settings.engine != "opensearch":
        return None
    from services.search.holdings import Surveyor

    seconds = context.settings.search_seconds
    return Surveyor(lambda: context.catalogue, context.collections.current, lambda: _pages(context), seconds)


def _pages(context: Context) -> "Pages":
    from search.cluster.library import ClusterLibrary

    library = context.library
    if not isinstance(library, ClusterLibrary):
        raise TypeError("the library of this engine is that of a cluster")
    return library.documents

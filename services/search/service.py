"""What the search service answers: a request read, its objects judged, the document of the answer made."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auth.decision import Verdict
from lectern.catalogue import ObjectRow, Replaced, no_such_canvas, no_such_object
from lectern.errors import InputError, Overloaded, PackError
from search import content_search1, content_search2
from search.answer import Answer
from search.content_search import Scope, read_request
from search.findings import Subject
from search.query import parse
from search.searching import find, suggest
from search.syntax import tells_little
from search.terms import Term
from services.context import Context
from services.search.asking import Asked, Member, Place

Given = Iterable[tuple[str, str]]  # names and values of a query string, in its order

AUTOCOMPLETE = "/autocomplete"
_MOST_STATES = 5  # of an object during one request
_BOXES_SHORTEST = 3  # letters; a shorter word tells too much of a text that may not be read (DESIGN section 6)


@dataclass(frozen=True, slots=True)
class Answered:
    """The document of an answer, and the request as it was judged for it."""

    document: dict[str, Any]
    asked: Asked


class SearchService:
    """Reads a request's parameters and asks what its reader may know; then makes the document of the answer.

    `judge` gives the verdict on an object. `spend` counts a query about an object whose text may not be read, and
    raises Exhausted when no more may be asked; without it nothing is counted.
    """

    def __init__(
        self, context: Context, judge: Callable[[ObjectRow], Verdict], spend: Callable[[str], None] | None = None
    ) -> None:
        self._context = context
        self._judge = judge
        self._spend = spend

    def ask(self, version: int, place: Place, given: Given, *, suggesting: bool = False) -> Asked:
        """Return a request, read and judged; nothing is searched yet. Raises InputError and NotFound."""
        understood = read_request(
            given,
            version,
            size=self._context.settings.page_hits,
            longest=self._context.settings.query_length,
            suggest=suggesting,
        )
        policies = self._context.policies.current().version
        members = [self._member(place)]
        begin = understood.page.begin
        if begin is not None and begin.object_id != place.object_id:
            raise InputError(
                f"`from` names {begin.object_id}.", f"Follow the `next` of an answer: {place.object_id}:N."
            )
        if suggesting and not understood.q:
            raise InputError("Autocomplete needs `q`.", "Ask with ?q= and the first letters of a word.")
        return Asked(version, place, members, understood, suggesting, policies)

    def answer(self, asked: Asked) -> Answered:
        """Return the answer to a request; judged anew if an object was replaced or removed meanwhile.

        Every answer is of one state of an object: its pack and its canvases belong together. Raises NotFound for an
        object that is gone, Exhausted when its budget is spent.
        """
        paid: set[str] = set()
        for _ in range(_MOST_STATES):
            try:
                return Answered(self._answer(asked, paid), asked)
            except (PackError, Replaced):
                again = replace(asked, members=[self._member(asked.place)])
                if _states(again) == _states(asked):
                    raise
                asked = again
        raise Overloaded("The object is being replaced again and again.", "Ask again in some seconds.")

    def _answer(self, asked: Asked, paid: set[str]) -> dict[str, Any]:
        return self._terms(asked) if asked.suggesting else self._hits(asked, paid)

    def _hits(self, asked: Asked, paid: set[str]) -> dict[str, Any]:
        answer = find(self._subjects(asked, paid), asked.request.q, asked.request.page)
        scope = self._scope(asked, answer)
        if asked.version == 2:
            return content_search2.search_response(answer, asked.request, scope, with_text=asked.knows_text)
        return content_search1.search_response(answer, asked.request, scope, asked.version, with_text=asked.knows_text)

    def _terms(self, asked: Asked) -> dict[str, Any]:
        terms: Sequence[Term] = ()
        if asked.knows_text:
            terms = suggest(self._subjects(asked, set()), asked.request.q or "", asked.request.minimum)
        scope = self._scope(asked, Answer())
        service = scope.service + AUTOCOMPLETE
        if asked.version == 2:
            return content_search2.terms_response(terms, asked.request, scope, service)
        return content_search1.terms_response(terms, asked.request, scope, service, asked.version)

    def _subjects(self, asked: Asked, paid: set[str]) -> Iterator[Subject]:
        """Yield the objects whose text may be asked; a text that the reader may not know is never searched (TH-78)."""
        if not asked.request.matches_text:
            return
        for member in asked.searched:
            handle = self._context.library.open(member.row)
            if member.verdict.search == "boxes":
                if not tells_little(parse(asked.request.q or "", handle.profile), _BOXES_SHORTEST):
                    continue
                self._pay(member.row.id, paid)
            yield Subject(member.row.id, handle, member.readable)

    def _pay(self, object_id: str, paid: set[str]) -> None:
        """Count a query about an object, once a request."""
        if self._spend is not None and object_id not in paid:
            self._spend(object_id)
            paid.add(object_id)

    def _member(self, place: Place) -> Member:
        row = self._context.catalogue.get(place.object_id)
        verdict = self._judge(row)
        if verdict.manifest == "hidden":
            raise no_such_object(place.object_id)
        if place.canvas is not None and not 1 <= place.canvas <= row.pages:
            raise no_such_canvas(row, place.canvas)
        return Member(row, verdict, place.readable)

    def _scope(self, asked: Asked, answer: Answer) -> Scope:
        """Return what the answer's ids are built from: URLs, and the canvases that it has annotations on."""
        urls = self._context.urls
        rows = {member.row.id: member.row for member in asked.members}
        numbers: dict[str, set[int]] = {}
        for annotation in answer.annotations:
            numbers.setdefault(annotation.object_id, set()).add(annotation.n)
        return Scope(
            urls.search(asked.place.object_id, asked.version) + asked.place.path,  # type: ignore[arg-type] # by the route
            lambda object_id, n: urls.text(object_id, n, 3 if asked.version == 2 else 2),
            {
                (object_id, canvas.n): (urls.absolute(canvas.canvas), canvas.width, canvas.height)
                for object_id, wanted in numbers.items()
                for canvas in self._context.catalogue.canvases_of(rows[object_id], wanted)
            },
        )


def _states(asked: Asked) -> list[tuple[str, int, int]]:
    return [(member.row.id, member.row.generation, member.row.modified) for member in asked.members]

"""What the search service answers: a request read, its objects judged, the document of the answer made."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from auth.decision import Verdict
from lectern.catalogue import ObjectRow, no_such_canvas, no_such_object
from lectern.errors import InputError
from search import content_search1, content_search2
from search.answer import Answer
from search.content_search import Request, Scope, read_request
from search.evaluator import Readable
from search.findings import Subject
from search.query import parse
from search.searching import find, suggest
from search.syntax import tells_little
from search.terms import Term
from services.context import Context

Given = Iterable[tuple[str, str]]  # names and values of a query string, in its order

AUTOCOMPLETE = "/autocomplete"
_BOXES_SHORTEST = 3  # letters; a shorter word tells too much of a text that may not be read (DESIGN section 6)


@dataclass(frozen=True, slots=True)
class Place:
    """What is searched, as the URL names it: an object, or one canvas of it (from 1)."""

    object_id: str
    canvas: int | None = None

    @property
    def path(self) -> str:
        """Return what stands after the object in the service's URL."""
        return "" if self.canvas is None else f"/canvas/{self.canvas}"

    @property
    def readable(self) -> Readable | None:
        """Return what tells of a page (from 0) whether it is in the scope; None if all of them are."""
        if self.canvas is None:
            return None
        only = self.canvas - 1
        return lambda page: page == only


@dataclass(frozen=True, slots=True)
class Member:
    """An object of a scope, with what its reader may know of it."""

    row: ObjectRow
    verdict: Verdict
    readable: Readable | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The document of an answer, and the objects that it is about."""

    document: dict[str, Any]
    rows: Sequence[ObjectRow]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request, read and judged."""

    version: int
    place: Place
    members: Sequence[Member]
    request: Request

    @property
    def knows_text(self) -> bool:
        """Return whether all that is searched may be shown as text, not its boxes alone."""
        return all(member.verdict.search == "full" for member in self.members)

    @property
    def rows(self) -> list[ObjectRow]:
        """Return the objects."""
        return [member.row for member in self.members]


class SearchService:
    """Reads a request's parameters, asks what its reader may know, and makes the document of the answer."""

    def __init__(self, context: Context, judge: Callable[[ObjectRow], Verdict]) -> None:
        self._context = context
        self._judge = judge

    def search(self, version: int, place: Place, given: Given) -> Answered:
        """Return the answer to a search request with the parameters given."""
        asked = self._read(version, place, given, suggesting=False)
        answer = find(self._subjects(asked), asked.request.q, asked.request.page, asked.request.filters)
        scope = self._scope(asked, answer)
        if version == 2:
            document = content_search2.search_response(answer, asked.request, scope, with_text=asked.knows_text)
        else:
            document = content_search1.search_response(
                answer, asked.request, scope, version, with_text=asked.knows_text
            )
        return Answered(document, asked.rows)

    def autocomplete(self, version: int, place: Place, given: Given) -> Answered:
        """Return the answer to an autocomplete request with the parameters given."""
        asked = self._read(version, place, given, suggesting=True)
        if not asked.request.q:
            raise InputError("Autocomplete needs `q`.", "Ask with ?q= and the first letters of a word.")
        terms: Sequence[Term] = ()
        if asked.knows_text:
            request = asked.request
            terms = suggest(self._subjects(asked), request.q or "", request.minimum, request.filters)
        scope = self._scope(asked, Answer())
        service = scope.service + AUTOCOMPLETE
        if version == 2:
            document = content_search2.terms_response(terms, asked.request, scope, service)
        else:
            document = content_search1.terms_response(terms, asked.request, scope, service, version)
        return Answered(document, asked.rows)

    def _subjects(self, asked: _Asked) -> Iterator[Subject]:
        """Yield the objects whose text may be asked; a text that the reader may not know is never searched (TH-78)."""
        for member in asked.members:
            if member.verdict.search == "none":
                continue
            handle = self._context.library.open(member.row)
            if member.verdict.search == "boxes" and not tells_little(
                parse(asked.request.q or "", handle.profile), _BOXES_SHORTEST
            ):
                continue
            yield Subject(member.row.id, handle, member.readable, beside=member.verdict.search == "full")

    def _read(self, version: int, place: Place, given: Given, *, suggesting: bool) -> _Asked:
        members = [self._member(place)]
        understood = read_request(
            given,
            version,
            size=self._context.settings.page_hits,
            longest=self._context.settings.query_length,
            suggest=suggesting,
        )
        begin = understood.page.begin
        if begin is not None and begin.object_id != place.object_id:
            raise InputError(
                f"`from` names {begin.object_id}.", f"Follow the `next` of an answer: {place.object_id}:N."
            )
        return _Asked(version, place, members, understood)

    def _member(self, place: Place) -> Member:
        row = self._context.catalogue.get(place.object_id)
        verdict = self._judge(row)
        if verdict.manifest == "hidden":
            raise no_such_object(place.object_id)
        if place.canvas is not None and not 1 <= place.canvas <= row.pages:
            raise no_such_canvas(row, place.canvas)
        return Member(row, verdict, place.readable)

    def _scope(self, asked: _Asked, answer: Answer) -> Scope:
        """Return what the answer's ids are built from: URLs, and the canvases that it has annotations on."""
        urls = self._context.urls
        numbers: dict[str, set[int]] = {}
        for annotation in answer.annotations:
            numbers.setdefault(annotation.object_id, set()).update(target.n for target in annotation.targets)
        return Scope(
            urls.search(asked.place.object_id, asked.version) + asked.place.path,  # type: ignore[arg-type] # by the route
            lambda object_id, n: urls.text(object_id, n, 3 if asked.version == 2 else 2),
            {
                (object_id, canvas.n): (urls.absolute(canvas.canvas), canvas.width, canvas.height)
                for object_id, wanted in numbers.items()
                for canvas in self._context.catalogue.canvases(object_id, wanted)
            },
        )

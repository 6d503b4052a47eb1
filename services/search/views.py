"""`/search/{version}/{object}` and its autocomplete, for an object or one of its canvases (DESIGN section 4)."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from auth.decision import Verdict
from lectern.catalogue import ObjectRow, no_such_canvas, no_such_object
from lectern.errors import InputError
from search import content_search1, content_search2
from search.answer import Answer
from search.content_search import Request, Scope, read_request
from search.evaluator import Readable
from search.query import parse
from search.searching import find, suggest
from search.syntax import tells_little
from search.terms import Term
from services.context import Context
from services.gate import Gate
from services.http import json_response

Given = Iterable[tuple[str, str]]  # names and values of a query string, in its order
Answered = tuple[dict[str, Any], ObjectRow]

_AUTOCOMPLETE = "/autocomplete"
_BOXES_SHORTEST = 3  # letters; a shorter word tells too much of a text that may not be read (DESIGN section 6)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request, read and judged."""

    version: int
    row: ObjectRow
    verdict: Verdict
    request: Request
    canvas: int | None  # the scope is this one canvas (from 1)

    @property
    def readable(self) -> Readable | None:
        """Return what tells of a page (from 0) whether it is in the scope; None if all of them are."""
        if self.canvas is None:
            return None
        only = self.canvas - 1
        return lambda page: page == only

    @property
    def knows_text(self) -> bool:
        """Return whether anything at all may be said of the text."""
        return self.verdict.search != "none" and self.request.matches_text


def blueprint(context: Context) -> Blueprint:
    """Return the routes of the search service."""
    gate = Gate(context)
    service = SearchService(context, lambda row: gate.verdict(request, row))
    routes = Blueprint("search", __name__)

    def answer(version: str, object_id: str, canvas: int | None = None) -> Response:
        return _respond(gate, *service.search(int(version), object_id, request.args.items(multi=True), canvas))

    def complete(version: str, object_id: str, canvas: int | None = None) -> Response:
        return _respond(gate, *service.autocomplete(int(version), object_id, request.args.items(multi=True), canvas))

    for number, scope in enumerate(("<object_id>", "<object_id>/canvas/<int(max=9999999):canvas>")):
        base = f"/search/<any('0', '1', '2'):version>/{scope}"
        routes.add_url_rule(base, f"search{number}", answer)
        routes.add_url_rule(base + _AUTOCOMPLETE, f"autocomplete{number}", complete)
    return routes


def _respond(gate: Gate, document: dict[str, Any], row: ObjectRow) -> Response:
    newer = document["@context"] == content_search2.CONTEXT
    profile = content_search2.CONTEXT if newer else content_search1.PRESENTATION
    return json_response(document, headers=gate.cache_headers(row), ld_profile=profile, ld_first=newer)


class SearchService:
    """Reads a request's parameters, asks what its reader may know, and makes the document of the answer."""

    def __init__(self, context: Context, judge: Callable[[ObjectRow], Verdict]) -> None:
        self._context = context
        self._judge = judge

    def search(self, version: int, object_id: str, given: Given, canvas: int | None = None) -> Answered:
        """Return the answer to a search request with the parameters given, and the object it is about."""
        asked = self._read(version, object_id, given, canvas, suggesting=False)
        answer = self._find(asked)
        scope = self._scope(asked, {annotation.n for annotation in answer.annotations})
        with_text = asked.verdict.search == "full"
        if version == 2:
            document = content_search2.search_response(answer, asked.request, scope, with_text=with_text)
        else:
            document = content_search1.search_response(answer, asked.request, scope, version, with_text=with_text)
        return document, asked.row

    def _find(self, asked: _Asked) -> Answer:
        """Return what the reader may know; a text that he may not know is never searched (TH-78)."""
        if not asked.knows_text:
            return Answer()
        q = asked.request.q
        handle = self._context.library.open(asked.row)
        if asked.verdict.search == "boxes" and not tells_little(parse(q or "", handle.profile), _BOXES_SHORTEST):
            return Answer()
        return find(handle, q, asked.request.page, asked.readable)

    def autocomplete(self, version: int, object_id: str, given: Given, canvas: int | None = None) -> Answered:
        """Return the answer to an autocomplete request with the parameters given, and the object it is about."""
        asked = self._read(version, object_id, given, canvas, suggesting=True)
        if not asked.request.q:
            raise InputError("Autocomplete needs `q`.", "Ask with ?q= and the first letters of a word.")
        terms: Sequence[Term] = ()
        if asked.knows_text and asked.verdict.search == "full":
            handle = self._context.library.open(asked.row)
            terms = suggest(handle, asked.request.q, asked.request.minimum, asked.readable)
        scope = self._scope(asked, ())
        service = scope.service + _AUTOCOMPLETE
        if version == 2:
            document = content_search2.terms_response(terms, asked.request, scope, service)
        else:
            document = content_search1.terms_response(terms, asked.request, scope, service, version)
        return document, asked.row

    def _read(self, version: int, object_id: str, given: Given, canvas: int | None, *, suggesting: bool) -> _Asked:
        row = self._context.catalogue.get(object_id)
        verdict = self._judge(row)
        if verdict.manifest == "hidden":
            raise no_such_object(object_id)
        if canvas is not None and not 1 <= canvas <= row.pages:
            raise no_such_canvas(row, canvas)
        understood = read_request(
            given,
            version,
            object_id=row.id,
            size=self._context.settings.page_hits,
            longest=self._context.settings.query_length,
            suggest=suggesting,
        )
        return _Asked(version, row, verdict, understood, canvas)

    def _scope(self, asked: _Asked, numbers: Collection[int]) -> Scope:
        """Return what the answer's ids are built from; `numbers` are the canvases that it has annotations on."""
        urls, row = self._context.urls, asked.row
        tail = "" if asked.canvas is None else f"/canvas/{asked.canvas}"
        return Scope(
            urls.search(row.id, asked.version) + tail,  # type: ignore[arg-type] # the route admits 0, 1 and 2 only
            row.id,
            lambda n: urls.text(row.id, n, 3 if asked.version == 2 else 2),
            {
                c.n: (urls.absolute(c.canvas), c.width, c.height)
                for c in self._context.catalogue.canvases(row.id, numbers)
            },
        )

"""What the search service answers: a request read, its objects judged, the document of the answer made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lectern.catalogue import ObjectRow
from lectern.errors import InputError, PackError
from lectern.urls import AUTOCOMPLETE, PresentationVersion, SearchVersion
from search import content_search1, content_search2
from search.answer import Answer, Suggestions
from search.content_search import Container, Request, Scope, read_request
from search.findings import Subject
from search.library import PackHandle
from search.query import parse
from search.searching import Limits, find, suggest
from search.syntax import tells_little
from services.context import Context
from services.search.scopes import Judge, Member, Place, Scopes

Given = Iterable[tuple[str, str]]  # names and values of a query string, in its order

PRESENTATION: Mapping[SearchVersion, PresentationVersion] = {0: 2, 1: 2, 2: 3}  # whose manifests and lists are named
COUNTED_CANVASES = 10_000  # canvases with hits in a collection, after which no more are counted (DESIGN section 3)
_BOXES_SHORTEST = 3  # letters; a shorter word tells too much of a text that may not be read (DESIGN section 6)


@dataclass(frozen=True, slots=True)
class Answered:
    """The document of an answer, and the object that it is about; None where that may be several."""

    document: dict[str, Any]
    row: ObjectRow | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request, read and judged."""

    version: SearchVersion
    place: Place
    members: Sequence[Member]
    request: Request

    @property
    def knows_text(self) -> bool:
        """Return whether all that is searched may be shown as text, not its boxes alone."""
        return all(member.verdict.search == "full" for member in self.members)

    @property
    def row(self) -> ObjectRow | None:
        """Return the object; None in a collection."""
        return self.members[0].row if self.place.collection is None else None

    @property
    def most_pages(self) -> int | None:
        """Return after how many canvases with hits no more are counted; None where all are."""
        return None if self.place.collection is None else COUNTED_CANVASES


class SearchService:
    """Reads a request's parameters, asks what its reader may know, and makes the document of the answer."""

    def __init__(self, context: Context, judge: Judge) -> None:
        self._context = context
        self._scopes = Scopes(lambda: context.catalogue, judge)
        self._limits = Limits(context.settings.hit_context, context.settings.pattern_words)

    def search(self, version: SearchVersion, place: Place, given: Given) -> Answered:
        """Return the answer to a search request with the parameters given."""
        asked = self._read(version, place, given, suggesting=False)
        answer = find(
            self._subjects(asked),
            asked.request.q,
            asked.request.page,
            self._limits,
            filters=asked.request.filters,
            most_pages=asked.most_pages,
        )
        scope = self._scope(asked, answer)
        if version == 2:
            document = content_search2.search_response(answer, asked.request, scope, with_text=asked.knows_text)
        else:
            document = content_search1.search_response(
                answer, asked.request, scope, version, with_text=asked.knows_text
            )
        return Answered(document, asked.row)

    def autocomplete(self, version: SearchVersion, place: Place, given: Given) -> Answered:
        """Return the answer to an autocomplete request with the parameters given."""
        asked = self._read(version, place, given, suggesting=True)
        if not asked.request.q:
            raise InputError("Autocomplete needs `q`.", "Ask with ?q= and the first letters of a word.")
        found = Suggestions()
        if asked.knows_text:
            request = asked.request
            found = suggest(self._subjects(asked), asked.request.q, request.minimum, filters=request.filters)
        scope = self._scope(asked, Answer())
        service = scope.service + AUTOCOMPLETE
        if version == 2:
            document = content_search2.terms_response(found, asked.request, scope, service)
        else:
            document = content_search1.terms_response(found, asked.request, scope, service, version)
        return Answered(document, asked.row)

    def _subjects(self, asked: _Asked) -> Iterator[Subject]:
        """Yield the objects whose text may be asked; a text that the reader may not know is never searched (TH-78)."""
        for member in asked.members:
            if member.verdict.search == "none":
                continue
            handle = self._handle(member.row)
            if handle is None:
                continue
            if member.verdict.search == "boxes" and not tells_little(
                parse(asked.request.q or "", handle.profile), _BOXES_SHORTEST
            ):
                continue
            yield Subject(member.row.id, handle, member.readable, beside=member.verdict.search == "full")

    def _handle(self, row: ObjectRow) -> PackHandle | None:
        """Return an object's open pack; None for one that was removed since it was listed. Raises PackError."""
        try:
            return self._context.library.open(row)
        except PackError:
            now = self._context.catalogue.find(row.id)
            if now is not None and now.generation == row.generation:
                raise
        return None if now is None else self._context.library.open(now)

    def _read(self, version: SearchVersion, place: Place, given: Given, *, suggesting: bool) -> _Asked:
        members = self._scopes.members(place)
        understood = read_request(
            given,
            version,
            size=self._context.settings.page_hits,
            longest=self._context.settings.query_length,
            suggest=suggesting,
        )
        place.require_cursor(understood.page.begin)
        return _Asked(version, place, members, understood)

    def _scope(self, asked: _Asked, answer: Answer) -> Scope:
        """Return what the answer's ids are built from: URLs, and the canvases that it has annotations on."""
        urls, api = self._context.urls, PRESENTATION[asked.version]
        places = {(each.object_id, target.n) for each in answer.annotations for target in each.targets}
        canvases = self._context.catalogue.canvases_at(places)
        containers: dict[str, Container] = {}
        if asked.place.collection is not None:
            shown = {object_id for object_id, _ in canvases}
            rows = [member.row for member in asked.members if member.row.id in shown]
            containers = {row.id: Container(urls.manifest(row.id, api), row.label or row.id) for row in rows}
        return Scope(
            asked.place.url(urls, asked.version),
            lambda object_id, n: urls.text(object_id, n, api),
            {place: (urls.absolute(row.canvas), row.width, row.height) for place, row in canvases.items()},
            containers,
        )

"""The objects that a walk over a cluster met, opened so that the evaluator asks nobody any more: their tokens are here.

What a query is to the cluster depends on the analysis of an object. So each analysis that is in use has its own clause,
for the objects that were made with it.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from lectern.wordblock import PageWords
from search.analysis import Profile, profile_mark, profile_of
from search.cluster.candidates import Candidates, candidates, pages_around
from search.cluster.clauses import HEADS, NOTHING, Clause, either, every
from search.cluster.documents import BORDER, SEAM, TEXT, key_of
from search.cluster.inside import ClusterIndex, by_kind
from search.cluster.reading import tokens_of
from search.cluster.tokens import PageTokens, occurrences, signs_of
from search.cluster.walking import Clock, Held, Named, Pages, Place
from search.engine import EmptyIndex, ObjectIndex, Occurrences, Query
from search.filters import Filters
from search.folding import strip_outer
from search.library import PackHandle
from search.query import parse
from search.remarks import PART
from search.syntax import is_exact, patterns, terms
from search.tokenizing import Kind
from search.tokenlines import asked

_PAGE: Clause = {"term": {"kind": "page"}}


class _Plan(NamedTuple):
    """What a query is to objects of one analysis.

    `words` is how its terms are written, None if it has patterns; `exact` says that words are looked at as printed.
    """

    candidates: Candidates
    words: frozenset[str] | None
    exact: bool


class Plans:
    """What a cluster is asked of a query and its filters: `counted` is what tells how much there is to look at.

    `walked` is what is walked over, for the tokens of pages where there is a query, and with their words where these
    are looked at as `printed`. `sure` matches documents each of which has a hit, None where no clause says that.
    """

    def __init__(self, text: str | None, filters: Filters, marks: Iterable[str]) -> None:
        """Take the query, None or blank for none, and what names the analyses that are in use."""
        self._plans: dict[str, _Plan] = {}
        self.sure: Clause | None = None
        self.printed = False
        parts = every((_PAGE, {"terms": {"part": [TEXT, PART] if filters.text else [PART]}}))
        if text is None or not text.strip():
            self.counted, self.walked = parts, HEADS if filters.text else parts
            return
        self._plans = {mark: _planned(text, profile_of(json.loads(mark))) for mark in sorted(marks)}
        self.counted = self.walked = every((parts, self._of_each(lambda plan: plan.candidates.query)))
        found = [plan.candidates.sure for plan in self._plans.values()]
        if filters.text and found and all(each is not None for each in found):
            own = parts if filters.nothing else every((_PAGE, {"term": {"part": TEXT}}))
            self.sure = every((own, self._of_each(lambda plan: plan.candidates.sure or NOTHING)))
        self.printed = any(plan.exact for plan in self._plans.values())

    @property
    def asks(self) -> bool:
        """Return whether there is a query."""
        return bool(self._plans)

    def _of_each(self, clause: Callable[[_Plan], Clause]) -> Clause:
        return either(every(({"term": {"profile": mark}}, clause(plan))) for mark, plan in self._plans.items())

    def of(self, profile: Profile) -> _Plan | None:
        """Return what the query is to objects of an analysis; None if there is no query, or nobody knew of that one."""
        return self._plans.get(profile_mark(profile.header()))


def suggesting(text: str, marks: Iterable[str]) -> Clause:
    """Return the clause of objects that have words which begin like a text."""
    prefixes = {mark: profile_of(json.loads(mark)).fold(strip_outer(text.strip())) for mark in sorted(marks)}
    return every(
        (
            HEADS,
            either(
                every(({"term": {"profile": mark}}, {"prefix": {"words": {"value": asked(Kind.SURFACE, prefix)}}}))
                for mark, prefix in prefixes.items()
                if prefix
            ),
        )
    )


def _planned(text: str, profile: Profile) -> _Plan:
    tree = parse(text, profile)
    words = None if patterns(tree) else frozenset(signed for term in terms(tree) for _, signed in signs_of(term))
    return _Plan(candidates(tree), words, is_exact(tree))


class Met(NamedTuple):
    """An object that a walk met, its open header pack, which is of the same generation, and what is known of pages."""

    held: Held
    handle: PackHandle
    tokens: dict[Place, PageTokens]

    @property
    def key(self) -> str:
        """Return the name of its generation."""
        return key_of(self.held.object, self.held.generation)


class Gathered:
    """The tokens that one request needs: from the cache, from what its walk brought, or asked for."""

    def __init__(self, pages: Pages, clock: Clock) -> None:
        self._pages, self._clock = pages, clock
        self._lacking = True

    def lacking(self) -> bool:
        """Return whether a walk had better bring tokens: of what was met last more than half was not in the cache."""
        return self._lacking

    def take(self, mets: Sequence[Met]) -> list[bool]:
        """Have the tokens of all pages that a walk met; tells for each object whether all of them are there."""
        met_pages = [list(met.held.pages) for met in mets]
        here = self._known(mets, met_pages)
        every_page = sum(map(len, met_pages))
        if every_page:
            self._lacking = 2 * here < every_page
        for met in mets:
            brought = {
                place: tokens_of(met.held.object, packed)
                for place, packed in met.held.pages.items()
                if packed is not None and place not in met.tokens
            }
            self._keep(met, brought)
        self._fetch(mets, met_pages)
        return [all(place in met.tokens for place in own) for met, own in zip(mets, met_pages, strict=True)]

    def more(self, mets: Sequence[Met], places: Sequence[Sequence[Place]]) -> None:
        """Have the tokens of further pages; one that is gone by now is asked for again where it is needed."""
        self._known(mets, places)
        self._fetch(mets, places)

    def _known(self, mets: Sequence[Met], places: Sequence[Sequence[Place]]) -> int:
        """Take what is in the cache; returns how many pages that are."""
        found = 0
        for met, own in zip(mets, places, strict=True):
            for part in (TEXT, PART):
                known = self._pages.cache.known(met.key, part, (place.page for place in own if place.part == part))
                met.tokens.update((Place(part, page), tokens) for page, tokens in known.items())
                found += len(known)
        return found

    def _fetch(self, mets: Sequence[Met], places: Sequence[Sequence[Place]]) -> None:
        wanted: list[Named] = []
        for met, own in zip(mets, places, strict=True):
            wanted += [met.held.named(place) for place in own if place not in met.tokens]
        found = self._pages.tokens(wanted, self._clock) if wanted else {}
        for met, own in zip(mets, places, strict=True):
            named = ((place, found.get(met.held.named(place))) for place in own)
            self._keep(
                met, {place: tokens_of(met.held.object, packed) for place, packed in named if packed is not None}
            )

    def _keep(self, met: Met, fresh: Mapping[Place, PageTokens]) -> None:
        met.tokens.update(fresh)
        for part in {place.part for place in fresh}:
            own = {place.page: tokens for place, tokens in fresh.items() if place.part == part}
            self._pages.cache.keep(met.key, part, own)


def opened(
    mets: Sequence[Met], plans: Plans, gathered: Gathered, clock: Clock, *, ranked: bool
) -> dict[str, PackHandle | None]:
    """Return by object handles that know where the query's terms stand; pages around are fetched for all at once.

    None stands for an object that there was no time for. The order by rank looks a little further: for every part of a
    query on the pages of its hits.
    """
    whole = gathered.take(mets)
    some = [met for met, all_there in zip(mets, whole, strict=True) if all_there]
    planned = [(met, plans.of(met.handle.profile)) for met in some]
    rounds = max((plan.candidates.rounds for _, plan in planned if plan is not None), default=0)
    newest = [[place.page for place in met.held.pages if place.part == TEXT] for met in some]
    for turn in range(rounds + ranked):
        further = int(turn == rounds)
        wanted = [_around(*each, known, further) for each, known in zip(planned, newest, strict=True)]
        gathered.more(some, [[Place(TEXT, page) for page in own] for own in wanted])
        newest = [[*known, *more] for known, more in zip(newest, wanted, strict=True)]
    # What is not there any more is being replaced, and asked for by itself.
    handles: dict[str, PackHandle | None] = {met.held.object: None if clock.late else met.handle for met in mets}
    for met, plan in planned:
        _take_in(met, met.held.words)
        handles[met.held.object] = met.handle if plan is None else _holding(met)
    return handles


def fetch_words(wanted: Iterable[tuple[Met, Iterable[Place]]], pages: Pages, clock: Clock) -> None:
    """Have the words of pages at hand, of any number of objects, all at once."""
    places = [(met, place) for met, own in wanted for place in own]
    named = [met.held.named(place) for met, place in places]
    for (met, place), words in zip(places, pages.words(named, clock) if named else (), strict=True):
        if words is not None:
            _take_in(met, {place: words})


def _take_in(met: Met, found: Mapping[Place, str]) -> None:
    """Keep the words of documents where the handle looks for them."""
    for place, words in found.items():
        handle = met.handle if place.part == TEXT else met.handle.beside
        if handle is not None:
            handle.take_in({place.page: PageWords(b64decode(words))})


def _around(met: Met, plan: _Plan | None, known: Iterable[int], further: int) -> list[int]:
    """Return the pages (from 0) that a hit may reach over to from those that are known, and that are not here."""
    index = met.handle.index
    if plan is None or not isinstance(index, ClusterIndex) or not plan.candidates.rounds + further:
        return []
    reach, found = plan.candidates.reach + further, set(known)
    if not reach:
        wanted = index.with_around(found, 0)
    else:
        begins = met.handle.tokens.page_tokens
        near = (
            each
            for page in found
            for each in pages_around(page, begins, reach)
            if _reaches(met, plan, page, each, reach)
        )
        wanted = found.union(near)
    return sorted(page for page in index.with_far(wanted) if Place(TEXT, page) not in met.tokens)


def _reaches(met: Met, plan: _Plan, page: int, other: int, reach: int) -> bool:
    """Return whether a hit may reach from a page over to another around it, as far as its seam tells."""
    tokens = met.tokens.get(Place(TEXT, page))
    if plan.words is None or tokens is None or reach >= SEAM:
        return True
    seam = tokens.seam
    border = seam.index(BORDER)
    own = seam[max(0, border - reach - 1) : border] if other < page else seam[border + 1 : border + 1 + reach]
    return any(not plan.words.isdisjoint(token.split("|")) for token in own)


def _holding(met: Met) -> PackHandle:
    handle = _knowing(met.handle, TEXT, met.tokens)
    if met.handle.beside is not None:
        handle.beside = _knowing(met.handle.beside, PART, met.tokens)
    return handle


_Handle = TypeVar("_Handle", bound=PackHandle)


def _knowing(handle: _Handle, part: str, tokens: Mapping[Place, PageTokens]) -> _Handle:
    """Return a handle like another that asks nobody where terms stand."""
    index = handle.index
    pages = {place.page: own for place, own in tokens.items() if place.part == part}
    return handle.knowing(_HeldIndex(index, pages) if pages and isinstance(index, ClusterIndex) else EmptyIndex())


class _HeldIndex(ObjectIndex):
    """The index of one object as far as a walk met it."""

    def __init__(self, index: ClusterIndex, pages: Mapping[int, PageTokens]) -> None:
        self._index = index
        self._pages = pages

    def spans(self, terms: Iterable[str], query: Query | None = None) -> Mapping[str, Sequence[Occurrences]]:
        """Return the occurrences of every term on the pages that were met."""
        exact, surface = by_kind(frozenset(terms), query or Query())
        return occurrences(exact, surface, self._pages, self._index.page_tokens)

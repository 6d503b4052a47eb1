"""The objects that a walk over a cluster met, opened so that the evaluator asks nobody any more: their tokens are here.

What a query is to the cluster depends on the analysis of an object. So each analysis that is in use has its own clause,
for the objects that were made with it.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from lectern.wordblock import PageWords
from search.analysis import Profile, profile_mark, profile_of
from search.cluster.candidates import Candidates, candidates, pages_around
from search.cluster.clauses import HEADS, NOTHING, Clause, either, every
from search.cluster.documents import SEAM, TEXT
from search.cluster.inside import ClusterIndex, by_kind
from search.cluster.tokens import PageTokens, occurrences, signs_of
from search.cluster.walking import Clock, Held, Pages, Place
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

    `walked` is what is walked over, with `fields` of it. `sure` matches documents each of which has a hit, None where
    no clause says that.
    """

    def __init__(self, text: str | None, filters: Filters, marks: Iterable[str]) -> None:
        """Take the query, None or blank for none, and what names the analyses that are in use."""
        self._plans: dict[str, _Plan] = {}
        self.sure: Clause | None = None
        self.fields = ""
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
        self.fields = "t,seam" if any(plan.candidates.reach for plan in self._plans.values()) else "t"
        self.fields += ",w" if any(plan.exact for plan in self._plans.values()) else ""

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
    """An object that a walk met, and its open header pack, which is of the same generation."""

    held: Held
    handle: PackHandle


def opened(some: Sequence[Met], plans: Plans, pages: Pages, clock: Clock, *, ranked: bool) -> list[PackHandle]:
    """Return handles that know where the query's terms stand in objects; pages around are fetched for all at once.

    The order by rank looks a little further: for every part of a query on the pages of its hits.
    """
    planned = [(met, plans.of(met.handle.profile)) for met in some]
    rounds = max((plan.candidates.rounds for _, plan in planned if plan is not None), default=0)
    newest = [[place.page for place in met.held.pages if place.part == TEXT] for met in some]
    for turn in range(rounds + ranked):
        further = int(turn == rounds)
        wanted = [_around(*each, known, further) for each, known in zip(planned, newest, strict=True)]
        _fetch([met for met, _ in planned], wanted, pages, clock)
        newest = [[*known, *more] for known, more in zip(newest, wanted, strict=True)]
    for met in some:
        _take_in(met, met.held.pages)
    return [met.handle if plan is None else _holding(met) for met, plan in planned]


def fetch_words(wanted: Iterable[tuple[Met, Iterable[Place]]], pages: Pages, clock: Clock) -> None:
    """Have the words of pages at hand, of any number of objects, all at once."""
    places = [(met, place) for met, own in wanted for place in own]
    named = [(met.held.object, met.held.generation, place) for met, place in places]
    for (met, place), source in zip(places, pages.some(named, clock, "w") if named else (), strict=True):
        if source is not None:
            _take_in(met, {place: source})


def _take_in(met: Met, sources: Mapping[Place, Mapping[str, Any]]) -> None:
    """Keep the words that came with documents where the handle looks for them."""
    for place, source in sources.items():
        handle = met.handle if place.part == TEXT else met.handle.beside
        if "w" in source and handle is not None:
            handle.take_in({place.page: PageWords(b64decode(source["w"]))})


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
    return sorted(page for page in index.with_far(wanted) if Place(TEXT, page) not in met.held.pages)


def _reaches(met: Met, plan: _Plan, page: int, other: int, reach: int) -> bool:
    """Return whether a hit may reach from a page over to another around it, as far as its seam tells."""
    seam = met.held.pages.get(Place(TEXT, page), {}).get("seam")
    if plan.words is None or seam is None or reach >= SEAM:
        return True
    begins, tokens = met.handle.tokens.page_tokens, seam.split()
    border = min(SEAM, begins[page])
    own = tokens[max(0, border - reach - 1) : border] if other < page else tokens[border : border + reach]
    return any(not plan.words.isdisjoint(token.split("|")) for token in own)


def _fetch(mets: Sequence[Met], wanted: Sequence[Sequence[int]], pages: Pages, clock: Clock) -> None:
    """Have the tokens of more pages; one that is gone by now is asked for again where it is needed."""
    places = [(met, Place(TEXT, page)) for met, own in zip(mets, wanted, strict=True) for page in own]
    named = [(met.held.object, met.held.generation, place) for met, place in places]
    for (met, place), source in zip(places, pages.some(named, clock, "t,seam") if named else (), strict=True):
        if source is not None:
            met.held.pages[place] = source


def _holding(met: Met) -> PackHandle:
    handle = _knowing(met.handle, TEXT, met.held)
    if met.handle.beside is not None:
        handle.beside = _knowing(met.handle.beside, PART, met.held)
    return handle


_Handle = TypeVar("_Handle", bound=PackHandle)


def _knowing(handle: _Handle, part: str, held: Held) -> _Handle:
    """Return a handle like another that asks nobody where terms stand."""
    index = handle.index
    lines = {place.page: source["t"] for place, source in held.pages.items() if place.part == part}
    return handle.knowing(_HeldIndex(index, lines) if lines and isinstance(index, ClusterIndex) else EmptyIndex())


class _HeldIndex(ObjectIndex):
    """The index of one object as far as a walk met it."""

    def __init__(self, index: ClusterIndex, lines: Mapping[int, str]) -> None:
        self._index = index
        self._lines = lines

    def spans(self, terms: Iterable[str], query: Query | None = None) -> Mapping[str, Sequence[Occurrences]]:
        """Return the occurrences of every term on the pages that were met."""
        exact, surface = by_kind(frozenset(terms), query or Query())
        words = _written(exact, surface)
        pages = {page: _picked(line, words) for page, line in self._lines.items()}
        return occurrences(exact, surface, pages, self._index.page_tokens)


@lru_cache(maxsize=64)
def _written(exact: frozenset[str], surface: frozenset[str]) -> frozenset[str]:
    every_kind = (signed for term in exact for _, signed in signs_of(term))
    return frozenset(every_kind).union(signed for term in surface for _, signed in signs_of(term, (Kind.SURFACE,)))


def _picked(line: str, words: frozenset[str]) -> PageTokens:
    """Return where some signed terms stand among the tokens of a page."""
    found: dict[str, list[int]] = {}
    for place, token in enumerate(line.split()):
        if token in words:
            found.setdefault(token, []).append(place)
        elif "|" in token:
            for each in token.split("|"):
                if each in words:
                    found.setdefault(each, []).append(place)
    return found

"""The hits of one object as plain numbers, made into hits only where they are shown: a common word has thousands.

A phrase (or a single word, or a pattern) has hits of one width, so a list of first tokens says it all. Any other
query is evaluated into hits as always; both look alike from outside.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from search.engine import Occurrences
from search.evaluator import BOTH, HALVES, Hit, Known, Lit, Postings, evaluate, pages_of
from search.marks import marks_of_hit
from search.syntax import Node, Pattern
from search.syntax import Sequence as Words
from search.tokenizing import Kind
from search.tokentable import TokenTable

_FEW = 12  # times fewer candidates than positions: then each is looked up, and no set is made of the positions


class Run(NamedTuple):
    """How many findings begin on one page (from 0) of an object; one of them touches `last_page`, none a later one."""

    object_id: str
    page: int
    last_page: int
    findings: int


class Spans:
    """Hits of any shape, in reading order."""

    def __init__(self, hits: Sequence[Hit], table: TokenTable) -> None:
        self._hits = hits
        self._table = table

    def __len__(self) -> int:
        return len(self._hits)

    def hits(self, start: int, stop: int) -> Sequence[Hit]:
        """Return some of the hits, by their places."""
        return self._hits[start:stop]

    def runs(self, object_id: str) -> list[Run]:
        """Return how many hits begin on each page, in order; pages without any are left out."""
        counts: dict[int, list[int]] = {}
        for hit in self._hits:
            pages = pages_of(hit.first, hit.last, self._table)
            run = counts.setdefault(pages[0], [pages[-1], 0])
            run[0] = max(run[0], pages[-1])
            run[1] += 1
        return [Run(object_id, page, last, count) for page, (last, count) in sorted(counts.items())]

    def annotations(self, start: int, stop: int) -> int:
        """Return how many annotations some of the hits have: those that light the same words share theirs."""
        table, hits = self._table, self.hits(start, stop)
        if all(hit.first == hit.last and table.is_plain(hit.first) for hit in hits):
            return len(hits)
        return len({mark for hit in hits for mark in marks_of_hit(hit, table)})


class RowSpans(Spans):
    """Hits that are all `width` tokens long, by their first tokens.

    `first_lit` and `last_lit` tell what is lit of those first and last tokens that are not lit whole.
    """

    def __init__(
        self,
        firsts: Sequence[int],
        width: int,
        table: TokenTable,
        first_lit: Mapping[int, Lit] | None = None,
        last_lit: Mapping[int, Lit] | None = None,
    ) -> None:
        super().__init__((), table)
        self.firsts = firsts
        self._width = width
        self._first_lit = first_lit or {}
        self._last_lit = last_lit or {}

    def __len__(self) -> int:
        return len(self.firsts)

    def hits(self, start: int, stop: int) -> Sequence[Hit]:
        """Return some of the hits, by their places."""
        more, first_lit, last_lit = self._width - 1, self._first_lit, self._last_lit
        return [Hit(p, p + more, first_lit.get(p, BOTH), last_lit.get(p + more, BOTH)) for p in self.firsts[start:stop]]

    def runs(self, object_id: str) -> list[Run]:
        """Return how many hits begin on each page, in order; pages without any are left out."""
        firsts, bounds, more = self.firsts, self._table.page_tokens, self._width - 1
        table, found = self._table, []
        place, page = 0, -1
        while place < len(firsts):
            page = self._page_of(firsts[place], page + 1)
            border = bounds[page + 1]
            stop = bisect_left(firsts, border, place)
            last = firsts[stop - 1] + more
            last_page = page if last < border else table.last_page_of_token(last)
            found.append(Run(object_id, page, last_page, stop - place))
            place = stop
        return self._with_crossing(found)

    def _page_of(self, token: int, guess: int) -> int:
        """Return the page of a token; of a common word that is mostly the one after the last."""
        bounds = self._table.page_tokens
        return guess if bounds[guess] <= token < bounds[guess + 1] else self._table.page_of_token(token)

    def _with_crossing(self, runs: list[Run]) -> list[Run]:
        """Return the runs with those longer that a hit makes longer whose last token is split by a page end."""
        more = self._width - 1
        for token, last_page in self._table.crossing:
            place = bisect_left(self.firsts, token - more)
            if place == len(self.firsts) or self.firsts[place] != token - more:
                continue
            i = bisect_left(runs, self._table.page_of_token(token - more), key=lambda run: run.page)
            runs[i] = runs[i]._replace(last_page=max(runs[i].last_page, last_page))
        return runs

    def annotations(self, start: int, stop: int) -> int:
        """Return how many annotations some of the hits have.

        A hit of whole words on one line has one of its own; only the others can share what they light.
        """
        odd = self._odd_places(start, stop)
        marks = {mark for i in odd for mark in marks_of_hit(self.hits(i, i + 1)[0], self._table)}
        return stop - start - len(odd) + len(marks)

    def _odd_places(self, start: int, stop: int) -> set[int]:
        """Return the places of those hits that are over a line end, or have a token that is not one whole word."""
        firsts, width, exceptions = self.firsts, self._width, self._table.exceptions
        odd: set[int] = set()
        if len(exceptions) < stop - start:
            for token in exceptions:
                places = range(
                    bisect_left(firsts, token - width + 1, start, stop), bisect_right(firsts, token, start, stop)
                )
                odd.update(places)
        else:
            for place in range(start, stop):
                if not exceptions.isdisjoint(range(firsts[place], firsts[place] + width)):
                    odd.add(place)
        if width > 1:
            lines = self._table.over_line_end(firsts[start:stop], width - 1)
            odd.update(start + place for place in lines)
        return odd


def spans_of(node: Node, known: Known) -> Spans:
    """Return the hits of a query in one object, as `evaluate` finds them."""
    if known.readable is None:
        if isinstance(node, Words):
            row = _in_a_row(node, known.postings, known.table)
            if row is not None:
                return row
        if isinstance(node, Pattern):
            return RowSpans(_standing(known.expansions.get(node, frozenset()), known.postings), 1, known.table)
    return Spans(evaluate(node, known), known.table)


def _standing(terms: frozenset[str], postings: Postings) -> list[int]:
    """Return where surface words stand, in order."""
    found = [o.positions for term in terms for o in postings.get(term, ()) if o.kind is Kind.SURFACE]
    return sorted(set().union(*found))


def _in_a_row(node: Words, postings: Postings, table: TokenTable) -> RowSpans | None:
    """Return the hits of words in a row; None if the object has several ways to print them."""
    edges = _path(node, postings)
    if edges is None:
        return None
    if not edges:
        return RowSpans((), 1, table)
    firsts = _common([_places(found) for found in edges])
    first_lit, last_lit = _half_lit(edges[0]), _half_lit(edges[-1])
    if first_lit or last_lit:
        kept = set(firsts)
        first_lit = {p: lit for p, lit in first_lit.items() if p in kept}
        last_lit = {p: lit for p, lit in last_lit.items() if p - len(edges) + 1 in kept}
    return RowSpans(firsts, len(edges), table, first_lit, last_lit)


def _path(node: Words, postings: Postings) -> list[list[Occurrences]] | None:
    """Return the occurrences of the one way through the lattice that has any; empty without one, None for several."""
    after: dict[int, list[tuple[int, list[Occurrences]]]] = {}
    for start, end, terms in node.edges:
        if found := [o for term in terms for o in postings.get(term, ())]:
            after.setdefault(start, []).append((end, found))
    reaches = {node.length}  # the elements from which the end can be reached
    for start in sorted(after, reverse=True):
        after[start] = [edge for edge in after[start] if edge[0] in reaches]
        if after[start]:
            reaches.add(start)
    path, at = [], 0
    while at < node.length:
        ways = after.get(at, [])
        if not ways:
            return []
        if len(ways) > 1:
            return None
        path.append(ways[0][1])
        at = ways[0][0]
    return path


def _places(found: Sequence[Occurrences]) -> Sequence[int]:
    """Return where any of these occurrences is, in order."""
    return found[0].positions if len(found) == 1 else sorted(set().union(*(o.positions for o in found)))


def _half_lit(found: Sequence[Occurrences]) -> dict[int, Lit]:
    """Return what is lit where these occurrences light no whole token."""
    halves: dict[int, Lit] = {}
    for occurrences in found:
        if (lit := HALVES.get(occurrences.kind)) is not None:
            for position in occurrences.positions:
                halves[position] = halves.get(position, 0) | lit
    for occurrences in found:
        if occurrences.kind not in HALVES:
            for position in [p for p in halves if _stands(p, occurrences.positions)]:
                del halves[position]
    return {position: lit for position, lit in halves.items() if lit != BOTH}


def _common(places: Sequence[Sequence[int]]) -> Sequence[int]:
    """Return the first tokens from which every element stands, one after the other; the rarest is looked at first."""
    order = sorted(range(len(places)), key=lambda i: len(places[i]))
    rarest = order[0]
    firsts: Sequence[int] = places[rarest] if rarest == 0 else [p - rarest for p in places[rarest] if p >= rarest]
    for i in order[1:]:
        there = places[i]
        if len(firsts) * _FEW < len(there):
            firsts = [p for p in firsts if _stands(p + i, there)]
        else:
            at = frozenset(there)
            firsts = [p for p in firsts if p + i in at]
    return firsts


def _stands(position: int, positions: Sequence[int]) -> bool:
    place = bisect_left(positions, position)
    return place < len(positions) and positions[place] == position

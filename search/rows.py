"""The common queries evaluated on whole lists of positions: what `evaluator` does hit by hit, ten times quicker.

Words in a row, patterns, and any of these together, or all of them on one page, of a text that is all readable.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from search.engine import Occurrences
from search.evaluator import BOTH, HALVES, Known, Lit, Postings, evaluate, pages_of
from search.spans import MixedSpans, RowSpans, Spans
from search.syntax import And, Node, Or, Pattern
from search.syntax import Sequence as Words
from search.tokenizing import Kind
from search.tokentable import TokenTable

_FEW = 12  # times fewer candidates than positions: then each is looked up, and no set is made of the positions
_MOST_WAYS = 8  # through the lattice of a phrase

_Edges = list[list[Occurrences]]


def spans_of(node: Node, known: Known) -> Spans:
    """Return the hits of a query in one object, just as `evaluate` finds them."""
    rows = _rows(node, known) if known.readable is None else None
    if rows is None:
        return Spans(evaluate(node, known), known.table)
    return rows[0] if len(rows) == 1 else MixedSpans(rows, known.table)


def _rows(node: Node, known: Known) -> list[RowSpans] | None:
    """Return the hits of a query by their widths, each once; None for a query that is not of the common ones."""
    if isinstance(node, Words):
        ways = _ways(node, known.postings)
        return None if ways is None else _united([_in_a_row(way, known.table) for way in ways], known.table)
    if isinstance(node, Pattern):
        places = _standing(known.expansions.get(node, frozenset()), known.postings)
        return [RowSpans(places, 1, known.table)]
    if isinstance(node, Or):
        children = _all_rows(node.children, known)
        return None if children is None else _united([row for rows in children for row in rows], known.table)
    return _on_same_page(node, known) if isinstance(node, And) else None


def _all_rows(nodes: Iterable[Node], known: Known) -> list[list[RowSpans]] | None:
    found = []
    for node in nodes:
        rows = _rows(node, known)
        if rows is None:
            return None
        found.append(rows)
    return found


def _on_same_page(node: And, known: Known) -> list[RowSpans] | None:
    """Return the hits of all children on pages where every child has one and nothing excluded stands."""
    children, without = _all_rows(node.children, known), _all_rows(node.without, known)
    if children is None or without is None:
        return None
    common = set.intersection(*map(_pages, children))
    for rows in without:
        common -= _pages(rows)
    return _united([_on(common, row, known.table) for rows in children for row in rows], known.table)


def _pages(rows: Iterable[RowSpans]) -> set[int]:
    """Return the pages that hits touch."""
    return {page for row in rows for run in row.runs("") for page in range(run.page, run.last_page + 1)}


def _on(pages: set[int], row: RowSpans, table: TokenTable) -> RowSpans:
    """Return those hits of a row that touch one of the pages."""
    firsts: list[int] = []
    place = 0
    for run in row.runs(""):
        own = row.firsts[place : place + run.findings]
        if run.page in pages:
            firsts += own
        elif run.last_page > run.page:
            firsts += [p for p in own if not pages.isdisjoint(pages_of(p, p + row.width - 1, table))]
        place += run.findings
    return RowSpans(firsts, row.width, table, row.first_lit, row.last_lit)


def _united(rows: Sequence[RowSpans], table: TokenTable) -> list[RowSpans]:
    """Return rows each width of which is there once; what two of them light is lit once."""
    alike: defaultdict[int, list[RowSpans]] = defaultdict(list)
    for row in rows:
        if len(row):
            alike[row.width].append(row)
    found = [_joined(same, table) for same in alike.values()]
    return found or [RowSpans((), 1, table)]


def _joined(rows: Sequence[RowSpans], table: TokenTable) -> RowSpans:
    """Return rows of one width as one."""
    if len(rows) == 1:
        return rows[0]
    width = rows[0].width
    first_lit: dict[int, Lit] = {}
    last_lit: dict[int, Lit] = {}
    for first in {p for row in rows for p in row.first_lit} | {p - width + 1 for row in rows for p in row.last_lit}:
        standing = [row for row in rows if row.place(first) is not None]
        last = first + width - 1
        for lits, token, own in ((first_lit, first, "first_lit"), (last_lit, last, "last_lit")):
            lit = 0
            for row in standing:
                lit |= getattr(row, own).get(token, BOTH)
            if standing and lit != BOTH:
                lits[token] = lit
    return RowSpans(sorted(set().union(*(row.firsts for row in rows))), width, table, first_lit, last_lit)


def _standing(terms: frozenset[str], postings: Postings) -> Sequence[int]:
    """Return where surface words stand, in order."""
    found = [o.positions for term in terms for o in postings.get(term, ()) if o.kind is Kind.SURFACE]
    return found[0] if len(found) == 1 else sorted(set().union(*found))


def _ways(node: Words, postings: Postings) -> list[_Edges] | None:
    """Return the ways through the lattice whose every edge occurs; None if there are too many."""
    after: defaultdict[int, list[tuple[int, list[Occurrences]]]] = defaultdict(list)
    reaches = {node.length}  # the elements from which the end can be reached
    for start, end, terms in sorted(node.edges, key=lambda edge: -edge[0]):
        found = [o for term in terms for o in postings.get(term, ())] if end in reaches else []
        if found:
            after[start].append((end, found))
            reaches.add(start)
    ways: list[_Edges] = []
    for way in _walk(after, 0, node.length):
        if len(ways) == _MOST_WAYS:
            return None
        ways.append(way)
    return ways


def _walk(after: dict[int, list[tuple[int, list[Occurrences]]]], at: int, length: int) -> Iterator[_Edges]:
    if at == length:
        yield []
    for end, found in after.get(at, ()):
        for rest in _walk(after, end, length):
            yield [found, *rest]


def _in_a_row(edges: _Edges, table: TokenTable) -> RowSpans:
    """Return the hits of one way to print words in a row."""
    firsts = _common([_places(found) for found in edges])
    first_lit, last_lit, more = _half_lit(edges[0]), _half_lit(edges[-1]), len(edges) - 1
    first_lit = {p: lit for p, lit in first_lit.items() if _stands(p, firsts)}
    last_lit = {p: lit for p, lit in last_lit.items() if _stands(p - more, firsts)}
    return RowSpans(firsts, len(edges), table, first_lit, last_lit)


def _places(found: Sequence[Occurrences]) -> Sequence[int]:
    """Return where any of these occurrences is, in order."""
    lists = sorted((o.positions for o in found), key=len)
    most = lists.pop()
    if sum(map(len, lists)) * _FEW > len(most):
        return sorted(set(most).union(*lists))
    if not lists:
        return most
    places = list(most)
    for position in chain.from_iterable(lists):  # a few: halves and variants of a word that mostly stands by itself
        place = bisect_left(places, position)
        if place == len(places) or places[place] != position:
            insort(places, position)
    return places


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
            firsts = sorted({p + i for p in firsts}.intersection(there))
            firsts = [p - i for p in firsts] if i else firsts
    return firsts


def _stands(position: int, positions: Sequence[int]) -> bool:
    place = bisect_left(positions, position)
    return place < len(positions) and positions[place] == position

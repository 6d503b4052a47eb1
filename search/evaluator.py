"""What a query means, for every engine the same: one pure function from a tree and positions to hits (DESIGN 3).

AND applies per page; a phrase runs over the object, across lines, columns and page ends. A hit is a distinct
(first token, last token), in reading order, and shows only if every page it touches may be read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from search.engine import Occurrences
from search.near import stretches
from search.syntax import And, Exact, Near, Node, Or, Pattern
from search.syntax import Sequence as Words
from search.tokenizing import Kind
from search.tokentable import TokenTable

# Which half of a hyphenated token a term lights; BOTH for every other token. Plain numbers: a common word has
# thousands of hits.
FIRST_HALF, LAST_HALF, BOTH = 1, 2, 3
Lit = int

HALVES = {Kind.FIRST: FIRST_HALF, Kind.LAST: LAST_HALF}

Postings = Mapping[str, Sequence[Occurrences]]
Readable = Callable[[int], bool]
Printed = Callable[[int], Mapping[str, Lit]]


class Hit(NamedTuple):
    """One occurrence: its first and last token (over the object), and what is lit of these two."""

    first: int
    last: int
    first_lit: Lit = BOTH
    last_lit: Lit = BOTH


_Found = dict[tuple[int, int], tuple[Lit, Lit]]


class Known(NamedTuple):
    """What the engine and the pack tell of a query: where its terms stand, and what its patterns stand for.

    `printed(token)` tells the forms that a token is printed in, with what each lights; `have` is told beforehand
    which tokens it will be asked about.
    """

    postings: Postings
    expansions: Mapping[Pattern, frozenset[str]]
    table: TokenTable
    readable: Readable | None = None
    printed: Printed = lambda _token: {}
    have: Callable[[Iterable[int]], None] = lambda _tokens: None
    apart: bool = False  # each page is a unit of its own: nothing runs from one into the next
    found: dict[Node, dict[tuple[int, int], tuple[Lit, Lit]]] | None = None  # of words, as far as they were asked for


def evaluate(node: Node, known: Known) -> list[Hit]:
    """Return the hits of a query in reading order.

    `known.readable(page)` says of a page (from 0) whether the reader may know its words; None is "all of
    them". Unreadable pages are out before anything is combined.
    """
    found = _find(node, known._replace(found={}))
    return [Hit(first, last, *found[first, last]) for first, last in sorted(found)]


def _find(node: Node, known: Known) -> _Found:
    """Return the hits of a tree, which nobody changes; a word that is asked for again is looked up once (TH-83)."""
    if known.found is None or not isinstance(node, Words | Exact | Pattern):
        return _combined(node, known)
    found = known.found.get(node)
    if found is None:
        found = known.found[node] = _combined(node, known)
    return found


def _combined(node: Node, known: Known) -> _Found:
    if isinstance(node, And):
        return _on_same_page(node, known)
    if isinstance(node, Or):
        return _together(_find(child, known) for child in node.children)  # one after the other: each may be large
    if isinstance(node, Words | Exact):
        return _row(node, known)
    if isinstance(node, Pattern):
        return _only_readable(_expanded(known.expansions.get(node, frozenset()), known.postings), known)
    return _only_readable(_near(node, known), known) if isinstance(node, Near) else {}


def _row(node: Words | Exact, known: Known) -> _Found:
    """Return where words stand in a row on readable pages; of exact words, where they are printed just so."""
    if isinstance(node, Words):
        return _only_readable(_match(node, known.postings), known)
    found: _Found = {}
    standing = _only_readable(_match(node.folded, known.postings), known)
    known.have(first + i for first, _ in standing for i in range(len(node.words)))
    for first, last in standing:
        lit = [known.printed(first + i).get(word, 0) for i, word in enumerate(node.words)]
        if all(lit):
            found[first, last] = (lit[0], lit[-1])
    return found


def _expanded(terms: frozenset[str], postings: Postings) -> _Found:
    """Return where surface words stand: patterns never see halves or other readings (DESIGN section 3)."""
    return {
        (position, position): (BOTH, BOTH)
        for term in terms
        for occurrences in postings.get(term, ())
        if occurrences.kind is Kind.SURFACE
        for position in occurrences.positions
    }


def _near(node: Near, known: Known) -> _Found:
    """Return the smallest stretches that hold all words; what they light at their two ends stays as it was."""
    words = [_row(word, known) for word in node.words]
    ends = _together(words)
    firsts = {first: lit[0] for (first, _), lit in ends.items()}
    lasts = {last: lit[1] for (_, last), lit in ends.items()}
    return {(a, b): (firsts[a], lasts[b]) for a, b in stretches(words, node.distance)}


def _match(node: Words, postings: Postings) -> _Found:
    """Walk the lattice over positions: every way from its start to its end is a hit."""
    if node.length == 1:
        return {(p, p): (lit, lit) for _, _, terms in node.edges for p, lit in _where(terms, postings).items()}
    # open_at[i]: partial matches that have read elements 0 to i-1, by (first token, last token)
    open_at: list[_Found] = [{} for _ in range(node.length + 1)]
    for start, end, terms in node.edges:
        stands = _where(terms, postings)
        if start == 0:
            for position, lit in stands.items():
                _light(open_at[end], (position, position), (lit, lit))
            continue
        for (first, last), (first_lit, _) in open_at[start].items():
            lit_here = stands.get(last + 1)
            if lit_here is not None:
                _light(open_at[end], (first, last + 1), (first_lit, lit_here))
    return open_at[node.length]


def _where(terms: frozenset[str], postings: Postings) -> dict[int, Lit]:
    """Return the positions at which one of the terms stands, and what it lights there."""
    stands: dict[int, Lit] = {}
    for term in terms:
        for occurrences in postings.get(term, ()):
            lit = HALVES.get(occurrences.kind, BOTH)
            if not stands:
                stands = dict.fromkeys(occurrences.positions, lit)
                continue
            for position in occurrences.positions:
                stands[position] = stands.get(position, 0) | lit
    return stands


def _light(found: _Found, span: tuple[int, int], lit: tuple[Lit, Lit]) -> None:
    """Add a match; what two ways to the same span light is lit together."""
    first, last = found.get(span, (0, 0))
    found[span] = (first | lit[0], last | lit[1])


def pages_of(first: int, last: int, table: TokenTable) -> range:
    """Return the pages (from 0) that a span of tokens touches."""
    begins = table.page_of_token(first)
    if first == last and table.is_plain(first):
        return range(begins, begins + 1)
    return range(begins, table.last_page_of_token(last) + 1)


def _only_readable(found: _Found, known: Known) -> _Found:
    if known.apart:
        found = {span: lit for span, lit in found.items() if len(pages_of(*span, known.table)) == 1}
    if known.readable is None:
        return found
    return {span: lit for span, lit in found.items() if all(map(known.readable, pages_of(*span, known.table)))}


def _together(children: Iterable[_Found]) -> _Found:
    """Return the hits of all children; what two of them light is lit once."""
    kept: _Found = {}
    for child in children:
        for span, lit in child.items():
            _light(kept, span, lit)
    return kept


def _pages(found: _Found, table: TokenTable) -> set[int]:
    """Return the pages that hits touch."""
    return {page for span in found for page in pages_of(*span, table)}


def _on_same_page(node: And, known: Known) -> _Found:
    """Return the hits of all children on pages where every child has one and nothing excluded stands."""
    children = [_find(child, known) for child in node.children]
    common = set.intersection(*(_pages(child, known.table) for child in children))
    for child in node.without:
        common -= _pages(_find(child, known), known.table)
    return {
        span: lit for span, lit in _together(children).items() if not common.isdisjoint(pages_of(*span, known.table))
    }

"""Which pages a cluster is asked for: from a query's tree to a clause that every page of its hits satisfies. Pure.

A page document has its own tokens in `t`, with END behind the last, and the last and first SEAM tokens around it in
`seam`, with BORDER between; each term begins with the sign of its kind. What comes back is a superset: the evaluator,
which every engine shares, looks at those pages.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from search.cluster.clauses import EVERYTHING, NOTHING, Clause, count, either, every, fitting, one_of, signed
from search.cluster.documents import BORDER, END, SEAM
from search.syntax import And, Exact, Near, Node, Or, Pattern, Shape, patterns, terms
from search.syntax import Sequence as Words
from search.tokenizing import Kind
from search.tokenlines import asked

Expansions = Mapping[Pattern, Iterable[str]]

_MOST_WAYS = 8  # through the lattice of a phrase
_MOST_ROW = 4  # tokens of a phrase that is asked for as one that stands in a row
_MOST_OF_CHUNK = 8  # words that are asked for of every stretch of a long phrase
_MOST_CLAUSES = 900  # the cluster takes 1,024


@dataclass(frozen=True, slots=True)
class Candidates:
    """What to ask a cluster of a query.

    `query` matches every page that has a word of a hit, pages around left out. Their tokens tell all hits once those
    of the pages around are there too: `rounds` times those within `reach` tokens after what is there, and one more
    before it (a hyphenated word touches the page that its end is on). `sure` matches pages on each of which a hit
    begins, None where no clause says that.
    """

    query: Clause
    sure: Clause | None = None
    reach: int = 0
    rounds: int = 0


def candidates(tree: Node, expansions: Expansions | None = None) -> Candidates:
    """Return what to ask a cluster of a query; its patterns stand for the words told, or else for any that fit."""
    asking = _Asking(expansions)
    query = asking.begins(tree)
    if count(query) > _MOST_CLAUSES:
        return Candidates(asking.any_term(tree))
    rounds = _rounds(tree)
    if query == EVERYTHING:
        return Candidates(asking.any_term(tree))
    sure = asking.sure(tree)
    if sure is not None and count(sure) > _MOST_CLAUSES:
        sure = None
    return Candidates(query, sure, _reach(tree) if rounds else 0, rounds)


def pages_around(page: int, page_tokens: Sequence[int], reach: int) -> Iterator[int]:
    """Yield the pages (from 0) around one that have tokens within reach of it, the nearest first on either side."""
    before, after = page_tokens[page] - reach - 1, page_tokens[page + 1] + reach
    earlier = page - 1
    while earlier >= 0 and page_tokens[earlier + 1] > before:
        if page_tokens[earlier] < page_tokens[earlier + 1]:
            yield earlier
        earlier -= 1
    later = page + 1
    while later < len(page_tokens) - 1 and page_tokens[later] < after:
        if page_tokens[later] < page_tokens[later + 1]:
            yield later
        later += 1


class _Asking:
    """Makes clauses of the parts of a tree."""

    def __init__(self, expansions: Expansions | None) -> None:
        self._expansions = expansions

    def begins(self, node: Node) -> Clause:
        """Return the clause of the pages that have a token of a hit."""
        if isinstance(node, Words | Exact):
            words = node.folded if isinstance(node, Exact) else node
            return _in("t", _terms_of(words)) if words.length == 1 else _row(words)
        if isinstance(node, Or):
            return either(self.begins(child) for child in node.children)
        if isinstance(node, And):
            return every(self.touches(child) for child in node.children)
        if isinstance(node, Near):
            return self._near(node, "t")
        return self._pattern(node, "t") if isinstance(node, Pattern) else NOTHING

    def touches(self, node: Node) -> Clause:
        """Return the clause of the pages that a hit touches: those, and the one that a hyphenated word ends on."""
        if isinstance(node, Words | Exact):
            words = node.folded if isinstance(node, Exact) else node
            return _here_or_around(_terms_of(words)) if words.length == 1 else either((_row(words), _row_around(words)))
        if isinstance(node, Or | And):
            # Of a conjunction inside another the hits may reach over to a page where its other parts are not.
            return either(self.touches(child) for child in node.children)
        if isinstance(node, Near):
            return EVERYTHING if _width(node) > SEAM else self._near(node, "seam")
        return either((self._pattern(node, "t"), self._pattern(node, "seam"))) if isinstance(node, Pattern) else NOTHING

    def sure(self, node: Node) -> Clause | None:
        """Return a clause of pages on which a hit begins for certain; None where there is none."""
        if isinstance(node, Words):
            return _sure_row(node)
        if isinstance(node, Or):
            known = [clause for child in node.children if (clause := self.sure(child)) is not None]
            return either(known) if known else None
        if isinstance(node, And):
            wanted = [self.sure(child) for child in node.children]
            found = [clause for clause in wanted if clause is not None]
            if len(found) < len(wanted):
                return None
            return every(found, [self.touches(child) for child in node.without])
        # What a cluster finds to fit may be more than what fits, of a misspelt word and of a wildcard.
        if isinstance(node, Pattern) and (self._expansions is not None or node.shape is Shape.PREFIX):
            return self._pattern(node, "t")
        return None

    def any_term(self, tree: Node) -> Clause:
        """Return the clause of the pages with any word of a tree, exclusions included: nothing else is ever needed."""
        return either((_in("t", terms(tree)), *(self._pattern(each, "t") for each in patterns(tree))))

    def _near(self, node: Near, field: str) -> Clause:
        """Return the clause of words near one another, for `seam` also that of pages with none of them."""
        words = [word.folded if isinstance(word, Exact) else word for word in node.words]
        here = either(_in("t", _terms_of(word)) for word in words)
        if _width(node) > SEAM:
            return here
        around = every(map(_every_element, words))
        return around if field == "seam" else every((here, around))

    def _pattern(self, node: Pattern, field: str) -> Clause:
        if self._expansions is not None:
            return one_of(field, sorted(asked(Kind.SURFACE, word) for word in self._expansions.get(node, ())))
        return fitting(node, field)


def _row(words: Words) -> Clause:
    """Return the clause of pages that have a token of words in a row."""
    ways = _ways(words)
    if ways is None:
        return _far_row(words)
    return either(chain.from_iterable(_parted(way) for way in ways))


def _parted(way: Sequence[frozenset[str]]) -> Iterator[Clause]:
    """Yield the clauses of one way to print words: all on the page; its first words before it, or its last after it."""
    yield _adjacent(way)
    for cut in range(1, len(way)):
        yield every((_near_border(way[:cut], before=True), _at_start(way[cut:])))
        yield _over_the_end(way, cut)
    if len(way) > 2:
        yield every((_in("seam", way[0]), _in("seam", way[-1]), *map(_here_or_around, way)))


def _over_the_end(way: Sequence[frozenset[str]], cut: int) -> Clause:
    """Return the clause of pages that end with the first words of a row, before pages that begin with the others."""
    return every((_span(way[:cut], after=END), _near_border(way[cut:], before=False)))


def _row_around(words: Words) -> Clause:
    """Return the clause of pages beside which words stand in a row: a hyphenated one at their end may end on it."""
    return either(_around(way) for way in _ways(words) or ())


def _far_row(words: Words) -> Clause:
    """Return the clause of a long phrase, or of one with many ways: the words of any of its stretches, in any order.

    A page with a token of a hit has those of the stretch that it is in on itself or in its seam.
    """
    stretches = (range(i, min(i + SEAM, words.length)) for i in range(0, words.length, SEAM))
    return either(_every_element(words, stretch) for stretch in stretches)


def _every_element(words: Words, stretch: Iterable[int] | None = None) -> Clause:
    """Return the clause of pages that have a word for each element of a row, or of a stretch, on them or around."""
    found = []
    for element in range(words.length) if stretch is None else stretch:
        found.append(frozenset(term for a, b, own in words.edges if a <= element < b for term in own))
    kept = dict.fromkeys(sorted(found, key=lambda own: -min(map(len, own)))[: max(_MOST_OF_CHUNK, _MOST_ROW)])
    return every(map(_here_or_around, kept))


def _ways(words: Words) -> list[list[frozenset[str]]] | None:
    """Return the ways to print words in a row, as the terms of each token; None for many, or of many tokens."""
    if words.length > _MOST_ROW:
        return None
    open_at: list[list[list[frozenset[str]]]] = [[[]], *([] for _ in range(words.length))]
    for start, end, found in words.edges:
        open_at[end] += [[*way, found] for way in open_at[start]]
    ways = open_at[words.length]
    return ways if len(ways) <= _MOST_WAYS else None


def _sure_row(words: Words) -> Clause | None:
    if words.length == 1:
        return _in("t", _terms_of(words))
    ways = _ways(words)
    if ways is None:
        return None
    return either(
        clause for way in ways for clause in (_adjacent(way), *(_over_the_end(way, n) for n in range(1, len(way))))
    )


def _adjacent(way: Sequence[frozenset[str]]) -> Clause:
    """Return the clause of pages that have terms in a row."""
    return _in("t", way[0]) if len(way) == 1 else _span(way)


def _around(way: Sequence[frozenset[str]]) -> Clause:
    """Return the clause of pages that have terms around them, in whichever order."""
    return every(_in("seam", own) for own in way)


def _near_border(way: Sequence[frozenset[str]], *, before: bool) -> Clause:
    """Return the clause of pages right before which, or right behind which, terms stand in a row."""
    return _span(way, field="seam", **({"after": BORDER} if before else {"ahead": BORDER}))


def _at_start(way: Sequence[frozenset[str]]) -> Clause:
    """Return the clause of pages that begin with terms in a row."""
    return {"span_first": {"match": _span(way), "end": len(way)}}


def _span(way: Sequence[frozenset[str]], *, field: str = "t", ahead: str = "", after: str = "") -> Clause:
    """Return the clause of terms in a row, with marks `ahead` of them and `after` them."""
    found = [_span_of(field, [each for term in sorted(own) for each in signed(term)]) for own in way]
    found = [*([_span_of(field, [ahead])] if ahead else []), *found, *([_span_of(field, [after])] if after else [])]
    return found[0] if len(found) == 1 else {"span_near": {"clauses": found, "slop": 0, "in_order": True}}


def _span_of(field: str, written: Iterable[str]) -> Clause:
    return {"span_or": {"clauses": [{"span_term": {field: each}} for each in written]}}


def _here_or_around(own: frozenset[str]) -> Clause:
    return either((_in("t", own), _in("seam", own)))


def _in(field: str, own: Iterable[str]) -> Clause:
    """Return the clause of pages that have one of these terms in a field."""
    return one_of(field, [each for term in sorted(own) for each in signed(term)])


def _terms_of(words: Words) -> frozenset[str]:
    return frozenset(term for _, _, own in words.edges for term in own)


def _children(node: And | Or) -> tuple[Node, ...]:
    return (*node.children, *node.without) if isinstance(node, And) else node.children


def _rounds(node: Node) -> int:
    """Return how many conjunctions are around one another: only these look beyond the pages of their hits."""
    if not isinstance(node, And | Or):
        return 0
    return isinstance(node, And) + max(map(_rounds, _children(node)), default=0)


def _reach(node: Node) -> int:
    """Return over how many tokens a hit may reach from one of its own."""
    if isinstance(node, And | Or):
        return max(map(_reach, _children(node)), default=0)
    if isinstance(node, Near):
        return _width(node) - 1
    words = node.folded if isinstance(node, Exact) else node
    return words.length - 1 if isinstance(words, Words) else 0


def _width(node: Near) -> int:
    """Return how many tokens words near one another may take."""
    return node.distance + sum((word.folded if isinstance(word, Exact) else word).length for word in node.words)

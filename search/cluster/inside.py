"""Search inside one object of a cluster: which pages a query needs, their tokens, and where its words stand in them.

The cluster is asked for the pages that may have something of a hit; their tokens come with them, where not many are
here already. What is still missing is asked for once more. All else is arithmetic on them.
"""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from itertools import chain
from threading import Lock

import orjson

from lectern.pack import PackFile
from search.analysis import Profile
from search.cluster.candidates import candidates, pages_around
from search.cluster.clauses import Clause, either, every, one_of, signed
from search.cluster.documents import SEAM, TEXT, asked
from search.cluster.reading import ClusterPack
from search.cluster.tokens import PageTokens, TokenCache, occurrences
from search.engine import Engine, ObjectIndex, Occurrences, Query
from search.syntax import terms
from search.tokenizing import Kind
from search.tokentable import TokenTable

_FEW_PAGES = 16  # of an object, or of a scope in it: then nobody asks which of them are needed
_MOST_ASKED = 32  # clauses whose pages are remembered, of each object that is open
_MOST_NAMED = 1000  # pages of a scope that the cluster is told
_MOST_AT_ONCE = 500  # pages of an object whose tokens may come with the answer that tells which are needed


def clustered(cache: TokenCache) -> Engine:
    """Return what finds the words of header packs in the cluster that they are from."""

    def opened(pack: PackFile, profile: Profile) -> ObjectIndex:
        del profile
        if not isinstance(pack, ClusterPack):
            raise TypeError("only a header pack has its words in a cluster")
        return ClusterIndex(pack, cache)

    return opened


class ClusterIndex:
    """The index of one object, or of the annotations beside its text, in a cluster. Safe for threads."""

    def __init__(self, pack: ClusterPack, cache: TokenCache) -> None:
        self._source = pack.source
        self._part = pack.part_name
        self._table = TokenTable(pack)
        self._cache = cache
        self._asked: OrderedDict[bytes, Sequence[int]] = OrderedDict()  # what was asked last: pages on ask it again
        self._lock = Lock()

    def spans(self, terms: Iterable[str], query: Query | None = None) -> Mapping[str, Sequence[Occurrences]]:
        """Return the occurrences of every term, with a query those that can change its hits.

        Raises StoreUnavailable where the cluster cannot tell, PackError where it has this generation no more.
        """
        wanted, query = frozenset(terms), query or Query()
        if not wanted:
            return {}
        exact, surface = by_kind(wanted, query)
        pages = self._needed(exact, surface, query)
        return occurrences(exact, surface, self._tokens(pages), self._table.page_tokens)

    def _needed(self, exact: frozenset[str], surface: frozenset[str], query: Query) -> Sequence[int]:
        """Return the pages (from 0) whose tokens tell all hits."""
        readable = query.readable
        scope = [page for page in range(self._table.pages) if readable is None or readable(page)]
        if len(scope) <= _FEW_PAGES or self._cache.has_all(self._source.key, self._part, scope):
            return scope
        words = {*chain.from_iterable(map(signed, exact)), *(asked(Kind.SURFACE, word) for word in surface)}
        any_term = one_of("t", sorted(words))
        clause, around = self._clause(any_term, query)
        if len(scope) < self._table.pages and len(scope) <= _MOST_NAMED:
            clause = every((clause, {"terms": {"n": [page + 1 for page in scope]}}))
        found = around(self._matching(clause))
        return sorted(found if readable is None else filter(readable, found))

    def _matching(self, clause: Clause) -> Sequence[int]:
        """Return the pages (from 0) that a clause matches: those of a generation are always the same."""
        digest = sha256(orjson.dumps(clause)).digest()
        with self._lock:
            if (known := self._asked.get(digest)) is not None:
                self._asked.move_to_end(digest)
                return known
        found = self._looked(clause)
        with self._lock:
            self._asked[digest] = array("I", found)
            while len(self._asked) > _MOST_ASKED:
                self._asked.popitem(last=False)
        return found

    def _looked(self, clause: Clause) -> Sequence[int]:
        """Return the pages that the cluster finds; their tokens come too, where few of the object's are here."""
        key, part, pages = self._source.key, self._part, self._table.pages
        if pages > _MOST_AT_ONCE or len(self._cache.known(key, part, range(pages))) > pages // 2:
            return self._source.matching(part, clause, pages)
        found = self._source.matching_tokens(part, clause, pages)
        self._cache.keep(key, part, found)
        return list(found)

    def _clause(self, any_term: Clause, query: Query) -> tuple[Clause, Callable[[Iterable[int]], Iterable[int]]]:
        """Return what to ask of a query, and what adds the pages around those that are found."""
        if query.tree is None:
            return any_term, set
        wanted = candidates(query.tree, query.expansions)
        if self._part != TEXT or not (wanted.rounds or query.around):  # annotations are each a unit of its own
            return wanted.query, set
        far = sorted({page + 1 for pair in self._far for page in pair})
        clause = either((wanted.query, every((any_term, {"terms": {"n": far}})))) if far else wanted.query

        def around(found: Iterable[int]) -> Iterable[int]:
            pages = self.with_far(found)
            for _ in range(wanted.rounds):
                pages = self.with_far(self.with_around(pages, wanted.reach))
            # The order by rank looks at the page that a hit ends on, and for what runs from there to the next.
            return self.with_around(pages, wanted.reach + 1) if query.around else pages

        return clause, around

    @cached_property
    def _far(self) -> Sequence[tuple[int, int]]:
        """Return the pages of the two halves of those hyphenated words that seams do not have.

        After the first half stand notes or the like, or its page is not the one before.
        """
        ends, page_of = self._table.page_tokens[1:], self._table.page_of_token
        pairs = ((token, page_of(token), last) for token, last in self._table.crossing)
        return [(page, last) for token, page, last in pairs if ends[page] - token > SEAM or last > page + 1]

    @property
    def page_tokens(self) -> Sequence[int]:
        """Return the first token of every page, and their count."""
        return self._table.page_tokens

    def with_far(self, found: Iterable[int]) -> set[int]:
        """Return pages, and those that have the other halves of words that a page end splits far from it."""
        pages = set(found)
        return pages.union(*(pair for pair in self._far if not pages.isdisjoint(pair)))

    def with_around(self, found: Iterable[int], reach: int) -> set[int]:
        """Return pages, and those around within reach of a hit on one of them."""
        begins = self._table.page_tokens
        pages = set(found)
        if not reach:  # then only a word that a page end splits is of a page beside
            ends = {page + 1: page for page in (self._table.page_of_token(token) for token, _ in self._table.crossing)}
            return pages | {ends[page] for page in pages if page in ends}
        return pages.union(*(pages_around(page, begins, reach) for page in pages))

    def _tokens(self, pages: Sequence[int]) -> Mapping[int, PageTokens]:
        key = self._source.key
        found = self._cache.known(key, self._part, pages)
        missing = [page for page in pages if page not in found]
        if missing:
            fetched = dict(zip(missing, self._source.tokens(self._part, missing), strict=True))
            self._cache.keep(key, self._part, fetched)
            found |= fetched
        return found


def by_kind(wanted: frozenset[str], query: Query) -> tuple[frozenset[str], frozenset[str]]:
    """Return the terms that may belong to tokens in any way, and those that patterns stand for: words alone."""
    if query.tree is None:
        return wanted, frozenset()
    exact = wanted & terms(query.tree)
    return exact, wanted - exact

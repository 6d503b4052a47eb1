"""The seam to an engine: what Whoosh and OpenSearch answer alike about one object (DESIGN section 3)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from lectern.pack import PackFile
from search.analysis import Profile
from search.syntax import Node, Pattern
from search.tokenizing import Kind


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where a term stands in one way: token positions over the whole object, ascending."""

    kind: Kind
    positions: Sequence[int]


class Query(NamedTuple):
    """What the occurrences of terms are asked for: a tree (None: they are all of them wanted), the words that its
    patterns stand for, and which pages (from 0) may be known (None: all).

    `around` asks for the pages beside those of its hits too: the order by rank looks for every part of a tree there.
    """

    tree: Node | None = None
    expansions: Mapping[Pattern, frozenset[str]] = {}
    readable: Callable[[int], bool] | None = None
    around: bool = False


class ObjectIndex(Protocol):
    """One object's index."""

    def spans(self, terms: Iterable[str], query: Query | None = None) -> Mapping[str, Sequence[Occurrences]]:
        """Return the occurrences of every term; a term that does not occur has none.

        With the query that they are asked for, those on pages that cannot change its hits may be left out.
        """
        ...


Engine = Callable[[PackFile, Profile], ObjectIndex]  # how the index of an open pack, or of a part of it, is had


class EmptyIndex:
    """The index of an object without a single token."""

    def spans(self, terms: Iterable[str], query: Query | None = None) -> Mapping[str, Sequence[Occurrences]]:
        """Return no occurrences."""
        del query
        return {term: () for term in terms}

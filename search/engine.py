"""The seam to an engine: what Whoosh and, later, OpenSearch answer alike (DESIGN section 3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from search.tokenizing import Kind


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where a term stands in one way: token positions over the whole object, ascending."""

    kind: Kind
    positions: Sequence[int]


class ObjectIndex(Protocol):
    """One object's index."""

    def spans(self, terms: Iterable[str]) -> Mapping[str, Sequence[Occurrences]]:
        """Return the occurrences of every term; a term that does not occur has none."""
        ...


class EmptyIndex:
    """The index of an object without a single token."""

    def spans(self, terms: Iterable[str]) -> Mapping[str, Sequence[Occurrences]]:
        """Return no occurrences."""
        return {term: () for term in terms}

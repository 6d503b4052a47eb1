"""What of a cluster may be searched for a collection: a filter of every query, made of what a reader may know. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from search.cluster.clauses import EVERYTHING, NOTHING, Clause, either, every, one_of


@dataclass(frozen=True, slots=True)
class Ground:
    """Which documents answers about a collection are made of: never one whose text may not be known as a whole.

    `policies` are those under which a text may be known; `judged` are the objects that these say nothing of, `known`
    those of them whose text may be known all the same. `collections` are names, None for everything there is.
    `waiting` are keys whose documents are not to be counted.
    """

    policies: frozenset[str]
    collections: frozenset[str] | None = None
    judged: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()

    @property
    def clause(self) -> Clause:
        """Return the filter."""
        found = either((self._by_policy, _one_of("object", self.known)))
        if self.collections is not None:
            found = every((found, _one_of("collections", self.collections)))
        return every((found,), [each for each in (_one_of("key", self.waiting),) if each != NOTHING])

    @property
    def _by_policy(self) -> Clause:
        return every((_one_of("policy", self.policies),), [_one_of("object", self.judged)])


def all_of(collections: frozenset[str] | None, waiting: Iterable[str]) -> Clause:
    """Return the filter of all that is in collections and counted, whoever may know it."""
    wanted = EVERYTHING if collections is None else _one_of("collections", collections)
    return every((wanted,), [_one_of("key", waiting)])


def _one_of(field: str, values: Iterable[str]) -> Clause:
    return one_of(field, sorted(values))  # sorted, so that the same question is the same words

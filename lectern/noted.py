"""What a process counts while it works, as plain numbers: the cores count here, the edge tells (services/sampled.py).

A count takes a fraction of a microsecond and no lock: of two that happen at the very same moment one may be lost. Names
are of a fixed list each, never of an object, a query or a reader.
"""

from collections.abc import Mapping, Sized
from typing import Literal
from weakref import WeakSet

Names = tuple[str, ...]


class Tally:
    """How often something happened in this process, by names."""

    def __init__(self) -> None:
        self._counts: dict[Names, int] = {}

    def add(self, *names: str, times: int = 1) -> None:
        """Count once more, or so many times."""
        self._counts[names] = self._counts.get(names, 0) + times

    def counts(self) -> Mapping[Names, int]:
        """Return the counts by names as they are now."""
        return dict(self._counts)


LOOKUPS = Tally()  # (cache, "hit" or "miss")
STORE_ERRORS = Tally()  # (store,)
CLUSTER_REQUESTS = Tally()  # (what became of it,)
SEARCHES = Tally()  # ("found", "nothing" or "suggestions",)
HITS = Tally()  # (), hits that searches found

Cache = Literal["verdicts", "packs", "pages", "rows", "tokens", "kept rows"]
_caches: dict[Cache, "WeakSet[Sized]"] = {}


def looked_up(cache: Cache, found: object) -> None:
    """Count a look into a cache; None means that it was not there."""
    LOOKUPS.add(cache, "miss" if found is None else "hit")


def looked_up_all(cache: Cache, hits: int, misses: int) -> None:
    """Count many looks into a cache at once."""
    LOOKUPS.add(cache, "hit", times=hits)
    LOOKUPS.add(cache, "miss", times=misses)


def watch(name: Cache, cache: Sized) -> None:
    """Have the entries of a cache told for as long as it is there."""
    _caches.setdefault(name, WeakSet()).add(cache)


def sizes() -> Mapping[Cache, int]:
    """Return the entries of each kind of cache in this process."""
    return {name: sum(len(cache) for cache in list(caches)) for name, caches in _caches.items()}

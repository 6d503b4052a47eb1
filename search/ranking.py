"""The order by rank: which canvases have most of what was asked for. No statistics of any corpus are in it.

A canvas comes before another if more of the query's parts stand on it (words, phrases, patterns: `harbour OR haven`
has two); of two with as many, the one with more hits; of two with as many hits, the one that is read first. Canvases
that a hit binds count as one.
"""

from collections.abc import Mapping, Sequence

from search.spans import Run

Parts = Mapping[str, Sequence[frozenset[int]]]  # for every object, the pages (from 0) of each part of the query


def by_rank(groups: Sequence[Sequence[Run]], parts: Parts) -> list[Sequence[Run]]:
    """Return groups of canvases, which come in the order of reading, by rank."""
    return sorted(groups, key=lambda group: score(group, parts))


def score(group: Sequence[Run], parts: Parts) -> tuple[int, int]:
    """Return what groups are ordered by, the best being the least: minus the parts that stand there, minus the hits."""
    pages = {page for run in group for page in range(run.page, run.last_page + 1)}
    standing = sum(not pages.isdisjoint(found) for found in parts.get(group[0].object_id, ()))
    return -standing, -sum(run.findings for run in group)

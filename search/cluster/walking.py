"""Documents of a cluster one object after another, in the order of answers: in batches, and for so long at most."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError

from lectern.errors import StoreUnavailable
from search.cluster.clauses import EVERYTHING, Clause, every
from search.cluster.client import asking, no_index
from search.cluster.documents import key_of, page_id

COUNTED = 10_000  # documents that are counted; where there are more, nobody counts them
_BATCHES = 250, 1000, 2000  # documents of the first answer, of the second, of every one after it
_ORDER = "object", "canvas", "part", "n"
_WANTED = "timed_out,_shards.failed,_shards.successful,hits.total,hits.hits._source,hits.hits.sort,aggregations"
_INCLUDED = "object,generation,part,n"
_UNSEEN = 0.05  # seconds: less is no time to ask in


class Place(NamedTuple):
    """A page document: the part of its object, the page (from 0)."""

    part: str
    page: int


@dataclass(slots=True)
class Held:
    """What a walk met of one generation of one object: fields of its documents by their places."""

    object: str
    generation: int
    pages: dict[Place, dict[str, Any]] = field(default_factory=dict)


class Clock:
    """How long a search has been going on; `late` tells that something was left out, for that or for want of it."""

    def __init__(self, seconds: float, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._end = elapsed() + seconds
        self.late = False

    @property
    def left(self) -> float:
        """Return the seconds that are left."""
        return max(0.0, self._end - self._elapsed())

    @property
    def over(self) -> bool:
        """Return whether there is no time to ask anything more."""
        return self.left < _UNSEEN


class Pages:
    """The documents of pages in a cluster. Answers may be partial: then the clock says that it is late."""

    def __init__(self, client: Callable[[], OpenSearch], index: str) -> None:
        self._client, self._index = client, index

    def ask(self, body: dict[str, Any], clock: Clock, copies: str = "") -> dict[str, Any]:
        """Return the answer to one search; what has the same word for `copies` is answered by the same copies.

        Raises StoreUnavailable and Overloaded.
        """
        seconds = max(clock.left, _UNSEEN)
        parameters = {
            "allow_partial_search_results": "true",
            "filter_path": _WANTED,
            **({"preference": copies} if copies else {}),
        }
        body = body | {"timeout": f"{int(seconds * 1000)}ms"}
        with asking("What collections hold"):
            try:
                answer: dict[str, Any] = self._client().search(index=self._index, body=body, params=parameters)
            except NotFoundError as error:
                raise no_index(self._index) from error
        shards = answer["_shards"]
        if shards["failed"] and not shards["successful"]:
            raise StoreUnavailable("No part of the cluster's index can be searched just now.", "Ask again later.")
        clock.late = clock.late or bool(answer["timed_out"]) or bool(shards["failed"])
        return answer

    def some(self, places: Sequence[tuple[str, int, Place]], clock: Clock, fields: str) -> list[dict[str, Any] | None]:
        """Return page documents by object, generation and place, in this order; None for one that is not there."""
        found: list[dict[str, Any] | None] = []
        for start in range(0, len(places), _BATCHES[1]):
            wanted = [
                {"_id": page_id(key_of(name, generation), place.part, place.page + 1), "routing": name}
                for name, generation, place in places[start : start + _BATCHES[1]]
            ]
            found += self._some(wanted, clock, fields)
        return found

    def _some(self, wanted: list[dict[str, str]], clock: Clock, fields: str) -> list[dict[str, Any] | None]:
        parameters = {"_source_includes": fields, "filter_path": "docs.found,docs._source,docs.error.type"}
        with asking("What collections hold"):
            answer = self._client().mget(index=self._index, body={"docs": wanted}, params=parameters)
        if any("error" in each for each in answer["docs"]):
            clock.late = True
        return [each.get("_source") if each.get("found") else None for each in answer["docs"]]

    def count(self, clause: Clause, clock: Clock) -> int:
        """Return how many documents a clause matches, one more than COUNTED if more than these."""
        body = {"query": _filtered(clause), "size": 0, "track_total_hits": COUNTED + 1}
        return int(self.ask(body, clock)["hits"]["total"]["value"])

    def walk(
        self,
        clause: Clause,
        clock: Clock,
        fields: str,
        *,
        begin: str = "",
        before: str = "",
        size: int | None = None,
    ) -> Iterator[list[Held]]:
        """Yield what a clause matches, all of one object at once, as many objects at a time as came together.

        `fields` are those that are wanted of each document beside what names it. It begins with an object, or with
        `before` goes back from the one before an object. Ends early, and says so to the clock, when time is over.
        """
        back = bool(before)
        border = {"range": {"object": {"lt": before}}} if back else {"range": {"object": {"gte": begin}}}
        wanted = every((clause, border if back or begin else EVERYTHING))
        direction = "desc" if back else "asc"
        body: dict[str, Any] = {
            "query": _filtered(wanted),
            "_source": f"{_INCLUDED},{fields}".rstrip(",").split(","),
            "sort": [{name: direction} for name in _ORDER],
            "track_total_hits": False,
        }
        open_: Held | None = None
        copies = uuid4().hex  # two copies need not have been refreshed at the same moment
        for wanted_size in _sizes(size):
            answer = self.ask(body | {"size": wanted_size}, clock, copies)
            hits: Sequence[dict[str, Any]] = answer.get("hits", {}).get("hits", ())
            found = [] if open_ is None else [open_]
            for hit in hits:
                _take(found, hit["_source"])
            if len(hits) < wanted_size:
                yield found
                return
            open_ = found.pop()
            if found:
                yield found
            if clock.over:  # what a shard that is not there lacks is no reason to leave out the others' too
                clock.late = True
                yield [open_]
                return
            body["search_after"] = hits[-1]["sort"]


def _sizes(size: int | None) -> Iterator[int]:
    yield from _BATCHES if size is None else (size,)
    while True:
        yield _BATCHES[-1]


def _take(found: list[Held], source: dict[str, Any]) -> None:
    """Put a document to those of its object, which come one after another."""
    name, generation = source["object"], int(source["generation"])
    if not found or (found[-1].object, found[-1].generation) != (name, generation):
        # Two generations of one object are met only while one of them goes: the newer one is what there is.
        if found and found[-1].object == name and found[-1].generation > generation:
            return
        if found and found[-1].object == name:
            found.pop()
        found.append(Held(name, generation))
    if "part" in source:
        found[-1].pages[Place(source["part"], int(source["n"]) - 1)] = source


def _filtered(clause: Clause) -> Clause:
    return {"bool": {"filter": [clause]}}

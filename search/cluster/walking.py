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
from search.cluster.tokens import TokenCache

COUNTED = 10_000  # documents that are counted; where there are more, nobody counts them
_BATCHES = 250, 1000, 2000  # documents of the first answer, of the second, of every one after it
_ORDER = "object", "canvas", "part", "n"
_WANTED = (
    "timed_out,_shards.failed,_shards.successful,hits.total,hits.hits._source,hits.hits.fields,hits.hits.sort,"
    "aggregations"
)
_UNSEEN = 0.05  # seconds: less is no time to ask in


class Place(NamedTuple):
    """A page document: the part of its object, the page (from 0)."""

    part: str
    page: int


@dataclass(slots=True)
class Held:
    """What a walk met of one generation of one object: its pages, packed tokens of those that came with them, words."""

    object: str
    generation: int
    pages: dict[Place, str | None] = field(default_factory=dict)
    words: dict[Place, str] = field(default_factory=dict)

    def named(self, place: Place) -> "Named":
        """Return how one of its pages is called."""
        return self.object, self.generation, place


Named = tuple[str, int, Place]  # a page: its object, the generation, the place


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
    """The documents of pages in a cluster. Answers may be partial: then the clock says that it is late.

    `cache` is what this process knows of their tokens.
    """

    def __init__(self, client: Callable[[], OpenSearch], index: str, cache: TokenCache) -> None:
        self._client, self._index, self.cache = client, index, cache

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

    def words(self, places: Sequence[Named], clock: Clock) -> list[str | None]:
        """Return the words of pages by object, generation and place, in this order; None for one that is not there."""
        found: list[str | None] = []
        for some in _parts(places):
            wanted = [{"_id": _id(each), "routing": each[0]} for each in some]
            parameters = {"_source_includes": "w", "filter_path": "docs.found,docs._source,docs.error.type"}
            with asking("What collections hold"):
                answer = self._client().mget(index=self._index, body={"docs": wanted}, params=parameters)
            clock.late = clock.late or any("error" in each for each in answer["docs"])
            found += [each["_source"]["w"] if each.get("found") else None for each in answer["docs"]]
        return found

    def tokens(self, places: Sequence[Named], clock: Clock) -> dict[Named, str]:
        """Return the packed tokens of pages by object, generation and place: of those that are there."""
        found: dict[Named, str] = {}
        for some in _parts(places):
            by_id = {(key_of(name, generation), *place): (name, generation, place) for name, generation, place in some}
            body = {
                "query": {"ids": {"values": list(map(_id, some))}},
                "size": len(some),
                "sort": ["_doc"],
                "track_total_hits": False,
                "stored_fields": "_none_",
                "docvalue_fields": ["key", "part", "n", "packed"],
            }
            for hit in self.ask(body, clock).get("hits", {}).get("hits", ()):
                fields = {name: values[0] for name, values in hit["fields"].items()}
                found[by_id[fields["key"], fields["part"], int(fields["n"]) - 1]] = fields["packed"]
        return found

    def count(self, clause: Clause, clock: Clock) -> int:
        """Return how many documents a clause matches, one more than COUNTED if more than these."""
        body = {"query": _filtered(clause), "size": 0, "track_total_hits": COUNTED + 1}
        return int(self.ask(body, clock)["hits"]["total"]["value"])

    def walk(
        self,
        clause: Clause,
        clock: Clock,
        *,
        tokens: Callable[[], bool] = lambda: False,
        words: bool = False,
        begin: str = "",
        before: str = "",
        size: int | None = None,
    ) -> Iterator[list[Held]]:
        """Yield what a clause matches, all of one object at once, as many objects at a time as came together.

        Whether packed `tokens` come with the pages is asked before each request; encoded `words` come with all or none.
        It begins with an object, or with `before` goes back from the one before an object. Ends early, and says so to
        the clock, when time is over.
        """
        direction = "desc" if before else "asc"
        # The ids of documents, and the documents, would take most of the time.
        read = {"_source": ["w"]} if words else {"stored_fields": "_none_"}
        body: dict[str, Any] = {"sort": [{name: direction} for name in _ORDER], "track_total_hits": False, **read}
        border: Clause = {"lt": before} if before else {"gte": begin}
        open_: Held | None = None
        copies = uuid4().hex  # two copies need not have been refreshed at the same moment
        for wanted_size in _sizes(size):
            body["query"] = _filtered(
                every((clause, {"range": {"object": border}} if any(border.values()) else EVERYTHING))
            )
            body["docvalue_fields"] = ["generation", "packed"] if tokens() else ["generation"]
            answer = self.ask(body | {"size": wanted_size}, clock, copies)
            hits: Sequence[dict[str, Any]] = answer.get("hits", {}).get("hits", ())
            found = [] if open_ is None else [open_]
            for hit in hits:
                _take(found, hit)
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
            # The same is said once more, so that the cluster need not pass over what has been.
            border = {"lte": open_.object} if before else {"gte": open_.object}


def _id(page: Named) -> str:
    name, generation, place = page
    return page_id(key_of(name, generation), place.part, place.page + 1)


def _parts(places: Sequence[Named]) -> Iterator[Sequence[Named]]:
    return (places[start : start + _BATCHES[1]] for start in range(0, len(places), _BATCHES[1]))


def _sizes(size: int | None) -> Iterator[int]:
    yield from _BATCHES if size is None else (size,)
    while True:
        yield _BATCHES[-1]


def _take(found: list[Held], hit: dict[str, Any]) -> None:
    """Put a document to those of its object, which come one after another."""
    (name, _, part, n), fields = hit["sort"], hit["fields"]
    generation = int(fields["generation"][0])
    if not found or (found[-1].object, found[-1].generation) != (name, generation):
        # Two generations of one object are met only while one of them goes: the newer one is what there is.
        if found and found[-1].object == name and found[-1].generation > generation:
            return
        if found and found[-1].object == name:
            found.pop()
        found.append(Held(name, generation))
    if part is None:  # a head
        return
    place = Place(part, int(n) - 1)
    found[-1].pages[place] = fields["packed"][0] if "packed" in fields else None
    if "_source" in hit:
        found[-1].words[place] = hit["_source"]["w"]


def _filtered(clause: Clause) -> Clause:
    return {"bool": {"filter": [clause]}}

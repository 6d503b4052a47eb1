"""Objects into the cluster and out of it: in bulk, no faster than it takes them, and so that a second time is no harm.

Ids of documents are made of object, generation and page, so that whatever is sent again replaces itself. Everything
of an object has the object as its routing and so lies in one shard.
"""

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError

from lectern.catalogue_pending import Key
from lectern.errors import Overloaded, StoreUnavailable
from lectern.pack import PackFile
from lectern.settings import Settings
from search.cluster.clauses import HEADS
from search.cluster.client import asking, connect
from search.cluster.documents import Document, Owner, documents, head_id
from search.cluster.schema import (
    VERSION,
    Names,
    begin_coming,
    ensure_index,
    ensure_writing_alias,
    indexes_of,
    version_of,
    writing_alias,
)

_BYTES = 4 << 20  # of one request, unless a document has more by itself
_UNDER_WAY = 2  # requests of one loader: while the cluster works on one, the next is made
_PATIENCE = 120.0  # seconds that a request is tried again while the cluster is at its limit, or changes its nodes
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 10.0
_LONG = 600  # seconds for what the cluster does to all documents of an object
_TRIED_AGAIN = 429, 503  # of one document among others
_HEADS = 1000  # of one answer
_TIMES = 3  # a load is begun, while indexes are switched under it
_RESULTS = "errors,items.*.status,items.*.error.type,items.*.error.reason"
_NO_INDEX = "index_not_found_exception"
_REDESCRIBE = "ctx._source.policy = params.policy; ctx._source.collections = params.collections"


class Refused(StoreUnavailable):
    """Documents of one object that the cluster refuses, and would again; others it may take."""


class IndexGone(StoreUnavailable):
    """An index that has been removed, as its successor is in use by now."""

    def __init__(self, index: str) -> None:
        super().__init__(f"The index {index} has been removed meanwhile.", "Try again.")


@dataclass(frozen=True, slots=True)
class _Action:
    """One document on its way, as two lines of a bulk request."""

    lines: bytes

    def __len__(self) -> int:
        return len(self.lines)


class Loader:
    """Puts objects into the cluster of the settings. Not to be carried over a fork."""

    def __init__(self, settings: Settings, client: OpenSearch | None = None) -> None:
        self._client = connect(settings, seconds=60) if client is None else client
        self._shards, self._replicas = settings.opensearch_shards, settings.opensearch_replicas
        self.names = Names(settings.opensearch_index)

    @property
    def client(self) -> OpenSearch:
        """Return the client that loads."""
        return self._client

    def targets(self) -> list[str]:
        """Return the index in use, made if there is none, and the one that is being made beside it, if one is."""
        used = ensure_index(self._client, self.names, self._shards, self._replicas)
        coming = [index for index in indexes_of(self._client, self.names.coming) if index != used]
        if version_of(used) == VERSION:
            return [used, *coming]
        if coming:
            return coming
        raise StoreUnavailable(
            f"The index {used} was made by another release.", "Run `lectern reindex`, which makes it anew."
        )

    def used(self) -> str | None:
        """Return the index in use, None if there is none."""
        return next(iter(indexes_of(self._client, self.names.pages)), None)

    def coming(self) -> str:
        """Return the index that is being made beside the one in use: one that was begun, else a new one."""
        begun = [index for index in indexes_of(self._client, self.names.coming) if version_of(index) == VERSION]
        return begun[0] if begun else begin_coming(self._client, self.names, self._shards, self._replicas)

    def keys_in(self, index: str) -> set[str]:
        """Return the generations, by their keys, that an index has whole: their last document is of the head."""
        return {owner.key for owner in self.owners_in(index)}

    def owners_in(self, index: str) -> Iterator[Owner]:
        """Yield what the heads of all generations in an index say of them, in the order of their keys.

        Collections are in the order of their names. A head's document is large: it is not opened for that.
        """
        body: dict[str, Any] = {"size": _HEADS, "query": HEADS, "sort": ["key"]}
        body |= {"_source": False, "docvalue_fields": ["object", "generation", "policy", "collections"]}
        while True:
            with asking("The objects of the cluster"):
                self._client.indices.refresh(index=index)
                answer = self._client.search(index=index, body=body, params={"allow_partial_search_results": "false"})
            hits = answer["hits"]["hits"]
            for said in (hit["fields"] for hit in hits):
                (name,), (generation,), (policy,) = said["object"], said["generation"], said["policy"]
                yield Owner(name, int(generation), policy, tuple(said.get("collections", ())))
            if len(hits) < _HEADS:
                return
            body["search_after"] = hits[-1]["sort"]

    def load(self, pack: PackFile, owner: Owner) -> int:
        """Put an object into the index in use, and one that is being made; returns the number of its documents.

        When this returns they are found, all of them. Raises StoreUnavailable or Overloaded when the cluster does not
        take them in two minutes: what it took stays, and is replaced by the next attempt or removed by `keep_only`.
        """
        counts: list[int] = []
        what = f"The documents of {owner.object} were not loaded"
        self._in_each_target(what, lambda index: counts.append(self.load_into(index, pack, owner)))
        return counts[-1]

    def load_into(self, index: str, pack: PackFile, owner: Owner) -> int:
        """Put an object into one index; otherwise as `load`. Raises IndexGone when the index is there no more."""
        ensure_writing_alias(self._client, index)
        count, last = 0, deque[_Action]()
        with _Bulk(self._client, index, owner.object) as bulk:
            for name, document in documents(pack, owner):
                count += 1
                last.append(_action(name, document))
                if len(last) > 1:
                    bulk.add(last.popleft())
            bulk.drain()
            # The first document is of a page or the head itself, so there always is one left. With it the shard makes
            # all of them to be found.
            bulk.send_last(last.popleft())
        found = self.count(index, owner)
        if found != count:
            raise StoreUnavailable(
                f"Of the {count} documents of {owner.object} the cluster has {found}.",
                "Somebody removes them while they are loaded: let one process at a time write an object.",
            )
        return count

    def count(self, index: str, owner: Owner) -> int:
        """Return how many documents of one generation an index has."""
        query = {"query": {"term": {"key": owner.key}}}
        with asking(f"The number of documents of {owner.object}"):
            try:
                return int(self._client.count(index=index, body=query, routing=owner.object)["count"])
            except NotFoundError as error:
                raise IndexGone(index) from error

    def has(self, owner: Owner) -> bool:
        """Return whether the index in use has a generation of an object whole: its last document is there."""
        last = head_id(owner.key, 0)
        with asking(f"The documents of {owner.object}"):
            return bool(self._client.exists(index=self.names.pages, id=last, routing=owner.object))

    def keys_of(self, object_id: str) -> set[str]:
        """Return the generations, by their keys, of which the index in use has anything of an object."""
        body = {
            "size": 0,
            "query": {"term": {"object": object_id}},
            "aggs": {"keys": {"terms": {"field": "key", "size": 1000}}},
        }
        with asking(f"The documents of {object_id}"):
            try:
                found = self._client.search(index=self.names.pages, body=body, routing=object_id)
            except NotFoundError:
                return set()
        return {bucket["key"] for bucket in found["aggregations"]["keys"]["buckets"]}

    def keep_only(self, object_id: str, keys: Iterable[str], newest: int) -> None:
        """Remove every document of an object that is of none of these generations, and of none after the `newest`.

        That is the newest that whoever asks knows of: what another loads meanwhile is newer, and stays.
        """
        must_not = [{"terms": {"key": sorted(keys)}}]
        known = [{"term": {"object": object_id}}, {"range": {"generation": {"lte": newest}}}]
        query = {"bool": {"filter": known, "must_not": must_not}}
        what = f"The former documents of {object_id}"

        def once(index: str) -> None:
            self._client.indices.refresh(index=index)  # so that those go too that nobody finds yet
            self._act(what, self._client.delete_by_query, index, object_id, query)

        self._in_each_target(f"{what} were not changed", lambda index: patiently(what, partial(once, index)))

    def describe(self, key: Key, state: Callable[[], Owner | None]) -> set[Owner | None]:
        """Have the documents of a generation say under which policy and in which collections it is.

        `state` tells that, or None where it is no more and nothing is to be said; returns all that it told. It is asked
        after the documents were looked at, and those are left that somebody has written since: so of several who
        describe at once the last to ask prevails, however long one of them halts.
        """
        told: set[Owner | None] = set()
        query = {"term": {"key": str(key)}}

        def once(index: str) -> None:
            count, newest = self._written(index, key.object, query)
            now = state()
            told.add(now)
            if now is None or not count:
                return
            known = {"bool": {"filter": [query, {"range": {"_seq_no": {"lte": newest}}}]}}
            script = {"source": _REDESCRIBE, "lang": "painless", "params": now.members()}
            changed = self._act(what, self._client.update_by_query, index, key.object, known, script=script)
            if changed < count:
                raise _busy(what)

        what = f"The documents of {key.object}"
        self._in_each_target(f"{what} were not changed", lambda index: patiently(what, partial(once, index)))
        return told

    def _written(self, index: str, object_id: str, query: dict[str, Any]) -> tuple[int, int]:
        """Return how many documents there are, and the number of the newest writing among them in their shard."""
        self._client.indices.refresh(index=index)
        body = {"query": query, "size": 1, "sort": [{"_seq_no": "desc"}], "_source": False, "track_total_hits": True}
        hits = self._client.search(index=index, body=body, routing=object_id)["hits"]
        return int(hits["total"]["value"]), max((hit["sort"][0] for hit in hits["hits"]), default=0)

    def _act(
        self, what: str, act: Callable[..., Any], index: str, object_id: str, query: dict[str, Any], **more: Any
    ) -> int:
        """Do something to documents of an object in an index; returns to how many. Raises StoreUnavailable."""
        places = {"routing": object_id, "request_timeout": _LONG, "conflicts": "proceed", "refresh": True}
        result = act(index=index, body={"query": query, **more}, **places)
        if result["failures"] or result["version_conflicts"]:
            raise _busy(what)
        return int(result["total"])

    def _in_each_target(self, failure: str, act: Callable[[str], Any]) -> None:
        """Do something once in every index that is written, in those too that come into use meanwhile."""
        done: set[str] = set()
        for _ in range(_TIMES):
            missing = [index for index in self.targets() if index not in done]
            if not missing:
                return
            for index in missing:
                with suppress(IndexGone, NotFoundError):  # it has been removed meanwhile
                    act(index)
                    done.add(index)
        raise StoreUnavailable(f"{failure}: the index was switched again and again.", "Try again.")


def patiently(what: str, act: Callable[[], Any]) -> Any:
    """Return what an act on the cluster returns, tried again while the cluster is at its limit or loses a node.

    Raises StoreUnavailable or Overloaded when that lasts longer than two minutes.
    """
    end, wait = time.monotonic() + _PATIENCE, _FIRST_WAIT
    while True:
        try:
            with asking(what):
                return act()
        except (Refused, IndexGone):
            raise
        except (StoreUnavailable, Overloaded):
            if time.monotonic() + wait > end:
                raise
        time.sleep(wait * random.uniform(0.7, 1.3))
        wait = min(2 * wait, _LONGEST_WAIT)


def _busy(what: str) -> StoreUnavailable:
    return StoreUnavailable(f"{what} cannot all be changed just now.", "Try again.")


def _action(name: str, document: Document) -> _Action:
    lines = orjson.dumps({"index": {"_id": name}}), orjson.dumps(document), b""
    return _Action(b"\n".join(lines))


class _Bulk:
    """Requests of many documents of one object: a bounded number of bytes in each, and of them under way."""

    def __init__(self, client: OpenSearch, index: str, object_id: str) -> None:
        self._client = client
        self._index = index
        self._object = object_id
        self._pool = ThreadPoolExecutor(_UNDER_WAY)
        self._under_way: deque[Future[None]] = deque()
        self._waiting: list[_Action] = []
        self._bytes = 0

    def __enter__(self) -> "_Bulk":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def add(self, action: _Action) -> None:
        """Take a document on, and wait if as many as may be are under way already."""
        if self._waiting and self._bytes + len(action) > _BYTES:
            self._send()
        self._waiting.append(action)
        self._bytes += len(action)

    def drain(self) -> None:
        """Send what waits, and return when all of it is in the cluster."""
        if self._waiting:
            self._send()
        while self._under_way:
            self._under_way.popleft().result()

    def send_last(self, action: _Action) -> None:
        """Send the last document, after which all are found."""
        self._deliver([action], refresh=True)

    def _send(self) -> None:
        while len(self._under_way) >= _UNDER_WAY:
            self._under_way.popleft().result()
        self._under_way.append(self._pool.submit(self._deliver, self._waiting))
        self._waiting, self._bytes = [], 0

    def _deliver(self, actions: list[_Action], *, refresh: bool = False) -> None:
        left = actions

        def once() -> None:
            nonlocal left
            left = self._post(left, refresh=refresh)
            if left:
                raise Overloaded(f"The cluster takes no more documents of {self._object} just now.", "Try again.")

        patiently(f"A place for documents of {self._object}", once)

    def _post(self, actions: list[_Action], *, refresh: bool) -> list[_Action]:
        """Send documents; returns those that the cluster had no room for.

        Raises Refused for any it refuses, IndexGone when the index is there no more.
        """
        params: dict[str, Any] = {"routing": self._object, "filter_path": _RESULTS, "require_alias": "true"}
        if refresh:
            params["refresh"] = "true"
        body = b"".join(action.lines for action in actions)
        answer = self._client.transport.perform_request(
            "POST",
            f"/{writing_alias(self._index)}/_bulk",
            params=params,
            body=body,
            headers={"content-type": "application/x-ndjson"},
        )
        if not answer["errors"]:
            return []
        results = list(_results(answer))
        refused = [each for each in results if each["status"] >= 300 and each["status"] not in _TRIED_AGAIN]
        if any(each["error"]["type"] == _NO_INDEX for each in refused):
            raise IndexGone(self._index)
        if refused:
            raise _refusal(self._object, refused)
        return [action for action, each in zip(actions, results, strict=True) if each["status"] in _TRIED_AGAIN]


def _results(answer: Any) -> Iterator[dict[str, Any]]:
    for item in answer["items"]:
        yield from item.values()


def _refusal(object_id: str, refused: list[dict[str, Any]]) -> Refused:
    error = refused[0]["error"]
    return Refused(
        f"The cluster refuses {len(refused)} documents of {object_id}: {error['type']}, {error.get('reason', '')}.",
        "`lectern check` compares its index with this release; `lectern reindex` makes the index anew.",
    )

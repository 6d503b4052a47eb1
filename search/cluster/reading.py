"""One object as a cluster holds it: its header pack, and its pages' tokens and words where they are asked for.

Everything is asked of one generation of one object, on the one shard that has it. What comes back is whole, or it is
refused: pages that are gone with their generation raise PackError, so that whoever asks looks at the row anew.
"""

from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError

from lectern.catalogue import ObjectRow
from lectern.errors import PackError, StoreUnavailable
from lectern.pack import PackFile
from search.cluster.clauses import HEADS, Clause, every
from search.cluster.client import asking, no_index
from search.cluster.documents import head_id, header_of_chunks, key_of, page_id
from search.cluster.tokens import PageTokens

_MOST_FETCHED = 500  # documents of one answer: some megabytes
_MOST_HELD = 32  # pages whose words come with their tokens
_MOST_HEADS = 32  # header packs of one answer: some megabytes
_NUMBERS = ("n",)
_PACKED = ("n", "packed")
_HEAD = ("key", "chunk", "chunks", "data")
_WINDOW = 10_000  # hits of one answer, which is the most that a cluster gives

_Hit = dict[str, Any]


class Incomplete(PackError):
    """An object of which the cluster does not have all."""

    def __init__(self, detail: str, remedy: str, object_id: str) -> None:
        super().__init__(detail, remedy)
        self.object_id = object_id


def tokens_of(object_id: str, packed: str) -> PageTokens:
    """Return the tokens of a page; raises Incomplete, which names the object, for spoilt ones."""
    try:
        return PageTokens(packed)
    except PackError as error:
        raise Incomplete(error.detail, error.remedy, object_id) from error


class ObjectInCluster:
    """One generation of an object in the cluster. All methods raise StoreUnavailable and Overloaded, too."""

    def __init__(
        self,
        client: Callable[[], OpenSearch],
        index: str,
        object_id: str,
        generation: int,
        *,
        seconds: float | None = None,
    ) -> None:
        """Take what gives the client, the name of the index or alias, and which generation of which object it is.

        `seconds` is the longest that a search may take in the cluster; None leaves it to the client.
        """
        self._limit = {} if seconds is None else {"timeout": f"{max(1, round(seconds * 1000))}ms"}
        # Documents by their ids come at once or not at all: half of the time is left for another node.
        self._wait = {} if seconds is None else {"request_timeout": max(1, seconds / 2)}
        self._client = client
        self._index = index
        self._object = object_id
        self.key = key_of(object_id, generation)
        self._held: OrderedDict[tuple[str, int], bytes] = OrderedDict()  # words of pages whose tokens were asked for
        self._lock = Lock()

    def header_pack(self) -> bytes:
        """Return the object's header pack; raises PackError if the cluster does not have (all of) it."""
        found = list(self._heads(0))
        for chunk in range(1, int(found[0]["chunks"])) if found else ():
            found += self._heads(chunk)
        whole = header_of_chunks(found)
        if whole is None:
            raise self._gone()
        return whole

    def _heads(self, chunk: int) -> list[dict[str, Any]]:
        own = [{"term": {"key": self.key}}, {"term": {"kind": "head"}}, {"term": {"chunk": chunk}}]
        return list(map(_fields, _hits(self._searched({"query": {"bool": {"filter": own}}, "size": 1}, _HEAD))))

    def blocks(self, part: str, pages: Sequence[int]) -> list[bytes]:
        """Return the encoded words of pages (from 0) of a part; raises PackError if any is not there."""
        with self._lock:
            held = {page: self._held.pop((part, page)) for page in pages if (part, page) in self._held}
        missing = [page for page in pages if page not in held]
        documents = self._pages(part, missing, "w")
        held |= {page: b64decode(found["w"]) for page, found in zip(missing, documents, strict=True)}
        return [held[page] for page in pages]

    def tokens(self, part: str, pages: Sequence[int]) -> list[PageTokens]:
        """Return the tokens of pages (from 0) of a part; raises PackError if any is not there."""
        if len(pages) <= _MOST_HELD:
            return self._tokens_with_words(part, pages)
        found: dict[int, PageTokens] = {}
        for start in range(0, len(pages), _MOST_FETCHED):
            wanted = [page + 1 for page in pages[start : start + _MOST_FETCHED]]
            body = {"query": self._own(part, {"terms": {"n": wanted}}), "size": len(wanted)}
            found |= self._tokens_in(_hits(self._searched(body, _PACKED)))
        if len(found) < len(pages):
            raise self._gone()
        return [found[page] for page in pages]

    def _tokens_with_words(self, part: str, pages: Sequence[int]) -> list[PageTokens]:
        """Return the tokens of few pages, whose words are kept for a moment: what is found there is shown next."""
        documents = self._pages(part, pages, "packed,w")
        with self._lock:
            for page, found in zip(pages, documents, strict=True):
                self._held[part, page] = b64decode(found["w"])
            while len(self._held) > _MOST_HELD:
                self._held.popitem(last=False)
        return [self._tokens_of(found["packed"]) for found in documents]

    def matching(self, part: str, clause: Clause, pages: int) -> list[int]:
        """Return in order the pages (from 0) of a part that a clause matches.

        Raises PackError unless all of its `pages` are there to be matched, by the same look at the index.
        """
        found: list[int] = []
        for begin in range(0, pages, _WINDOW):
            end = min(begin + _WINDOW, pages)
            found += map(_page_of, self._matching(part, clause, begin, end))
        return sorted(found)

    def matching_tokens(self, part: str, clause: Clause, pages: int) -> dict[int, PageTokens]:
        """Return the pages that a clause matches as `matching` does, with their tokens; of few pages at most."""
        return dict(sorted(self._tokens_in(self._matching(part, clause, 0, pages, packed=True)).items()))

    def require(self) -> None:
        """Return if the object is there; raises PackError if not."""
        self._documents([head_id(self.key, 0)], "chunks")

    def check(self, pages: int) -> None:
        """Return if all pages of the text are there; raises PackError if not."""
        self.matching("", {"match_none": {}}, pages)

    def _matching(self, part: str, clause: Clause, begin: int, end: int, *, packed: bool = False) -> Sequence[_Hit]:
        window = [{"range": {"n": {"gt": begin, "lte": end}}}] if end - begin == _WINDOW or begin else []
        body = {
            "query": self._own(part, *window),
            "post_filter": clause,  # so that one look tells which match, and whether all are there
            "aggs": {"all": {"value_count": {"field": "n"}}},
            "size": end - begin,
        }
        answer = self._searched(body, _PACKED if packed else _NUMBERS)
        if answer["aggregations"]["all"]["value"] != end - begin:
            raise self._gone()
        return _hits(answer)

    def _own(self, part: str, *more: Clause) -> Clause:
        """Return the clause of the pages of a part: only pages are of one."""
        return {"bool": {"filter": [{"term": {"key": self.key}}, {"term": {"part": part}}, *more]}}

    def _searched(self, body: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
        """Return what a search over the object's one shard says, of all of it, with some fields beside documents."""
        more = {
            # Neither ids nor documents: these would take most of the time.
            "stored_fields": "_none_",
            "docvalue_fields": fields,
            "sort": ["_doc"],
            "track_total_hits": False,
            **self._limit,
        }
        parameters = {
            "routing": self._object,
            "allow_partial_search_results": "false",
            "filter_path": "timed_out,_shards.failed,aggregations,hits.hits.fields",
        }
        with asking(f"The words of {self._object}"):
            answer: dict[str, Any] = self._asked(
                lambda: self._client().search(index=self._index, body=body | more, params=parameters)
            )
        if answer.get("timed_out") or answer["_shards"]["failed"]:
            raise StoreUnavailable(f"The cluster did not look at all of {self._object}.", "Ask again in some seconds.")
        return answer

    def _pages(self, part: str, pages: Sequence[int], field: str) -> list[dict[str, Any]]:
        return self._documents([page_id(self.key, part, page + 1) for page in pages], field)

    def _documents(self, ids: Sequence[str], fields: str) -> list[dict[str, Any]]:
        """Return some fields of documents in the order of their ids; raises PackError if one is not there."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(ids), _MOST_FETCHED):
            found += self._some(ids[start : start + _MOST_FETCHED], fields)
        return found

    def _some(self, ids: Sequence[str], fields: str) -> list[dict[str, Any]]:
        with asking(f"The words of {self._object}"):
            answer = self._asked(
                lambda: self._client().mget(
                    index=self._index,
                    body={"ids": list(ids)},
                    params={
                        "routing": self._object,
                        "_source_includes": fields,
                        "filter_path": "docs._id,docs.found,docs._source,docs.error.type",
                        **self._wait,
                    },
                )
            )
        documents = answer["docs"]
        for failure in (document["error"]["type"] for document in documents if "error" in document):
            if failure == "index_not_found_exception":
                raise no_index(self._index)
            raise StoreUnavailable(f"The cluster cannot read {self._object} ({failure}).", "Ask again in some seconds.")
        if not all(document["found"] for document in documents):
            raise self._gone()
        return [document["_source"] for document in documents]

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except NotFoundError as error:
            raise no_index(self._index) from error

    def _tokens_in(self, hits: Iterable[_Hit]) -> dict[int, PageTokens]:
        return {_page_of(hit): self._tokens_of(hit["fields"]["packed"][0]) for hit in hits}

    def _tokens_of(self, packed: str) -> PageTokens:
        return tokens_of(self._object, packed)

    def _gone(self) -> PackError:
        return Incomplete(
            f"The cluster does not have all of {self.key}.",
            "Where it was ingested anew just now, ask again; else `lectern reindex` loads it anew.",
            self._object,
        )


def header_packs(
    client: Callable[[], OpenSearch], index: str, rows: Iterable[ObjectRow]
) -> Iterator[tuple[str, bytes]]:
    """Yield the header packs of objects by their keys, of those that the cluster has in one piece."""
    keys = [key_of(row.id, row.generation) for row in rows]
    for start in range(0, len(keys), _MOST_HEADS):
        some = keys[start : start + _MOST_HEADS]
        body = {
            "query": every((HEADS, {"terms": {"key": some}})),
            "stored_fields": "_none_",
            "docvalue_fields": _HEAD,
            "size": len(some),
            "sort": ["_doc"],
            "track_total_hits": False,
        }
        with asking("The cluster"):
            try:
                answer = client().search(index=index, body=body, params={"filter_path": "hits.hits.fields"})
            except NotFoundError as error:
                raise no_index(index) from error
        for head in map(_fields, _hits(answer)):
            whole = header_of_chunks([head])
            if whole is not None:
                yield head["key"], whole


def _fields(hit: _Hit) -> dict[str, Any]:
    return {name: values[0] for name, values in hit["fields"].items()}


def _hits(answer: dict[str, Any]) -> Sequence[_Hit]:
    found: Sequence[_Hit] = answer.get("hits", {}).get("hits", ())
    return found


def _page_of(hit: _Hit) -> int:
    return int(hit["fields"]["n"][0]) - 1


class ClusterPack(PackFile):
    """A header pack: all but the words and the tokens of the pages, which the cluster is asked for."""

    def __init__(self, path: Path, source: ObjectInCluster) -> None:
        """Open the file in which it is kept here; raises PackError when that is missing, torn, or of another format."""
        super().__init__(path)
        self.source = source

    @property
    def is_at_hand(self) -> bool:
        """Return that its words are not in it."""
        return False

    @property
    def part_name(self) -> str:
        """Return which part of the object this is of; empty for its text."""
        return self._part.rstrip(".")

    def blocks(self, pages: Sequence[int]) -> Sequence[bytes | memoryview]:
        """Return the words of pages (from 0), encoded, as the cluster has them."""
        return self.source.blocks(self.part_name, pages)

    def trusted_index(self, key: bytes) -> memoryview | None:
        """Return nothing, whatever came from the cluster: an index section is never taken from there."""
        del key
        return None

"""The index of pages in a cluster: its settings and fields, its versioned names, and the alias that all ask by."""

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, TransportError

from lectern.errors import StoreUnavailable
from search.cluster.client import asking
from search.cluster.documents import LONGEST

VERSION = 2  # raised with every change of what follows: then `lectern reindex` makes a new index
_ANALYZER = "tokens"


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called in the cluster of an installation, whose names begin with `prefix`."""

    prefix: str

    @property
    def pages(self) -> str:
        """Return the alias of the index that is asked and written."""
        return f"{self.prefix}-pages"

    @property
    def coming(self) -> str:
        """Return the alias of an index that is being made beside it: whoever writes writes there too."""
        return f"{self.prefix}-coming"

    @property
    def first(self) -> str:
        """Return the name of the index that is made at first use: any process that makes it makes the same one."""
        return f"{self.prefix}-pages-{VERSION}-0"

    @property
    def every(self) -> str:
        """Return the pattern of all indexes of pages."""
        return f"{self.prefix}-pages-*"

    def is_ours(self, index: str) -> bool:
        """Return whether an index is one of pages of this installation, and of no other whose prefix begins so."""
        return re.fullmatch(rf"{re.escape(self.prefix)}-pages-\d+-\d+", index) is not None

    def fresh(self) -> str:
        """Return a name for an index that is made beside the one in use."""
        return f"{self.prefix}-pages-{VERSION}-{time.time_ns() // 1_000_000}"


def version_of(index: str) -> int:
    """Return the version of the schema that an index was made with, 0 for a name that is not ours."""
    piece = index.rsplit("-", 2)[-2:-1]
    return int(piece[0]) if piece and piece[0].isdecimal() else 0


def writing_alias(index: str) -> str:
    """Return the alias by which an index is loaded, and which goes with it: so that no load makes a removed one again.

    A cluster makes an index that it is to write to and does not have, in whatever manner; an alias it does not make.
    """
    return f"{index}-in"


def ensure_writing_alias(client: OpenSearch, index: str) -> None:
    """Give an index its alias for loading if it has none: it is new, or came from a snapshot without aliases.

    An index that is not there is no failure here.
    """
    alias = writing_alias(index)
    with asking(f"The alias {alias}"), suppress(NotFoundError):
        if not client.indices.exists_alias(index=index, name=alias):
            client.indices.put_alias(index=index, name=alias)


def body(shards: int, replicas: int) -> dict[str, Any]:
    """Return settings and fields of an index of pages."""
    return {"settings": _settings(shards, replicas), "mappings": _mappings()}


def _settings(shards: int, replicas: int) -> dict[str, Any]:
    return {
        "index": {
            "number_of_shards": shards,
            "number_of_replicas": replicas,
            # Whoever loads refreshes at the end; stated, so that a shard nobody asks does not fall asleep.
            "refresh_interval": "10s",
            # In the order of answers, so that the first pages of one are found without looking at all.
            "sort": {"field": ["object", "canvas", "part", "n"], "order": ["asc"] * 4},
            "mapping": {"total_fields": {"limit": 50}},
        },
        "analysis": {
            "tokenizer": {"blanks": {"type": "whitespace", "max_token_length": 1 << 20}},
            "filter": {
                "terms": {"type": "pattern_capture", "preserve_original": False, "patterns": ["([^|]+)"]},
                "cut": {"type": "truncate", "length": LONGEST},
            },
            "analyzer": {_ANALYZER: {"type": "custom", "tokenizer": "blanks", "filter": ["terms", "cut"]}},
        },
    }


def _mappings() -> dict[str, Any]:
    keyword, integer = {"type": "keyword"}, {"type": "integer"}
    unseen = {"type": "binary"}  # in the document only
    beside = {"type": "binary", "doc_values": True}  # to be read without the document, which takes five times as long
    tokens = {"type": "text", "analyzer": _ANALYZER, "norms": False}
    return {
        "dynamic": "strict",
        "_routing": {"required": True},
        "properties": {
            "kind": keyword,
            "key": keyword,
            "object": keyword,
            "policy": keyword,
            "profile": keyword,
            "collections": keyword,
            "part": keyword,
            "generation": {"type": "long"},
            "n": integer,
            "canvas": integer,
            "t": tokens,
            "seam": tokens,
            "packed": beside,
            "w": unseen,
            "pages": integer,
            "chunk": integer,
            "chunks": integer,
            "data": beside,
            "words": {**tokens, "index_options": "docs"},
        },
    }


def indexes_of(client: OpenSearch, alias: str) -> list[str]:
    """Return the indexes behind an alias, in order of their names; none if there is no such alias."""
    with asking("The cluster"):
        try:
            return sorted(client.indices.get_alias(name=alias))
        except NotFoundError:
            return []


def ensure_index(client: OpenSearch, names: Names, shards: int, replicas: int) -> str:
    """Return the index that the alias leads to, made now if there is none: by any number of processes, once."""
    known = indexes_of(client, names.pages)
    if not known:
        content = body(shards, replicas) | {"aliases": {names.pages: {"is_write_index": True}}}
        with asking("The index of pages"):
            try:
                client.indices.create(index=names.first, body=content)
            except TransportError as error:
                # Another was quicker; or it has been made and switched since: no two may be written by one alias.
                if error.error not in {"resource_already_exists_exception", "illegal_state_exception"}:
                    raise
        known = indexes_of(client, names.pages)
    if len(known) != 1:
        raise StoreUnavailable(
            f"The alias {names.pages} leads to {len(known)} indexes, not to one.",
            "`lectern reindex` makes one index anew and leads the alias to it alone.",
        )
    return known[0]


def begin_coming(client: OpenSearch, names: Names, shards: int, replicas: int) -> str:
    """Return a new, empty index beside the one in use, which from now on is written as well."""
    name = names.fresh()
    with asking("The new index of pages"):
        client.indices.create(index=name, body=body(shards, replicas) | {"aliases": {names.coming: {}}})
    return name


def switch(client: OpenSearch, names: Names, to: str) -> list[str]:
    """Lead the alias to another index, in one step; returns the indexes that it led to before."""
    before = [index for index in indexes_of(client, names.pages) if index != to]
    actions: list[dict[str, Any]] = [{"remove": {"index": index, "alias": names.pages}} for index in before]
    actions += [{"remove": {"index": index, "alias": names.coming}} for index in indexes_of(client, names.coming)]
    actions.append({"add": {"index": to, "alias": names.pages, "is_write_index": True}})
    with asking("The alias of pages"):
        client.indices.update_aliases(body={"actions": actions})
    return before


def left_over(client: OpenSearch, names: Names) -> list[str]:
    """Return the indexes of pages that no alias leads to: former ones, and those of a rebuild that was ended."""
    used = {*indexes_of(client, names.pages), *indexes_of(client, names.coming)}
    with asking("The cluster"):
        every = client.indices.get(index=names.every, allow_no_indices=True)
    return sorted(name for name in every if name not in used and names.is_ours(name))


def remove_indexes(client: OpenSearch, indexes: list[str]) -> None:
    """Remove indexes; those that are gone already are no failure."""
    with asking("The former index of pages"):
        for index in indexes:
            client.indices.delete(index=index, ignore_unavailable=True)

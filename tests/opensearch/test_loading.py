"""Loading objects into a real cluster: whole, once, bounded, and taken out again."""

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from lectern.catalogue_pending import Key
from lectern.errors import StoreUnavailable
from lectern.home import Home
from lectern.pack import PackFile
from lectern.settings import Settings
from lectern.words import Block, Line, Page, Text, Word
from search.cluster import loading, schema
from search.cluster.documents import Owner, documents, header_of_chunks
from search.cluster.loading import Loader
from search.packing import page_block, write_pack
from search.remarks import Remark, Target

_OWNER = Owner("book", 3, "open", ("shelf",))
_KEY = Key(_OWNER.object, _OWNER.generation)


def _page(text: str) -> Page:
    return Page([Block([Line([Word(word) for word in text.split()])])])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    return home


@pytest.fixture
def pack(home: Home) -> PackFile:
    pages = [_page(f"alpha number{n} l'homme {'word ' * 50}") for n in range(40)]
    remarks = [Remark("k", "beside it", (Target(2),))]
    return PackFile(write_pack(home, "book", 3, Text(pages), remarks=remarks, indexed=False).path)


@pytest.fixture
def loader(opensearch: list[str], names: schema.Names) -> Loader:
    return Loader(Settings(opensearch_urls=opensearch, opensearch_index=names.prefix, opensearch_replicas=0))


def _found(loader: Loader, owner: Owner, **query: object) -> list[dict[str, object]]:
    body = {"size": 1000, "query": {"bool": {"filter": [{"term": {"key": owner.key}}, *([query] if query else [])]}}}
    hits = loader.client.search(index=loader.names.pages, body=body, routing=owner.object)["hits"]["hits"]
    return [hit["_source"] for hit in hits]


def _told(docs: Iterable[Mapping[str, object]]) -> list[str]:
    return sorted(json.dumps(doc, sort_keys=True) for doc in docs)


def test_what_was_loaded_is_found_at_once_and_whole(loader, pack):
    assert loader.load(pack, _OWNER) == 42
    found = _found(loader, _OWNER)
    assert _told(found) == _told(doc for _, doc in documents(pack, _OWNER))
    assert [doc["n"] for doc in _found(loader, _OWNER, term={"t": "=number7"})] == [8]
    assert [
        doc["n"]
        for doc in _found(
            loader,
            _OWNER,
            term={"t": "=homme"},
        )
    ][:1]
    data = header_of_chunks(doc for doc in found if doc["kind"] == "head")
    assert data
    assert len(page_block(pack, 0)) > 0


def test_loading_twice_leaves_every_document_once(loader, pack):
    loader.load(pack, _OWNER)
    loader.load(pack, _OWNER)
    assert len(_found(loader, _OWNER)) == 42


def test_a_generation_goes_and_the_other_stays(loader, pack):
    newer = replace(_OWNER, generation=4)
    for owner in (_OWNER, newer, replace(_OWNER, object="other")):
        loader.load(pack, owner)
    assert loader.keys_of("book") == {"book@3", "book@4"}
    loader.keep_only("book", ["book@4"], 4)
    assert loader.keys_of("book") == {"book@4"}
    assert len(_found(loader, newer)) == 42
    assert loader.keys_of("other") == {"other@3"}
    loader.keep_only("book", [], 3)
    assert loader.keys_of("book") == {"book@4"}  # newer than what was known of: another may be loading it
    loader.keep_only("book", [], 4)
    assert loader.keys_of("book") == set()


def test_documents_say_their_new_policy_and_collections_and_nothing_else_changes(loader, pack):
    loader.load(pack, _OWNER)
    moved = replace(_OWNER, policy="closed", collections=("a", "b"))
    loader.describe(_KEY, lambda: moved)
    found = _found(loader, moved)
    assert _told(found) == _told(doc for _, doc in documents(pack, moved))
    assert len(_found(loader, moved, term={"policy": "closed"})) == 42
    assert _found(loader, moved, term={"t": "=number7"})[0]["collections"] == ["a", "b"]


def test_an_index_that_is_being_made_is_loaded_too_and_cleared_too(loader, pack, cluster_client: OpenSearch, names):
    used = loader.targets()
    coming = schema.begin_coming(cluster_client, names, 1, 0)
    assert loader.targets() == [*used, coming]
    loader.load(pack, _OWNER)
    assert [loader.count(index, _OWNER) for index in (*used, coming)] == [42, 42]
    loader.keep_only("book", [], 3)
    assert [loader.count(index, _OWNER) for index in (*used, coming)] == [0, 0]


def test_a_switch_during_a_load_has_it_loaded_into_the_new_index(loader, pack, cluster_client, names, monkeypatch):
    loader.targets()
    into = loader.load_into
    fresh: list[str] = []

    def switched(index, *rest):
        count = into(index, *rest)
        if not fresh:
            fresh.append(schema.begin_coming(cluster_client, names, 1, 0))
            schema.switch(cluster_client, names, fresh[0])
        return count

    monkeypatch.setattr(loader, "load_into", switched)
    loader.load(pack, _OWNER)
    assert loader.count(fresh[0], _OWNER) == 42


def test_a_load_whose_documents_are_taken_away_is_refused(loader, pack, monkeypatch):
    monkeypatch.setattr(loader, "count", lambda index, owner: 7)
    with pytest.raises(StoreUnavailable, match="Of the 42 documents of book the cluster has 7"):
        loader.load(pack, _OWNER)


def test_requests_stay_small_and_few(loader, pack, monkeypatch):
    monkeypatch.setattr(loading, "_BYTES", 5000)
    sizes, at_once, most = [], 0, 0
    lock = threading.Lock()
    post = loading._Bulk._post

    def watched(self, actions, *, refresh):
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        sizes.append(sum(map(len, actions)))
        try:
            return post(self, actions, refresh=refresh)
        finally:
            with lock:
                at_once -= 1

    monkeypatch.setattr(loading._Bulk, "_post", watched)
    loader.load(pack, _OWNER)
    assert len(sizes) > 4
    assert max(sizes[:-1]) <= 5000
    assert most <= 2


def test_documents_that_the_cluster_has_no_room_for_are_sent_again_and_no_others(loader, pack, monkeypatch):
    monkeypatch.setattr(loading, "_FIRST_WAIT", 0.01)
    post, sent = loading._Bulk._post, []

    def half(self, actions, *, refresh):
        sent.append(len(actions))
        if len(sent) == 1:
            assert post(self, actions[::2], refresh=refresh) == []
            return actions[1::2]
        return post(self, actions, refresh=refresh)

    monkeypatch.setattr(loading._Bulk, "_post", half)
    loader.load(pack, _OWNER)
    assert sent == [41, 20, 1]
    assert len(_found(loader, _OWNER)) == 42


def test_a_document_that_the_cluster_refuses_is_told_with_its_reason(loader, pack, monkeypatch):
    def odd(pack, owner):
        for name, doc in documents(pack, owner):
            yield name, {**doc, "foreign": 1}

    monkeypatch.setattr(loading, "documents", odd)
    with pytest.raises(StoreUnavailable, match="refuses 41 documents of book: strict_dynamic_mapping_exception"):
        loader.load(pack, _OWNER)


def test_an_object_without_a_page_has_its_head(loader, home):
    empty = PackFile(write_pack(home, "book", 9, Text([]), indexed=False).path)
    assert loader.load(empty, replace(_OWNER, generation=9)) == 1


def _switched(client: OpenSearch, names: schema.Names) -> str:
    """Make a new index, lead the alias to it, and remove the former one, as a rebuild does; returns the new one."""
    fresh = schema.begin_coming(client, names, 1, 0)
    schema.remove_indexes(client, schema.switch(client, names, fresh))
    return fresh


def test_a_load_does_not_make_a_removed_index_again_and_goes_into_its_successor(
    loader, pack, cluster_client, names, monkeypatch
):
    (used,) = loader.targets()
    deliver = loading._Bulk._deliver
    fresh: list[str] = []

    def late(self, actions, *, refresh=False):
        if not fresh:
            fresh.append(_switched(cluster_client, names))
        deliver(self, actions, refresh=refresh)

    monkeypatch.setattr(loading._Bulk, "_deliver", late)
    assert loader.load(pack, _OWNER) == 42
    assert not cluster_client.indices.exists(index=used)
    assert loader.count(fresh[0], _OWNER) == 42


def test_a_change_to_an_index_that_is_removed_meanwhile_is_made_in_its_successor(
    loader, pack, cluster_client, names, monkeypatch
):
    targets = loader.targets
    fresh: list[str] = []

    def former():
        found = targets()
        if not fresh:
            fresh.append(_switched(cluster_client, names))
            loader.load_into(fresh[0], pack, _OWNER)
        return found

    monkeypatch.setattr(loader, "targets", former)
    loader.describe(_KEY, lambda: replace(_OWNER, policy="closed"))
    assert len(_found(loader, _OWNER, term={"policy": "closed"})) == 42


def test_an_object_is_there_when_its_last_document_is(loader, pack, monkeypatch):
    assert not loader.has(_OWNER)
    with monkeypatch.context() as dying:
        dying.setattr(loading._Bulk, "send_last", lambda *_: (_ for _ in ()).throw(StoreUnavailable("", "")))
        with pytest.raises(StoreUnavailable):
            loader.load(pack, _OWNER)
    loader.client.indices.refresh(index=loader.names.pages)
    assert loader.keys_of("book") == {"book@3"}
    assert not loader.has(_OWNER)
    loader.load(pack, _OWNER)
    assert loader.has(_OWNER)

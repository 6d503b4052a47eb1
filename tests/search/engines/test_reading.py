"""How a cluster's objects are read: whole or not at all, in few questions, and nothing that came from it is trusted."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lectern.catalogue import ObjectRow
from lectern.errors import PackError, StoreUnavailable
from lectern.home import Home
from lectern.keys import INDEX_KEY
from lectern.settings import Settings
from search.cluster import inside
from search.cluster.client import connect
from search.cluster.library import ClusterLibrary
from search.cluster.reading import ClusterPack, ObjectInCluster
from search.cluster.tokens import TokenCache
from search.library import PackHandle
from search.searching import hits_of
from tests.search.books import book, row
from tests.search.engines.shelves import ClusterShelf
from tests.servers import free_port

TEXT = book(*[[f"page {n} of the harbour"] for n in range(30)])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what the cluster was asked meanwhile."""
    told: list[str] = []
    for name in ("_matching", "tokens", "_some"):
        own = getattr(ObjectInCluster, name)

        def noted(
            self: ObjectInCluster, *given: object, own: Callable[..., list[Any]] = own, name: str = name, **more: object
        ) -> list[Any]:
            told.append(name)
            return own(self, *given, **more)

        monkeypatch.setattr(ObjectInCluster, name, noted)
    return told


def _row(handle: PackHandle) -> ObjectRow:
    pack = handle._pack
    assert isinstance(pack, ClusterPack)
    return row(1, pack.source.key.partition("@")[0])


def test_a_search_asks_once_and_again_only_for_what_is_not_here(cluster_shelf: ClusterShelf, asked: list[str]):
    handle = cluster_shelf.put(TEXT)
    asked.clear()
    assert len(hits_of(handle, '"page 7"')) == 1
    assert asked == ["_matching"]
    assert len(hits_of(handle, '"page 7"')) == 1
    assert asked == ["_matching"]
    assert len(hits_of(handle, "page -7")) == 29
    assert asked == ["_matching", "_matching"]


def test_tokens_that_left_the_cache_are_asked_for_alone(
    cluster_shelf: ClusterShelf, asked: list[str], monkeypatch: pytest.MonkeyPatch
):
    handle = cluster_shelf.put(TEXT)
    monkeypatch.setattr(TokenCache, "keep", lambda *_: None)
    assert len(hits_of(handle, "harbour")) == 30
    asked.clear()
    assert len(hits_of(handle, "harbour")) == 30
    assert asked == ["tokens", "_some"]


def test_an_object_whose_tokens_are_here_is_not_asked_for(cluster_shelf: ClusterShelf, asked: list[str]):
    handle = cluster_shelf.put(TEXT)
    assert len(hits_of(handle, "harbour")) == 30
    asked.clear()
    assert len(hits_of(handle, '"the harbour" OR page')) == 60
    assert asked == []


def test_a_small_object_is_had_at_once(cluster_shelf: ClusterShelf, asked: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inside, "_FEW_PAGES", 16)
    handle = cluster_shelf.put(book(["one"], ["two"]))
    asked.clear()
    assert len(hits_of(handle, "one")) == len(hits_of(handle, "two")) == 1
    assert asked == ["tokens", "_some"]


def test_words_of_pages_come_together(cluster_shelf: ClusterShelf, asked: list[str]):
    handle = cluster_shelf.put(TEXT)
    asked.clear()
    assert [words.texts[1] for words in handle.pages_in_turn(range(1, 31))] == [str(n) for n in range(30)]
    assert [handle.page(n).texts[1] for n in (3, 9)] == ["2", "8"]
    assert asked == ["_some"]


def test_of_a_generation_that_is_gone_or_going_no_answer_is_given(cluster_shelf: ClusterShelf):
    handle = cluster_shelf.put(TEXT)
    name, client = _row(handle).id, cluster_shelf.loader.client
    client.delete(index=cluster_shelf.index, id=f"{name}@1:7", routing=name, refresh=True)
    with pytest.raises(PackError, match="does not have all of"):
        hits_of(handle, "nowhere")
    with pytest.raises(PackError):
        handle.page(7)
    assert handle.page(8).texts[1] == "7"
    cluster_shelf.loader.keep_only(name, (), 1)
    for q in ("harbour", '"page 3"', "har* -page"):
        with pytest.raises(PackError):
            hits_of(handle, q)
    with pytest.raises(PackError):
        cluster_shelf.library.require(_row(handle))


def test_an_object_that_the_cluster_does_not_have_cannot_be_opened(cluster_shelf: ClusterShelf):
    with pytest.raises(PackError, match="reindex"):
        cluster_shelf.library.open(row(1, "nothing"))
    with pytest.raises(PackError):
        cluster_shelf.library.open(row(1, "nothing"), ((0, 0),))


def test_any_node_reads_what_another_loaded(cluster_shelf: ClusterShelf, tmp_path: Path):
    first = cluster_shelf.put(TEXT)
    client = cluster_shelf.loader.client
    other = ClusterLibrary(Home(tmp_path), lambda: client, cluster_shelf.index, 10)
    handle = other.open(_row(first))
    assert hits_of(handle, '"the harbour"') == hits_of(first, '"the harbour"')
    assert other.open(_row(first)) is handle
    other.verify(_row(first))


def test_a_header_pack_that_was_spoilt_here_is_fetched_anew(cluster_shelf: ClusterShelf, tmp_path: Path):
    client, known = cluster_shelf.loader.client, _row(cluster_shelf.put(TEXT))
    for spoil in (lambda path: path.write_bytes(b"torn"), lambda path: path.unlink()):
        library = ClusterLibrary(Home(tmp_path), lambda: client, cluster_shelf.index, 10)
        library.open(known)
        (path,) = (tmp_path / "cache" / "cluster").rglob("*.pack")
        spoil(path)
        again = ClusterLibrary(Home(tmp_path), lambda: client, cluster_shelf.index, 10)
        assert len(hits_of(again.open(known), "harbour")) == 30
    whole = path.read_bytes()
    path.write_bytes(whole[:-4] + b"\0\1\2\3")
    again = ClusterLibrary(Home(tmp_path), lambda: client, cluster_shelf.index, 10)
    with pytest.raises(PackError, match="spoilt"):
        again.verify(known)
    again.verify(known)
    assert path.read_bytes() == whole


def test_no_index_is_ever_taken_from_a_cluster(cluster_shelf: ClusterShelf, tmp_path: Path):
    handle = cluster_shelf.put(TEXT)
    pack = handle._pack
    assert isinstance(pack, ClusterPack)
    assert {name for name, _ in pack.sections()}.isdisjoint({"index", "blocks", "tokens"})
    assert pack.trusted_index(Home(tmp_path).key(INDEX_KEY)) is None
    assert not list(cluster_shelf.home.path.glob("index/*/*.pack"))


def test_a_cluster_that_does_not_answer_is_a_store_that_is_not_available(tmp_path: Path):
    client = connect(Settings(opensearch_urls=[f"http://127.0.0.1:{free_port()}"]))
    library = ClusterLibrary(Home(tmp_path), lambda: client, "lectern-pages", 10)
    with pytest.raises(StoreUnavailable, match="no node"):
        library.open(row(1, "book"))


def test_an_index_that_is_not_there_is_told(cluster_shelf: ClusterShelf, tmp_path: Path):
    client = cluster_shelf.loader.client
    library = ClusterLibrary(Home(tmp_path), lambda: client, "nowhere-pages", 10)
    with pytest.raises(StoreUnavailable, match="no index nowhere-pages"):
        library.open(row(1, "book"))


def test_header_packs_that_nobody_opens_go(cluster_shelf: ClusterShelf, tmp_path: Path):
    client, rows = cluster_shelf.loader.client, [_row(cluster_shelf.put(TEXT)) for _ in range(3)]
    library = ClusterLibrary(Home(tmp_path), lambda: client, cluster_shelf.index, 10, most_bytes=1)
    for each in rows:
        library.open(each)
    folder = tmp_path / "cache" / "cluster"
    library._sweep()
    assert len(list(folder.rglob("*.pack"))) == 3, "somebody may be about to open them"
    for path in folder.rglob("*.pack"):
        os.utime(path, (1, 1))
    library._sweep()
    assert not list(folder.rglob("*.pack"))
    assert len(hits_of(library.open(rows[0]), "harbour")) == 30


def test_header_packs_that_nobody_opened_for_long_go_with_the_next_opening(cluster_shelf: ClusterShelf, tmp_path: Path):
    client, rows = cluster_shelf.loader.client, [_row(cluster_shelf.put(TEXT)) for _ in range(2)]
    ClusterLibrary(Home(tmp_path), lambda: client, cluster_shelf.index, 10).open(rows[0])
    folder = tmp_path / "cache" / "cluster"
    (old,) = folder.rglob("*.pack")
    for path in (old, folder / ".swept"):
        os.utime(path, (1, 1))
    ClusterLibrary(Home(tmp_path), lambda: client, cluster_shelf.index, 10).open(rows[1])
    assert not old.exists()
    assert len(list(folder.rglob("*.pack"))) == 1

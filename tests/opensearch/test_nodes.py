"""A cluster of three nodes of which one is killed: what is being loaded is loaded, what was loaded is there."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lectern.home import Home
from lectern.pack import PackFile
from lectern.settings import Settings
from lectern.words import Block, Line, Page, Text, Word
from search.cluster import loading
from search.cluster.documents import Owner
from search.cluster.loading import Loader
from search.packing import write_pack
from tests.opensearch import rig
from tests.opensearch.plugin import needs_opensearch

_PAGES = 300


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Cluster]:
    needs_opensearch()
    with rig.cluster(tmp_path_factory.mktemp("nodes"), 3) as running:
        yield running


@pytest.fixture
def pack(tmp_path: Path) -> PackFile:
    home = Home(tmp_path)
    home.prepare()
    pages = [Page([Block([Line([Word(f"w{n}"), Word("common")])])]) for n in range(_PAGES)]
    return PackFile(write_pack(home, "book", 1, Text(pages), indexed=False).path)


def test_a_node_that_is_killed_costs_a_load_time_and_no_document(nodes: rig.Cluster, pack, monkeypatch):
    monkeypatch.setattr(loading, "_BYTES", 4000)
    settings = Settings(opensearch_urls=nodes.urls, opensearch_index="nodes", opensearch_shards=3)
    loader = Loader(settings)
    owners = [Owner(f"book-{n}", 1, "open", ()) for n in range(6)]
    loader.load(pack, owners[0])
    loader.client.cluster.health(params={"wait_for_status": "green", "timeout": "60s", "request_timeout": 70})
    killing = threading.Timer(0.3, nodes.nodes[0].kill)
    killing.start()
    for owner in owners[1:]:
        loader.load(pack, owner)
    killing.join()
    again = Loader(settings)
    for owner in owners:
        assert again.count(again.names.pages, owner) == _PAGES + 1
    again.load(pack, replace(owners[0], generation=2))
    again.keep_only("book-0", ["book-0@2"], 2)
    assert again.keys_of("book-0") == {"book-0@2"}

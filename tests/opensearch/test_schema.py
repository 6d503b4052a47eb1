"""The index of pages on a real cluster: made once, strict, analysed as we read it, switched in one step."""

import itertools
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from opensearchpy import OpenSearch
from opensearchpy.exceptions import RequestError, TransportError

from lectern.errors import Overloaded, StoreUnavailable
from lectern.settings import Settings
from search.cluster import schema
from search.cluster.client import asking, connect
from search.cluster.documents import LONGEST
from tests.servers import free_port


def test_many_processes_make_one_index(cluster_client: OpenSearch, names):
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: schema.ensure_index(cluster_client, names, 1, 0), range(6)))
    assert set(made) == {names.first}
    assert schema.version_of(names.first) == schema.VERSION


def test_a_switch_leads_the_alias_to_the_new_index_alone(cluster_client: OpenSearch, names):
    first = schema.ensure_index(cluster_client, names, 1, 0)
    coming = schema.begin_coming(cluster_client, names, 1, 0)
    assert schema.indexes_of(cluster_client, names.coming) == [coming]
    assert schema.left_over(cluster_client, names) == []
    assert schema.switch(cluster_client, names, coming) == [first]
    assert schema.indexes_of(cluster_client, names.pages) == [coming]
    assert schema.indexes_of(cluster_client, names.coming) == []
    assert schema.left_over(cluster_client, names) == [first]
    schema.remove_indexes(cluster_client, [first])
    assert schema.left_over(cluster_client, names) == []


def test_nobody_makes_a_second_index_behind_the_alias(cluster_client: OpenSearch, names):
    first = schema.ensure_index(cluster_client, names, 1, 0)
    coming = schema.begin_coming(cluster_client, names, 1, 0)
    schema.switch(cluster_client, names, coming)
    schema.remove_indexes(cluster_client, [first])
    content = schema.body(1, 0) | {"aliases": {names.pages: {"is_write_index": True}}}
    with pytest.raises(TransportError) as refused:
        cluster_client.indices.create(index=names.first, body=content)
    assert refused.value.error == "illegal_state_exception"
    assert schema.ensure_index(cluster_client, names, 1, 0) == coming


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("=well-known|=well|=known|+wellknown =beta", ["=well-known", "=well", "=known", "+wellknown", "=beta"]),
        ("- =a%20b ~en:hous", ["-", "=a%20b", "~en:hous"]),
        ("=" + "a" * 3000, ["=" + "a" * (LONGEST - 1)]),
    ],
)
def test_the_cluster_sees_the_terms_of_a_page_as_we_write_them(cluster_client: OpenSearch, names, text, terms):
    index = schema.ensure_index(cluster_client, names, 1, 0)
    seen = cluster_client.indices.analyze(index=index, body={"field": "t", "text": text})["tokens"]
    assert [token["token"] for token in seen] == terms


def test_the_terms_of_a_position_share_it_in_the_cluster(cluster_client: OpenSearch, names):
    index = schema.ensure_index(cluster_client, names, 1, 0)
    seen = cluster_client.indices.analyze(index=index, body={"field": "t", "text": "=a|+b =c"})["tokens"]
    positions = [token["position"] for token in seen]
    assert [b - a for a, b in itertools.pairwise(positions)] == [0, 1]


def test_a_field_that_the_schema_does_not_know_is_refused(cluster_client: OpenSearch, names):
    index = schema.ensure_index(cluster_client, names, 1, 0)
    with pytest.raises(RequestError):
        cluster_client.index(index=index, id="x", routing="x", body={"kind": "page", "foreign": 1})


def test_no_node_that_answers_is_a_store_that_is_not_available():
    settings = Settings(opensearch_urls=[f"http://127.0.0.1:{free_port()}"])
    with pytest.raises(StoreUnavailable, match="no node of the cluster answers"), asking("The word"):
        connect(settings).info()


def test_a_node_that_does_not_answer_is_passed_over(opensearch):
    settings = Settings(opensearch_urls=[f"http://127.0.0.1:{free_port()}", *opensearch])
    client = connect(settings)
    for _ in range(4):
        with asking("The cluster"):
            assert client.info()["version"]["distribution"] == "opensearch"


def test_a_cluster_at_its_limit_is_told_as_such(cluster_client: OpenSearch, names):
    with pytest.raises(Overloaded), asking("The word"):
        raise TransportError(429, "rejected_execution_exception", {})


@contextmanager
def _halted() -> Iterator[str]:
    """Yield the address of a node that takes connections and says nothing, as a process that is stopped does."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _seconds_of(ask: Callable[[], object]) -> float:
    begun = time.monotonic()
    with suppress(StoreUnavailable), asking("The cluster"):
        ask()
    return time.monotonic() - begun


def test_a_node_that_hangs_costs_one_request_and_none_until_it_answers(opensearch):
    with _halted() as halted:
        client = connect(Settings(opensearch_urls=[halted, *opensearch]), seconds=2)
        taken = [_seconds_of(client.info) for _ in range(6)]
        assert sum(seconds > 1.9 for seconds in taken) == 1, taken
        (_, node), pool = client.transport.connection_pool.dead.get(), client.transport.connection_pool
        pool.dead.put((0, node))  # its time is over, and it still hangs
        taken = [_seconds_of(client.info) for _ in range(6)]
        assert max(taken) < 1.9, taken
        assert node not in pool.connections


def test_a_node_stays_in_use_when_only_the_request_takes_long(opensearch):
    client = connect(
        Settings(opensearch_urls=[*opensearch, opensearch[0].replace("127.0.0.1", "localhost")]), seconds=1
    )
    never = {"wait_for_nodes": ">=5", "timeout": "5s", "request_timeout": 1}
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="did not answer in time"), asking("The cluster"):
            client.cluster.health(params=never)
    assert len(client.transport.connection_pool.connections) == 2


def test_a_request_that_says_a_shorter_time_goes_to_another_node_in_the_rest(opensearch):
    with _halted() as halted:
        client = connect(Settings(opensearch_urls=[halted, *opensearch]), seconds=10)
        for _ in range(3):
            with asking("The cluster"):
                assert client.info(params={"request_timeout": 1})["version"]["distribution"] == "opensearch"
        assert len(client.transport.connection_pool.connections) == 1


def test_indexes_of_another_installation_whose_prefix_begins_so_are_not_left_over(cluster_client: OpenSearch, prefix):
    names, others = schema.Names(prefix), schema.Names(f"{prefix}-pages")
    try:
        first = schema.ensure_index(cluster_client, others, 1, 0)
        coming = schema.begin_coming(cluster_client, others, 1, 0)
        schema.switch(cluster_client, others, coming)
        assert schema.left_over(cluster_client, others) == [first]
        assert schema.left_over(cluster_client, names) == []
    finally:
        cluster_client.indices.delete(index=f"{prefix}-*", ignore_unavailable=True)

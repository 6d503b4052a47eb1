"""Two replicas of every service whose words are in a cluster: no machine sees the `index` folder of the other."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from opensearchpy import OpenSearch

from lectern.settings import Settings
from search.cluster.client import connect
from search.cluster.schema import Names, indexes_of
from tests.deployment.reader import Visitor
from tests.ingest.files import alto, string, text_lines
from tests.replicas.machines import Machine, machines
from tests.replicas.site import Site, site
from tests.replicas.stores import Stores
from tests.replicas.watching import reading, within
from tests.services_nginx.gateway import nginx_program

pytestmark = pytest.mark.nginx

_PREFIX = f"replicas{os.getpid()}"
_POLICIES = '[policies.readers]\npatterns = ["login"]\nroles = ["reader"]\n'
_SHARED = ("images", "keys")  # words are in the cluster: each machine has an `index` of its own
_PAGES = 3
_SECONDS = 10  # in which all know what one was told


@pytest.fixture(scope="module")
def running(shared_stores: Stores, opensearch: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    nginx_program()
    folder = tmp_path_factory.mktemp("site")
    settings = {
        "engine": "opensearch",
        "opensearch_urls": " ".join(opensearch),
        "opensearch_index": _PREFIX,
        "opensearch_replicas": "0",
    }
    try:
        with shared_stores(folder, machines(folder, 2, settings, _SHARED)) as pair:
            (pair[0].home.path / "policies.toml").write_text(_POLICIES)
            with site(folder, pair) as found:
                yield found
    finally:
        client(opensearch).indices.delete(index=f"{_PREFIX}-*", ignore_unavailable=True)


def client(urls: list[str]) -> OpenSearch:
    return connect(Settings(opensearch_urls=urls), seconds=30)


def put_up(machine: Machine, folder: Path, word: str) -> None:
    """Ingest a book on one machine; on each of its pages are a word and `lighthouse`."""
    folder.mkdir(exist_ok=True)
    for n in range(1, _PAGES + 1):
        (folder / f"p{n}.xml").write_bytes(alto(text_lines(string(word), string("lighthouse"))))
    machine.invoke("ingest", str(folder), "--collection", f"of-{folder.name}")


def hits(visitor: Visitor, place: str, word: str) -> int:
    """Return how many hits a place has, -1 if there is no such place just now."""
    reply = visitor.ask(f"/search/1/{place}?q={quote(word)}")
    assert reply.status in (200, 404), reply.text
    return int(reply.json()["within"]["total"]) if reply.status == 200 else -1


def in_all(running: Site, book: str, word: str) -> set[int]:
    """Return the numbers of hits that both machines tell of, inside a book and in a collection."""
    return {hits(running.visitor(n), place, word) for n in (0, 1) for place in (book, f"collections/of-{book}")}


def through_nginx(running: Site, book: str) -> tuple[int, int]:
    """Return the hits of a book's word, inside it and in the collection, whoever answers."""
    visitor = running.through_nginx()
    return hits(visitor, book, "lighthouse"), hits(visitor, f"collections/of-{book}", "lighthouse")


def test_what_one_machine_ingests_is_found_by_both(running: Site, tmp_path: Path):
    put_up(running.machines[1], tmp_path / "almanac", "tide")
    within(_SECONDS, lambda: in_all(running, "almanac", "tide") == {_PAGES})
    packs = [list((machine.home.path / "index").rglob("*.pack")) for machine in running.machines]
    assert list(map(len, packs)) == [0, 1], "a folder is shared that is not to be"
    assert in_all(running, "almanac", '"lighthouse tide"') == {_PAGES - 1}, "a phrase over the page's end"


def test_another_edition_by_the_other_machine_takes_the_place_of_the_first_for_both(running: Site, tmp_path: Path):
    put_up(running.machines[0], tmp_path / "log", "ebb")
    within(_SECONDS, lambda: in_all(running, "log", "ebb") == {_PAGES})
    with reading(lambda: through_nginx(running, "log")) as read:
        put_up(running.machines[1], tmp_path / "log", "flood")
        within(_SECONDS, lambda: in_all(running, "log", "flood") == {_PAGES})
        within(_SECONDS, lambda: in_all(running, "log", "ebb") == {0})
    assert set(read.answers) == {(_PAGES, _PAGES)}


def test_what_one_machine_takes_down_is_gone_from_both(running: Site, tmp_path: Path):
    put_up(running.machines[0], tmp_path / "chart", "shoal")
    within(_SECONDS, lambda: in_all(running, "chart", "shoal") == {_PAGES})
    running.machines[1].invoke("remove", "chart")
    within(_SECONDS, lambda: in_all(running, "chart", "shoal") == {-1})
    assert hits(running.visitor(0, 1), "collections/all", "shoal") == 0


def test_words_that_a_policy_closes_on_one_machine_are_closed_on_both_within_ten_seconds(running: Site, tmp_path: Path):
    put_up(running.machines[0], tmp_path / "diary", "squall")
    within(_SECONDS, lambda: in_all(running, "diary", "squall") == {_PAGES})
    running.machines[1].invoke("policy", "set", "diary", "readers")
    within(_SECONDS, lambda: in_all(running, "diary", "squall") == {0})
    running.machines[0].invoke("policy", "set", "diary", "open")
    within(_SECONDS, lambda: in_all(running, "diary", "squall") == {_PAGES})


def test_an_edit_of_the_policies_closes_words_on_both_within_ten_seconds(running: Site, tmp_path: Path):
    put_up(running.machines[0], tmp_path / "notes", "gale")
    within(_SECONDS, lambda: in_all(running, "notes", "gale") == {_PAGES})
    file = (running.machines[0].home.path / "policies.toml").resolve()
    try:
        file.write_text(f'{_POLICIES}\n[objects.notes]\npolicy = "readers"\n')
        within(_SECONDS, lambda: in_all(running, "notes", "gale") == {0})
    finally:
        file.write_text(_POLICIES)
    within(_SECONDS, lambda: in_all(running, "notes", "gale") == {_PAGES})


def test_an_index_made_anew_on_one_machine_loses_no_hit_on_any(running: Site, opensearch: list[str], tmp_path: Path):
    names = Names(_PREFIX)
    put_up(running.machines[0], tmp_path / "atlas", "reef")
    within(_SECONDS, lambda: in_all(running, "atlas", "reef") == {_PAGES})
    before = indexes_of(client(opensearch), names.pages)
    with reading(lambda: through_nginx(running, "atlas")) as read:
        running.machines[1].invoke("reindex")
    assert set(read.answers) == {(_PAGES, _PAGES)}
    assert indexes_of(client(opensearch), names.pages) != before


def test_a_search_that_dies_under_load_fails_no_question(running: Site, tmp_path: Path):
    put_up(running.machines[0], tmp_path / "gazette", "brig")
    within(_SECONDS, lambda: in_all(running, "gazette", "brig") == {_PAGES})
    with reading(lambda: through_nginx(running, "gazette")) as read:
        try:
            running.kill(1, "search")
            read.read_on()
        finally:
            running.start(list(running.killed))
    assert set(read.answers) == {(_PAGES, _PAGES)}

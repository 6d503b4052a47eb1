"""`lectern ingest`, `remove`, `policy set` and `reindex` with a real cluster, and what killed ones leave behind."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ingest import rebuilding
from ingest.clustered import Clustered, owner_of
from lectern.catalogue import Catalogue
from lectern.catalogue_pending import Key
from lectern.errors import ExitCode
from lectern.home import Home
from lectern.pack import PackFile
from lectern.settings import load_settings
from lectern.words import Page, Text
from search.cluster import schema
from search.cluster.loading import Loader, _Bulk, _refusal
from search.packing import write_pack
from services.cli import main
from tests.conftest import ROOT
from tests.ingest.files import alto, string, text_lines

Run = Callable[..., Any]
POLICIES = '[policies.readers]\npatterns = ["login"]\nprovider = "local"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opensearch: list[str], names: schema.Names) -> Path:
    """Return a home whose words go into the cluster."""
    for name, value in {
        "LECTERN_ENGINE": "opensearch",
        "LECTERN_OPENSEARCH_URLS": " ".join(opensearch),
        "LECTERN_OPENSEARCH_INDEX": names.prefix,
        "LECTERN_OPENSEARCH_REPLICAS": "0",
    }.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "home"
    home.mkdir()
    (home / "policies.toml").write_text(POLICIES)
    return home


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf" / "book"
    folder.mkdir(parents=True)
    for n in (1, 2, 3):
        (folder / f"p{n}.xml").write_bytes(alto(text_lines(string(f"word{n}"), string("common"))))
    return folder


@pytest.fixture
def lectern(home: Path) -> Run:
    def run(*arguments: str | Path, status: ExitCode = ExitCode.OK) -> str:
        result = CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])
        assert result.exit_code == status, result.output + repr(result.exception)
        return result.stdout

    return run


@pytest.fixture
def loader(home: Path) -> Loader:
    return Clustered(load_settings(home)).loader


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have documents of former editions go at once, not after a minute."""
    monkeypatch.setattr("ingest.clustered.GRACE_SECONDS", -1)


def _hits(lectern: Run, query: str) -> int:
    answer = json.loads(lectern("search", "book", query, "--version", "1"))
    return int(answer["within"]["total"])


def _key(home: Path) -> str:
    catalogue = Catalogue(Home(home))
    row = catalogue.get("book")
    catalogue.close()
    return f"{row.id}@{row.generation}"


def _policy(home: Path) -> str:
    catalogue = Catalogue(Home(home))
    policy = catalogue.get("book").policy
    catalogue.close()
    return policy


def _set_policy(home: Path) -> None:
    """Put the book under another policy without a word to the cluster."""
    catalogue = Catalogue(Home(home))
    catalogue.set_policy("book", "readers")
    catalogue.close()


def _pending(home: Path) -> list[str]:
    catalogue = Catalogue(Home(home))
    found = [f"{wait.key} {wait.state}" for wait in catalogue.pending.all()]
    catalogue.close()
    return found


def _said(loader: Loader, field: str) -> set[str]:
    query = {"query": {"match_all": {}}, "size": 100}
    hits = loader.client.search(index=loader.names.pages, body=query)["hits"]["hits"]
    return {json.dumps(hit["_source"][field]) for hit in hits}


def _change(book: Path, word: str) -> None:
    (book / "p2.xml").write_bytes(alto(text_lines(string(word), string("common"))))


def test_an_ingested_object_is_found_on_any_node(home, book, lectern, loader):
    lectern("ingest", book)
    pack = next((home / "index").rglob("*.pack"))
    assert PackFile(pack).trusted_index(b"") is None
    shutil.rmtree(home / "index")
    assert _hits(lectern, "word2") == 1
    assert _hits(lectern, "common") == 3
    assert loader.keys_of("book") == {_key(home)}
    assert _pending(home) == []


def test_the_same_files_are_the_same_object_where_its_pack_has_never_been(home, book, lectern, loader):
    lectern("ingest", book)
    before = _key(home)
    shutil.rmtree(home / "index")
    lectern("ingest", book)
    assert _key(home) == before
    _change(book, "other")
    said = json.loads(lectern("ingest", book, "--json"))
    assert said["pages"] == 3
    assert (_hits(lectern, "word2"), _hits(lectern, "other")) == (0, 1)


def test_a_former_edition_is_not_counted_and_goes_when_nobody_can_be_reading_it(
    home, book, lectern, loader, monkeypatch
):
    lectern("ingest", book)
    first = _key(home)
    _change(book, "other")
    lectern("ingest", book)
    assert loader.keys_of("book") == {first, _key(home)}
    assert _pending(home) == [f"{first} going"]
    monkeypatch.setattr("ingest.clustered.GRACE_SECONDS", -1)
    lectern("ingest", book)
    assert loader.keys_of("book") == {_key(home)}
    assert _pending(home) == []


def test_removing_an_object_removes_its_documents(home, book, lectern, loader):
    lectern("ingest", book)
    lectern("remove", "book")
    assert loader.keys_of("book") == set()
    assert _pending(home) == []


def test_documents_say_a_new_policy_and_new_collections(home, book, lectern, loader):
    lectern("ingest", book, "--collection", "a")
    key = _key(home)
    lectern("policy", "set", "book", "readers")
    assert _said(loader, "policy") == {'"readers"'}
    lectern("ingest", book, "--collection", "b", "--policy", "open")
    assert (_said(loader, "policy"), _said(loader, "collections")) == ({'"open"'}, {'["b"]'})
    assert (_key(home), _pending(home)) == (key, [])


@pytest.mark.parametrize("arguments", [["ingest"], ["reindex", "book", "--stem", "en"]])
def test_a_policy_that_is_set_while_an_object_is_loaded_stays(home, book, lectern, loader, monkeypatch, *, arguments):
    lectern("ingest", book)
    _change(book, "other")
    load = Loader.load

    def meanwhile(self, pack, owner):
        count = load(self, pack, owner)
        lectern("policy", "set", "book", "readers")
        return count

    with monkeypatch.context() as busy:
        busy.setattr(Loader, "load", meanwhile)
        lectern(*(arguments if len(arguments) > 1 else [*arguments, book]))
    assert _policy(home) == "readers"
    assert _said(loader, "policy") == {'"readers"'}
    lectern("ingest", book, "--policy", "open")
    assert _policy(home) == "open"


@pytest.mark.usefixtures("at_once")
def test_a_policy_that_the_cluster_could_not_be_told_waits_and_is_told_by_the_next_run(
    home, book, lectern, loader, monkeypatch
):
    lectern("ingest", book)
    with monkeypatch.context() as broken:
        broken.setenv("LECTERN_OPENSEARCH_URLS", "http://127.0.0.1:9")
        broken.setattr("search.cluster.loading._PATIENCE", 0.0)
        lectern("policy", "set", "book", "readers")
    assert _pending(home) == [f"{_key(home)} changed"]
    other = book.with_name("other")
    shutil.copytree(book, other)
    lectern("ingest", other)
    assert _pending(home) == []
    assert _said(loader, "policy") == {'"readers"', '"open"'}


_KILLED = """
import os, sys
from search.cluster import loading
from ingest import clustered, pipeline
from search.packing import write_pack
from services.cli import main

place, arguments = sys.argv[1], sys.argv[2:]

def dies(*_, **__):
    os.kill(os.getpid(), 9)

def dying_after(owner, name):
    kept = getattr(owner, name)
    def both(*given, **named):
        kept(*given, **named)
        dies()
    setattr(owner, name, both)

if place == "some documents":
    loading._BYTES = 1
    dying_after(loading._Bulk, "_send")
elif place == "before the head":
    loading._Bulk.send_last = dies
elif place == "after the head":
    dying_after(loading._Bulk, "send_last")
elif place == "before the row":
    dying_after(loading.Loader, "load")
elif place == "after the row":
    clustered.Clustered.settle = dies
elif place == "before the sweep":
    pipeline.sweep = dies
main(arguments)
"""


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "place", ["some documents", "before the head", "before the row", "after the row", "before the sweep"]
)
def test_a_killed_ingest_leaves_one_edition_whole_and_the_next_run_mends(home, book, lectern, loader, place):
    lectern("ingest", book)
    first = _key(home)
    _change(book, "other")
    command = [sys.executable, "-c", _KILLED, place, "--home", str(home), "ingest", str(book), "--jobs", "1"]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    done = place in {"after the row", "before the sweep"}
    assert (_key(home) != first) is done
    assert (_hits(lectern, "word2"), _hits(lectern, "other")) == ((0, 1) if done else (1, 0))
    for key in loader.keys_of("book") - {_key(home)}:
        assert [wait for wait in _pending(home) if wait.startswith(f"{key} ")], "it would be counted"
    lectern("ingest", book)
    assert (_hits(lectern, "word2"), _hits(lectern, "other"), _hits(lectern, "common")) == (0, 1, 3)
    assert loader.keys_of("book") == {_key(home)}
    assert _pending(home) == []


def test_a_cluster_that_is_not_there_is_told_and_nothing_is_lost(home, book, lectern, monkeypatch):
    lectern("ingest", book)
    _change(book, "other")
    with monkeypatch.context() as broken:
        broken.setenv("LECTERN_OPENSEARCH_URLS", "http://127.0.0.1:9")
        broken.setattr("search.cluster.loading._PATIENCE", 0.0)
        lectern("ingest", book, status=ExitCode.UNAVAILABLE)
    assert (_hits(lectern, "word2"), _hits(lectern, "other")) == (1, 0)
    lectern("ingest", book)
    assert (_hits(lectern, "word2"), _hits(lectern, "other")) == (0, 1)


@pytest.mark.usefixtures("at_once")
def test_reindexing_one_object_gives_it_a_new_generation(home, book, lectern, loader):
    _change(book, "houses")
    lectern("ingest", book)
    first = _key(home)
    shutil.rmtree(home / "index")
    lectern("reindex", "book", "--stem", "en")
    assert _key(home) != first
    assert loader.keys_of("book") == {_key(home)}
    assert _hits(lectern, "house") == 1


def test_reindexing_all_makes_a_new_index_and_switches_to_it(home, book, lectern, loader):
    lectern("ingest", book)
    before, key = loader.used(), _key(home)
    lectern("reindex")
    assert loader.used() != before
    assert loader.keys_in(str(loader.used())) == {key}
    assert schema.left_over(loader.client, loader.names) == []
    assert _hits(lectern, "common") == 3


def test_an_index_of_another_release_is_not_written_until_it_is_made_anew(home, book, lectern, loader, monkeypatch):
    lectern("ingest", book)
    _change(book, "other")
    later = schema.VERSION + 1
    for module in ("search.cluster.schema", "search.cluster.loading"):
        monkeypatch.setattr(f"{module}.VERSION", later)
    lectern("ingest", book, status=ExitCode.UNAVAILABLE)
    lectern("reindex")
    assert schema.version_of(str(loader.used())) == later
    assert _hits(lectern, "word2") == 1
    lectern("ingest", book)
    assert _hits(lectern, "other") == 1


def test_a_home_moves_into_the_cluster_and_back_without_reading_ocr(home, book, lectern, loader, monkeypatch):
    with monkeypatch.context() as embedded:
        embedded.setenv("LECTERN_ENGINE", "whoosh")
        lectern("ingest", book)
        key = _key(home)
    shutil.rmtree(book)
    lectern("reindex")
    assert (_key(home), loader.keys_of("book")) == (key, {key})
    assert _hits(lectern, "common") == 3
    shutil.rmtree(home / "index")
    with monkeypatch.context() as embedded:
        embedded.setenv("LECTERN_ENGINE", "whoosh")
        lectern("reindex")
        assert _key(home) == key
        pack = PackFile(Home(home).pack_file("book", int(key.partition("@")[2])))
        pack.verify()
        assert pack.trusted_index(Home(home).key("index")) is not None
        embedded.setenv("LECTERN_OPENSEARCH_URLS", "http://127.0.0.1:9")
        assert _hits(lectern, "common") == 3


@pytest.mark.usefixtures("at_once")
def test_what_is_published_and_removed_while_an_index_is_made_is_right_in_it(home, book, lectern, loader, monkeypatch):
    lectern("ingest", book)
    other = book.with_name("other")
    shutil.copytree(book, other)
    lectern("ingest", other)
    put = Clustered.put
    done: list[str] = []

    def meanwhile(self, index, row, pack):
        put(self, index, row, pack)
        if not done:
            done.append(row.id)
            _change(book, "newer")
            lectern("ingest", book)
            lectern("remove", "other")

    monkeypatch.setattr(Clustered, "put", meanwhile)
    lectern("reindex")
    assert loader.keys_in(str(loader.used())) == {_key(home)}
    assert loader.keys_of("other") == set()
    assert _hits(lectern, "newer") == 1


def test_an_object_that_the_cluster_never_had_is_counted_when_all_of_it_is_there(
    home, book, lectern, loader, monkeypatch
):
    _ingest_embedded(lectern, monkeypatch, book)
    key, load_into = _key(home), Loader.load_into
    waited: list[list[str]] = []

    def watched(self, index, pack, owner):
        waited.append(_pending(home))
        count = load_into(self, index, pack, owner)
        waited.append(_pending(home))
        lectern("policy", "set", "book", "readers")
        return count

    monkeypatch.setattr(Loader, "load_into", watched)
    lectern("reindex", "book")
    assert waited == [[f"{key} coming"]] * 2
    assert (_key(home), _pending(home), loader.keys_of("book")) == (key, [], {key})
    assert _said(loader, "policy") == {'"readers"'}


@pytest.mark.usefixtures("at_once")
def test_a_killed_load_of_an_object_that_the_cluster_never_had_is_done_again(home, book, lectern, loader, monkeypatch):
    _ingest_embedded(lectern, monkeypatch, book)
    key = _key(home)
    for place in ("before the head", "after the head"):
        command = [sys.executable, "-c", _KILLED, place, "--home", str(home), "reindex", "book"]
        assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == -signal.SIGKILL
        assert _pending(home) == [f"{key} coming"]
    assert loader.keys_of("book") == {key}
    monkeypatch.setattr("ingest.clustered._ABANDONED_SECONDS", -1)
    lectern("ingest", book)
    assert (_key(home), _pending(home)) == (key, [])
    assert _hits(lectern, "common") == 3


@pytest.mark.parametrize("at_its_limit", [True, False])
def test_one_object_that_the_cluster_does_not_take_does_not_end_the_run(
    book, lectern, loader, monkeypatch, at_its_limit
):
    others = [book.with_name(name) for name in ("aaa", "zzz")]
    for other in others:
        shutil.copytree(book, other)
    monkeypatch.setattr("search.cluster.loading._PATIENCE", 0.0)
    post = _Bulk._post

    def picky(self, actions, *, refresh):
        if self._object != "book":
            return post(self, actions, refresh=refresh)
        if at_its_limit:
            return actions
        raise _refusal("book", [{"status": 400, "error": {"type": "odd"}}])

    monkeypatch.setattr(_Bulk, "_post", picky)
    lectern("ingest", "--jobs", "1", others[0], book, others[1], status=ExitCode.PAGES_FAILED)
    assert [len(loader.keys_of(name)) for name in ("aaa", "book", "zzz")] == [1, 0, 1]


def test_removing_an_object_removes_its_header_packs_too(home, book, lectern):
    lectern("ingest", book)
    shutil.rmtree(home / "index")
    assert _hits(lectern, "common") == 3
    cache = home / "cache" / "cluster"
    (kept,) = cache.rglob("*.pack")
    kept.with_name(f".{kept.name}.1.2").write_bytes(b"on its way when a process was ended")
    kept.with_name("book.2.7.pack").write_bytes(b"of another object")
    lectern("remove", "book")
    assert [path.name for path in kept.parent.iterdir()] == ["book.2.7.pack"]


@pytest.mark.usefixtures("at_once")
def test_a_header_pack_of_a_former_edition_goes_with_its_pack(home, book, lectern, monkeypatch):
    monkeypatch.setattr("ingest.keeping.GRACE_SECONDS", -1)
    lectern("ingest", book)
    assert _hits(lectern, "common") == 3
    (first,) = (home / "cache" / "cluster").rglob("*.pack")
    for word in ("other", "another"):
        _change(book, word)
        lectern("ingest", book)
    assert not first.exists()


def test_a_pack_that_only_a_cluster_has_which_is_down_is_told_as_that(home, book, lectern, monkeypatch):
    lectern("ingest", book)
    shutil.rmtree(home / "index")
    monkeypatch.setenv("LECTERN_ENGINE", "whoosh")
    monkeypatch.setenv("LECTERN_OPENSEARCH_URLS", "http://127.0.0.1:9")
    result = CliRunner().invoke(main, ["--home", str(home), "reindex", "book"])
    assert result.exit_code == ExitCode.UNAVAILABLE
    assert "no cluster can be asked for it" in result.output


@pytest.mark.parametrize("late", [False, True])
def test_an_index_that_is_made_says_a_policy_that_was_set_meanwhile(home, book, lectern, loader, monkeypatch, *, late):
    lectern("ingest", book)
    put, pack_of = Clustered.put, Clustered.pack_of

    def set_while_it_is_put(self, index, row, pack):
        put(self, index, row, pack)
        _set_policy(home)

    def set_when_it_is_due(self, row):
        _set_policy(home)
        return pack_of(self, row)

    if late:
        monkeypatch.setattr(Clustered, "put", set_while_it_is_put)
    else:
        monkeypatch.setattr(Clustered, "pack_of", set_when_it_is_due)
    lectern("reindex")
    assert _said(loader, "policy") == {'"readers"'}
    assert _pending(home) == []


def _ingest_embedded(lectern: Run, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Ingest an object that the cluster gets no word of."""
    with monkeypatch.context() as embedded:
        embedded.setenv("LECTERN_ENGINE", "whoosh")
        lectern("ingest", folder)


def test_what_is_published_after_the_last_look_is_in_the_index_that_is_made_when_it_is_switched_to(
    home, book, lectern, loader, monkeypatch
):
    lectern("ingest", book)
    catalogue, engine = Catalogue(Home(home)), Clustered(load_settings(home))
    before = catalogue.get("book")
    row = replace(before, id="other", generation=catalogue.next_generation())
    pack = write_pack(Home(home), "other", row.generation, Text([Page([])] * before.pages), indexed=False).path
    engine.load(catalogue, row, PackFile(pack))  # while there was no other index yet
    missing, switch, at_switch = rebuilding._Rebuild._missing, schema.switch, []

    def published_then(self):
        found = missing(self)
        if not found and catalogue.find("other") is None:
            catalogue.publish(row, [], in_cluster=True)
        return found

    def watched(client, names, to):
        at_switch.append(loader.keys_in(to))
        return switch(client, names, to)

    monkeypatch.setattr(rebuilding._Rebuild, "_missing", published_then)
    monkeypatch.setattr(rebuilding, "switch", watched)
    lectern("reindex")
    assert at_switch == [{_key(home), f"other@{row.generation}"}]
    catalogue.close()


def test_what_an_index_lacks_that_is_in_use_is_known_to_be_coming_until_all_of_it_is_there(
    home, book, lectern, loader, monkeypatch
):
    lectern("ingest", book)
    others = [book.with_name(name) for name in ("more", "other")]
    for other in others:
        shutil.copytree(book, other)
    switch, load_into, waited = schema.switch, Loader.load_into, []

    def switched_then(client, names, to):
        former = switch(client, names, to)
        for other in others:
            _ingest_embedded(lectern, monkeypatch, other)
        monkeypatch.setattr(Loader, "load_into", watched)
        return former

    def watched(self, index, pack, owner):
        waited.append([wait.partition("@")[0] for wait in _pending(home) if wait.endswith(" coming")])
        return load_into(self, index, pack, owner)

    monkeypatch.setattr(rebuilding, "switch", switched_then)
    lectern("reindex")
    assert waited == [["more", "other"], ["other"]]
    assert _pending(home) == []
    assert {key.partition("@")[0] for key in loader.keys_in(str(loader.used()))} == {"book", "more", "other"}


def test_a_rebuild_that_goes_on_corrects_what_the_one_before_it_has_loaded(home, book, lectern, loader):
    lectern("ingest", book)
    engine, catalogue = Clustered(load_settings(home)), Catalogue(Home(home))
    row = catalogue.get("book")
    begun = schema.begin_coming(loader.client, loader.names, 1, 0)
    engine.put(begun, row, engine.pack_of(row))
    _set_policy(home)
    lectern("reindex")
    assert loader.used() == begun
    assert _said(loader, "policy") == {'"readers"'}
    assert _pending(home) == []
    catalogue.close()


@pytest.mark.usefixtures("at_once")
def test_who_stalled_removes_nothing_that_another_loads_meanwhile(home, book, lectern, loader, monkeypatch):
    lectern("ingest", book)
    lectern("ingest", book, "--label", "Again")
    keep_only = Loader.keep_only
    newer: list[str] = []

    def after_another(self, object_id, *known):
        catalogue = Catalogue(Home(home))
        row = replace(catalogue.get("book"), generation=catalogue.next_generation())
        loader.load(PackFile(next((home / "index").rglob("*.pack"))), owner_of(row))
        newer.append(f"book@{row.generation}")
        catalogue.close()
        keep_only(self, object_id, *known)

    monkeypatch.setattr(Loader, "keep_only", after_another)
    _change(book, "other")
    lectern("ingest", book)
    assert newer
    assert loader.keys_of("book") == {_key(home), *newer}


def test_documents_are_told_what_another_process_has_set_a_moment_ago(
    home, book, lectern, loader, monkeypatch, *, database_server
):
    monkeypatch.setenv("LECTERN_DATABASE_URL", database_server.url)
    monkeypatch.setenv("LECTERN_DATABASE_PASSWORD", database_server.password)
    lectern("ingest", book)
    here, there = (Catalogue(Home(home, database_server)) for _ in range(2))
    assert here.get("book").policy == "open"  # and is kept for two seconds
    there.set_policy("book", "readers", in_cluster=True)
    assert Clustered(load_settings(home)).redescribe(here, "book")
    assert _said(loader, "policy") == {'"readers"'}
    assert here.pending.all() == []
    for catalogue in (here, there):
        catalogue.close()


@pytest.mark.parametrize("halts", ["before it looks", "after it asked"])
def test_of_two_who_describe_an_object_at_once_the_later_state_of_the_catalogue_prevails(
    home, book, lectern, loader, *, halts
):
    lectern("ingest", book)
    here, there = (Catalogue(Home(home)) for _ in range(2))
    halting, other = (Clustered(load_settings(home)) for _ in range(2))
    client, said = halting.loader.client, []
    search, update = client.search, client.update_by_query

    def meanwhile():
        if there.get("book").policy == "readers":
            there.set_policy("book", "open", in_cluster=True)
            assert other.redescribe(there, "book")
            assert there.pending.all() == []

    def looks(**asked):
        if halts == "before it looks":
            meanwhile()
        return search(**asked)

    def updates(**asked):
        meanwhile()
        found = update(**asked)
        said.append(_said(loader, "policy"))
        return found

    client.search, client.update_by_query = looks, updates
    here.set_policy("book", "readers", in_cluster=True)
    assert halting.redescribe(here, "book")
    assert said
    assert all(each == {'"open"'} for each in said), "documents say what is no more, and nothing waits to mend that"
    for catalogue in (here, there):
        catalogue.close()


def test_an_object_that_the_cluster_refuses_does_not_end_a_rebuild_and_the_index_in_use_stays(
    book, lectern, loader, monkeypatch
):
    lectern("ingest", book)
    other = book.with_name("zzz")
    shutil.copytree(book, other)
    lectern("ingest", other)
    used, post, taken = loader.used(), _Bulk._post, []

    def picky(self, actions, *, refresh):
        if self._object == "book":
            raise _refusal("book", [{"status": 400, "error": {"type": "odd"}}])
        taken.append(self._object)
        return post(self, actions, refresh=refresh)

    monkeypatch.setattr(_Bulk, "_post", picky)
    lectern("reindex", status=ExitCode.UNAVAILABLE)
    assert set(taken) == {"zzz"}
    assert loader.used() == used


def _kinds(lectern: Run, *arguments: str, status: ExitCode = ExitCode.OK) -> list[tuple[str, bool]]:
    lines = lectern("verify", "--json", *arguments, status=status).splitlines()
    return [(fault["kind"], fault["mended"]) for fault in map(json.loads, lines)]


@pytest.mark.usefixtures("at_once")
def test_verify_finds_what_the_cluster_lacks_or_was_not_told_and_mends_it(
    lectern: Run, home: Path, book: Path, loader: Loader
):
    home.chmod(0o700)
    lectern("ingest", book)
    assert _kinds(lectern) == []
    loader.keep_only("book", [], 10**9)
    assert _kinds(lectern, status=ExitCode.PAGES_FAILED) == [("cluster-lacks", False)]
    assert _kinds(lectern, "--mend") == [("cluster-lacks", True)]
    assert _hits(lectern, "common") == 3
    catalogue = Catalogue(Home(home))
    catalogue.pending.begin(Key("book", catalogue.next_generation()), 1)
    catalogue.close()
    assert _kinds(lectern, status=ExitCode.PAGES_FAILED) == [("pending", False)]
    assert _kinds(lectern, "--mend") == [("pending", True)]
    assert _kinds(lectern) == []


def test_a_backup_has_the_packs_that_only_the_cluster_has(lectern: Run, home: Path, book: Path, tmp_path: Path):
    lectern("ingest", book)
    pack = next((home / "index").rglob("*.pack"))
    pack.unlink()
    lectern("backup", tmp_path / "kept")
    assert (tmp_path / "kept" / "home" / pack.relative_to(home)).is_file()

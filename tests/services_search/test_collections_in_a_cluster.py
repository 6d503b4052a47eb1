"""Collections in a cluster that lags behind the catalogue, has too much to look at, too little time, or is down.

Nothing is ever shown or counted that catalogue and policies of this moment do not allow, whatever documents say.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from opensearchpy import OpenSearch

from lectern.catalogue import ObjectRow
from lectern.catalogue_pending import Key
from lectern.home import Home
from lectern.settings import Settings
from lectern.words import Text
from search.answer import Cut
from search.cluster import walking
from search.cluster.collected import Gathered
from search.cluster.reading import ObjectInCluster
from search.cluster.schema import Names, body
from search.cluster.walking import Clock, Pages
from search.library import PackHandle
from search.packing import write_pack
from search.parts import Ranges
from search.searching import Tally
from services.app import create_app
from services.context import Context
from services.search.direct import Named
from services.search.scopes import Place
from services.search.service import SearchService
from tests.search.books import book
from tests.servers import free_port
from tests.services_search.conftest import BASE, POLICIES, Get
from tests.services_search.shelving import clear, load, shelve

_TREE = '[collections.papers]\n[collections.press]\nparent = "papers"\n'


def _text(word: str = "lights") -> Text:
    return book(["the harbour wall"], ["harbour dues", f"and harbour {word}"], [f"of old {word}"])


def _row(name: str, policy: str = "open", *collections: str) -> ObjectRow:
    return ObjectRow(name, name, f"The {name}", policy=policy, collections=collections or ("press",))


@pytest.fixture
def context(tmp_path: Path, opensearch: list[str]) -> Iterator[Context]:
    """Return a shelf in a cluster: `press` has two open books and a secret one, `locked` secret books alone."""
    home = Home(tmp_path)
    home.prepare()
    home.policies_file.write_text(POLICIES)
    home.collections_file.write_text(_TREE)
    prefix = f"c{random.randrange(1 << 40)}"
    settings = Settings(
        home=tmp_path,
        public_url=BASE,
        page_hits=3,
        engine="opensearch",
        opensearch_urls=opensearch,
        opensearch_index=prefix,
        opensearch_replicas=0,
    )
    made = Context(settings)
    shelve(made, _row("alpha"), _text())
    shelve(made, _row("omega"), _text())
    shelve(made, _row("secret", "secret", "press", "locked"), _text("zeppelin"))
    shelve(made, _row("hidden", "hidden", "vault"), _text("zeppelin"))
    yield made
    made.catalogue.close()
    made.state.close()
    OpenSearch(opensearch).indices.delete(index=f"{prefix}-*")


@pytest.fixture
def client(context: Context) -> FlaskClient:
    return create_app(context, ["search"]).test_client()


def _total(document: dict[str, Any]) -> int:
    return int(document["within"]["total"])


def _objects(document: dict[str, Any]) -> set[str]:
    targets = [each["on"] if isinstance(each["on"], str) else each["on"]["@id"] for each in document["resources"]]
    return {target.removeprefix(f"{BASE}/presentation/3/").partition("/")[0] for target in targets}


def _uncommitted(context: Context, row: ObjectRow, text: Text) -> ObjectRow:
    """Return the row of a new generation that the cluster has and the catalogue does not."""
    generation = context.catalogue.next_generation()
    row = replace(row, generation=generation, pages=3)
    write_pack(context.home, row.id, generation, text, indexed=False)
    load(context, row)
    return row


def test_what_is_loaded_and_not_committed_is_not_counted(context: Context, get: Get):
    before = get("/search/1/collections/press?q=lights")
    _uncommitted(context, _row("beta"), _text())
    _uncommitted(context, _row("alpha"), _text("lights lights"))
    assert get("/search/1/collections/press?q=lights") == before
    assert get("/search/1/collections/press/autocomplete?q=ligh")["terms"][0]["count"] == _total(before) == 4


def test_a_collection_of_uncommitted_objects_alone_is_not_there(context: Context, client: FlaskClient):
    _uncommitted(context, _row("beta", "open", "coming"), _text())
    coming, unknown = (client.get(f"/search/1/collections/{name}?q=x") for name in ("coming", "nobody"))
    assert coming.status_code == unknown.status_code == 404
    assert coming.data.replace(b"coming", b"nobody") == unknown.data


def test_a_generation_that_was_replaced_is_not_counted_while_its_documents_are_still_there(context: Context, get: Get):
    row = _uncommitted(context, _row("alpha"), _text("lamps"))
    canvases = context.catalogue.canvases("alpha")
    context.catalogue.publish(row, canvases)
    assert _objects(get("/search/1/collections/press?q=lights")) == {"omega"}
    assert _total(get("/search/1/collections/press?q=lamps")) == 2
    clear(context, row)
    assert _total(get("/search/1/collections/press?q=lamps")) == 2


def test_an_object_that_is_switched_while_it_is_searched_is_asked_as_it_is_now(context: Context, get: Get):
    row = _uncommitted(context, _row("alpha"), _text("lights lights"))
    context.catalogue.publish(row, context.catalogue.canvases("alpha"))
    # As who read the list of what waits just before the switch: it has the old documents, and the new row.
    old, new = (Key(wait.key.object, wait.key.generation) for wait in context.catalogue.pending.all()), row
    context.catalogue.pending.done(old)
    context.catalogue.pending.begin(Key(new.id, new.generation), 1)
    assert _total(get("/search/1/collections/press?q=lights")) == 6


def test_a_removed_object_is_gone_at_once(context: Context, get: Get):
    context.catalogue.remove("alpha", in_cluster=True)
    assert _objects(get("/search/1/collections/press?q=lights")) == {"omega"}
    assert get("/search/1/collections/press/autocomplete?q=ligh")["terms"][0]["count"] == 2


@pytest.mark.parametrize("in_cluster", [True, False])
def test_a_policy_holds_at_once_whatever_documents_say(context: Context, get: Get, in_cluster: bool):
    context.catalogue.set_policy("alpha", "secret", in_cluster=in_cluster)
    document = get("/search/1/collections/press?q=lights")
    assert _objects(document) == {"omega"}
    assert _total(document) == 2


def test_an_object_that_was_opened_is_found_before_its_documents_say_so(context: Context, get: Get):
    context.catalogue.set_policy("secret", "open", in_cluster=True)
    document = get("/search/1/collections/press?q=harbour")
    assert _total(document) == 9
    assert _total(get("/search/1/collections/locked?q=zeppelin")) == 2
    assert [each["match"] for each in get("/search/1/collections/press/autocomplete?q=zep")["terms"]] == ["zeppelin"]


@pytest.mark.parametrize("whole", [True, False])
def test_a_published_object_that_is_still_being_loaded_is_found_by_itself_or_told_to_be_left_out(
    context: Context, get: Get, whole: bool
):
    row = context.catalogue.get("alpha")
    if not whole:
        clear(context, replace(row, generation=row.generation + 1))
    context.catalogue.pending.begin(Key("alpha", row.generation), 1)
    document = get("/search/1/collections/press?q=lights")
    assert _objects(document) == ({"alpha", "omega"} if whole else {"omega"})
    assert document["within"].get("truncated") == (None if whole else ["time"])


@pytest.mark.parametrize("tail", ["?q={}", "/autocomplete?q={}", "?q=%22of+old+{}%22", "?q={}&from=hidden:1", "?q={}*"])
@pytest.mark.parametrize("name", ["press", "all", "locked"])
def test_th_78_81_a_strangers_answer_is_the_same_whether_a_restricted_object_has_the_word(
    client: FlaskClient, name: str, tail: str
):
    for version in (1, 2):
        present = client.get(f"/search/{version}/collections/{name}{tail.format('zeppelin')}")
        absent = client.get(f"/search/{version}/collections/{name}{tail.format('quaestor')}")
        assert present.status_code == absent.status_code == 200
        assert present.data.replace(b"zeppelin", b"quaestor") == absent.data
        assert {k: v for k, v in present.headers if k != "X-Request-Id"} == {
            k: v for k, v in absent.headers if k != "X-Request-Id"
        }


def test_th_85_a_collection_of_hidden_objects_alone_is_missing_like_any(client: FlaskClient):
    hidden, unknown = (client.get(f"/search/1/collections/{name}?q=x") for name in ("vault", "nobody"))
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.data.replace(b"vault", b"nobody") == unknown.data


def _all_pages(get: Get, path: str) -> list[dict[str, Any]]:
    found = [get(path)]
    while "next" in found[-1]:
        found.append(get(found[-1]["next"]))
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have documents come two at a time, and no more than two be counted."""
    for name in ("search.cluster.walking.COUNTED", "services.search.collecting.COUNTED"):
        monkeypatch.setattr(name, 2)
    monkeypatch.setattr("search.cluster.walking._BATCHES", (2, 2, 2))


@pytest.mark.parametrize("query", ["q=harbour", "q=%22the+harbour%22+OR+lights", "q=harb*", "q=h%3Frbour", ""])
def test_above_the_limit_pages_lead_through_all_there_is_and_back(
    context: Context, get: Get, request: pytest.FixtureRequest, query: str
):
    shelve(context, _row("beta"), _text())
    below = _all_pages(get, f"/search/1/collections/press?{query}")
    request.getfixturevalue("small")
    above = _all_pages(get, f"/search/1/collections/press?{query}")
    assert [page["resources"] for page in above] == [page["resources"] for page in below]
    assert len(above) > 2
    counted = [page["within"].get("total") for page in above]
    assert counted[0] is None
    assert {*counted} <= {None, below[0]["within"]["total"]}  # nothing was left out where all had to be looked at
    for page in (page for page in above if "total" not in page["within"]):
        assert "last" not in page["within"]
        assert page["within"]["truncated"] == ["hits"]
    back = above[-1]
    for _ in above[1:]:
        back = get(back["prev"])
    assert "prev" not in back
    assert back["resources"] == above[0]["resources"]
    assert "startIndex" not in above[-1] or above[-1]["startIndex"] == below[-1]["startIndex"]


@pytest.mark.usefixtures("small")
def test_above_the_limit_it_is_told_how_many_hits_there_are_at_least(context: Context, get: Get):
    shelve(context, _row("beta"), _text())
    assert "At least 6 hits" in get("/search/1/collections/press?q=harbour")["within"]["label"]
    assert "At least" in str(get("/search/2/collections/press?q=harbour")["partOf"]["label"])


@pytest.mark.usefixtures("small")
def test_above_the_limit_the_order_by_rank_is_of_what_was_counted(get: Get):
    document = get("/search/1/collections/press?q=harbour&order=rank")
    assert document["within"]["truncated"] == ["hits"]
    assert document["resources"]


def test_a_search_that_has_no_time_left_tells_so(get: Get, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("search.cluster.walking._BATCHES", (2, 2, 2))
    monkeypatch.setattr(Clock, "left", property(lambda _: 0.0))
    document = get("/search/1/collections/press?q=harbour")
    assert document["within"]["truncated"] == ["time"]
    assert "total" not in document["within"]
    assert _objects(document) == {"alpha"}


@contextmanager
def _shard_that_cannot(context: Context, field: str) -> Iterator[None]:
    """Have one more shard answer for the collection, which cannot sort or count by a field."""
    names = Names(context.settings.opensearch_index)
    cluster = OpenSearch(list(context.settings.opensearch_urls))
    index = f"{names.pages}-spoilt"
    content = body(1, 0)
    del content["settings"]["index"]["sort"]
    content["mappings"]["properties"][field] = {"type": "text"}
    cluster.indices.create(index=index, body=content)
    cluster.indices.put_alias(index=index, name=names.pages)
    yield
    cluster.indices.delete(index=index)


def _warm(context: Context, get: Get) -> None:
    """Have what is shown at hand, as single documents are asked of one index; and nothing else remembered."""
    get("/search/1/collections/press?q=lights")
    get("/search/1/collections/press?q=lights&from=omega:2")
    context.catalogue.next_generation()


def test_what_a_shard_did_not_tell_is_told_to_be_lacking_and_not_remembered(context: Context, get: Get):
    _warm(context, get)
    with _shard_that_cannot(context, "profile"):
        document = get("/search/1/collections/press?q=lights")
        assert document["within"]["truncated"] == ["time"]
        assert "total" not in document["within"]
    document = get("/search/1/collections/press?q=lights")
    assert "truncated" not in document["within"]
    assert _total(document) == 4


def test_nobody_says_that_a_collection_is_not_there_while_a_shard_is_not(context: Context, client: FlaskClient):
    with _shard_that_cannot(context, "profile"):
        hidden, unknown = (client.get(f"/search/1/collections/{name}?q=x") for name in ("vault", "nobody"))
    assert hidden.status_code == unknown.status_code == 503
    assert hidden.data.replace(b"vault", b"nobody") == unknown.data


def test_what_the_other_shards_have_is_told_to_the_end(context: Context, get: Get, monkeypatch: pytest.MonkeyPatch):
    _warm(context, get)
    monkeypatch.setattr("search.cluster.walking._BATCHES", (2, 2, 2))
    with _shard_that_cannot(context, "object"):
        document = get("/search/1/collections/press?q=lights")
        service = SearchService(context, lambda: Named(context, None))
        tally = service.tally(service.ask(1, Place(collection="press"), [("q", "lights")]))
    assert _objects(document) == {"alpha", "omega"}
    assert document["within"]["truncated"] == ["time"]
    assert tally == Tally({"alpha": 2, "omega": 2}, None, frozenset({Cut.TIME}))  # nobody is left to be asked


def test_what_is_loaded_anew_is_found_though_the_catalogue_did_not_change(
    context: Context, get: Get, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("services.search.holdings._KEPT_SECONDS", 0.0)
    shelve(context, _row("beta", "free-text", "lone"), _text())
    cluster = OpenSearch(list(context.settings.opensearch_urls))
    pages = Names(context.settings.opensearch_index).pages
    kept = cluster.search(index=pages, body={"query": {"term": {"object": "beta"}}, "size": 100})["hits"]["hits"]
    cluster.delete_by_query(index=pages, body={"query": {"term": {"object": "beta"}}}, params={"refresh": "true"})
    assert client.get("/search/1/collections/lone?q=lights").status_code == 404
    for hit in kept:
        cluster.index(index=pages, id=hit["_id"], body=hit["_source"], params={"routing": "beta", "refresh": "true"})
    assert _total(get("/search/1/collections/lone?q=lights")) == 2


def _without(context: Context, *found: dict[str, Any]) -> None:
    pages = Names(context.settings.opensearch_index).pages
    query = {"query": {"bool": {"filter": [{"term": each} for each in found]}}}
    cluster = OpenSearch(list(context.settings.opensearch_urls))
    assert cluster.delete_by_query(index=pages, body=query, params={"refresh": "true"})["deleted"] == 1


@pytest.mark.parametrize("tail", ["", "&order=rank"])
def test_an_object_that_the_cluster_lost_is_left_out_and_the_others_are_told(context: Context, get: Get, tail: str):
    shelve(context, _row("beta"), _text())
    _without(context, {"object": "beta"}, {"kind": "head"})
    document = get(f"/search/1/collections/press?q=lights{tail}")
    assert {"alpha"} <= _objects(document) <= {"alpha", "omega"}
    assert document["within"]["truncated"] == ["time"]


def test_an_object_of_which_pages_are_lost_is_left_out_where_it_is_asked_alone(context: Context, get: Get):
    context.catalogue.set_policy("secret", "open", in_cluster=True)
    _without(context, {"object": "secret"}, {"n": 2})
    pages = _all_pages(get, "/search/1/collections/press?q=harbour")
    assert set().union(*map(_objects, pages)) == {"alpha", "omega"}
    assert pages[0]["within"]["truncated"] == ["time"]


@pytest.mark.parametrize("tail", ["", "&from=beta:1"])
def test_an_object_with_a_spoilt_page_of_tokens_is_left_out_and_the_others_are_told(
    context: Context, get: Get, monkeypatch: pytest.MonkeyPatch, tail: str
):
    with monkeypatch.context() as patch:
        patch.setattr("search.cluster.documents.packed", lambda line, seam: "c3BvaWx0")
        shelve(context, _row("beta"), _text())
    document = get(f"/search/1/collections/press?q=lights{tail}")
    assert {"omega"} <= _objects(document) <= {"alpha", "omega"}
    assert document["within"]["truncated"] == ["time"]


def test_what_a_disk_has_spoilt_of_what_is_kept_here_is_fetched_anew(context: Context, get: Get):
    before = get("/search/1/collections/press?q=%22and+harbour%22")
    (kept,) = (context.home.path / "cache" / "cluster").glob("*/omega.*")
    data = kept.read_bytes()
    again = Context(context.settings)
    begin = 16 + int.from_bytes(data[8:12], "little")  # behind the directory, which is looked at when it is opened
    kept.write_bytes(data[:begin] + bytes([255]) * (len(data) - begin))
    response = create_app(again, ["search"]).test_client().get("/search/1/collections/press?q=%22and+harbour%22")
    assert response.get_json() == before
    assert kept.read_bytes() == data
    again.catalogue.close()
    again.state.close()


@pytest.fixture
def fields(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return what was asked of the cluster meanwhile beside documents."""
    told: list[list[str]] = []
    ask = Pages.ask

    def noted(self: Pages, body: dict[str, Any], *more: Any) -> dict[str, Any]:
        if "docvalue_fields" in body:
            told.append(body["docvalue_fields"])
        return ask(self, body, *more)

    monkeypatch.setattr(Pages, "ask", noted)
    return told


def test_tokens_that_are_here_do_not_travel_again(
    context: Context, get: Get, fields: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(walking, "_BATCHES", (4, 1, 1))
    first = get("/search/1/collections/press?q=harbour -wall")
    assert {tuple(asked) for asked in fields} == {("generation", "packed")}
    fields.clear()
    assert get("/search/1/collections/press?q=harbour -wall") == first
    assert fields[0] == ["generation", "packed"]  # the first few come whatever is here
    assert fields[-1] == ["generation"]


def test_pages_that_left_the_cache_are_asked_for_by_their_names(
    context: Context, get: Get, fields: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Gathered, "lacking", lambda self: False)
    assert _total(get("/search/1/collections/press?q=harbour")) == 6
    assert fields == [["generation"], ["key", "part", "n", "packed"]]


def test_a_page_that_went_while_it_was_looked_for_is_asked_for_with_its_object(
    context: Context, get: Get, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Gathered, "lacking", lambda self: False)
    monkeypatch.setattr(Pages, "tokens", lambda *_: {})
    answer = get("/search/2/collections/press?q=harbour")
    assert answer["partOf"]["total"] == 6
    assert Cut.TIME.value not in answer.get("truncated", [])


def test_headers_of_many_objects_are_fetched_at_once(context: Context, get: Get, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ObjectInCluster, "header_pack", lambda self: pytest.fail("one by one"))
    assert _total(get("/search/1/collections/press?q=harbour")) == 6


def test_objects_that_there_is_no_time_to_open_are_left_out(
    context: Context, get: Get, monkeypatch: pytest.MonkeyPatch
):
    opened: list[str] = []
    take = context.library.open

    def slowly(row: ObjectRow, pages: Ranges | None = None) -> PackHandle:
        opened.append(row.id)
        return take(row, pages)

    monkeypatch.setattr(context.library, "open", slowly)
    monkeypatch.setattr(Clock, "left", property(lambda _: 0.0 if opened else 5.0))
    document = get("/search/1/collections/press?q=harbour")
    assert opened == ["alpha"]
    assert _objects(document) == {"alpha"}
    assert document["within"]["truncated"] == ["time"]


def test_of_many_objects_some_make_suggestions_and_that_is_told(get: Get, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.search.collecting._MOST_SUGGESTING", 1)
    document = get("/search/1/collections/press/autocomplete?q=ligh")
    assert [(each["match"], each["count"]) for each in document["terms"]] == [("lights", 2)]
    assert document["truncated"] == ["terms"]


def test_no_answer_of_a_collection_has_a_tag(client: FlaskClient):
    response = client.get("/search/1/collections/press?q=harbour")
    assert "ETag" not in response.headers
    assert response.headers["Cache-Control"] == "private, no-store"


def test_without_a_cluster_an_answer_says_to_come_again(context: Context):
    settings = context.settings.model_copy(update={"opensearch_urls": [f"http://127.0.0.1:{free_port()}"]})
    alone = Context(settings)
    response = create_app(alone, ["search"]).test_client().get("/search/1/collections/press?q=harbour")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    alone.catalogue.close()
    alone.state.close()

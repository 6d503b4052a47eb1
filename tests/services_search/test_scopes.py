"""Objects, canvases, ranges and collections as scopes, each as a stranger and as a reader gets it."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from auth.decision import Verdict
from auth.pages import decide_page
from auth.rules import Rules
from lectern.catalogue import CanvasRow, ObjectRow, RangeRow
from lectern.home import Home
from lectern.settings import load_settings
from lectern.urls import canvas_path
from search.packing import write_pack
from services import asker
from services.app import create_app
from services.context import Context
from services.search.direct import Named
from services.search.scopes import Place, pages_of_range
from services.search.service import SearchService
from tests.search.books import HEIGHT, WIDTH, book
from tests.services_search.conftest import BASE, POLICIES, Get

_PAGES = (["harbour wall", "the mayor"], ["harbour dues", "and harbour lights"], ["harbour lights"], ["of old"])
_RANGES = (
    RangeRow(1, None, "Chapter", "chapter", (1, 2)),
    RangeRow(2, 1, "Part", "part", (2,)),
    RangeRow(3, None, "Chapter", "chapter", (4,)),
)
_MINIMAL = """
[policies.minimal]
patterns = ["login"]
provider = "local"
roles = ["reader"]
manifest = "minimal"
search = "open"
"""
VERSIONS = (0, 1, 2)


def put(
    context: Context, object_id: str, policy: str = "open", *, more: str = "", collections: tuple[str, ...]
) -> None:
    """Put the pages on the shelf, with one more line at their end."""
    pages = [*_PAGES[:3], [*_PAGES[3], more]]
    generation = context.catalogue.next_generation()
    summary = write_pack(context.home, object_id, generation, book(*pages))
    canvases = [CanvasRow(n, canvas_path(object_id, n), WIDTH, HEIGHT, str(n)) for n in range(1, 5)]
    row = ObjectRow(
        object_id, object_id, f"The {object_id}", generation, policy=policy, pages=4, words=summary.words,
        collections=collections,
    )  # fmt: skip
    context.catalogue.publish(row, canvases, ranges=_RANGES)


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """Return a shelf: `press` has two open books, `mixed` books under every policy, `cellar` hidden ones alone."""
    monkeypatch.setenv("LECTERN_PUBLIC_URL", BASE)
    monkeypatch.setenv("LECTERN_PAGE_HITS", "3")
    home = Home(tmp_path)
    home.prepare()
    home.policies_file.write_text(POLICIES + _MINIMAL)
    made = Context(load_settings(home.path))
    put(made, "alpha", collections=("press", "mixed"))
    put(made, "omega", collections=("press", "mixed"))
    put(made, "boxes", "boxes", more="zeppelin", collections=("mixed",))
    put(made, "free", "free-text", more="airship", collections=("mixed",))
    put(made, "hidden", "hidden", more="zeppelin", collections=("mixed", "cellar"))
    put(made, "minimal", "minimal", collections=())
    put(made, "secret", "secret", more="zeppelin", collections=("mixed", "locked"))
    yield made
    made.catalogue.close()
    made.state.close()


@pytest.fixture
def client(context: Context) -> FlaskClient:
    return create_app(context, ["search"]).test_client()


def canvases(document: dict[str, Any]) -> list[str]:
    """Return which canvases the annotations of an answer are on, as `object/n`."""
    found = []
    for each in document.get("resources") or document.get("items") or []:
        target = each.get("on") or each.get("target")
        name = target if isinstance(target, str) else target.get("@id") or target["id"]
        found.append(name.partition("#")[0].removeprefix(f"{BASE}/presentation/3/").replace("/canvas", ""))
    return found


def url(page: str | dict[str, str]) -> str:
    """Return the URL of another page of an answer, as either version names it."""
    return page if isinstance(page, str) else page["id"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("alpha", ["alpha/1", "alpha/2", "alpha/2", "alpha/3"]),
        ("alpha/canvas/2", ["alpha/2", "alpha/2"]),
        ("alpha/canvas/4", []),
        ("alpha/range/1", ["alpha/1", "alpha/2", "alpha/2"]),
        ("alpha/range/2", ["alpha/2", "alpha/2"]),
        ("alpha/range/3", []),
    ],
)
def test_a_scope_finds_what_is_on_its_own_canvases(get: Get, version, scope, expected):
    document, found = get(f"/search/{version}/{scope}?q=harbour"), []
    while True:
        found += canvases(document)
        if "next" not in document:
            break
        document = get(url(document["next"]))
    assert found == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_a_collection_is_paged_through_its_objects_by_id_and_back(get: Get, version):
    document, pages = get(f"/search/{version}/collections/press?q=harbour"), []
    seen = [document]
    while "next" in document:
        document = get(url(document["next"]))
        seen.append(document)
    pages = [canvases(each) for each in seen]
    assert pages == [["alpha/1", "alpha/2", "alpha/2"], ["alpha/3", "omega/1", "omega/2", "omega/2"], ["omega/3"]]
    assert [each["startIndex"] for each in seen] == [0, 3, 7]
    for earlier, later in pairwise(seen):
        assert canvases(get(url(later["prev"]))) == canvases(earlier)
    whole = seen[0]["within"] if version < 2 else seen[0]["partOf"]
    assert whole["total"] == 8
    assert canvases(get(url(whole["last"]))) == ["omega/3"]


def test_a_phrase_over_a_page_end_stays_out_of_a_range_that_has_one_of_its_pages_alone(get: Get):
    assert get('/search/1/alpha?q="mayor harbour"')["within"]["total"] == 1
    assert get('/search/1/alpha/range/1?q="mayor harbour"')["within"]["total"] == 1
    assert get('/search/1/alpha/range/2?q="mayor harbour"')["within"]["total"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/search/1/alpha/range/4?q=x",
        "/search/1/alpha/range/0?q=x",
        "/search/1/alpha/canvas/5?q=x",
        "/search/1/collections/nothing?q=x",
        "/search/1/collections/cellar?q=harbour",
        "/search/1/collections?q=x",
        "/search/1/hidden/range/1?q=x",
    ],
)
def test_a_scope_that_is_not_there_or_hidden_is_not_found(client: FlaskClient, path):
    assert client.get(path).status_code == 404


def test_hidden_objects_and_collections_of_them_alone_are_missing_in_the_same_words(client: FlaskClient):
    for there, missing in (
        ("/search/1/collections/cellar?q=x", "/search/1/collections/nobody?q=x"),
        ("/search/2/hidden/range/1?q=x", "/search/2/nobody/range/1?q=x"),
        ("/search/2/hidden/canvas/1/autocomplete?q=x", "/search/2/nobody/canvas/1/autocomplete?q=x"),
    ):
        known, unknown = client.get(there), client.get(missing)
        text = known.get_data(as_text=True).replace("cellar", "nobody").replace("hidden", "nobody")
        assert (known.status_code, text) == (404, unknown.get_data(as_text=True))


def test_the_error_of_a_range_says_which_there_are(client: FlaskClient):
    assert "Its ranges are 1 to 3." in client.get("/search/1/alpha/range/4?q=x").get_json()["detail"]
    assert "Its manifest lists none." in client.get("/search/1/minimal/range/1?q=x").get_json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["", "alpha", "1", "1/", "3/alpha", "1/alpha/canvas/x", "1/alpha/range", "1/alpha/autocomplete/x"],
)
def test_an_address_that_search_does_not_have_names_those_that_it_has(client: FlaskClient, path: str):
    response = client.get(f"/search/{path}?q=x")
    assert response.status_code == 404
    assert "/search/{version}/{object}?q=" in response.get_json()["detail"]
    assert response.get_json()["hits"] == []


def test_a_search_that_is_posted_is_told_that_it_is_asked_with_get(client: FlaskClient):
    response = client.post("/search/1/alpha?q=x")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_ranges_that_a_minimal_manifest_does_not_tell_are_not_there(client: FlaskClient):
    assert client.get("/search/1/minimal?q=harbour").get_json()["within"]["total"] == 4
    known, unknown = client.get("/search/1/minimal/range/1?q=x"), client.get("/search/1/minimal/range/9?q=x")
    assert known.status_code == 404
    assert known.data.replace(b"range 1", b"range 9") == unknown.data


@pytest.mark.parametrize("version", VERSIONS)
def test_a_collection_asks_open_texts_alone(get: Get, version):
    document, found = get(f"/search/{version}/collections/mixed?q=harbour"), []
    while True:
        found += canvases(document)
        if "next" not in document:
            break
        document = get(url(document["next"]))
    assert {each.partition("/")[0] for each in found} == {"alpha", "free", "omega"}
    assert len(found) == 12


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["mixed", "all", "locked"])
@pytest.mark.parametrize("tail", ["?q={}", "/autocomplete?q={}", "?q=%22of+old+{}%22", "?q={}&from=hidden:1"])
def test_th_78_81_a_strangers_answer_is_the_same_whether_a_restricted_object_has_the_word(
    client: FlaskClient, version, name, tail
):
    present = client.get(f"/search/{version}/collections/{name}{tail.format('zeppelin')}")
    absent = client.get(f"/search/{version}/collections/{name}{tail.format('quaestor')}")
    assert present.status_code == absent.status_code == 200
    assert present.data.replace(b"zeppelin", b"quaestor") == absent.data
    differ = {"X-Request-Id"}
    assert {k: v for k, v in present.headers if k not in differ} == {k: v for k, v in absent.headers if k not in differ}


@pytest.mark.parametrize("scope", ["secret", "secret/canvas/4", "secret/range/3"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_secret_text_is_silent_in_every_scope_of_its_object(client: FlaskClient, version, scope):
    for tail in ("?q={}", "/autocomplete?q={}", "?q={}&from=secret:4"):
        present = client.get(f"/search/{version}/{scope}{tail.format('zeppelin')}")
        absent = client.get(f"/search/{version}/{scope}{tail.format('quaestor')}")
        assert present.data.replace(b"zeppelin", b"quaestor") == absent.data


@pytest.mark.parametrize("scope", ["boxes", "boxes/canvas/4", "boxes/range/3"])
def test_boxes_give_places_and_no_text_in_every_scope_of_their_object(get: Get, scope):
    document = get(f"/search/1/{scope}?q=zeppelin")
    assert [each["resource"]["chars"] for each in document["resources"]] == [""]
    assert "hits" not in document
    assert get(f"/search/1/{scope}/autocomplete?q=zep")["terms"] == []
    assert get(f"/search/1/{scope}?q=zep*")["resources"] == []


def test_a_reader_who_is_let_in_finds_the_restricted_objects_of_a_collection_too(context: Context):
    service = SearchService(context, lambda: Named(context, None))
    document = service.answer(service.ask(1, Place(collection="mixed"), [("q", "zeppelin")])).document
    assert {each.partition("/")[0] for each in canvases(document)} == {"boxes", "hidden", "secret"}
    assert document["within"]["total"] == 3
    cellar = service.answer(service.ask(1, Place(collection="cellar"), [("q", "harbour")])).document
    assert cellar["within"]["total"] == 4


def test_autocomplete_of_a_collection_sums_the_counts_of_its_open_objects(get: Get):
    assert [(t["match"], t["count"]) for t in get("/search/1/collections/press/autocomplete?q=harb")["terms"]] == [
        ("harbour", 8)
    ]
    assert [(t["value"], t["total"]) for t in get("/search/2/collections/mixed/autocomplete?q=l")["items"]] == [
        ("lights", 6)
    ]
    assert [(t["match"], t["count"]) for t in get("/search/1/alpha/range/2/autocomplete?q=l")["terms"]] == [
        ("lights", 1)
    ]


def test_a_policy_is_judged_once_for_all_its_objects(context: Context, get: Get, monkeypatch: pytest.MonkeyPatch):
    judged: list[str] = []

    def judge(rules: Rules, n: int | None, *asked: Any) -> Verdict:
        judged.append(rules.of(n).name)
        return decide_page(rules, n, *asked)

    monkeypatch.setattr(asker, "decide_page", judge)
    get("/search/1/collections/all?q=harbour")
    # Each for a stranger; where that does not do, for one at this address, and for this reader.
    assert {name: judged.count(name) for name in judged} == {
        "boxes": 3,
        "free-text": 1,
        "hidden": 3,
        "minimal": 1,
        "open": 1,
        "secret": 3,
    }


@pytest.mark.parametrize("removed", ["alpha", "omega"])
def test_a_cursor_survives_the_removal_of_an_object(context: Context, get: Get, removed):
    first = get("/search/1/collections/press?q=harbour")
    assert first["next"].endswith("from=alpha%3A3")
    context.catalogue.remove(removed)
    document, found = get(first["next"]), []
    while True:
        found += canvases(document)
        if "next" not in document:
            break
        document = get(document["next"])
    expected = {"alpha": ["omega/1", "omega/2", "omega/2", "omega/3"], "omega": ["alpha/3"]}
    assert found == expected[removed]


def test_a_cursor_survives_a_new_generation_and_a_new_object_before_it(context: Context, get: Get):
    first = get("/search/1/collections/press?q=harbour")
    put(context, "alpha", collections=("press",), more="harbour again")
    put(context, "aardvark", collections=("press",))
    second = get(first["next"])
    assert canvases(second) == ["alpha/3", "alpha/4", "omega/1"]
    assert second["within"]["total"] == 13
    assert second["startIndex"] == 7
    assert get(second["prev"])["next"] is not None


def test_a_cursor_behind_everything_is_an_empty_page_with_a_way_back(get: Get):
    document = get("/search/1/collections/press?q=harbour&from=zulu:1")
    assert document["resources"] == []
    assert document["within"]["total"] == document["startIndex"] == 8
    assert "next" not in document
    assert canvases(get(document["prev"])) == ["omega/3"]


def test_an_object_that_is_removed_while_it_is_asked_is_left_out(context: Context, get: Get):
    service = SearchService(context, lambda: Named(context, None))
    asked = service.ask(1, Place(collection="press"), [("q", "harbour")])
    context.home.pack_file("alpha", context.catalogue.get("alpha").generation).unlink()
    context.catalogue.remove("alpha")
    answered = service.answer(asked)
    assert {each.partition("/")[0] for each in canvases(answered.document)} == {"omega"}
    assert [member.row.id for member in answered.asked.members] == ["omega"]


def test_no_cache_keeps_the_answer_of_a_collection(client: FlaskClient):
    for name in ("press", "mixed"):
        response = client.get(f"/search/1/collections/{name}?q=harbour")
        assert response.headers["Cache-Control"] == "private, no-store"
        assert "Cookie" in response.headers["Vary"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_total_that_was_not_counted_to_the_end_is_not_given(
    context: Context, get: Get, monkeypatch: pytest.MonkeyPatch, version
):
    monkeypatch.setattr("services.search.asking.COUNTED_CANVASES", 2)
    document = get(f"/search/{version}/collections/mixed?q=harbour")
    whole = document["within"] if version < 2 else document["partOf"]
    assert "total" not in whole
    assert "last" not in whole
    assert "At least 8 hits" in str(whole["label"])
    assert "next" in document
    assert get(f"/search/{version}/collections/press?q=mayor").get("within", {"total": 2})["total"] == 2


def test_pages_of_a_range_are_those_of_the_ranges_inside_it_too():
    ranges = [RangeRow(1, None, "a", "", (1,)), RangeRow(2, 1, "b", "", (2,)), RangeRow(3, 2, "c", "", (5,))]
    assert pages_of_range(ranges, 1) == frozenset({0, 1, 4})
    assert pages_of_range(ranges, 2) == frozenset({1, 4})
    assert pages_of_range(ranges, 4) is None


@pytest.fixture
def nested(context: Context) -> Context:
    """Return the shelf with `press` inside `papers`, and `cellar`, of hidden books alone, inside `vault`."""
    context.home.collections_file.write_text(
        '[collections.papers]\n[collections.press]\nparent = "papers"\n'
        '[collections.vault]\n[collections.cellar]\nparent = "vault"\n'
    )
    return context


@pytest.mark.parametrize("version", VERSIONS)
def test_a_collection_finds_what_is_in_those_inside_it(nested: Context, get: Get, version):
    outer, inner = (get(f"/search/{version}/collections/{name}?q=harbour") for name in ("papers", "press"))
    assert canvases(outer) == canvases(inner) != []
    terms = get("/search/1/collections/papers/autocomplete?q=harb")["terms"]
    assert [(term["match"], term["count"]) for term in terms] == [("harbour", 8)]


def test_th_85_a_collection_around_hidden_objects_alone_is_missing_like_any(nested: Context, client: FlaskClient):
    hidden, unknown = (client.get(f"/search/1/collections/{name}?q=x") for name in ("vault", "nobody"))
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.get_data().replace(b"vault", b"nobody") == unknown.get_data()


@pytest.mark.parametrize("policy", ["minimal", "hidden"])
def test_th_86_a_range_of_pages_whose_own_policy_keeps_it_is_as_if_it_were_not(
    client: FlaskClient, context: Context, policy: str
):
    """Range 2 covers page 2 alone, range 1 around it pages 1 and 2, range 3 page 4."""
    rule = f'[[objects.alpha.pages]]\npages = "2"\npolicy = "{policy}"\n'
    context.home.policies_file.write_text(POLICIES + _MINIMAL + rule)
    for path, status in (("range/1", 200), ("range/2", 404), ("range/2/autocomplete", 404), ("range/3", 200)):
        assert client.get(f"/search/2/alpha/{path}?q=harbour").status_code == status, path
    kept, missing = (client.get(f"/search/2/alpha/range/{r}?q=harbour").get_json()["detail"] for r in (2, 7))
    assert kept == missing.replace("range 7", "range 2")

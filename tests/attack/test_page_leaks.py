"""What a stranger can learn of single restricted pages of an object: nothing (TH-78 to TH-82, TH-84 to TH-86)."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.attack.conftest import COLLECTION, OPEN_PAGES, POLICIES, Shelf, made_home, put, served
from tests.clock import SetClock

# Of `mixed` the second page and the fourth are restricted; of `closed` all are but the others.
PAGES_APART = """
[[objects.mixed.pages]]
pages = "2, 4"
policy = "{policy}"

[objects.closed]
policy = "secret"

[[objects.closed.pages]]
pages = "4"
policy = "{policy}"

[[objects.closed.pages]]
pages = "1, 3, 5"
policy = "open"
"""
SECRET_PAGES = (
    ["light and breakwater of zanzibar", "zebra HARBOUR Zanzibar TOWN"],
    ["zanzibar wall zanzibar", "the quayside HARBOUR"],
)
TEXT = (OPEN_PAGES[0], SECRET_PAGES[0], OPEN_PAGES[1], SECRET_PAGES[1], OPEN_PAGES[2])
BARE: tuple[list[str], ...] = (OPEN_PAGES[0], [], OPEN_PAGES[1], [], OPEN_PAGES[2])
QUERIES = (
    *("zanzibar", "harbour", "the", "HARBOUR", "=HARBOUR", '"mayor light"', '"town zanzibar"', '"zanzibar harbour"'),
    *('"mayor harbour"', '"mayor zanzibar"~9', '"mayor harbour"~9', "zanzibar OR harbour", "harbour -zanzibar"),
    *("-zanzibar", "zan*", "h*", "*bar", "zanzibr~", "harbor~2", "wall harbour", "wall zanzibar", "t?e", "q"),
)
STARTS = ("h", "ha", "harbour", "z", "zan", "t", "town", "w", "l", "lig", "q", "b")
MORE = ("", "&from={}:2", "&from={}:3", "&order=rank", "&motivation=painting&x=1", "&min=2")


def _shelf(stack: ExitStack, folder: Path, text: tuple[list[str], ...], policy: str) -> Shelf:
    home = made_home(folder)
    home.policies_file.write_text(POLICIES + PAGES_APART.format(policy=policy))
    for object_id in ("closed", "mixed"):
        put(home, object_id, "open", text, SetClock())
    return stack.enter_context(served(home, "search", "presentation", "portal"))


@pytest.fixture(scope="module", params=["secret", "hidden"])
def twins(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shelf, Shelf]]:
    """Return a shelf whose restricted pages have words, and one whose restricted pages have none."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("LECTERN_PUBLIC_URL", "https://books.example.org")
        patch.setenv("LECTERN_PAGE_HITS", "2")
        yield (
            _shelf(stack, tmp_path_factory.mktemp("whole"), TEXT, request.param),
            _shelf(stack, tmp_path_factory.mktemp("bare"), BARE, request.param),
        )


def _seen(response: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [(name, value) for name, value in response.headers if name not in {"Date", "X-Request-Id"}]
    return response.status_code, headers, response.data


def _paths(shelf: Shelf, prefix: str) -> set[str]:
    """Return the paths of all routes that begin so, in every version, for both objects and for either kind of page."""
    found = set()
    for rule in shelf.app.url_map.iter_rules():
        if not rule.rule.startswith(prefix):
            continue
        for object_id in ("mixed", "closed"):
            for version in "012" if prefix == "/search/" else "23":
                for n in "12":
                    values = {"version": version, "object_id": object_id, "canvas": n, "n": n, "range": "1"}
                    values |= {"collection": COLLECTION, "name": COLLECTION}
                    found.add(re.sub(r"<(?:[^>]*:)?([^:>]*)>", lambda match: values[match[1]], rule.rule))  # noqa: B023
    return found


def test_th_78_79_82_pages_with_restricted_words_are_answered_like_pages_without_words(twins: tuple[Shelf, Shelf]):
    whole, bare = twins
    for path in _paths(whole, "/search/"):
        for q in STARTS if "autocomplete" in path else QUERIES:
            assert _seen(whole.get(path, q)) == _seen(bare.get(path, q)), (path, q)


def test_th_79_pages_of_an_answer_and_every_parameter_are_the_same(twins: tuple[Shelf, Shelf]):
    whole, bare = twins
    for path in (each for each in _paths(whole, "/search/") if "/canvas/" not in each):
        object_id = "mixed" if "mixed" in path else "closed"
        for more in MORE:
            for q in ("the", "harbour", ""):
                asked = f"{path}?q={q}{more.format(object_id)}"
                assert _seen(whole.get(asked)) == _seen(bare.get(asked)), asked


def test_th_81_pages_suggest_readable_words_alone_in_the_form_that_these_have(twins: tuple[Shelf, Shelf]):
    for shelf in twins:
        for object_id in ("mixed", "closed"):
            told = shelf.get(f"/search/1/{object_id}/autocomplete", "t").get_json()["terms"]
            counts = {term["match"]: term["count"] for term in told}
            assert (counts["town"], counts["told"]) == (2, 1)
            assert "TOWN" not in counts


def test_th_82_a_word_of_restricted_pages_alone_is_answered_like_one_that_stands_nowhere(twins: tuple[Shelf, Shelf]):
    whole, _ = twins
    for path in _paths(whole, "/search/"):
        for form in ("{}", '"{} harbour"', "{} OR wall", "harbour -{}", "{}*"):
            present, absent = (whole.get(path, form.format(word)) for word in ("zanzibar", "qxqxqxqx"))
            assert _told(present, "zanzibar") == _told(absent, "qxqxqxqx"), (path, form)


def test_th_82_strangers_ask_no_index_that_has_words_of_restricted_pages(tmp_path: Path):
    with ExitStack() as stack:
        shelf = _shelf(stack, tmp_path, TEXT, "secret")
        for path in _paths(shelf, "/search/"):
            shelf.get(path, "zanzibar")
        asked = {key for key, _ in shelf.context.library.opened()}
        assert asked == {("mixed", ((0, 0), (2, 2), (4, 4))), ("closed", ((0, 0), (2, 2), (4, 4)))}
        for _, handle in shelf.context.library.opened():
            assert list(handle.terms.all_with_prefix("z")) == []
            assert not any(handle.index.spans(["zanzibar", "zebra", "breakwater", "quayside"]).values())


def test_th_82_where_no_part_can_be_written_the_answer_is_503_and_never_that_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with ExitStack() as stack:
        shelf = _shelf(stack, tmp_path, TEXT, "secret")
        monkeypatch.setattr("search.packing.write_sections", full)
        for path in ("/search/1/mixed", "/search/2/mixed/autocomplete", "/search/2/mixed/canvas/1"):
            for q in ("zanzibar", "harbour"):
                response = shelf.get(path, q)
                assert response.status_code == 503, path
                assert b"zanzibar and" not in response.data
        assert shelf.context.library.opened() == []


def _told(response: TestResponse, word: str) -> tuple[int, list[tuple[str, str]], str]:
    status, headers, data = _seen(response)
    return status, [(name, value.replace(word, "*")) for name, value in headers], data.decode().replace(word, "*")


@pytest.mark.parametrize("object_id", ["mixed", "closed"])
def test_th_84_a_phrase_over_the_border_of_readable_pages_is_not_found_and_contexts_stop_there(
    twins: tuple[Shelf, Shelf], object_id: str
):
    whole, _ = twins
    for q in ('"mayor light"', '"town zanzibar"', '"Zanzibar TOWN harbour"', '"mayor dues"~20'):
        assert whole.get(f"/search/1/{object_id}", q).get_json()["within"]["total"] == 0, q
    for q in ("mayor", "harbour", "town"):
        hits = whole.get(f"/search/1/{object_id}", q).get_json()["hits"]
        assert hits
        for hit in hits:
            around = " ".join([hit.get("before", ""), hit["match"], hit.get("after", "")])
            assert not {"light", "zanzibar", "zebra", "quayside", "breakwater"} & set(around.casefold().split())


def test_th_78_pages_are_found_by_a_reader_who_is_let_in(twins: tuple[Shelf, Shelf]):
    whole, _ = twins
    cookie = whole.sign_in("reader")
    for object_id in ("mixed", "closed"):
        answer = whole.get(f"/search/1/{object_id}", "zanzibar", cookie=cookie).get_json()
        assert answer["within"]["total"] == 4
        assert whole.get(f"/search/1/{object_id}", '"mayor light"', cookie=cookie).get_json()["within"]["total"] == 1


@pytest.mark.parametrize("roles", [(), ("guest",)])
def test_th_92_pages_tell_a_session_without_the_role_as_little_as_a_stranger(twins: tuple[Shelf, Shelf], roles):
    whole, _ = twins
    cookie = whole.sign_in(*roles)
    for path in _paths(whole, "/search/"):
        for q in ("zanzibar", "harbour", "z"):
            assert _seen(whole.get(path, q, cookie=cookie)) == _seen(whole.get(path, q)), (path, q)


def test_th_85_86_pages_manifests_lists_of_lines_and_portal_tell_nothing_of_restricted_words(
    twins: tuple[Shelf, Shelf],
):
    whole, bare = twins
    for path in _paths(whole, "/presentation/") | _paths(whole, "/objects/") | {"/"}:
        assert _seen(whole.get(path)) == _seen(bare.get(path)), path
    for n, lines in ((1, 2), (2, 0), (3, 2), (4, 0), (5, 1)):
        for object_id in ("mixed", "closed"):
            found = whole.get(f"/presentation/3/{object_id}/canvas/{n}/text").get_json()
            assert len(found["items"]) == lines, (object_id, n)


def test_th_72_pages_are_kept_by_caches_only_where_all_that_is_searched_is_everybody_s(twins: tuple[Shelf, Shelf]):
    whole, _ = twins
    kept: dict[str, Any] = {}
    for path in ("", "/canvas/1", "/canvas/2", "/range/1"):
        for object_id in ("mixed", "closed"):
            header = whole.get(f"/search/1/{object_id}{path}", "harbour").headers["Cache-Control"]
            kept[path] = kept.get(path, set()) | {header}
    assert kept == {
        "": {"private, no-store"},
        "/canvas/1": {"public, max-age=60"},
        "/canvas/2": {"private, no-store"},
        "/range/1": {"private, no-store"},
    }

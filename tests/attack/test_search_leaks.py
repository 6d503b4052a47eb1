"""What a stranger can learn of texts that are not for him: nothing (TH-78 to TH-82, TH-84, TH-85)."""

import re
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.attack.conftest import COLLECTION, SECRET_WORDS, Shelf

_FILLED = {
    "object_id": ("open", "secret", "minimal"),
    "canvas": ("1", "3"),
    "range": ("1",),
    "collection": (COLLECTION,),
}
# Every way to ask for one word. `{}` is the word; what stands beside it is in the open text, or nowhere.
_QUERIES = (
    *("{}", '"{}"', "{} harbour", '"harbour {}"', '"the {}"', "{} OR harbour", "harbour OR {}", "harbour -{}"),
    *(
        "{}*",
        "*{}",
        "{}~",
        "{}~2",
        '"harbour {}"~5',
        "({} OR nowhere) wall",
        "-{}",
        "{}-wall",
        "access:{}",
        "{} AND (wall",
    ),
)


def _paths(shelf: Shelf, object_ids: tuple[str, ...] = _FILLED["object_id"]) -> Iterator[str]:
    """Yield a path of every route of the search service there is, in every version, for several objects."""
    for rule in shelf.app.url_map.iter_rules():
        if not rule.rule.startswith("/search/"):
            continue
        for object_id in object_ids:
            for version in "012":
                yield _filled(rule.rule, version, object_id)


def _filled(rule: str, version: str, object_id: str) -> str:
    values = {"version": version, "object_id": object_id, "canvas": "1"}

    def value(match: re.Match[str]) -> str:
        name = match[1].rpartition(":")[2]
        assert name in values or name in _FILLED, f"a new kind of scope, <{name}>, is to be tried here too"
        return values.get(name) or _FILLED[name][0]

    return re.sub(r"<([^>]*)>", value, rule)


def _absent(word: str) -> str:
    """Return a word as long that stands nowhere, and begins like no other."""
    return "q" + "xj" * (len(word) // 2) if len(word) % 2 else "qx" * (len(word) // 2)


def _seen(response: TestResponse, word: str) -> tuple[int, list[tuple[str, str]], str]:
    """Return all that a stranger sees of an answer, with his own word taken out."""
    headers = [(name, value) for name, value in response.headers if name not in {"Date", "X-Request-Id"}]
    text = response.get_data(as_text=True).replace(word, "*")
    return response.status_code, [(name, value.replace(word, "*")) for name, value in headers], text


@pytest.mark.parametrize("query", _QUERIES)
def test_th_82_a_word_of_restricted_texts_alone_is_answered_like_one_that_stands_nowhere(shelf: Shelf, query: str):
    for path in set(_paths(shelf)):
        for word in ("zanzibar", "zebra"):
            present, absent = (shelf.get(path, query.format(w)) for w in (word, _absent(word)))
            assert _seen(present, word) == _seen(absent, _absent(word)), path


@pytest.mark.parametrize("word", SECRET_WORDS)
def test_th_78_81_no_word_and_no_beginning_of_it_is_told(shelf: Shelf, bare_shelf: Shelf, word: str):
    for start in (word[:cut] for cut in range(1, len(word) + 1)):
        for path in set(_paths(shelf, ("open",))):
            assert shelf.get(path, start).data == bare_shelf.get(path, start).data, path
        for path in set(_paths(shelf, ("secret", "minimal"))):
            if COLLECTION not in path:
                document = shelf.get(path, start).get_json()
                assert not any(document.get(name) for name in ("resources", "hits", "items", "terms", "annotations"))


def test_th_79_an_open_text_is_answered_as_if_there_were_no_restricted_one(shelf: Shelf, bare_shelf: Shelf):
    for path in set(_paths(shelf, ("open",))):
        for q in ("harbour", "the", '"the wall"', "wa*", "w", "h", "", "harbour wall", "zanzibar", None):
            for more in ("", "?from=open:2", "?min=2", "?motivation=painting&x=1"):
                left, right = (each.get(path + more, q) for each in (shelf, bare_shelf))
                assert left.status_code == right.status_code
                assert left.data == right.data, (path, q)
                if COLLECTION not in path:
                    assert left.headers["Cache-Control"] == right.headers["Cache-Control"]


def test_th_79_pages_of_an_answer_have_no_gaps(shelf: Shelf, bare_shelf: Shelf):
    for path in {
        path for path in _paths(shelf, ("open",)) if "autocomplete" not in path and path.startswith("/search/1")
    }:
        walked = [list(_walk(each, f"{path}?q=the")) for each in (shelf, bare_shelf)]
        assert walked[0] == walked[1]


def _walk(shelf: Shelf, path: str) -> Iterator[bytes]:
    for _ in range(20):
        response = shelf.get(path)
        yield response.data
        following = response.get_json().get("next")
        if following is None:
            return
        path = following.removeprefix("https://books.example.org")
    raise AssertionError("an answer without an end")


def test_th_82_a_tag_of_one_word_answers_the_other_alike(shelf: Shelf):
    for path in set(_paths(shelf)):
        tags = [shelf.get(path, word).headers.get("ETag", "") for word in ("zanzibar", "qxqxqxqx")]
        assert tags[0].replace("zanzibar", "qxqxqxqx") == tags[1]
        for word, tag in zip(("zanzibar", "qxqxqxqx"), tags, strict=True):
            if tag:
                assert shelf.get(path, word, If_None_Match=tag).status_code == 304


def test_th_82_boxes_tell_nothing_but_places_of_whole_words(shelf: Shelf):
    operators = [query for query in _QUERIES if re.search(r"[*~]|OR| -\{", query)]
    for path in (f"/search/{version}/boxes" for version in (0, 1, 2)):
        for query in operators:
            present, absent = (shelf.get(path, query.format(w)) for w in ("zanzibar", "qxqxqxqx"))
            assert _seen(present, "zanzibar") == _seen(absent, "qxqxqxqx"), query
        for start in ("z", "za", "zan", "zanzibar"):
            suggested, none = (shelf.get(f"{path}/autocomplete", q) for q in (start, "q" * len(start)))
            assert len(suggested.data) == len(none.data)


@pytest.mark.parametrize("roles", [(), ("guest",)])
def test_th_92_a_session_without_the_role_learns_as_little_as_a_stranger(shelf: Shelf, roles: tuple[str, ...]):
    cookie = shelf.sign_in(*roles)
    for path in set(_paths(shelf)):
        for word in ("zanzibar", "qxqxqxqx"):
            signed, stranger = shelf.get(path, word, cookie=cookie), shelf.get(path, word)
            assert _seen(signed, word) == _seen(stranger, word)


def test_th_78_a_reader_who_is_let_in_finds_it(shelf: Shelf):
    answer = shelf.get("/search/1/secret", "zanzibar", cookie=shelf.sign_in("reader")).get_json()
    assert answer["within"]["total"] == 4


def test_th_85_a_hidden_text_and_one_that_is_not_there_are_told_in_the_same_words(shelf: Shelf):
    for path in set(_paths(shelf, ("hidden",))):
        if "hidden" in path:
            hidden, unknown = shelf.get(path, "zanzibar"), shelf.get(path.replace("hidden", "nobody"), "zanzibar")
            assert hidden.status_code == 404
            assert _seen(hidden, "hidden") == _seen(unknown, "nobody")

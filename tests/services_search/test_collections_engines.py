"""Search over collections: the very same documents from Whoosh and from a cluster, below the limits, for any reader."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from lectern.catalogue import ObjectRow
from lectern.home import Home
from lectern.settings import Settings
from lectern.urls import SearchVersion
from lectern.words import Join, Text
from search.analysis import chosen
from search.remarks import Remark, Target
from services.app import create_app
from services.context import Context
from services.search.direct import answer
from services.search.scopes import Place
from tests.search.books import book
from tests.services_search.conftest import BASE, POLICIES
from tests.services_search.shelving import shelve

_WORDS = ["harbour", "harbours", "light", "lights", "of", "the", "old", "haven", "lighthouse", "light-house", "l'homme"]
_WORDS += ["mayor", "vnd", "ijs", "東京", "小説", "Harbour", "zeppelin", "a", "sea", "seas", "dues", "wall"]
_POLICIES_OF = ["open", "secret", "open", "boxes", "free-text", "hidden", "open"]
_COLLECTIONS_OF: list[tuple[str, ...]] = [("press",), ("press", "mixed"), (), ("mixed",), ("cellar",)]
_OVERRIDES = """
[objects.b03]
policy = "secret"
[objects.b05]
policy = "open"
[[objects.b06.pages]]
pages = "2-3"
policy = "secret"
[[objects.b07.pages]]
pages = "1"
policy = "open"
"""
_TREE = '[collections.papers]\n[collections.press]\nparent = "papers"\n[collections.vault]\n'
_QUERIES = [
    *("harbour", '"of the"', '"the old"', "harbour light", "harbour -light", "light OR haven", "lig*", "h?rbour"),
    *("harbuor~", "sea~2", '"harbour light"~3', "=Harbour", '="the sea"', "light-house", '"light house"', "東京"),
    *('"old harbour" -"the sea"', '(harbour OR haven) "of the"', "l'homme", '"the sea" harbour', "zzz", "...", "a"),
    *('"of the old"', "lights", '"harbour of"~20', "zeppelin", '-the harbour "light of"', "*house", "vnd", "und"),
]


def _text(draw: random.Random) -> Text:
    """Return a book whose lines often end in hyphens, at page ends too."""
    pages: list[list[str]] = []
    joins, count = [], 0
    half = ""
    for _ in range(draw.randint(3, 7)):
        lines = []
        for _ in range(draw.choice((0, 1, 2, 3))):
            words = draw.choices(_WORDS, k=draw.randint(1, 9))
            if half:
                words.insert(0, "house")
                joins.append(Join(count - 1, count, "lighthouse", half == "marked"))
            half = draw.choice(["", "", "marked", "unmarked"])
            if half:
                words.append("light-")
            count += len(words)
            lines.append(" ".join(words))
        pages.append(lines)
    if half:
        pages.append(["house"])
        joins.append(Join(count - 1, count, "lighthouse", half == "marked"))
    return book(*pages, joins=joins)


def _remarks(draw: random.Random) -> list[Remark]:
    return [
        Remark(
            f"r{n}",
            " ".join(draw.choices(_WORDS, k=draw.randint(1, 12))),
            (Target(draw.randint(1, 3)),),
            (draw.choice(["commenting", "tagging"]),),
            "",
            (f"https://people.example/{draw.choice('ab')}",),
            f"2020-05-0{draw.randint(1, 9)}T10:00:00Z",
        )
        for n in range(draw.choice((0, 0, 2, 5)))
    ]


def _filled(folder: Path, **settings: Any) -> Context:
    home = Home(folder)
    home.prepare()
    home.policies_file.write_text(POLICIES + _OVERRIDES)
    home.collections_file.write_text(_TREE)
    context = Context(Settings(home=folder, public_url=BASE, page_hits=12, **settings))
    draw = random.Random("shelf")
    for n in range(16):
        name, policy = f"b{n:02}", _POLICIES_OF[n % len(_POLICIES_OF)]
        row = ObjectRow(name, name, f"Book {n}", policy=policy, collections=_COLLECTIONS_OF[n % len(_COLLECTIONS_OF)])
        profile = chosen({}, [("uv",), (), ("ij", "uv")][n % 3], [["en"], [], []][n % 3])
        shelve(context, row, _text(draw), profile=profile, remarks=_remarks(draw))
    return context


def _close(context: Context) -> None:
    context.catalogue.close()
    context.state.close()


@pytest.fixture(scope="module")
def whoosh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """Return a shelf of two dozen books under every policy, some of them with policies of their own."""
    context = _filled(tmp_path_factory.mktemp("whoosh"))
    yield context
    _close(context)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, opensearch: list[str]) -> Iterator[Context]:
    """Return the same shelf in a cluster."""
    folder = tmp_path_factory.mktemp("cluster")
    prefix = f"c{random.randrange(1 << 40)}"
    context = _filled(
        folder, engine="opensearch", opensearch_urls=opensearch, opensearch_index=prefix, opensearch_replicas=0
    )
    yield context
    _close(context)
    OpenSearch(opensearch).indices.delete(index=f"{prefix}-*")


def _document(
    context: Context,
    given: Sequence[tuple[str, str]],
    version: SearchVersion = 1,
    *,
    name: str = "all",
    reader: str | None = "stranger",
    suggesting: bool = False,
) -> dict[str, Any]:
    return answer(context, Place(collection=name), given, version, reader, suggesting=suggesting)


def _pages(context: Context, given: Sequence[tuple[str, str]], version: SearchVersion, **more: Any) -> list[Any]:
    """Return all pages of an answer, as `next` leads through them."""
    found = []
    begin: list[tuple[str, str]] = []
    while True:
        document = _document(context, [*given, *begin], version, **more)
        found.append(document)
        following = document.get("next")
        if following is None or len(found) > 40:
            return found
        address = following if isinstance(following, str) else following["id"]
        begin = [("from", address.rpartition("from=")[2].partition("&")[0].replace("%3A", ":"))]


@pytest.mark.parametrize(
    ("name", "reader"),
    [(name, who) for name in ("all", "papers", "mixed") for who in ("stranger", None)],
)
def test_both_engines_make_the_very_same_documents(whoosh: Context, cluster: Context, name: str, reader: str | None):
    found = 0
    shift = len(name) + (reader is None)  # a third of the queries each
    for n, q in enumerate(_QUERIES[shift % 3 :: 3]):
        version: SearchVersion = 2 if n % 2 else 1
        expected = _pages(whoosh, [("q", q)], version, name=name, reader=reader)
        assert _pages(cluster, [("q", q)], version, name=name, reader=reader) == expected, q
        found += "next" in expected[0]
    assert found


@pytest.mark.parametrize(
    "more",
    [
        [("order", "rank")],
        [("motivation", "commenting")],
        [("motivation", "painting")],
        [("date", "2020-05-02T00:00:00Z/2020-05-05T23:00:00Z")],
        [("user", "https://people.example/a")],
        [("motivation", "non-painting"), ("user", "https://people.example/b")],
    ],
    ids=lambda more: "&".join("=".join(pair) for pair in more),
)
def test_orders_and_filters_are_the_same_on_both(whoosh: Context, cluster: Context, more: list[tuple[str, str]]):
    for q in [*_QUERIES[::5], ""]:
        given = [("q", q), *more]
        assert _pages(cluster, given, 1, reader=None) == _pages(whoosh, given, 1, reader=None), q


@pytest.mark.parametrize("version", [1, 2])
def test_without_a_query_both_list_all_lines_and_annotations(whoosh: Context, cluster: Context, version: SearchVersion):
    expected = _pages(whoosh, [], version, name="papers")
    assert _pages(cluster, [], version, name="papers") == expected
    assert len(expected) > 2


@pytest.mark.parametrize("reader", ["stranger", None])
@pytest.mark.parametrize("prefix", ["h", "light", "l'h", "東", "u", "the ", "zzz"])
def test_suggestions_are_the_same_on_both(whoosh: Context, cluster: Context, prefix: str, reader: str | None):
    for given in ([("q", prefix)], [("q", prefix), ("min", "3")], [("q", prefix), ("motivation", "tagging")]):
        expected = _document(whoosh, given, reader=reader, suggesting=True)
        assert _document(cluster, given, reader=reader, suggesting=True) == expected, given


def test_the_portals_page_of_objects_is_the_same_on_both(whoosh: Context, cluster: Context):
    def page(context: Context, address: str) -> str:
        response = create_app(context, ["portal", "search"]).test_client().get(address)
        assert response.status_code == 200
        return response.get_data(as_text=True)

    for address in ("/?q=harbour", "/?q=%22of+the%22+OR+lig*&collection=papers", "/?q=zzz"):
        assert page(cluster, address) == page(whoosh, address)
    assert page(whoosh, "/?q=harbour").count("/objects/b") > 5

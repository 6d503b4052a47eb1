"""The same home over HTTP with either engine: any node that has only the catalogue gives the same bytes."""

import shutil
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lectern.catalogue import CanvasRow, ObjectRow
from lectern.home import Home
from lectern.pack import PackFile
from lectern.settings import load_settings
from lectern.urls import canvas_path
from lectern.wordblock import encode_page
from lectern.words import Block, Page, Text
from search.cluster.documents import Owner
from search.packing import rebuild_pack, write_pack
from search.remarks import Remark, Target
from services import http, presentation, search
from services.context import Context
from tests.presentation.conftest import POLICIES, line
from tests.search.engines.shelves import ClusterShelf
from tests.servers import free_port

_PARTS = """
[[objects.parted.pages]]
pages = "2-20"
policy = "members"
[[objects.places.pages]]
pages = "5-40"
policy = "counted"
"""
_PAGES = 40
_SEARCHES = [
    "q=harbour",
    'q="harbour wall"',
    "q=har*",
    "q=secret5",
    "q=harbour+-page3",
    "q=common&order=rank",
    "q=note",
    "q=wall&from=OBJECT:7",
    "",
]
_TEXTS = [
    *(f"/presentation/{version}/OBJECT/{rest}" for version in (2, 3) for rest in ("manifest", "canvas/3/text")),
    *(f"/presentation/3/OBJECT/canvas/{n}/{what}" for n in (1, 7, 40) for what in ("words", "annotations", "text")),
]
_FILES = [
    *(f"/presentation/3/OBJECT/{name}" for name in ("text.txt", "book.pdf")),
    *(f"/presentation/3/OBJECT/canvas/{n}/{name}" for n in (3, 30) for name in ("alto.xml", "hocr.html")),
]


def _publish(context: Context, object_id: str, policy: str) -> None:
    pages = [
        Page([Block([line(f"the harbour wall page{n} secret{n}", 20), line("common to all", 60)])])
        for n in range(1, _PAGES + 1)
    ]
    remarks = [Remark(f"r{n}", f"a note on page {n}", (Target(n),), ("commenting",)) for n in (1, 7, 30)]
    generation = context.catalogue.next_generation()
    summary = write_pack(context.home, object_id, generation, Text(pages), remarks=remarks)
    canvases = [CanvasRow(n, canvas_path(object_id, n), 900, 800, words=8) for n in range(1, _PAGES + 1)]
    values = {"label": object_id, "languages": ("en",), "pages": _PAGES, "words": summary.words}
    context.catalogue.publish(
        ObjectRow(object_id, object_id, generation=generation, policy=policy, **values),  # type: ignore[arg-type]
        canvases,
    )


@pytest.fixture(scope="module")
def contexts(
    tmp_path_factory: pytest.TempPathFactory, opensearch: list[str], cluster_shelf: ClusterShelf
) -> Iterator[tuple[Context, Context]]:
    """Return one home with Whoosh, and another that has only its catalogue, with a cluster."""
    whole = tmp_path_factory.mktemp("whole")
    (whole / "policies.toml").write_text(POLICIES + _PARTS)
    settings = load_settings(whole).model_copy(update={"public_url": "https://books.example.org"})
    one = Context(settings)
    one.home.prepare()
    for name, policy in {"free": "open", "closed": "members", "parted": "open", "places": "readable"}.items():
        _publish(one, name, policy)
    node = tmp_path_factory.mktemp("node")
    for row in one.catalogue.objects():
        _load(one.home, row, cluster_shelf)
    one.catalogue.close()
    for path in whole.glob("*.*"):
        shutil.copy(path, node)
    changes = {
        "home": node,
        "engine": "opensearch",
        "opensearch_urls": opensearch,
        "opensearch_index": cluster_shelf.loader.names.prefix,
    }
    other, again = Context(settings.model_copy(update=changes)), Context(settings)
    yield again, other
    again.catalogue.close()
    other.catalogue.close()


def _load(home: Home, row: ObjectRow, shelf: ClusterShelf) -> None:
    whole = PackFile(home.pack_file(row.id, row.generation))
    path = home.path / "work" / row.id
    rebuild_pack(home, row.id, row.generation, whole, more={}, path=path, indexed=False)
    shelf.loader.load(PackFile(path), Owner(row.id, row.generation, row.policy, ()))
    path.unlink()


def _client(context: Context) -> FlaskClient:
    app = Flask("tests", static_folder=None)
    http.install(app)
    app.register_blueprint(presentation.blueprint(context))
    app.register_blueprint(search.blueprint(context))
    return app.test_client()


@pytest.mark.parametrize("object_id", ["free", "closed", "parted", "places"])
def test_every_answer_has_the_same_bytes(contexts: tuple[Context, Context], object_id: str):
    one, other = map(_client, contexts)
    scopes = ["", "/canvas/7", "/canvas/1", "/canvas/30"]
    paths = [f"/search/{v}/OBJECT{scope}?{q}" for v in (0, 1, 2) for scope in scopes for q in _SEARCHES]
    paths += [f"/search/{v}/OBJECT{scope}/autocomplete?q={q}" for v in (1, 2) for scope in scopes for q in ("h", "se")]
    found = 0
    for path in [*paths, *_TEXTS, *_FILES]:
        asked = path.replace("OBJECT", object_id)
        mine, theirs = one.get(asked), other.get(asked)
        assert (mine.status_code, mine.data) == (theirs.status_code, theirs.data), asked
        assert mine.headers.get("ETag") == theirs.headers.get("ETag"), asked
        found += mine.status_code == 200
    assert found > len(paths) // 2


def test_a_node_keeps_no_words_but_of_the_parts_it_was_asked_for(contexts: tuple[Context, Context]):
    _, other = contexts
    assert _client(other).get("/search/1/parted?q=harbour").status_code == 200
    assert not list(other.home.path.glob("index/??/*.pack"))
    (part,) = (other.home.path / "index" / "parts").glob("*/parted/*.pack")
    assert b"".join(PackFile(part).blocks(range(1, 20))) == b"".join([encode_page(Page())] * 19)


def test_while_the_cluster_is_away_answers_are_refused_with_a_time_to_ask_again(contexts: tuple[Context, Context]):
    changes = {"opensearch_urls": [f"http://127.0.0.1:{free_port()}"]}
    away = Context(contexts[1].settings.model_copy(update=changes))
    answer = _client(away).get("/search/1/free?q=harbour+page9")
    assert (answer.status_code, answer.get_json()["type"][:5]) == (503, "about")
    assert int(answer.headers["Retry-After"]) > 0
    assert _client(away).get("/presentation/3/free/manifest").status_code == 200
    away.catalogue.close()

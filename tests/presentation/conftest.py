"""A home with objects under every kind of policy, and the presentation service over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lectern.catalogue import CanvasRow, ObjectRow
from lectern.settings import load_settings
from lectern.urls import canvas_path
from lectern.words import Block, Box, Line, Page, Text, Word
from search.packing import write_pack
from services import http
from services.context import Context
from services.presentation import blueprint

POLICIES = """
[policies.members]
patterns = ["login"]
search = "none"

[policies.counted]
patterns = ["login"]
search = "boxes"
substitute = { max_scale = 0.25 }

[policies.readable]
patterns = ["login"]
search = "open"

[policies.sparing]
patterns = ["login"]
manifest = "minimal"

[policies.secret]
patterns = ["login"]
manifest = "hidden"

[policies.freed]
patterns = ["login"]
manifest = "hidden"
until = 2001-01-01
"""


def line(text: str, y: int) -> Line:
    words = [Word(word, Box(10 + 100 * i, y, 90, 30)) for i, word in enumerate(text.split())]
    return Line(words, Box(10, y, 100 * len(words) - 10, 30))


def publish(context: Context, object_id: str, policy: str = "open", **changes: object) -> None:
    """Publish two pages, the first with two lines of text, the second empty."""
    text = Text([Page([Block([line("the harbour wall", 20), line("was opened", 60)])]), Page()])
    generation = context.catalogue.next_generation()
    summary = write_pack(context.home, object_id, generation, text)
    canvases = [
        CanvasRow(n, canvas_path(object_id, n), 600, 800, image=f"x/{n}.tif", words=5 if n == 1 else 0) for n in (1, 2)
    ]
    values = {"label": f"The {object_id}", "languages": ("en",), "pages": 2, "words": summary.words} | changes
    row = ObjectRow(object_id, object_id, generation=generation, policy=policy, **values)  # type: ignore[arg-type]
    context.catalogue.publish(row, canvases)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    (tmp_path / "policies.toml").write_text(POLICIES)
    found = Context(load_settings(tmp_path).model_copy(update={"public_url": "https://books.example.org"}))
    found.home.prepare()
    for policy in ("open", "members", "counted", "readable", "sparing", "secret", "freed"):
        publish(found, f"{policy}-book", policy, collections=("press",) if policy != "secret" else ("cellar",))
    yield found
    found.catalogue.close()


@pytest.fixture
def client(context: Context) -> FlaskClient:
    app = Flask("tests", static_folder=None)
    http.install(app)
    app.register_blueprint(blueprint(context))
    return app.test_client()


@pytest.fixture
def mixed(context: Context) -> Context:
    """Return the home with two books of two pages: the second of `part-open` is open, that of `part-closed` is not."""
    for object_id, policy in (("part-open", "members"), ("part-closed", "open"), ("part-hidden", "open")):
        publish(context, object_id, policy)
    tables = "".join(
        f'[[objects.{object_id}.pages]]\npages = "2"\npolicy = "{policy}"\n'
        for object_id, policy in (("part-open", "open"), ("part-closed", "counted"), ("part-hidden", "secret"))
    )
    (context.home.policies_file).write_text(POLICIES + tables)
    return context

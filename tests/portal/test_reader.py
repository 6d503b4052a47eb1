"""The reader's page: what it is given, what it may load, and who may frame it."""

import json
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from lectern.catalogue import CanvasRow, ObjectRow
from lectern.urls import canvas_path
from services.context import Context
from tests.conftest import ROOT
from tests.portal.conftest import publish
from tests.portal.pages import Page

BASE = "https://books.example.org"
READER = "//div[@id='reader']"
MODULES = ROOT / "services" / "static" / "reader"


@pytest.fixture(autouse=True)
def installed(context: Context) -> None:
    script = context.settings.viewers / "openseadragon/build/openseadragon/openseadragon.min.js"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("openseadragon")


def _rules(client: FlaskClient, object_id: str) -> dict[str, str]:
    policy = client.get(f"/objects/{object_id}/read").headers["Content-Security-Policy"]
    return {name: value for name, _, value in (rule.partition(" ") for rule in policy.split("; "))}


def test_it_opens_the_version_3_manifest_by_modules_of_its_own(client: FlaskClient, context: Context):
    publish(context, "book", label="A <b>book</b>")
    page = Page(client.get("/objects/book/read"))
    assert page.values(f"{READER}/@data-manifest") == [f"{BASE}/presentation/3/book/manifest"]
    assert page.texts("//h1") == ["A <b>book</b>"]
    assert page.values("//script/@src") == ["/viewers/openseadragon/openseadragon.min.js", "/static/reader/main.js"]
    for address in page.values("//script/@src | //link/@href"):
        assert client.get(address).status_code == 200, address
    assert page.values("//h1/a/@href") == ["/objects/book"]
    assert "needs JavaScript" in page.texts("//noscript")[0]


def test_every_control_has_a_name_and_every_picture_of_one_is_there(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book/read"))
    for button in page.elements("//button"):
        assert button.get("aria-label") or button.text_content().strip() or button.get("id") == "leave"
    assert {each.removeprefix("#") for each in page.values("//use/@href")} <= set(page.values("//symbol/@id"))


def test_without_its_bundle_it_says_what_to_do(client: FlaskClient, context: Context):
    publish(context, "book")
    shutil.rmtree(context.settings.viewers)
    page = Page(client.get("/objects/book/read"))
    assert "make setup" in page.texts("//section[@class='unready']")[0]
    assert page.values("//script/@src") == []


def test_it_loads_nothing_from_anywhere_else_and_any_site_may_frame_it(client: FlaskClient, context: Context):
    publish(context, "book")
    rules = _rules(client, "book")
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == rules["img-src"].removesuffix(" data: blob:") == f"'self' {BASE}"
    assert rules["frame-src"] == f"'self' {BASE}"
    assert rules["frame-ancestors"] == "*"
    answer = client.get("/objects/book/read")
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize(("policy", "told"), [("open", True), ("members", False)])
def test_origins_of_borrowed_pictures_are_told_to_those_who_may_know_them(
    client: FlaskClient, context: Context, policy: str, told: bool
):
    service = {"id": "https://images.example.com:8443/iiif/1", "type": "ImageService3", "profile": "level2"}
    lent = json.dumps({"id": "https://files.example.com/1.jpg", "type": "Image", "service": [service]})
    row = ObjectRow("book", "book", "The book", policy=policy, pages=1, words=5)
    context.catalogue.publish(row, [CanvasRow(1, canvas_path("book", 1), 600, 800, borrowed=lent)])
    rules = _rules(client, "book")
    for rule in ("img-src", "connect-src"):
        assert ("https://images.example.com:8443" in rules[rule]) is told
        assert ("https://files.example.com" in rules[rule]) is told
    assert "example.com" not in rules["script-src"] + rules["frame-src"]


def test_embedded_it_opens_what_leads_away_in_a_window_of_its_own(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book/read?embed=1"))
    assert page.values(f"{READER}/@data-embedded") == [""]
    assert page.values(f"{READER}/@data-alone") == [f"{BASE}/objects/book/read"]
    assert page.values("//h1/a/@target") == ["_blank"]


def test_a_hidden_object_has_no_reader_for_strangers(client: FlaskClient, context: Context):
    publish(context, "secret-book", policy="secret")
    hidden = client.get("/objects/secret-book/read")
    unknown = client.get("/objects/absent-book/read")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.data.replace(b"secret", b"absent") == unknown.data


def test_the_page_of_a_restricted_object_names_no_word_of_it(client: FlaskClient, context: Context):
    publish(context, "papers", policy="sparing", summary="Family matters")
    assert b"Family matters" not in client.get("/objects/papers/read").data


@pytest.mark.parametrize("path", sorted(MODULES.glob("*.js")), ids=lambda path: path.name)
def test_modules_are_small_and_run_no_text_as_code(path: Path):
    text = path.read_text()
    assert len(text.splitlines()) <= 450
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "http://local",
    ):
        assert forbidden not in text

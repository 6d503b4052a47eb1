"""Every URL of DESIGN section 4 that there is so far, in every way to run Lectern; every command of section 5."""

import pytest
from click.testing import CliRunner

from services.cli import main
from tests.deployment.reader import ORIGIN, Visitor

pytestmark = pytest.mark.nginx

_JSON, _HTML, _JPEG = "application/json", "text/html; charset=utf-8", "image/jpeg"
_PUBLIC_APIS = ("/search/", "/presentation/", "/iiif/", "/auth/probe/")
_URLS = {
    "/": (200, _HTML),
    "/objects/letters": (200, _HTML),
    "/presentation/3/letters/manifest": (200, _JSON),
    "/presentation/2/letters/manifest": (200, _JSON),
    "/presentation/3/collections/all": (200, _JSON),
    "/presentation/2/collections/all": (200, _JSON),
    "/presentation/3/letters/canvas/2/text": (200, _JSON),
    "/presentation/2/letters/canvas/2/text": (200, _JSON),
    "/search/0/letters?q=x": (200, _JSON),
    "/search/1/letters?q=x": (200, _JSON),
    "/search/2/letters?q=x": (200, _JSON),
    "/search/1/letters/canvas/2?q=x": (200, _JSON),
    "/search/0/letters/autocomplete?q=x": (200, _JSON),
    "/search/1/letters/autocomplete?q=x": (200, _JSON),
    "/search/2/letters/autocomplete?q=x": (200, _JSON),
    "/search/2/letters/canvas/2/autocomplete?q=x": (200, _JSON),
    "/iiif/2/letters-1": (303, None),
    "/iiif/3/letters-1": (303, None),
    "/iiif/2/letters-1/info.json": (302, None),
    "/iiif/2/letters-1~degraded/info.json": (200, _JSON),
    "/iiif/3/letters-1/info.json": (200, _JSON),
    "/iiif/2/letters-1~degraded/full/300,/0/default.jpg": (200, _JPEG),
    "/iiif/3/letters-1~degraded/full/300,/0/default.jpg": (200, _JPEG),
    "/iiif/2/letters-1/full/300,/0/default.jpg": (401, None),
    "/iiif/3/letters-1/full/300,/0/default.jpg": (401, None),
    f"/auth/access/readers?origin={ORIGIN}": (200, _HTML),
    f"/auth/token/1/readers?origin={ORIGIN}&messageId=1": (200, _HTML),
    f"/auth/token/2/readers?origin={ORIGIN}&messageId=1": (200, _HTML),
    "/auth/token/1/readers": (401, _JSON),
    "/auth/logout": (200, _HTML),
    "/auth/probe/letters-1": (200, _JSON),
    "/healthz": (200, _JSON),
    "/readyz": (200, _JSON),
    "/openapi.json": (200, _JSON),
    "/openapi": (200, _HTML),
}


@pytest.mark.parametrize("path", _URLS)
def test_a_url_of_the_outside_surface_answers_as_promised(base: str, path):
    status, kind = _URLS[path]
    reply = Visitor(base).ask(path, Accept="*/*")
    assert reply.status == status
    if kind is not None:
        assert reply.headers["content-type"] == kind
    if path.startswith(_PUBLIC_APIS):
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize(
    "path", ["/search/1/nothing?q=x", "/iiif/2/nothing-1/info.json", "/presentation/3/nothing/manifest"]
)
def test_what_is_not_there_is_a_404_in_the_one_shape(base: str, path):
    reply = Visitor(base).ask(path)
    assert reply.status == 404
    assert {"type", "title", "status", "detail"} <= set(reply.json())
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "serve",
        "demo",
        "ingest",
        "status",
        "search",
        "remove",
        "reindex",
        "check",
        "policy check",
        "policy explain",
        "user add",
        "user passwd",
        "user list",
        "user remove",
    ],
)
def test_a_command_of_the_outside_surface_explains_itself(command):
    result = CliRunner().invoke(main, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert result.output.startswith("Usage:")


@pytest.mark.parametrize("command", ["ingest", "status", "remove", "reindex", "check", "policy check", "user list"])
def test_a_command_that_reports_can_do_so_in_json(command):
    assert "--json" in CliRunner().invoke(main, [*command.split(), "--help"]).output

"""One id leads through answer, log, audit log and the services that ask one another; no line has a secret."""

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from lectern.settings import Settings
from lectern.spans import request_id
from services.app import create_app
from services.context import Context
from services.observing import _add_ids
from tests.observing.conftest import NAME, PASSWORD, QUERY, SECRET, SEEN, SIGNED_TILE, WRONG, Watched

_GIVEN = "4f1c0ffee0ddba11deadbeef00000001"


def _lines(watched: Watched) -> list[dict[str, Any]]:
    return [json.loads(line) for line in watched.program.log().splitlines() if line.startswith("{")]


@pytest.mark.parametrize("path", ["/healthz", SIGNED_TILE, "/search/1/letters?q=x", "/auth/verify", "/nowhere"])
def test_the_id_that_a_trusted_proxy_gives_is_that_of_answer_and_log(watched: Watched, path: str):
    given = f"{_GIVEN}.{len(path)}"
    answer = watched.visitor.ask(path, X_Request_Id=given)
    assert answer.headers["x-request-id"] == given
    assert any(line["event"] == "request" and line["id"] == given for line in _lines(watched))


@pytest.mark.parametrize("odd", ["short", "x" * 65, "has a space", 'a"quote"', "a\tb345678", "é" * 8])
def test_an_id_that_is_none_is_replaced(watched: Watched, odd: str):
    given = watched.visitor.ask("/healthz", X_Request_Id=odd).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{12}", given)


@pytest.fixture
def unproxied(tmp_path) -> FlaskClient:
    return create_app(Context(Settings(home=tmp_path / "home"))).test_client()


@pytest.mark.parametrize("path", ["/healthz", "/iiif/3/a-1/full/max/0/default.jpg", "/auth/verify"])
def test_without_a_trusted_proxy_nobody_gives_the_id(unproxied: FlaskClient, path: str):
    answer = unproxied.get(path, headers={"X-Request-Id": _GIVEN})
    assert answer.headers["X-Request-Id"] != _GIVEN


def test_a_refusal_has_the_same_id_in_audit_log_and_request_log(watched: Watched):
    asking: dict[str, Any] = {
        "X_Original_URI": SIGNED_TILE,
        "X_Original_Method": "GET",
        "X_Request_Id": "refused-request-1",
    }
    assert watched.visitor.ask("/auth/verify", **asking).status == 403
    mine = [line for line in _lines(watched) if line.get("id") == "refused-request-1"]
    assert [line["event"] for line in mine] == ["audit", "request"]
    assert mine[0]["request"] == "refused-request-1"


def test_a_line_about_a_request_has_its_id_and_one_about_none_has_none(tmp_path):
    request_id.set("")
    assert _add_ids(None, "", {"event": "e"}) == {"event": "e"}
    token = request_id.set("abc")
    try:
        assert _add_ids(None, "", {"event": "e"}) == {"event": "e", "id": "abc"}
    finally:
        request_id.reset(token)


def test_a_fault_is_logged_with_the_id_of_its_request(tmp_path, monkeypatch):
    context = Context(Settings(home=tmp_path / "home"))
    app = create_app(context)

    def broken() -> str:
        raise RuntimeError("broken")

    app.add_url_rule("/broken", view_func=broken)
    with capture_logs(processors=[_add_ids]) as logs:
        answer = app.test_client().get("/broken")
    (fault,) = (line for line in logs if line["event"] == "fault")
    assert fault["id"] == answer.headers["X-Request-Id"]


def test_th_103_nothing_that_was_written_or_sent_has_a_secret(watched: Watched):
    """The log at its finest, the metrics and the traces of a visit hold no password, cookie, query or name."""
    cookies = list(watched.visitor.cookies.values())
    used = [NAME, PASSWORD, WRONG, SECRET, QUERY, SEEN, *cookies, PASSWORD.replace(" ", "+")]
    watched.traces.until(lambda spans: len(spans) > 20)
    sent = b"".join(watched.traces.bodies).decode("latin-1")
    everything = watched.program.log() + watched.metrics() + sent
    assert cookies
    assert "sign-in" in everything
    assert [secret for secret in used if secret in everything] == []
    assert "letters" not in sent

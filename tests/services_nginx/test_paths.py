"""The gateway's rules: every path reaches its service, nothing internal is reachable, headers are the gateway's own."""

import http.client
import json
import os
import signal
from urllib.parse import urlsplit

import pytest

from tests.conformance.test_schemas import errors
from tests.services_nginx.gateway import SECRET

pytestmark = pytest.mark.nginx


def ask(gateway, path, method="GET", **headers):
    """Return status, headers and body of an answer; the path goes out exactly as it is given."""
    parts = urlsplit(gateway.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/objects/nothing", 404),
        ("/admin", 303),
        ("/healthz", 200),
        ("/search/1/nothing?q=word", 404),
        ("/search/2/nothing/autocomplete?q=word", 404),
        ("/presentation/3/nothing/manifest", 404),
        ("/presentation/3/collections/all", 200),
        ("/iiif/2/nothing-1/info.json", 404),
        ("/iiif/3/nothing-1/full/max/0/default.jpg", 404),
        ("/auth/probe/nothing-1", 200),
        ("/auth/logout", 200),
    ],
)
def test_every_path_reaches_its_service(running_gateway, path, status):
    found, headers, _ = ask(running_gateway, path)
    assert found == status
    # Every service says so itself; nginx' own pages would not.
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/auth/verify",
        "/auth/verify/",
        "/auth/verify?x=1",
        "/auth/verif%79",
        "/auth/%76erify",
        "/auth/./verify",
        "/auth/x/../verify",
        "/search/../auth/verify",
        "/auth/verify/../verify",
        "/metrics",
        "/metrics/",
        "/%6detrics",
        "/x/../metrics",
    ],
)
def test_what_is_internal_cannot_be_reached_however_it_is_spelled(running_gateway, path):
    status, headers, body = ask(
        running_gateway,
        path,
        X_Lectern_Secret=SECRET,
        X_Original_URI="/iiif/2/a-1/info.json",
        X_Forwarded_For="127.0.0.1",
    )
    assert status in (400, 404)
    assert "X-Lectern-Tier" not in headers
    assert b"lectern_" not in body


@pytest.mark.parametrize("path", ["/auth//verify", "//auth/verify", "/auth/verify%2f", "/auth/%2e%2e/auth/verify"])
def test_a_spelling_that_slips_past_the_rule_meets_a_service_that_says_no(running_gateway, path):
    # The gateway strips the secret, so even a slip would be refused.
    status, headers, _ = ask(running_gateway, path, X_Lectern_Secret=SECRET, X_Original_URI="/iiif/2/a-1/info.json")
    assert status in (400, 403, 404, 308)
    assert "X-Lectern-Tier" not in headers


def test_preflights_are_answered_for_the_public_apis(running_gateway):
    for path in ("/search/1/a", "/presentation/3/a/manifest", "/iiif/2/a-1/info.json", "/auth/probe/a-1"):
        status, headers, _ = ask(running_gateway, path, "OPTIONS", Origin="https://viewer.example.org")
        assert status == 204
        assert headers.get_all("Access-Control-Allow-Origin") == ["*"]


def test_a_long_query_reaches_the_service_that_says_it_is_too_long(running_gateway):
    status, headers, _ = ask(running_gateway, "/search/1/nothing?q=" + "x" * 5000)
    assert status in (400, 404)
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_a_large_body_is_refused_at_the_door(running_gateway):
    status, _, _ = ask(running_gateway, "/auth/access/open", "POST", Content_Length=str(10_000_000))
    assert status == 413


def test_a_service_that_is_down_takes_no_other_with_it(running_gateway):
    """Last but one in this file, because it ends the search service."""
    os.killpg(running_gateway.programs["search"].process.pid, signal.SIGTERM)
    running_gateway.programs["search"].process.wait(20)
    status, headers, body = ask(running_gateway, "/search/1/nothing?q=word")
    assert (status, headers["Retry-After"]) == (503, "5")
    assert headers.get_all("Access-Control-Allow-Origin") == ["*"]
    assert headers["Content-Type"] == "application/problem+json"
    answer = json.loads(body)
    assert (answer["status"], answer["resources"], answer["items"]) == (503, [], [])
    assert (answer["hits"], answer["terms"]) == ([], [])
    assert ask(running_gateway, "/presentation/3/collections/all")[0] == 200


def test_an_image_service_that_is_down_is_told_in_the_shape_of_its_own_errors(running_gateway):
    """Last in this file, because it ends the image service."""
    os.killpg(running_gateway.programs["image"].process.pid, signal.SIGTERM)
    running_gateway.programs["image"].process.wait(20)
    for path in ("/iiif/3/nothing-1/info.json", "/iiif/2/nothing-1/full/max/0/default.jpg"):
        status, headers, body = ask(running_gateway, path)
        assert (status, headers["Content-Type"]) == (503, "application/problem+json")
        assert errors("image-problem", json.loads(body)) == []

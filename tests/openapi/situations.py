"""What has to be the matter for an error to come: a server over a copy of the home, by the words of `x-when`."""

import http.client
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auth.identity import Identity
from lectern.settings import Settings
from services.app import create_app
from services.context import Context
from services.credentials import COOKIE
from tests.conformance.stage import serve
from tests.openapi.shelf import SECRET, VIEWER

BASE = "http://localhost:8080"
NO_STORE = b"no database" * 500
_SSO = {"kind": "oidc", "issuer": "https://sso.example.org", "client_id": "lectern", "client_secret": "s" * 40}
_ONE_QUERY = "today's only query of the object `places` was asked"
_ONE_IMAGE = "a reader gets one image a second, and has had it"
_SPENT = {_ONE_QUERY, _ONE_IMAGE}
_SETTINGS: dict[str, dict[str, Any]] = {
    _ONE_QUERY: {"boxes_queries": 1},
    _ONE_IMAGE: {"tiles_per_second": 1},
    "the setting pdf_pages is 0": {"pdf_pages": 0},
    "metrics are for other networks": {"metrics_networks": ["10.0.0.0/8"]},
    "there is a provider `sso`": {"providers": {"sso": _SSO}},
}
_FILES = {
    "the store of objects is down": ("catalogue.db", NO_STORE),
    "the store of sessions is down": ("state.db", NO_STORE),
    "policies.toml is broken": ("policies.toml", b"nobody can read this"),
}
_ROLES = {_ONE_IMAGE: "reader", "a guest is signed in": "guest"}
# Of the next two only a real server knows (test_services.py).
OF_SERVERS = {"the address has 9000 characters", "a header has 40,000 characters"}
WHENS = {"", *_SETTINGS, *_FILES, *_ROLES}


@dataclass(frozen=True)
class Reply:
    """An answer, as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return what the body says as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A server on a port of the loopback, in a situation."""

    port: int
    when: str
    cookie: str

    def ask(self, example: Mapping[str, Any]) -> Reply:
        """Return the answer to what an example asks, once more where it says that it was asked before."""
        headers = dict(example.get("x-headers", {}))
        if headers.get("X-Lectern-Secret"):
            headers["X-Lectern-Secret"] = SECRET
        if self.cookie:
            headers["Cookie"] = f"{COOKIE}={self.cookie}"
        method = example.get("x-method", "GET")
        body = b"x=" + b"y" * 1_000_000 if "megabyte" in example["summary"] else b""
        reply = once(self.port, method, example["x-ask"], headers, body)
        for _ in range(5 if self.when in _SPENT else 0):  # another second may begin between two requests
            if reply.status < 400:
                reply = once(self.port, method, example["x-ask"], headers, body)
        return reply


def once(port: int, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
    """Return the answer to one request, whose target is sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    more = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    try:
        connection.request(method, target, body or None, {**more, **headers})
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, answer.read())
    finally:
        connection.close()


@contextmanager
def situation(when: str, home: Path, folder: Path) -> Iterator[Server]:
    """Serve a copy of a home in which something is the matter, until the block ends."""
    copy = Path(shutil.copytree(home, folder))
    if when in _FILES:
        name, content = _FILES[when]
        for file in copy.glob(f"{name}*"):
            file.unlink()
        (copy / name).write_bytes(content)
    usual = {"home": copy, "verify_secret": SECRET, "public_url": BASE}
    context = Context(Settings(**{**usual, **_SETTINGS.get(when, {})}))
    server = serve(create_app(context))
    role = _ROLES.get(when)
    cookie = context.sessions.sign_in(Identity("somebody", (role,)), VIEWER) if role else ""
    try:
        yield Server(server.port, when, cookie)
    finally:
        server.shutdown()
        server.server_close()
        context.close()

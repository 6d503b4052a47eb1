"""Schemathesis against a running Lectern: who asks, what is checked, and what the checks are told of our contract."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import requests

from services.credentials import COOKIE
from tests.conftest import ROOT
from tests.openapi.shelf import NAME, PASSWORD, SECRET, VIEWER
from tests.servers import free_port, running, settings_free_environment

# Who asks, and which services: what all are asked alike is asked once.
WHO = {
    "stranger": ("search", "auth", "image", "presentation", "portal", "running"),
    "reader": ("search", "image", "presentation", "portal"),
    "viewer": ("auth", "image"),
}
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
)
# A request that is not allowed may also be too long, and is then refused before it is looked at.
_CONFIG = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 413, 414, 429, 431]
"""


@dataclass(frozen=True)
class Reader:
    """A running Lectern, and what its reader's browser and viewer send."""

    port: int
    cookie: str
    token: str

    @property
    def url(self) -> str:
        """Return the address of the server."""
        return f"http://localhost:{self.port}"

    def headers(self, who: str) -> dict[str, str]:
        """Return what somebody sends with every request: nothing, a session, a token; and the secret of a proxy."""
        sent = {"stranger": {}, "reader": {"Cookie": f"{COOKIE}={self.cookie}"}}
        return {"X-Lectern-Secret": SECRET} | sent.get(who, {"Authorization": f"Bearer {self.token}"})


@contextmanager
def live_server(home: Path) -> Iterator[Reader]:
    """Run `lectern up` over a home and sign its reader in, until the block ends."""
    port = free_port()
    url = f"http://localhost:{port}"
    environment = settings_free_environment(
        LECTERN_HOME=str(home),
        LECTERN_PUBLIC_URL=url,
        LECTERN_VERIFY_SECRET=SECRET,
        LECTERN_VIEWERS=str(ROOT / "node_modules"),
        LECTERN_WORKERS="1",
        PORT=str(port),
    )
    with running([sys.executable, "-m", "services.cli", "up"], environment, f"{url}/readyz"):
        cookie = _signed_in(url)
        yield Reader(port, cookie, _token(url, cookie))


def _signed_in(url: str) -> str:
    """Return the cookie of a session, as the form of the access page gives it."""
    door = f"{url}/auth/access/readers?origin={quote(VIEWER)}"
    shown = requests.get(door, timeout=30)
    stamp = re.search(r'name="stamp" value="([^"]*)"', shown.text)
    assert stamp, shown.text
    form = {"stamp": stamp[1], "action": "sign-in", "username": NAME, "password": PASSWORD}
    kept = "; ".join(f"{name}={value}" for name, value in shown.cookies.items())
    answer = requests.post(door, form, headers={"Cookie": kept}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.cookies[COOKIE]


def _token(url: str, cookie: str) -> str:
    answer = requests.get(f"{url}/auth/token/1/readers", headers={"Cookie": f"{COOKIE}={cookie}"}, timeout=30)
    token: str = answer.json()["accessToken"]
    return token


def asked(
    reader: Reader, who: str, folder: Path, *more: str, examples: int, checks: Sequence[str] = CHECKS
) -> "subprocess.CompletedProcess[str]":
    """Return what Schemathesis says after it has asked as somebody; status 0 if it has found nothing.

    `examples` is how many requests it makes up for every operation. What it writes goes into a folder.
    """
    config = folder / "schemathesis.toml"
    config.write_text(_CONFIG)
    headers = [part for name, value in reader.headers(who).items() for part in ("--header", f"{name}: {value}")]
    tags = [part for tag in WHO[who] for part in ("--include-tag", tag)] if "--include-path" not in more else []
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
        *("run", f"{reader.url}/openapi.json", "--checks", ",".join(checks), "--max-redirects", "0"),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--no-shrink", "--no-color"),
        *("--warnings", "off", "--continue-on-failure", *headers, *tags, *more),
    ]
    if "--seed" not in more:
        command.append("--generation-deterministic")
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

"""Lectern behind a real nginx with TLS, by a certificate of a test authority, and a client that trusts it alone."""

import http.client
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from click.testing import CliRunner

from services import SERVICES
from services.cli import main
from tests.conftest import ROOT
from tests.deployment.reader import Visitor
from tests.servers import free_port, running, settings_free_environment
from tests.services_nginx.gateway import Certificate, nginx, nginx_program, upstreams

HOST = "books.library.test"
NAME, PASSWORD = "reader", "a long enough pass phrase"
BOOKS = {"almanac": "", "letters": "readers", "gazette": "terms", "beginnings": "room"}
_ROOM = '\n[policies.room]\npatterns = ["kiosk"]\nnetworks = ["192.0.2.0/24"]\n'


@dataclass(frozen=True)
class Authority:
    """A certificate authority of one test run, and the certificate of our host."""

    certificate: Certificate
    client: ssl.SSLContext


def authority(folder: Path) -> Authority:
    """Return a new authority that has signed a certificate for HOST, its files in a folder."""
    made = trustme.CA()
    issued = made.issue_cert(HOST)
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.configure_trust(client)
    return Authority(Certificate(chain, key), client)


def make_home(home: Path) -> None:
    """Make a home with an open book of a collection, and books for readers, for whoever accepts terms, for a room."""
    home.mkdir()
    (home / "policies.toml").write_text((ROOT / "samples/policies.toml").read_text() + _ROOM)
    runner = CliRunner()
    for book, policy in BOOKS.items():
        options = ["--object", book, "--collection", "shelf", *(["--policy", policy] if policy else [])]
        done = runner.invoke(main, ["--home", str(home), "ingest", str(ROOT / "samples" / book), *options])
        assert done.exit_code == 0, done.output
    add = ["--home", str(home), "user", "add", NAME, "--role", "reader", "--password-stdin"]
    assert runner.invoke(main, add, input=f"{PASSWORD}\n").exit_code == 0


@dataclass(frozen=True)
class Installation:
    """A running Lectern: the address that readers know, nginx' port, and the port behind it."""

    base: str
    port: int
    inner: int
    client: ssl.SSLContext

    @property
    def origin(self) -> str:
        """Return the public origin, without a path."""
        return f"https://{HOST}:{self.port}"

    def visitor(self) -> "TlsVisitor":
        """Return somebody who was never here."""
        return TlsVisitor(self.base, port=self.port, client=self.client)


@dataclass
class TlsVisitor(Visitor):
    """A visitor whose connections are TLS, checked against the test authority; every host name is this machine."""

    port: int = 0
    client: ssl.SSLContext | None = None

    def connection(self) -> http.client.HTTPConnection:
        """Return an open connection to the gateway."""
        made = http.client.HTTPConnection(HOST, self.port, timeout=30)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        assert self.client is not None
        made.sock = self.client.wrap_socket(plain, server_hostname=HOST)
        return made


def _server(prefix: str, inner: int) -> str:
    """Return the server block of docs/install.md: ours, or that of a site with Lectern below a path."""
    ours = (ROOT / "deploy/nginx/lectern.conf").read_text()
    if not prefix:
        return ours
    recipe = (ROOT / "deploy/nginx/path.conf").read_text()
    assert recipe.count("127.0.0.1:8080") == 1
    moved = recipe.replace("/books", prefix).replace("127.0.0.1:8080", f"127.0.0.1:{inner}")
    maps = ours[: ours.index("server {")]
    return f"{maps}server {{\n listen 8080;\n access_log /var/log/nginx/access.log lectern;\n{moved}\n}}\n"


@contextmanager
def installation(home: Path, folder: Path, trusted: Authority, *, prefix: str = "") -> Iterator[Installation]:
    """Run `lectern up` on a home behind nginx as docs/install.md tells, at https://HOST:PORT and a path, if any."""
    nginx_program()
    port, inner = free_port(), free_port()
    base = f"https://{HOST}:{port}{prefix}"
    environment = settings_free_environment(
        LECTERN_HOME=str(home),
        PORT=str(inner),
        LECTERN_WORKERS="1",
        LECTERN_PUBLIC_URL=base,
        LECTERN_TRUSTED_PROXIES="1",
    )
    with ExitStack() as stack:
        command = [sys.executable, "-m", "services.cli", "up"]
        stack.enter_context(running(command, environment, f"http://127.0.0.1:{inner}/readyz"))
        behind = upstreams(dict.fromkeys(SERVICES, inner))
        stack.enter_context(nginx(folder, port, behind, server=_server(prefix, inner), certificate=trusted.certificate))
        yield Installation(base, port, inner, trusted.client)

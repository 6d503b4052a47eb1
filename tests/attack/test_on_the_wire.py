"""What only a real server shows: request lines that no client library sends, and a thousand askers at once."""

import asyncio
import os
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from auth.identity import Identity
from lectern.home import Home
from lectern.settings import load_settings
from services.context import Context
from services.credentials import COOKIE
from services.supervisor import raise_open_files
from tests.servers import free_port, running, settings_free_environment

BASE = "https://books.example.org"
VIEWER = "https://viewer.example.net"
_SECONDS = 240  # for all answers together; nothing is asserted of how long they take
_AT_ONCE = 1000
_MOST_GROWTH = 16 << 20


@dataclass(frozen=True)
class Server:
    """Lectern on a port of this machine, with one worker, and a reader who is signed in."""

    port: int
    pid: int
    cookie: str

    def say(self, request: bytes) -> bytes:
        """Return all that the server says to some bytes until it hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def memory(self) -> int:
        """Return what the worker holds, in bytes."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        pages = sum(int(Path(f"/proc/{child}/statm").read_text().split()[1]) for child in children)
        return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = Home(tmp_path_factory.mktemp("wire"))
    home.prepare()
    home.policies_file.write_text('[policies.members]\npatterns = ["login"]\nroles = ["reader"]\n')
    context = Context(load_settings(home.path))
    cookie = context.sessions.sign_in(Identity("ann", ("reader",)), VIEWER)
    context.state.close()
    port = free_port()
    environment = settings_free_environment(
        LECTERN_HOME=str(home.path), PORT=str(port), LECTERN_WORKERS="1", LECTERN_PUBLIC_URL=BASE
    )
    command = [sys.executable, "-m", "services.cli", "up"]
    with running(command, environment, f"http://127.0.0.1:{port}/readyz") as program:
        yield Server(port, program.process.pid, cookie)


@pytest.mark.parametrize(
    "target",
    ["http://evil.tld/auth/logout", "HTTPS://evil.tld/search/1/a", "http://books.example.org/healthz", "x://y"],
)
@pytest.mark.parametrize("host", [b"evil.tld", b"books.example.org"])
def test_th_55_a_request_line_with_a_whole_address_is_refused(server: Server, target: str, host: bytes):
    answer = server.say(b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (target.encode(), host))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"evil" not in answer


@pytest.mark.parametrize(
    "lines",
    [
        b"Host: books.example.org\r\nHost: evil.tld",
        b"Host: evil.tld\r\nhost: books.example.org",
        b"Host: books.example.org\r\nHost: books.example.org",
        b"Host : evil.tld",
        b"Host: books.example.org\r\n evil.tld",
    ],
)
def test_th_55_two_hosts_or_a_malformed_one_are_refused(server: Server, lines: bytes):
    answer = server.say(b"GET /auth/logout HTTP/1.1\r\n%s\r\nConnection: close\r\n\r\n" % lines)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"evil" not in answer


@pytest.mark.parametrize(
    "path", ["/healthz", "/auth/logout", "/", "/iiif/2/a-1", "//evil.tld/", "/presentation/3/a/manifest"]
)
@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.0",
        b"HTTP/1.0\r\nHost: evil.tld",
        b"HTTP/1.1\r\nConnection: close",
        b"HTTP/1.1\r\nConnection: close\r\nHost: evil.tld, books.example.org",
        b"HTTP/1.1\r\nConnection: close\r\nHost: evil.tld:80/x?y",
    ],
)
def test_th_55_without_a_host_and_with_a_strange_one_the_answer_names_ours_alone(
    server: Server, path: str, start: bytes
):
    answer = server.say(b"GET %s %s\r\n\r\n" % (path.encode(), start))
    assert answer[9:12] in (b"200", b"303", b"404")
    assert b"evil" not in answer
    assert b"http://127.0.0.1" not in answer


async def _asked(server: Server, count: int) -> Counter[str]:
    """Ask for that many token pages at once: every connection is open before the first is answered."""
    open_ones = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", server.port) for _ in range(count)))
    for number, (_, writer) in enumerate(open_ones):
        version, cookie = 1 + number % 2, f"Cookie: {COOKIE}={server.cookie}\r\n" if number % 4 < 2 else ""
        path = f"/auth/token/{version}/members?messageId={number}&origin={VIEWER}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n{cookie}Connection: close\r\n\r\n".encode())
    answers = await asyncio.gather(*(reader.read() for reader, _ in open_ones))
    for _, writer in open_ones:
        writer.close()
    told: Counter[str] = Counter()
    for number, answer in enumerate(answers):
        assert answer.startswith(b"HTTP/1.1 200 "), (number, answer[:60])
        assert f'"{number}"'.encode() in answer  # each has his own
        told["token" if b"accessToken" in answer else "error"] += 1
    return told


def test_th_105_a_thousand_token_pages_at_once_are_answered_and_memory_stays_flat(server: Server):
    raise_open_files()

    def asked(count: int) -> Counter[str]:
        return asyncio.run(asyncio.wait_for(_asked(server, count), _SECONDS))

    asked(200)  # what a worker takes once, it has taken then
    before = server.memory()
    assert asked(_AT_ONCE) == {"token": 500, "error": 500}
    assert server.memory() - before < _MOST_GROWTH
    assert b" 200 " in server.say(b"GET /healthz HTTP/1.0\r\n\r\n")

"""Limits hold over worker processes: the real supervisor with two workers, attempts at both at once (TH-16)."""

import html
import http.client
import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from auth.passwords import hash_password
from auth.throttle import PER_ACCOUNT
from lectern.home import Home
from lectern.state import State, UserRow
from tests.servers import Program, free_port, running, settings_free_environment

VIEWER = "https://viewer.example.net"
ACCESS = "/auth/access/members?" + urlencode({"origin": VIEWER})


class Installation:
    """`lectern serve auth` with two workers."""

    def __init__(self, port: int, program: Program) -> None:
        self.port = port
        self.program = program

    def ask(self, method: str, path: str, body: str | None = None, **headers: str):
        """Return status and text over a connection of its own, which either worker may take."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        text = response.read().decode()
        cookie = response.getheader("Set-Cookie") or ""
        connection.close()
        return response.status, text, cookie.partition(";")[0]

    def sign_in(self, name: str, password: str) -> int:
        """Return the status of one attempt, the form filled in as a person does."""
        _, text, cookie = self.ask("GET", ACCESS)
        stamp = re.search(r'name="stamp" value="([^"]*)"', text)
        assert stamp, text
        fields = {"stamp": html.unescape(stamp[1]), "action": "sign-in", "username": name, "password": password}
        form = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        return int(self.ask("POST", ACCESS, urlencode(fields), **form)[0])


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    home = Home(tmp_path_factory.mktemp("workers") / "home")
    home.prepare()
    home.policies_file.write_text('[policies.members]\npatterns = ["login"]\n')
    state = State(home)
    state.add_user(UserRow("ann", hash_password("secret"), ("member",)))
    state.close()
    port = free_port()
    environment = settings_free_environment(
        LECTERN_HOME=str(home.path),
        LECTERN_PORT=str(port),
        LECTERN_WORKERS="2",
        LECTERN_LOG_FORMAT="json",
        PYTHONPATH=str(Path.cwd()),
    )
    command = [sys.executable, "-m", "services.cli", "serve", "auth"]
    with running(command, environment, f"http://127.0.0.1:{port}/readyz") as program:
        yield Installation(port, program)


def test_th_16_attempts_at_several_workers_count_together(installation: Installation):
    """Thirty attempts in parallel, each over a connection of its own: ten are tried, all others told to wait."""
    statuses: list[int] = []

    def guess(first: int) -> None:
        for number in range(first, first + 5):
            while (status := installation.sign_in("ann", f"guess {number}")) == 503:
                time.sleep(0.05)  # all places for hashing are taken; such a try is not counted
            statuses.append(status)

    threads = [threading.Thread(target=guess, args=(first,)) for first in range(0, 30, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = Counter(statuses)
    assert counted[429] == 30 - PER_ACCOUNT
    assert sum(counted.values()) == 30
    assert installation.sign_in("ann", "secret") == 429  # the right one does not help while it is locked
    lines = [json.loads(line) for line in installation.program.log().splitlines() if line.startswith("{")]
    assert all("guess" not in json.dumps(line) for line in lines)

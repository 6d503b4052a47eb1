"""A home under measure, the server as shipped and a bare one beside it, and what a request costs each."""

import http.client
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from auth.identity import Identity
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import Settings
from lectern.urls import canvas_path
from services.context import Context
from tests.load.search.workers import cpu_seconds, workers_of
from tests.servers import free_port, running, settings_free_environment

SECRET = "a secret that only the measure knows"
VIEWER = "https://viewer.example.org"
_POLICIES = '[policies.members]\npatterns = ["login"]\nroles = ["member"]\n'
_NO_LIMIT = "1000000"


class Server(NamedTuple):
    """A server that runs: its port, and its supervisor."""

    port: int
    supervisor: int


def made_home(folder: Path) -> Context:
    """Return a home with an open and a restricted object of a hundred pages."""
    home = Home(folder)
    home.prepare()
    home.policies_file.write_text(_POLICIES)
    catalogue = Catalogue(home)
    for name, policy in (("open", "open"), ("members", "members")):
        canvases = [CanvasRow(n, canvas_path(name, n), 2000, 3000, image=f"{n}.tif") for n in range(1, 101)]
        catalogue.publish(ObjectRow(name, name, name, policy=policy, pages=100), canvases)
    catalogue.close()
    return Context(Settings(home=folder))


def session_of(context: Context, user: str = "ann") -> str:
    """Return the cookie value of a new session of a member, who came from a viewer."""
    return context.sessions.sign_in(Identity(user, ("member",)), VIEWER)


@contextmanager
def serving(module: str, arguments: Sequence[str], home: Path, ready: str, **settings: str) -> Iterator[Server]:
    """Run one of our servers with one worker, log and metrics on (lines go to a file), and no limits of pace."""
    port = free_port()
    environment = settings_free_environment(
        LECTERN_HOME=str(home),
        LECTERN_PORT=str(port),
        LECTERN_WORKERS="1",
        LECTERN_VERIFY_SECRET=SECRET,
        LECTERN_LOG_FORMAT="json",
        LECTERN_TILES_PER_SECOND=_NO_LIMIT,
        LECTERN_VERDICTS_PER_SECOND=_NO_LIMIT,
        PYTHONPATH=str(Path.cwd()),
        **settings,
    )
    command = [sys.executable, "-m", module, *(argument.replace("PORT", str(port)) for argument in arguments)]
    with running(command, environment, f"http://127.0.0.1:{port}{ready}") as program:
        yield Server(port, program.process.pid)


def cost(server: Server, requests: Sequence[tuple[str, Mapping[str, str]]], status: int) -> float:
    """Return the CPU microseconds of the server for one request, asked one after another over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    before = cpu_seconds(workers_of(server.supervisor))
    for path, headers in requests:
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        response.read()
        if response.status != status:
            raise RuntimeError(f"{path}: {response.status}")
    used = cpu_seconds(workers_of(server.supervisor)) - before
    connection.close()
    return used / len(requests) * 1e6


def shown(costs: Mapping[str, list[float]], base: str) -> None:
    """Print the least and the median of the rounds, as CPU microseconds and as ratios to `base` of the same rounds."""
    print(f"  {'':<34}{'least':>8}{'median':>8}{'x bare (least)':>16}{'(median of rounds)':>20}")
    for name, rounds in costs.items():
        ratios = sorted(own / other for own, other in zip(rounds, costs[base], strict=True))
        median = sorted(rounds)[len(rounds) // 2]
        print(
            f"  {name:<34}{min(rounds):>8.0f}{median:>8.0f}{min(rounds) / min(costs[base]):>16.2f}"
            f"{ratios[len(ratios) // 2]:>20.2f}"
        )

"""Two replicas of every service, each a real process with a home of its own, behind a real nginx."""

import http.client
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from services import SERVICES
from tests.conftest import ROOT
from tests.deployment.reader import Reply, Visitor
from tests.replicas.machines import Machine
from tests.servers import Program, free_port, running
from tests.services_nginx.gateway import SECRET, nginx

_RECIPE = ROOT / "deploy" / "nginx" / "upstreams-replicas.conf"
_FIRST_PORT = 8081  # of the recipe; the services follow one another
_PLACES = {"search": "search", "presentation": "presentation", "iiif": "image", "auth": "auth"}
_START_SECONDS = 120  # ten programs at once on a busy machine


@dataclass
class Site:
    """An installation on several machines: its address, and its programs by (machine from 0, service)."""

    url: str
    machines: Sequence[Machine]
    ports: Sequence[Mapping[str, int]]
    settings: Mapping[str, str]
    _running: dict[tuple[int, str], ExitStack] = field(default_factory=dict)
    programs: dict[tuple[int, str], Program] = field(default_factory=dict)
    killed: list[tuple[int, str]] = field(default_factory=list)

    def start(self, places: Sequence[tuple[int, str]]) -> None:
        """Start services on machines, all at once."""
        with ThreadPoolExecutor(max(1, len(places))) as starting:
            list(starting.map(self._start, places))
        self.killed = [place for place in self.killed if place not in places]

    def _start(self, place: tuple[int, str]) -> None:
        n, name = place
        port = self.ports[n][name]
        environment = self.machines[n].environment(port=str(port), **self.settings)
        command = [sys.executable, "-m", "services.cli", "serve", name]
        stack = ExitStack()
        ready = f"http://127.0.0.1:{port}/healthz"
        self.programs[place] = stack.enter_context(running(command, environment, ready, seconds=_START_SECONDS))
        self._running[place] = stack

    def kill(self, n: int, name: str) -> None:
        """Have a service on a machine be gone from one moment to the next, with all its workers."""
        os.killpg(self.programs[n, name].process.pid, signal.SIGKILL)
        self._running.pop((n, name)).close()
        self.killed.append((n, name))

    def stop(self) -> None:
        """End all programs."""
        with ThreadPoolExecutor(len(SERVICES)) as ending:
            list(ending.map(ExitStack.close, self._running.values()))

    def visitor(self, *order: int) -> "Routed":
        """Return somebody whose requests go to these machines (from 0) in turn, whatever was kept where."""
        return Routed(self.url, site=self, order=order)

    def through_nginx(self) -> Visitor:
        """Return somebody whose requests go through nginx."""
        return Visitor(self.url)


@dataclass
class Routed(Visitor):
    """A visitor whose every request goes to the next of some machines."""

    site: Site = field(kw_only=True)
    order: Sequence[int] = field(kw_only=True)

    def __post_init__(self) -> None:
        self._turns = cycle(self.order)
        self._path = "/"

    def go_to(self, *order: int) -> None:
        """Have the requests from now on go to these machines."""
        self._turns = cycle(order)

    def ask(self, path: str, **options: Any) -> Reply:
        """Return an answer as `Visitor` does."""
        self._path = path.removeprefix(self.base)
        return super().ask(path, **{"X_Forwarded_For": "127.0.0.1", **options})

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection to the service of the path on the machine whose turn it is."""
        service = _PLACES.get(self._path.split("/")[1], "portal")
        return http.client.HTTPConnection("127.0.0.1", self.site.ports[next(self._turns)][service], timeout=30)


def upstreams(ports: Sequence[Mapping[str, int]]) -> str:
    """Return the recipe with the ports of two machines on this one."""
    text = _RECIPE.read_text()
    for n, of_machine in enumerate(ports):
        for there, name in enumerate(("search", "auth", "image", "presentation", "portal"), start=_FIRST_PORT):
            address = f"10.0.0.{11 + n}:{there} "
            assert text.count(address) == 1, address
            text = text.replace(address, f"127.0.0.1:{of_machine[name]} ")
    assert "10.0.0." not in text
    return text


@contextmanager
def site(folder: Path, machines: Sequence[Machine], **settings: str) -> Iterator[Site]:
    """Run every service on every machine, and nginx before them; `settings` are LECTERN_ variables."""
    port = free_port()
    ports = [{name: free_port() for name in SERVICES} for _ in machines]
    common = {
        "public_url": f"http://localhost:{port}",
        "trusted_proxies": "1",
        "workers": "1",
        "verify_secret": SECRET,
        **settings,
    }
    found = Site(common["public_url"], machines, ports, common)
    try:
        found.start([(n, name) for n in range(len(machines)) for name in SERVICES])
        with nginx(folder / "nginx", port, upstreams(ports)):
            yield found
    finally:
        found.stop()

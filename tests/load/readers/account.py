"""Where a server's time goes: its own seconds by route (from /metrics), and the CPU of its processes."""

import os
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import psutil
from prometheus_client.parser import text_string_to_metric_families

_SECONDS = "lectern_request_seconds"


@dataclass(frozen=True)
class Account:
    """What was used until a moment: (answers, seconds) by route; CPU seconds of workers, supervisor and the load."""

    routes: Mapping[str, tuple[float, float]]
    workers: Mapping[int, float]
    supervisor: float
    load: float

    def since(self, before: "Account") -> "Account":
        """Return what was used between two moments."""
        nothing = (0.0, 0.0)
        routes = {
            route: (count - before.routes.get(route, nothing)[0], spent - before.routes.get(route, nothing)[1])
            for route, (count, spent) in self.routes.items()
        }
        return Account(
            {route: used for route, used in routes.items() if used[0]},
            {pid: used - before.workers.get(pid, 0.0) for pid, used in self.workers.items()},
            self.supervisor - before.supervisor,
            self.load - before.load,
        )


def routes_of(text: str) -> dict[str, tuple[float, float]]:
    """Return how many answers each route gave and the seconds they took, whatever other labels the metric has."""
    found: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for family in text_string_to_metric_families(text):
        if family.name == _SECONDS:
            for sample in family.samples:
                for place, end in enumerate(("_count", "_sum")):
                    if sample.name == f"{_SECONDS}{end}":
                        found[sample.labels["route"]][place] += sample.value
    return {route: (count, spent) for route, (count, spent) in found.items()}


def account_of(supervisor: int, port: int) -> Account:
    """Return what a server has used so far."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        routes = routes_of(answer.read().decode())
    process = psutil.Process(supervisor)
    workers = {child.pid: _cpu(child) for child in process.children(recursive=True)}
    return Account(routes, workers, _cpu(process), _cpu(psutil.Process(os.getpid())))


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)

"""Where a server's time goes: its own seconds by route (from /metrics), and the CPU of its processes."""

import os
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import psutil
from prometheus_client.parser import text_string_to_metric_families

_SECONDS = "lectern_request_seconds"


Routes = Mapping[str, tuple[float, float]]  # answers and seconds by route


class Cpu(NamedTuple):
    """CPU seconds until a moment: of each worker by its id, of the supervisor, and of the load."""

    workers: Mapping[int, float]
    supervisor: float
    load: float

    def since(self, before: "Cpu") -> "Cpu":
        """Return what was used between two moments."""
        workers = {pid: used - before.workers.get(pid, 0.0) for pid, used in self.workers.items()}
        return Cpu(workers, self.supervisor - before.supervisor, self.load - before.load)


def routes_since(now: Routes, before: Routes) -> Routes:
    """Return what the routes answered between two moments; those that answered nothing are left out."""
    changed = {
        route: (count - before.get(route, (0.0, 0.0))[0], spent - before.get(route, (0.0, 0.0))[1])
        for route, (count, spent) in now.items()
    }
    return {route: used for route, used in changed.items() if used[0]}


def routes_of(text: str) -> Routes:
    """Return how many answers each route gave and the seconds they took, whatever other labels the metric has."""
    found: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for family in text_string_to_metric_families(text):
        if family.name == _SECONDS:
            for sample in family.samples:
                for place, end in enumerate(("_count", "_sum")):
                    if sample.name == f"{_SECONDS}{end}":
                        found[sample.labels["route"]][place] += sample.value
    return {route: (count, spent) for route, (count, spent) in found.items()}


def routes_at(port: int) -> Routes:
    """Return what a server's routes have answered so far."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        return routes_of(answer.read().decode())


def cpu_of(supervisor: int) -> Cpu:
    """Return what a server, and this process, have used so far."""
    process = psutil.Process(supervisor)
    workers = {child.pid: _cpu(child) for child in process.children(recursive=True)}
    return Cpu(workers, _cpu(process), _cpu(psutil.Process(os.getpid())))


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)

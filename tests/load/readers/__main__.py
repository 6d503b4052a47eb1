"""The highest rate of readers that `lectern up` holds, with verdicts, log and metrics on, and where the time goes.

    python -m tests.load.readers [--home FOLDER] [--objects 20] [--pages 300] [--seconds 20] [--workers 0]
                                 [--first 4] [--p95 200] [--rate READERS_A_SECOND] [--pace 1]

A reader opens one manifest, four pages of ten tiles, and asks for two suggestions and three searches, over eight
seconds and six connections. Readers come by chance, at a rate on average, whether the server keeps up or not. A rate
is held when every answer is a 200, and p95 of every kind of request is within the goal, counted from when the request
was to be sent; what counts begins eight seconds after the first reader, when as many leave as come. A quarter of the
books is for members; their readers have sessions. The load runs on the same machine: its share of the CPU is told.
Everything is in the system's cache of files. --rate tries one rate alone.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.load.image.servers import machine
from tests.load.readers.account import Cpu, Routes, cpu_of, routes_at, routes_since
from tests.load.readers.client import Trial, Window, try_readers
from tests.load.readers.shelf import Shelf, made_shelf
from tests.load.readers.visit import KINDS, LONGEST, Request, arrivals, highest, next_rate, visit
from tests.load.search.figures import percentile
from tests.servers import free_port, running, settings_free_environment

_CLOSENESS = 0.06
_MOST_TRIALS = 14
_SESSIONS = 50
_NO_LIMIT = "1000000"  # of tiles a second: many readers share a session here
_WARM = 4.0  # seconds before the first trial, at a low rate
_ROUTES_SHOWN = 8


class Server(NamedTuple):
    """A server that runs: its port, and its supervisor."""

    port: int
    supervisor: int


class Result(NamedTuple):
    """A trial at a rate: what the readers saw, what the server's routes did, and what a reader cost it.

    `cpu` is what was used in the `seconds` that count, `reader_cpu` the workers' seconds for a reader in all.
    """

    rate: float
    readers: int
    trial: Trial
    routes: Routes
    cpu: Cpu
    seconds: float
    reader_cpu: float

    def held(self, p95: float) -> bool:
        """Return whether every kind of request was answered in time; `p95` in milliseconds."""
        late = [kind for kind, taken in self.trial.taken.items() if 1000 * percentile(taken, 0.95) >= p95]
        return not (late or self.trial.wrong or self.trial.given_up) and bool(self.trial.taken)


@contextmanager
def serving(home: Path, workers: int) -> Iterator[Server]:
    """Run `lectern up` as it is shipped; its log goes to a file."""
    port = free_port()
    env = settings_free_environment(
        LECTERN_HOME=str(home),
        LECTERN_WORKERS=str(workers),
        LECTERN_LOG_FORMAT="json",
        LECTERN_TILES_PER_SECOND=_NO_LIMIT,
        PYTHONPATH=str(Path.cwd()),
    )
    command = [sys.executable, "-m", "services.cli", "up", "--port", str(port)]
    with running(command, env, f"http://127.0.0.1:{port}/readyz") as program:
        yield Server(port, program.process.pid)


def planned(shelf: Shelf, rate: float, seconds: float, pace: float) -> list[tuple[float, str, Sequence[Request]]]:
    """Return when each reader comes, with which session, and what it asks for; the same for the same rate."""
    draw = random.Random(f"{rate}")
    sessions = list(shelf.cookies)
    plan: list[tuple[float, str, Sequence[Request]]] = []
    for at in arrivals(rate, seconds, draw):
        book = draw.choice(shelf.books)
        who = draw.choice(sessions) if book.name in shelf.restricted else ""
        plan.append((at, who, visit(book, draw, pace)))
    return plan


def try_rate(server: Server, shelf: Shelf, rate: float, seconds: float, pace: float) -> Result:
    """Return what came of readers who come at a rate."""
    ramp = LONGEST * pace  # until as many leave as come
    plan = planned(shelf, rate, ramp + seconds, pace)
    edges: list[Cpu] = []
    window = Window(ramp, ramp + seconds, lambda: edges.append(cpu_of(server.supervisor)))
    routes, begun = routes_at(server.port), cpu_of(server.supervisor)
    trial = try_readers(server.port, plan, shelf.cookies, window)
    all_of_it = cpu_of(server.supervisor).since(begun)
    answered = routes_since(routes_at(server.port), routes)
    used = edges[1].since(edges[0]) if len(edges) == 2 else all_of_it  # given up before its end
    cost = sum(all_of_it.workers.values()) / max(1, len(plan))
    return Result(rate, len(plan), trial, answered, used, seconds, cost)


def line(result: Result, p95: float) -> str:
    """Return a row of the table: milliseconds at p50, p95 and p99 of every kind of request."""
    taken = result.trial.taken
    cells = []
    for kind in KINDS:
        times = taken.get(kind) or [0.0]
        cells.append("/".join(f"{1000 * percentile(times, share):.0f}" for share in (0.5, 0.95, 0.99)))
    wrong = ", ".join(f"{count} {what}" for what, count in result.trial.wrong.items())
    ending = "given up: too many wait" if result.trial.given_up else wrong
    return (
        f"  {result.rate:7.1f} {result.readers:7} {sum(len(times) for times in taken.values()):8} "
        + " ".join(f"{cell:>14}" for cell in cells)
        + f" {1000 * result.reader_cpu:9.1f} {'held' if result.held(p95) else 'NOT':>5} {ending}"
    )


def told(result: Result) -> str:
    """Return where the time of a trial went: the server's seconds by route, and the CPU of all processes."""
    routes = sorted(result.routes.items(), key=lambda item: -item[1][1])
    whole = sum(spent for _, (_, spent) in routes) or 1.0
    rows = [f"Where the server's time goes at {result.rate:.1f} readers a second (of /metrics, waits inside included)"]
    for route, (count, spent) in routes[:_ROUTES_SHOWN]:
        rows.append(f"  {route:<58} {count:8.0f} x {1000 * spent / count:8.2f} ms  {spent / whole:6.1%}")
    workers = sorted(result.cpu.workers.values(), reverse=True)
    cost = result.reader_cpu
    rows.append(f"CPU in the {result.seconds:.0f} s that count, of one core")
    rows += [f"  worker {n:<3} {used / result.seconds:6.1%}" for n, used in enumerate(workers, 1)]
    rows.append(f"  supervisor {result.cpu.supervisor / result.seconds:6.1%}")
    rows.append(f"  the load   {result.cpu.load / result.seconds:6.1%}")
    if cost:
        rows.append(
            f"A reader costs the workers {1000 * cost:.1f} ms of CPU: a core is used up by {1 / cost:.1f} a second"
        )
    return "\n".join(rows)


def measure(server: Server, shelf: Shelf, asked: argparse.Namespace) -> list[Result]:
    """Print a row for every rate that is tried; return the trials."""
    try_rate(server, shelf, min(2.0, asked.first), _WARM * asked.pace, asked.pace)
    print(f"  readers       in      all   {'p50/p95/p99, ms':^60}   CPU ms")
    print(f"  a second   all requests   {'':3}" + " ".join(f"{kind:>14}" for kind in KINDS) + "  a reader")
    results: list[Result] = []
    rate: float | None = asked.rate or asked.first
    while rate is not None and len(results) < _MOST_TRIALS:
        results.append(try_rate(server, shelf, rate, asked.seconds, asked.pace))
        print(line(results[-1], asked.p95), flush=True)
        holds = {each.rate: each.held(asked.p95) for each in results}
        rate = None if asked.rate else next_rate(holds, asked.first, _CLOSENESS)
    return results


def main() -> None:
    """Run the measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="Folder of the shelf, kept for the next run; default a new one.")
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=20, help="That count, at each rate.")
    parser.add_argument("--workers", type=int, default=0, help="0 is one a core.")
    parser.add_argument("--first", type=float, default=4, help="The first rate; doubled until one is not held.")
    parser.add_argument("--rate", type=float, default=0, help="Try this rate alone.")
    parser.add_argument("--pace", type=float, default=1, help="Stretches a visit; 1 is eight seconds.")
    parser.add_argument("--p95", type=float, default=200, help="The goal in milliseconds.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = asked.home or Path(scratch)
        shelf = made_shelf(home, asked.objects, asked.pages, _SESSIONS)
        print(f"{asked.objects} books of {asked.pages} pages, {machine()}, {asked.workers or os.cpu_count()} workers")
        with serving(home, asked.workers) as server:
            results = measure(server, shelf, asked)
    best = highest({each.rate: each.held(asked.p95) for each in results})
    print(f"The highest rate held: {best:.1f} readers a second (p95 of every kind below {asked.p95:.0f} ms)")
    print(told(next((each for each in results if each.rate == best), results[-1])))


if __name__ == "__main__":
    main()

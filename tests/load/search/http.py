"""Searching over HTTP, as shipped: what an answer costs the server beside a bare Flask answer, and how long it takes.

    python -m tests.load.search http [--home FOLDER] [--rounds 5] [--requests 200]

`lectern up` runs with its defaults (verdict, log and metrics on; log lines go to a file) but pages of 100 hits, over a
shelf of 10 objects of 300 pages of prose. A Flask app of one route runs beside it on the same supervisor, with the same
options. The two are asked in turns; the CPU is that of the workers by the kernel's account, the least of the rounds.
Then four clients ask at once. At last the same requests in this process tell the stages apart.
"""

import argparse
import http.client
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from search.findings import Subject
from services.app import create_app
from services.context import Context
from services.observing import configure_logs
from tests.load.search.bare import bare_app
from tests.load.search.figures import cpu_micros, percentile, verdict
from tests.load.search.questions import KINDS, SUGGESTIONS, Question, draw_questions
from tests.load.search.sized import context_of, sized_shelf
from tests.load.search.stages import first_page
from tests.load.search.stopwatch import watching
from tests.load.search.workers import cpu_seconds, workers_of
from tests.servers import free_port, running, settings_free_environment

_PAGE_HITS = 100
_PAGES = 3000
_MOST_BARE, _MICROS_A_HIT = 1.5, 15.0
_CLIENTS, _P95 = 4, 25.0  # milliseconds
_HEADERS = {"Accept": "application/json"}


class Asked(NamedTuple):
    """The requests of one kind of question, and how many hits the first pages of their answers show on average."""

    kind: str
    paths: list[str]
    hits: float


class Server(NamedTuple):
    """A server that runs: its port, and its supervisor."""

    port: int
    supervisor: int


def draw_requests(context: Context, names: Sequence[str], count: int) -> list[Asked]:
    """Return requests of every kind of question."""
    handles = {name: context.library.open(context.catalogue.get(name)) for name in names}
    found = []
    for kind in KINDS:
        questions = draw_questions(kind, names, handles.__getitem__, count)
        if kind == SUGGESTIONS:
            found.append(Asked(kind, [_path(question, "/autocomplete") for question in questions], 0))
            continue
        shown = [
            len(first_page(Subject(q.object_id, handles[q.object_id]), q.text, _PAGE_HITS).hits or ())
            for q in questions
        ]
        found.append(Asked(kind, [_path(question) for question in questions], sum(shown) / len(shown)))
    return found


def _path(question: Question, more: str = "") -> str:
    return f"/search/1/{question.object_id}{more}?{urlencode({'q': question.text})}"


@contextmanager
def _serving(command: Sequence[str], port: int, ready: str, **environment: str) -> Iterator[Server]:
    env = settings_free_environment(PYTHONPATH=str(Path.cwd()), **environment)
    with running([sys.executable, "-m", *command], env, f"http://127.0.0.1:{port}{ready}") as program:
        yield Server(port, program.process.pid)


def _ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> None:
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status}")


def _cost(server: Server, paths: Sequence[str], headers: dict[str, str] = _HEADERS) -> float:
    """Return the CPU microseconds of the server for one request, asked one after another over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    before = cpu_seconds(workers_of(server.supervisor))
    for path in paths:
        _ask(connection, path, headers)
    used = cpu_seconds(workers_of(server.supervisor)) - before
    connection.close()
    return used / len(paths) * 1e6


def measure_cost(ours: Server, bare: Server, asked: Sequence[Asked], rounds: int) -> None:
    """Print what an answer of each kind costs the server, beside a bare answer."""
    count = len(asked[0].paths)
    least: dict[str, float] = {}

    def note(name: str, micros: float) -> None:
        least[name] = min(micros, least.get(name, micros))

    for _ in range(rounds + 1):  # the first one warms the server up, and is hardly ever the least
        note("bare", _cost(bare, ["/search"] * count))
        note("health", _cost(ours, ["/healthz"] * count))
        for each in asked:
            note(each.kind, _cost(ours, each.paths))
            note(f"{each.kind} gzip", _cost(ours, each.paths, {**_HEADERS, "Accept-Encoding": "gzip"}))
    print(f"Server CPU an answer, microseconds, least of {rounds} rounds of {count}")
    print(f"  {'':<22}{'hits':>6}{'CPU':>8}{'x bare':>8}{'goal':>8}{'':>6}{'with gzip':>12}")
    print(f"  {'a bare Flask answer':<22}{'':>6}{least['bare']:>8.0f}")
    print(f"  {'/healthz':<22}{'':>6}{least['health']:>8.0f}{least['health'] / least['bare']:>8.2f}")
    for each in asked:
        goal = _MOST_BARE * least["bare"] + _MICROS_A_HIT * each.hits
        cost = least[each.kind]
        print(
            f"  {each.kind:<22}{each.hits:>6.0f}{cost:>8.0f}{cost / least['bare']:>8.2f}{goal:>8.0f}"
            f"{verdict(cost, goal):>6}{least[f'{each.kind} gzip']:>12.0f}"
        )


def measure_clients(ours: Server, asked: Sequence[Asked]) -> None:
    """Print how long answers take when four clients ask at once."""
    print(f"Milliseconds at {_CLIENTS} clients (goal: p95 at most {_P95:.0f})")
    for each in asked:
        taken = _together(ours, each.paths)
        p50, p95 = percentile(taken, 0.5), percentile(taken, 0.95)
        print(f"  {each.kind:<22} p50 {p50:7.2f}   p95 {p95:7.2f}   {verdict(p95, _P95)}")


def _together(server: Server, paths: Sequence[str]) -> list[float]:
    taken: list[float] = []

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for path in [*paths[number:], *paths[:number]]:
            began = time.perf_counter()
            _ask(connection, path, _HEADERS)
            taken.append((time.perf_counter() - began) * 1000)
        connection.close()

    threads = [threading.Thread(target=client, args=(n,)) for n in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def measure_stages(context: Context, asked: Sequence[Asked]) -> None:
    """Print where the CPU time of an answer goes, in this process, without the server's own share."""
    configure_logs("json", "info")
    bare = _asker(bare_app())
    with watching() as watch:
        ask = _asker(create_app(context))
        for each in asked:
            if each.kind == SUGGESTIONS:
                continue
            for path in each.paths:
                ask(path)  # warm
            watch.nanoseconds.clear()
            whole = sum(cpu_micros(lambda p=path: ask(p)) for path in each.paths) / len(each.paths)  # type: ignore[misc]
            stages = {stage: ns / 1000 / len(each.paths) for stage, ns in watch.nanoseconds.items()}
            flask = min(cpu_micros(lambda: bare("/search")) for _ in range(100))
            print(f"Where it goes: {each.kind}, {each.hits:.0f} hits, {whole:.0f} us in the process")
            rest = whole - sum(stages.values()) - flask
            shown = {**stages, "Flask, as a bare answer": flask, "the rest of Flask and views": rest}
            for stage, micros in sorted(shown.items(), key=lambda item: -item[1]):
                print(f"  {stage:<30}{micros:8.1f} us {micros / whole:6.1%}")


def _asker(app: Callable[..., Iterable[bytes]]) -> Callable[[str], None]:
    """Return what asks a WSGI application as the server does."""

    def ask(path: str) -> None:
        name, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": name,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_ACCEPT": "application/json",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": None,
        }
        b"".join(app(environ, lambda status, headers, error=None: None))

    return ask


def main() -> None:
    """Print all measures over HTTP, then the stages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=200, help="of each kind of question, in each round")
    parser.add_argument("--home", type=Path, help="where the shelf is kept for the next run")
    parser.add_argument("--corpus", type=Path, default=Path(os.environ.get("LECTERN_CORPUS", "../shared/corpus")))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = (options.home or Path(scratch)) / "prose"
        names = sized_shelf(folder, options.corpus, "prose", _PAGES, _PAGES)
        context = context_of(folder, page_hits=_PAGE_HITS)
        asked = draw_requests(context, names, options.requests)
        port, other = free_port(), free_port()
        home = {"LECTERN_HOME": str(folder), "LECTERN_PAGE_HITS": str(_PAGE_HITS)}
        ours = stack.enter_context(_serving(["services.cli", "up", "--port", str(port)], port, "/healthz", **home))
        bare = stack.enter_context(_serving(["tests.load.search.bare", str(other)], other, "/search", **home))
        measure_cost(ours, bare, asked, options.rounds)
        measure_clients(ours, asked)
        stack.close()
        measure_stages(context, asked)


if __name__ == "__main__":
    main()

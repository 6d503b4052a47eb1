"""Whoosh and an OpenSearch cluster over HTTP, the same questions on the same texts in the same run.

    python -m tests.load.search engines [--pages 30000] [--questions 100] [--home FOLDER] [--nodes 1]

Two homes with the same objects of 300 pages: one is served from its packs, the other was moved into the cluster by
`lectern reindex`. Each is served by `lectern up` with verdict, log and metrics on, and asked by one client.
Milliseconds by the clock: "cold" is the first time that a question is asked, with nothing of it in the cache of our
processes; both engines have answered questions about other objects before. "Warm" is the second time.
`--home` keeps the shelf and the loaded cluster for the next run.
"""

import argparse
import http.client
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from services.context import Context
from tests.load.search.collection import drawn_pages, drawn_queries
from tests.load.search.figures import percentile, verdict
from tests.load.search.http import draw_requests
from tests.load.search.questions import SUGGESTIONS
from tests.load.search.sized import context_of, sized_shelf
from tests.opensearch import rig
from tests.servers import free_port, running, settings_free_environment

_KIND = "prose"
_PAGE_HITS = 100
_DRAWN = 10  # objects that questions inside an object are about
_BEFORE, _OTHERS = 100, 30  # questions of each kind, about so many others, before any is counted
_INSIDE, _STOP_PHRASE = 60.0, 300.0  # milliseconds, p95
_PHRASE = "a phrase of stop words"


@contextmanager
def serving(home: Path, settings: dict[str, str]) -> Iterator[int]:
    """Serve a home by `lectern up` until the block ends; yields its port."""
    port = free_port()
    environment = settings_free_environment(PYTHONPATH=str(Path.cwd()), LECTERN_HOME=str(home), **settings)
    command = [sys.executable, "-m", "services.cli", "up", "--port", str(port)]
    with running(command, environment, f"http://127.0.0.1:{port}/healthz"):
        yield port


def _asked(port: int, paths: Sequence[str]) -> list[float]:
    """Return the milliseconds of each request, one after another over one connection."""
    connection, taken = http.client.HTTPConnection("127.0.0.1", port, timeout=120), []
    for path in paths:
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "application/json"})
        response = connection.getresponse()
        response.read()
        taken.append((time.perf_counter() - began) * 1000)
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status}")
    connection.close()
    return taken


def _compare(kind: str, paths: Sequence[str], ports: dict[str, int], goal: float | None) -> None:
    print(f"  {kind}")
    for name, port in ports.items():
        for state in ("cold", "warm"):
            taken = _asked(port, paths)
            told = "  ".join(f"p{round(share * 100)} {percentile(taken, share):8.1f}" for share in (0.5, 0.95, 0.99))
            mark = f"  {verdict(percentile(taken, 0.95), goal)}" if goal and name != "Whoosh" else ""
            print(f"    {name:<12} {state:<6} {told} ms{mark}", flush=True)


def moved(home: Path, target: Path, settings: dict[str, str]) -> None:
    """Copy a home and have its words moved into the cluster; tell how long that took."""
    shutil.copytree(home, target, copy_function=os.link)
    for store in target.glob("*.db*"):  # a copy of its own, not one more name
        store.unlink()
        shutil.copy(home / store.name, store)
    environment = settings_free_environment(PYTHONPATH=str(Path.cwd()), LECTERN_HOME=str(target), **settings)
    began, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-m", "services.cli", "reindex"], env=environment, check=True, capture_output=True)
    spent = os.times()
    cost = spent.children_user + spent.children_system - before.children_user - before.children_system
    print(f"  moved into the cluster in {time.perf_counter() - began:.0f} s, {cost:.0f} s of our processor", flush=True)


def _of_collections(context: Context, names: Sequence[str], questions: int) -> dict[str, list[str]]:
    rows = [context.catalogue.get(name) for name in random.Random(5).sample(list(names), min(len(names), 200))]
    kinds = drawn_queries(drawn_pages(context, rows), min(questions, 40))
    return {kind: [f"/search/2/collections/{_KIND}?q={quote(text)}" for text in texts] for kind, texts in kinds.items()}


def measure(folder: Path, corpus: Path, pages: int, questions: int, nodes: int) -> None:
    """Print the figures of a shelf of so many pages; the cluster and the moved home lie beside it."""
    loaded = folder.with_name(f"{folder.name}-on-{nodes}")
    began = time.perf_counter()
    names = sized_shelf(folder, corpus, _KIND, pages, 100)
    print(f"{pages} pages in {len(names)} objects (shelf made in {time.perf_counter() - began:.0f} s)")
    context = context_of(folder, page_hits=_PAGE_HITS)
    inside = draw_requests(context, names[:_DRAWN], questions)
    before = draw_requests(context, names[_DRAWN : _DRAWN + _OTHERS], _BEFORE)
    outside = _of_collections(context, names, questions)
    context.close()
    with ExitStack() as stack:
        cluster = stack.enter_context(rig.cluster(loaded / "cluster", nodes, measured=True))
        common = {"LECTERN_PAGE_HITS": str(_PAGE_HITS), "LECTERN_WORKERS": "1", "LECTERN_OPEN_PACKS": "2000"}
        settings = {
            **common,
            "LECTERN_ENGINE": "opensearch",
            "LECTERN_OPENSEARCH_URLS": " ".join(cluster.urls),
            "LECTERN_OPENSEARCH_REPLICAS": "0" if nodes == 1 else "1",
            "LECTERN_SEARCH_SECONDS": "60",
        }
        home = loaded / "home"
        if not home.exists():
            moved(folder, home, settings)
        shutil.rmtree(home / "cache", ignore_errors=True)
        ports = {
            "Whoosh": stack.enter_context(serving(folder, common)),
            "OpenSearch": stack.enter_context(serving(home, settings)),
        }
        for port in ports.values():
            for each in before:
                _asked(port, each.paths)
        print(f"Inside an object, {_PAGE_HITS} hits a page (goal: p95 at most {_INSIDE:.0f} ms)")
        for each in inside:
            _compare(each.kind, each.paths, ports, None if each.kind == SUGGESTIONS else _INSIDE)
        print(f"Over all {pages} pages (goal: a phrase of stop words, p95 at most {_STOP_PHRASE:.0f} ms)")
        for kind, paths in outside.items():
            _compare(kind, paths, ports, _STOP_PHRASE if kind == _PHRASE else None)


def main() -> None:
    """Print what questions take on both engines, for each size of shelf."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, nargs="+", default=[30_000])
    parser.add_argument("--questions", type=int, default=100, help="of each kind")
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--home", type=Path, help="where shelves are kept for the next run")
    parser.add_argument("--corpus", type=Path, default=Path(os.environ.get("LECTERN_CORPUS", "../shared/corpus")))
    options = parser.parse_args()
    rig.fetch()
    with tempfile.TemporaryDirectory() as scratch:
        for pages in options.pages:
            folder = (options.home or Path(scratch)) / f"{_KIND}-{pages}"
            measure(folder, options.corpus, pages, options.questions, options.nodes)


if __name__ == "__main__":
    main()

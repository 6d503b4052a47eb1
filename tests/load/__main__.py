"""Measure ingest and in-object search, in the process and over HTTP, on a real book of the corpus.

    python -m tests.load [--corpus FOLDER]

Ingest: pages a second with and without pictures. Search: CPU milliseconds in the process, then wall milliseconds
over HTTP against `lectern up` with verdict, log and metrics on, at 1 and at 8 clients; /healthz beside it in the
same run shows what the server itself costs.
"""

import argparse
import http.client
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from lectern.settings import load_settings
from search.findings import Subject
from search.searching import Page, find
from services.context import Context

_ROOT = Path(__file__).resolve().parent.parent.parent
_LECTERN = [sys.executable, "-m", "services.cli"]
_REQUESTS = 400
_PORT = 18471


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _row(name: str, values: list[float], unit: str = "ms") -> None:
    p50, p99 = _percentile(values, 0.5), _percentile(values, 0.99)
    print(f"  {name:<44} p50 {p50:8.3f} {unit}   p99 {p99:8.3f} {unit}   n {len(values)}")


def _ingest(home: Path, folder: Path, name: str) -> float:
    began = time.perf_counter()
    subprocess.run([*_LECTERN, "--home", str(home), "ingest", str(folder), "--object", name], check=True, cwd=_ROOT)
    return time.perf_counter() - began


def measure_ingest(home: Path, corpus: Path) -> None:
    """Print pages a second of a whole `lectern ingest`, start of Python included."""
    print("Ingest (goethe-wahlverwandtschaften-1809, 93 pages of Tesseract hOCR)")
    book = corpus / "books" / "goethe-wahlverwandtschaften-1809"
    for name, folder in (("goethe", book), ("words-only", book / "hocr")):
        seconds = _ingest(home, folder, name)
        pages = Context(load_settings(home)).catalogue.get(name).pages
        print(f"  {name:<44} {pages / seconds:8.1f} pages/s   {pages} pages in {seconds:.1f} s")
    google = corpus / "books" / "google-books-347p.hocr.html"
    seconds = _ingest(home, google, "google")
    pages = Context(load_settings(home)).catalogue.get("google").pages
    print(f"  {'one hOCR file of 347 pages':<44} {pages / seconds:8.1f} pages/s   {pages} pages in {seconds:.1f} s")


def _queries(context: Context, name: str) -> dict[str, list[str]]:
    """Return queries of each kind, drawn from the object's own words."""
    handle = context.library.open(context.catalogue.get(name))
    draw = random.Random(7)
    terms = [t for c in "abcdefghijklmnoprstuvwz" for t in handle.terms.starting_with(c) if len(t.term) > 2]
    common = sorted(terms, key=lambda t: -t.count)
    texts = [t for n in range(1, handle.pages + 1) for t in handle.page(n).texts]
    places = [draw.randrange(len(texts) - 1) for _ in range(100)]
    return {
        "a word that occurs once": [t.term for t in draw.sample([t for t in terms if t.count == 1], 100)],
        "the ten commonest words": [t.term for t in common[:10]],
        "a phrase of two words": [f'"{texts[i]} {texts[i + 1]}"' for i in places],
        "two words on one page": [
            f"{draw.choice(common[:200]).term} {draw.choice(common[:200]).term}" for _ in range(100)
        ],
    }


def measure_in_process(home: Path, name: str) -> dict[str, list[str]]:
    """Print CPU milliseconds of a search in the process: parse, postings, hits, boxes, context."""
    context = Context(load_settings(home))
    queries = _queries(context, name)
    handle = context.library.open(context.catalogue.get(name))
    print(f"Search in the process ({name}), CPU time, best of three each")
    for kind, texts in queries.items():
        best = []
        for text in texts:
            runs = []
            for _ in range(3):
                began = time.thread_time()
                find([Subject(name, handle)], text, Page())
                runs.append((time.thread_time() - began) * 1000)
            best.append(min(runs))
        _row(kind, best)
    return queries


@contextmanager
def _server(home: Path) -> Iterator[None]:
    """Run `lectern up` for a while, with its log going nowhere but being written."""
    environment = {**os.environ, "LECTERN_HOME": str(home), "PORT": str(_PORT)}
    process = subprocess.Popen(
        [*_LECTERN, "up"], cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            try:
                _get("/healthz")
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _get(path: str, connection: http.client.HTTPConnection | None = None) -> None:
    connection = connection or http.client.HTTPConnection("127.0.0.1", _PORT, timeout=30)
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status}")


def _load(paths: Callable[[int], str], clients: int) -> list[float]:
    """Return wall milliseconds of requests over kept connections."""
    taken: list[float] = []

    def run(client: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=30)
        for i in range(_REQUESTS // clients):
            began = time.perf_counter()
            _get(paths(client * 7919 + i), connection)
            taken.append((time.perf_counter() - began) * 1000)
        connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def measure_http(home: Path, name: str, queries: dict[str, list[str]]) -> None:
    """Print wall milliseconds over HTTP, beside those of /healthz in the same run."""
    with _server(home):
        for clients in (1, 8):
            print(f"Search over HTTP ({name}), {clients} client(s), verdict, log and metrics on")
            base = _load(lambda _: "/healthz", clients)
            _row("/healthz", base)
            for kind, texts in queries.items():
                taken = _load(lambda i, t=texts: f"/search/1/{name}?q={quote(t[i % len(t)])}", clients)  # type: ignore[misc]
                _row(kind, taken)
                print(f"  {'':<44} {statistics.median(taken) / statistics.median(base):.1f} x /healthz")


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("LECTERN_CORPUS") or _ROOT.parent / "shared" / "corpus"
    parser.add_argument("--corpus", type=Path, default=default)
    corpus = parser.parse_args().corpus
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        measure_ingest(home, corpus)
        for name in ("goethe", "google"):
            measure_http(home, name, measure_in_process(home, name))


if __name__ == "__main__":
    main()

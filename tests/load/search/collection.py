"""Measure search over a collection: 30,000 pages, as 1,000 objects of 30 pages and as 100 of 300.

    python -m tests.load.search collection [--corpus FOLDER] [--shelf FOLDER] [--objects 1000 --objects 100]
                                           [--pages 30000] [--rounds 3]

CPU milliseconds of the whole service for one answer: request, verdicts, search, first page of hits (500) with boxes
and context, JSON; packs open, as after the first search of a worker, whose own time is told too. The text is that of
French novels where the corpus has them, else made-up words. Building 30,000 pages takes some minutes; `--shelf` keeps
them for the next time.
"""

import argparse
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from flask.testing import FlaskClient

from lectern.catalogue import ObjectRow
from lectern.home import Home
from lectern.settings import load_settings
from services.app import create_app
from services.context import Context
from services.observing import configure_logs
from services.supervisor import raise_open_files, settle
from tests.load.search.shelf import build_shelf

_COLLECTION = "novels"
_QUERIES = 40  # of each kind
_SAMPLE = 2000  # pages from which words are drawn


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def drawn_pages(context: Context, rows: Sequence[ObjectRow]) -> list[list[str]]:
    """Return the words of some pages of objects, in plain letters as readers type them."""
    draw = random.Random(3)
    pages = []
    for row in draw.choices(rows, k=_SAMPLE):
        texts = context.library.open(row).page(draw.randint(1, row.pages)).texts
        pages.append([word for text in texts if (word := text.strip("—–-.,;:!?«»()[]\"'’ ")) and word.isalpha()])
    return pages


def drawn_queries(pages: Sequence[Sequence[str]], count: int = _QUERIES) -> dict[str, list[str]]:
    """Return so many queries of every kind, drawn from the text itself."""
    draw = random.Random(7)
    counts = Counter(word.lower() for page in pages for word in page)
    common = {word for word, _ in counts.most_common(60)}
    pairs = Counter((a.lower(), b.lower()) for page in pages for a, b in pairwise(page))
    stop = [pair for pair, _ in pairs.most_common(2000) if set(pair) <= common][:count]
    mixed = [pair for pair, _ in pairs.most_common(2000) if len(set(pair) & common) == 1][:count]
    places = [(page, draw.randrange(len(page) - 3)) for page in draw.choices([p for p in pages if len(p) > 9], k=count)]
    words = [word for word in counts if len(word) > 5]
    return {
        "a word": draw.sample(words, count),
        "the commonest words": [word for word, _ in counts.most_common(count)],
        "a phrase of stop words": [f'"{a} {b}"' for a, b in stop],
        "a phrase with one stop word": [f'"{a} {b}"' for a, b in mixed],
        "any phrase of two words": [f'"{page[i]} {page[i + 1]}"' for page, i in places],
        "any phrase of three words": [f'"{page[i]} {page[i + 1]} {page[i + 2]}"' for page, i in places],
        "two stop words on one page": [f"{a} {b}" for a, b in stop],
        "a prefix of four letters": [f"{word[:4]}*" for word in draw.sample(words, count)],
    }


def _measure(client: FlaskClient, paths: Sequence[str], rounds: int) -> list[float]:
    """Return CPU milliseconds of every answer, round after round."""
    taken = []
    for _ in range(rounds):
        for path in paths:
            began = time.process_time()
            response = client.get(path)
            taken.append((time.process_time() - began) * 1000)
            if response.status_code != 200:
                raise RuntimeError(f"{path}: {response.get_data(as_text=True)}")
    return taken


def _print(kind: str, values: Sequence[float]) -> None:
    told = "  ".join(f"p{round(share * 100)} {_percentile(values, share):7.1f}" for share in (0.5, 0.95, 0.99))
    print(f"  {kind:<40} {told} ms   n {len(values)}", flush=True)


def _measure_shelf(home: Home, rounds: int) -> None:
    settings = load_settings(home.path)
    context = Context(settings)
    client = create_app(context, ["search"]).test_client()
    settle()
    base = f"/search/2/collections/{_COLLECTION}"
    began = time.process_time()
    client.get(f"{base}?q=zzzzz")
    print(f"  {'the first search, which opens all packs':<40} {(time.process_time() - began) * 1000:11.1f} ms")
    queries = drawn_queries(drawn_pages(context, context.catalogue.objects()))
    for kind, texts in queries.items():
        _print(kind, _measure(client, [f"{base}?q={quote(text)}" for text in texts], rounds))
    last = context.catalogue.objects()[-1].id
    far = [f"{base}?q={quote(text)}&from={last}:1" for text in queries["a phrase of stop words"]]
    _print("the last page of a phrase of stop words", _measure(client, far, rounds))
    words = [text[:-1] for text in queries["a prefix of four letters"]]
    for letters in (4, 2, 1):
        paths = [f"{base}/autocomplete?q={quote(word)}" for word in sorted({word[:letters] for word in words})]
        _print(f"suggestions for {letters} letters", _measure(client, paths, rounds))
    context.catalogue.close()


def main() -> None:
    """Build the shelves that are missing, and print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path(os.environ.get("LECTERN_CORPUS", "../shared/corpus")))
    parser.add_argument("--shelf", type=Path, help="Folder that keeps the shelves.")
    parser.add_argument("--objects", type=int, action="append", help="Number of objects; may be given twice.")
    parser.add_argument("--pages", type=int, default=30_000, help="Pages in all.")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    raise_open_files()
    configure_logs("json", "error")
    with tempfile.TemporaryDirectory() as scratch:
        for objects in options.objects or (1000, 100):
            pages = options.pages // objects
            home = Home((options.shelf or Path(scratch)) / f"{objects}x{pages}")
            began = time.perf_counter()
            build_shelf(home, options.corpus, objects, pages, _COLLECTION)
            print(f"{objects} objects of {pages} pages (built in {time.perf_counter() - began:.0f} s)", flush=True)
            _measure_shelf(home, options.rounds)

"""A node of a cluster of three killed under load: what eight clients are told meanwhile.

    python -m tests.load.search faults [--pages 3000] [--seconds 20] [--home FOLDER]

Each answer is compared with the one that Whoosh gives for the same question. Told are answers by kind: right, wrong,
503 with Retry-After, anything else; and for how long there were others than right ones.
"""

import argparse
import http.client
import os
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.load.search.engines import moved, serving
from tests.load.search.http import draw_requests
from tests.load.search.sized import context_of, sized_shelf
from tests.opensearch import rig

_KIND = "prose"
_CLIENTS = 8
_OBJECTS, _QUESTIONS = 10, 20
_SETTINGS = {"LECTERN_PUBLIC_URL": "http://localhost", "LECTERN_PAGE_HITS": "100", "LECTERN_WORKERS": "2"}


@dataclass
class _Heard:
    """What clients were told: how many answers of each kind, and when (seconds) others than right ones."""

    right: dict[str, bytes]
    counts: Counter[str] = field(default_factory=Counter)
    others: list[tuple[float, str]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def note(self, kind: str) -> None:
        self.counts[kind] += 1
        if kind != "right":
            self.others.append((time.monotonic(), kind))


def _ask(port: int, path: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        response = connection.getresponse()
        return response.status, response.headers.get("Retry-After", ""), response.read()
    finally:
        connection.close()


def _client(port: int, heard: _Heard, seed: int) -> None:
    draw = random.Random(seed)
    paths = sorted(heard.right)
    while not heard.ended.is_set():
        path = draw.choice(paths)
        try:
            status, later, body = _ask(port, path)
        except OSError as error:
            heard.note(type(error).__name__)
            continue
        if status == 200:
            heard.note("right" if body == heard.right[path] else "wrong")
        else:
            heard.note(f"{status} with Retry-After" if later else f"{status}")


def _under_load(port: int, right: dict[str, bytes], nodes: Sequence[rig.Node], seconds: float) -> None:
    heard = _Heard(right)
    clients = [threading.Thread(target=_client, args=(port, heard, n)) for n in range(_CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(seconds / 4)
    before = sum(heard.counts.values())
    killed = time.monotonic()
    nodes[0].kill()
    time.sleep(seconds * 3 / 4)
    heard.ended.set()
    for client in clients:
        client.join()
    after = sum(heard.counts.values()) - before
    print(f"{before} answers before a node was killed, {after} in the {seconds * 3 / 4:.0f} s after")
    for kind, count in heard.counts.most_common():
        print(f"  {kind:<24} {count:8}")
    if heard.others:
        first, last = heard.others[0][0] - killed, heard.others[-1][0] - killed
        print(f"  others than right ones from {first:.1f} s to {last:.1f} s after the kill")


def main() -> None:
    """Run the cluster, kill a node, and print what clients were told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--home", type=Path, help="where the shelf is kept for the next run")
    parser.add_argument("--corpus", type=Path, default=Path(os.environ.get("LECTERN_CORPUS", "../shared/corpus")))
    options = parser.parse_args()
    rig.fetch()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = (options.home or Path(scratch)) / f"{_KIND}-{options.pages}"
        names = sized_shelf(folder, options.corpus, _KIND, options.pages, 100)
        context = context_of(folder, page_hits=100)
        asked = draw_requests(context, names[:_OBJECTS], _QUESTIONS)
        context.close()
        paths = {path for each in asked for path in each.paths}
        cluster = stack.enter_context(rig.cluster(Path(scratch) / "cluster", 3, measured=True))
        settings = {**_SETTINGS, "LECTERN_ENGINE": "opensearch", "LECTERN_OPENSEARCH_URLS": " ".join(cluster.urls)}
        home = Path(scratch) / "home"
        moved(folder, home, {**settings, "LECTERN_OPENSEARCH_SHARDS": "3"})
        with serving(folder, _SETTINGS) as port:
            right = {path: _ask(port, path)[2] for path in paths}
        with serving(home, settings) as port:
            _under_load(port, right, cluster.nodes, options.seconds)


if __name__ == "__main__":
    main()

"""Measure loading into a cluster: what a page costs our processor, and the cluster's clock and disk.

python -m tests.load.search loading [--pages N] [--corpus FOLDER]
"""

import argparse
import os
import random
import tempfile
import time
from pathlib import Path

from lectern.home import Home
from lectern.pack import PackFile
from lectern.settings import Settings
from lectern.wordblock import encode_page
from lectern.words import page_text
from search.cluster.documents import Owner
from search.cluster.loading import Loader
from search.packing import PackBuilder
from search.tokenizing import pages_with_joins
from tests.load.prose import prose, zipf
from tests.load.search.shelf import text_of_pages
from tests.opensearch import rig

_TIMES = 3


def _processor() -> float:
    spent = os.times()
    return spent.user + spent.system


def main() -> None:
    """Print pages a second of our processor for packs of both kinds and for loading, and bytes a page."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--pages", type=int, default=3000)
    asked.add_argument("--corpus", type=Path, default=Path(os.environ.get("LECTERN_CORPUS", "../shared/corpus")))
    given = asked.parse_args()
    rig.fetch()
    with tempfile.TemporaryDirectory() as folder:
        packing, pack = _packs(Home(Path(folder) / "home"), given.corpus, given.pages)
        with rig.cluster(Path(folder) / "cluster", measured=True) as cluster:
            _load(cluster.urls, pack, given.pages, packing)


def _packs(home: Home, corpus: Path, pages: int) -> tuple[float, PackFile]:
    """Return what a page of a pack made for a cluster costs (seconds of our processor), and the pack."""
    home.prepare()
    words = prose(corpus) if (corpus / "text").is_dir() else zipf()
    text = text_of_pages(words, pages, random.Random(1))
    read = list(pages_with_joins(map(page_text, text.pages), text.joins))
    blocks = [encode_page(page) for page in text.pages]
    cost = 0.0
    for generation, indexed in enumerate((True, False), 1):
        began = _processor()
        with PackBuilder(home, "book", generation, indexed=indexed) as builder:
            for block, (page, joins) in zip(blocks, read, strict=True):
                builder.add(block, page, joins)
            path = builder.finish().path
        cost = (_processor() - began) / pages
        kind = "a pack with Whoosh's index" if indexed else "a pack for a cluster"
        print(f"  {kind:<44} {1 / cost:8.0f} pages/CPU s {path.stat().st_size / pages:8.0f} bytes/page")
    return cost, PackFile(path)


def _load(urls: list[str], pack: PackFile, pages: int, packing: float) -> None:
    loader = Loader(Settings(opensearch_urls=urls, opensearch_replicas=0))
    loader.targets()
    for n in range(_TIMES):
        began, clock = _processor(), time.perf_counter()
        loader.load(pack, Owner(f"book-{n}", 1, "open", ()))
        cost, seconds = (_processor() - began) / pages, time.perf_counter() - clock
        print(
            f"  {'loaded':<44} {1 / cost:8.0f} pages/CPU s {pages / seconds:8.0f} pages/s; "
            f"with its pack {1 / (cost + packing):.0f} pages/CPU s"
        )
    index = loader.names.pages
    loader.client.indices.forcemerge(index=index, params={"max_num_segments": 1, "request_timeout": 600})
    loader.client.indices.flush(index=index, params={"force": "true"})
    loader.client.indices.refresh(index=index)
    said = loader.client.indices.stats(index=index)["_all"]["primaries"]["store"]["size_in_bytes"]
    print(f"  {'the index':<44} {said / (_TIMES * pages):8.0f} bytes/page")


if __name__ == "__main__":
    main()

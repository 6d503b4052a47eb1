"""Shelves of many objects to search in, made of prose or of made-up words: packs and catalogue rows, no pictures."""

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.urls import canvas_path
from lectern.words import Block, Box, Join, Line, Page, Text, Word
from search.packing import write_pack
from tests.load.prose import PAGE_WORDS, prose, zipf

WIDTH, HEIGHT = 2100, 3000
_LINE_WORDS = 10
_LONG = 8  # letters; a longer word at a line end is split one time in five, as in print


def build_shelf(home: Home, corpus: Path, objects: int, pages: int, collection: str, *, jobs: int = 2) -> None:
    """Put objects of so many pages on the shelf, all in one collection; one that is there already stays."""
    home.prepare()
    home.key("index")  # made once, before there are several processes
    catalogue = Catalogue(home)
    there = {row.id for row in catalogue.objects()}
    names = [f"{collection}-{n:05}" for n in range(objects)]
    missing = [name for name in names if name not in there]
    share = -(-len(missing) // jobs)
    parts = [missing[i : i + share] for i in range(0, len(missing), share)] if missing else []
    with ProcessPoolExecutor(jobs) as pool:
        for _ in pool.map(_build, [(home.path, corpus, part, pages, collection, i) for i, part in enumerate(parts)]):
            pass
    catalogue.close()


def _build(task: tuple[Path, Path, list[str], int, str, int]) -> None:
    folder, corpus, names, pages, collection, seed = task
    home, catalogue = Home(folder), Catalogue(Home(folder))
    source = prose(corpus) if (corpus / "text" / "eltec-fra.txt.xz").exists() else zipf(seed)
    words = islice(source, seed * 1_000_003, None)
    draw = random.Random(seed)
    for name in names:
        generation = catalogue.next_generation()
        summary = write_pack(home, name, generation, text_of_pages(words, pages, draw))
        canvases = [CanvasRow(n, canvas_path(name, n), WIDTH, HEIGHT, str(n)) for n in range(1, pages + 1)]
        row = ObjectRow(
            name, name, f"Volume {name}", generation, collections=(collection,), pages=pages, words=summary.words
        )
        catalogue.publish(row, canvases)
    catalogue.close()


def text_of_pages(words: Iterator[str], pages: int, draw: random.Random) -> Text:
    """Return pages of ten words a line; some long words at line ends are split and joined again."""
    joins: list[Join] = []
    made, count = [], 0
    carried = ""
    for _ in range(pages):
        lines = []
        for top in range(200, 200 + 50 * (PAGE_WORDS // _LINE_WORDS), 50):
            row = ([carried] if carried else []) + list(islice(words, _LINE_WORDS - bool(carried)))
            carried = ""
            if len(row[-1]) > _LONG and draw.random() < 0.2:
                whole = row[-1]
                row[-1], carried = f"{whole[:4]}-", whole[4:]
                joins.append(Join(count + len(row) - 1, count + len(row), whole, False))
            count += len(row)
            lines.append(_line(row, top))
        made.append(Page([Block(lines)], WIDTH, HEIGHT))
    if carried:
        joins.pop()
    return Text(made, joins)


def _line(words: list[str], top: int) -> Line:
    left, placed = 150, []
    for word in words:
        width = 18 * len(word)
        placed.append(Word(word, Box(left, top, width, 40)))
        left += width + 20
    return Line(placed, Box(150, top, 1800, 40))

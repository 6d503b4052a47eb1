"""Shelves of a given number of pages, in objects of 300: as many different ones as wished, the others copies of these.

A pack has no id in it, so a copy is one more name of the same file under another object: it is opened, mapped and
searched as an object of its own.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lectern.catalogue import CanvasRow, Catalogue
from lectern.home import Home
from lectern.settings import load_settings
from lectern.urls import canvas_path
from services.context import Context
from tests.load.search.shelf import HEIGHT, WIDTH, build_shelf

OBJECT_PAGES = 300
_NO_CORPUS = Path(os.devnull)  # then the shelf is made of words drawn by Zipf's law


def sized_shelf(folder: Path, corpus: Path, kind: str, pages: int, different: int) -> list[str]:
    """Return the ids of objects of so many pages together, made if they are not there; `kind` is `prose` or `zipf`."""
    objects = max(1, pages // OBJECT_PAGES)
    home = Home(folder)
    if kind == "prose" and not (corpus / "text").is_dir():
        raise FileNotFoundError(f"{corpus / 'text'}: real prose is read from there; name its folder with --corpus.")
    build_shelf(home, corpus if kind == "prose" else _NO_CORPUS, min(objects, different), OBJECT_PAGES, kind)
    names = [f"{kind}-{n:05}" for n in range(min(objects, different))]
    copies = [f"{kind}-copy-{n:05}" for n in range(objects - len(names))]
    _copy(home, names, copies)
    return names + copies


def _copy(home: Home, names: Sequence[str], copies: Sequence[str]) -> None:
    catalogue = Catalogue(home)
    for place, copy in enumerate(copies):
        if catalogue.find(copy) is not None:
            continue
        row = catalogue.get(names[place % len(names)])
        generation = catalogue.next_generation()
        target = home.pack_file(copy, generation)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.hardlink_to(home.pack_file(row.id, row.generation))
        canvases = [CanvasRow(n, canvas_path(copy, n), WIDTH, HEIGHT, str(n)) for n in range(1, row.pages + 1)]
        catalogue.publish(replace(row, id=copy, original_id=copy, label=copy, generation=generation), canvases)
    catalogue.close()


def context_of(folder: Path, **settings: object) -> Context:
    """Return an installation over a shelf as one process sees it."""
    return Context(load_settings(folder).model_copy(update=settings))

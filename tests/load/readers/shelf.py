"""A shelf of books with words and pictures: each page's picture is one file under many names, each text its own."""

import random
from pathlib import Path
from typing import NamedTuple

from auth.identity import Identity
from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import Settings
from lectern.urls import canvas_path
from search.packing import write_pack
from services.context import Context
from services.credentials import COOKIE
from tests.load.image.page import draw_page
from tests.load.prose import zipf
from tests.load.readers.visit import PAGE_HEIGHT, PAGE_WIDTH, Book
from tests.load.search.questions import SUGGESTIONS, draw_questions
from tests.load.search.shelf import text_of_pages

_POLICIES = '[policies.members]\npatterns = ["login"]\nroles = ["member"]\nsubstitute = { max_scale = 0.125 }\n'
_MEMBERS_EVERY = 4  # every fourth book is for members
_QUESTIONS = 60  # of each kind, for a book
_VIEWER = "https://viewer.example.org"


class Shelf(NamedTuple):
    """The books for everybody and those for members, and what members' browsers show: names to `Cookie` values."""

    books: list[Book]
    restricted: frozenset[str]
    cookies: dict[str, str]


def made_shelf(folder: Path, objects: int, pages: int, sessions: int) -> Shelf:
    """Return a shelf of so many books, made if they are not there, with fresh sessions."""
    home = Home(folder)
    home.prepare()
    home.key("index")
    home.policies_file.write_text(_POLICIES)
    picture = _picture(home.images)
    names = [f"book-{n:03}" for n in range(objects)]
    restricted = frozenset(names[_MEMBERS_EVERY - 1 :: _MEMBERS_EVERY])
    catalogue = Catalogue(home)
    words, draw = zipf(), random.Random(1)
    for name in names:
        if catalogue.find(name) is not None:
            continue
        generation = catalogue.next_generation()
        summary = write_pack(home, name, generation, text_of_pages(words, pages, draw))
        canvases = []
        for n in range(1, pages + 1):
            image = f"{name}-{n}.tif"
            (home.images / image).hardlink_to(picture)
            canvases.append(CanvasRow(n, canvas_path(name, n), PAGE_WIDTH, PAGE_HEIGHT, str(n), image=image))
        policy = "members" if name in restricted else "open"
        row = ObjectRow(name, name, f"Book {name}", generation, policy=policy, pages=pages, words=summary.words)
        catalogue.publish(row, canvases)
    catalogue.close()
    context = Context(Settings(home=folder))
    who = [f"reader {n}" for n in range(sessions)]
    cookies = {name: f"{COOKIE}={context.sessions.sign_in(Identity(name, ('member',)), _VIEWER)}" for name in who}
    return Shelf([_book(context, name, pages) for name in names], restricted, cookies)


def _book(context: Context, name: str, pages: int) -> Book:
    handle = context.library.open(context.catalogue.get(name))

    def drawn(kind: str) -> list[str]:
        return [each.text for each in draw_questions(kind, [name], {name: handle}.__getitem__, _QUESTIONS)]

    return Book(name, pages, drawn("term"), drawn("phrase of stop words"), drawn(SUGGESTIONS))


def _picture(images: Path) -> Path:
    """Return the pyramid of a page as ingest makes it."""
    made = images / "page.tif"
    if not made.exists():
        source = images / "source.tif"
        draw_page().crop(0, 0, PAGE_WIDTH, PAGE_HEIGHT).tiffsave(str(source))
        make_pyramid(source, made)
        source.unlink()
    return made

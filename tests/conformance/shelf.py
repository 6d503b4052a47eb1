"""A home with a book under several policies and a film, and every kind of answer that its search service gives."""

from collections.abc import Iterator
from pathlib import Path

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow, RangeRow
from lectern.home import Home
from lectern.settings import load_settings
from lectern.urls import canvas_path
from lectern.words import Block, Join, Line, Page, Text, Word
from search.packing import write_pack
from services.context import Context
from tests.search.books import HEIGHT, WIDTH, book
from tests.services_search.conftest import POLICIES

BASE = "https://books.example.org"
LONG = " ".join(["of"] * 201)  # more words in a row than are looked for

PAGES = (
    ["the new harbour wall", "was opened by the harbour mayor"],
    ["harbour harbour"],
    ["har-", "bour dues"],
    ["Harbours of old"],
    ["harbour, and harvest"],
)
JOINS = [Join(12, 13, "harbour", True)]

# Names and paths of searches that bring answers of every kind, in any version.
SEARCHES = {
    "one hit": "/search/{}/harbour?q=mayor",
    "a hit over a line end": '/search/{}/harbour?q="wall+was"',
    "first of several pages": "/search/{}/harbour?q=harbour",
    "a page in the middle": "/search/{}/harbour?q=harbour&from=harbour:2",
    "last page": "/search/{}/harbour?q=harbour&from=harbour:3",
    "by rank": "/search/{}/harbour?q=harbour+OR+dues&order=rank",
    "with something ignored": "/search/{}/harbour?q=mayor&box=1,1,2,2",
    "with something left out": "/search/{}/harbour?q=mayor+OR+%22" + LONG.replace(" ", "+") + "%22",
    "everything": "/search/{}/harbour",
    "everything, something ignored": "/search/{}/harbour?box=1,1,2,2",
    "nothing": "/search/{}/harbour?q=zeppelin",
    "nothing that a filter lets pass": "/search/{}/harbour?q=harbour&motivation=tagging",
    "one canvas": "/search/{}/harbour/canvas/2?q=harbour",
    "one range": "/search/{}/harbour/range/1?q=harbour",
    "a collection": "/search/{}/collections/press?q=harbour",
    "a collection, page in the middle": "/search/{}/collections/press?q=harbour&from=harbour:2",
    "a collection by rank": "/search/{}/collections/press?q=harbour+OR+dues&order=rank",
    "boxes alone": "/search/{}/boxes?q=mayor",
    "boxes alone, several pages": "/search/{}/boxes?q=harbour",
    "a secret text": "/search/{}/secret?q=harbour",
    "a place in a film": "/search/{}/film?q=hafen",
}
SUGGESTIONS = {
    "suggestions": "/search/{}/harbour/autocomplete?q=har",
    "no suggestion": "/search/{}/harbour/autocomplete?q=zep",
    "suggestions, something ignored": "/search/{}/harbour/autocomplete?q=har&box=1",
    "suggestions of a collection": "/search/{}/collections/press/autocomplete?q=har",
    "more suggestions than are given": "/search/{}/list/autocomplete?q=ab",
    "suggestions of boxes": "/search/{}/boxes/autocomplete?q=har",
}
ERRORS = {
    "no such object": ("/search/{}/nothing?q=x", 404),
    "no such canvas": ("/search/{}/harbour/canvas/9?q=x", 404),
    "no such version": ("/search/9{}/harbour?q=x", 404),
    "a query that is too long": ("/search/{}/harbour?q=" + "x" * 1001, 400),
    "suggestions for nothing": ("/search/{}/harbour/autocomplete", 400),
    "a least count that is none": ("/search/{}/harbour/autocomplete?q=h&min=many", 400),
    "a cursor that is none": ("/search/{}/harbour?q=x&from=far", 400),
    "a cursor of another object": ("/search/{}/harbour?q=x&from=boxes:1", 400),
    "an order that there is none of": ("/search/{}/harbour?q=x&order=best", 400),
    "a ranked page that is gone": ("/search/{}/harbour?q=mayor&order=rank&from=harbour:4", 400),
}


def film() -> Text:
    """Return the captions of a film in German."""
    line = Line([Word("Der"), Word("Hafen")], time=(1.0, 2.5))
    return Text([Page([Block([line])], language="de")], [])


def make_home(folder: Path) -> Home:
    """Return a home in a folder with the book, another, the film, and a list of many words."""
    home = Home(folder)
    home.prepare()
    home.policies_file.write_text(POLICIES)
    text = book(*PAGES, joins=JOINS)
    for object_id, policy in (("harbour", "open"), ("boxes", "boxes"), ("secret", "secret")):
        _publish(home, object_id, text, policy)
    _publish(home, "film", film(), "open")
    _publish(home, "anchor", book(["the harbour wall"], ["harbour dues"]), "open")
    _publish(home, "list", book([" ".join(f"ab{n:02d}" for n in range(30))]), "open")
    return home


def _publish(home: Home, object_id: str, text: Text, policy: str) -> None:
    catalogue = Catalogue(home)
    generation = catalogue.next_generation()
    summary = write_pack(home, object_id, generation, text)
    canvases = [CanvasRow(n, canvas_path(object_id, n), WIDTH, HEIGHT, str(n)) for n in range(1, summary.pages + 1)]
    row = ObjectRow(
        object_id,
        object_id,
        object_id.title(),
        generation,
        policy=policy,
        collections=("press",),
        pages=summary.pages,
        words=summary.words,
    )
    ranges = [RangeRow(1, None, "The harbour", "chapter", (2, 3))] if summary.pages > 2 else []
    catalogue.publish(row, canvases, ranges=ranges)
    catalogue.close()


def open_service(home: Home) -> Iterator[Context]:
    """Yield the context that a service over the home works in, then close it."""
    context = Context(load_settings(home.path).model_copy(update={"public_url": BASE, "page_hits": 2}))
    yield context
    context.catalogue.close()
    context.state.close()

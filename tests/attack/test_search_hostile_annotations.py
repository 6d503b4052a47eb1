"""Annotations of a manifest that means ill, beside the text of an object (TH-90)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.urls import canvas_path
from search.answer import Cursor, Cut
from search.findings import Subject
from search.packing import write_pack
from search.remarks import Remark, Target
from search.searching import Page, find
from tests.attack.conftest import BASE, COLLECTION, Shelf, made_home, served
from tests.search.books import HEIGHT, WIDTH, book, open_book

OURS = f"{BASE}/presentation/3/victim/canvas/1/text#w2-2"  # the id of "harbour" on the first page, in version 2


@pytest.fixture
def own_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """Return a shelf of two texts whose annotations say that they are others."""
    monkeypatch.setenv("LECTERN_PUBLIC_URL", BASE)
    home = made_home(tmp_path)
    catalogue = Catalogue(home)
    for name in ("copy", "victim"):
        remarks = [
            Remark("a1", "harbour of lies", (Target(1),), ("commenting",), OURS),
            Remark("a2", "harbour of both", (Target(1),), ("commenting",), "https://notes.example/same"),
        ]
        generation = catalogue.next_generation()
        write_pack(home, name, generation, book(["the new harbour wall"]), remarks=remarks)
        row = ObjectRow(name, name, name, generation, policy="open", collections=(COLLECTION,), pages=1, words=4)
        catalogue.publish(row, [CanvasRow(1, canvas_path(name, 1), WIDTH, HEIGHT, "1")])
    catalogue.close()
    with served(home, "search") as shelf:
        yield shelf


def _answer(shelf: Shelf, path: str) -> dict[str, Any]:
    found: dict[str, Any] = shelf.get(path, "harbour").get_json()
    return found


@pytest.mark.parametrize("place", ["victim", f"collections/{COLLECTION}"])
@pytest.mark.parametrize("version", [1, 2])
def test_no_two_annotations_of_an_answer_have_one_id(own_shelf: Shelf, version: int, place: str):
    document = _answer(own_shelf, f"/search/{version}/{place}")
    ids = [one["@id" if version == 1 else "id"] for one in document["resources" if version == 1 else "items"]]
    assert len(ids) == len(set(ids)) == (3 if place == "victim" else 6)


def test_a_hit_leads_to_the_word_and_not_to_who_took_its_name(own_shelf: Shelf):
    document = _answer(own_shelf, "/search/1/victim")
    texts = {one["@id"]: one["resource"]["chars"] for one in document["resources"]}
    assert [(hit["match"], [texts[name] for name in hit["annotations"]]) for hit in document["hits"]] == [
        ("harbour", ["harbour"]),
        ("harbour", ["harbour of lies"]),
        ("harbour", ["harbour of both"]),
    ]
    assert texts["https://notes.example/same"] == "harbour of both"


def test_th_83_a_canvas_that_is_all_hits_is_cut_and_says_so(tmp_path: Path):
    remarks = [Remark(f"a{n}", "harbour " * 1000, (Target(1),), ("commenting",)) for n in range(25)]
    handle = open_book(tmp_path, book(["the harbour"], ["a harbour"]), remarks=remarks)
    answer = find([Subject("book", handle)], "harbour", Page())
    assert answer.hits is not None
    assert (len(answer.hits), answer.total_hits, answer.truncated) == (20_000, 25_002, (Cut.CANVAS,))
    assert answer.following == Cursor("book", 2)
    rest = find([Subject("book", handle)], "harbour", Page(answer.following))
    assert (len(rest.hits or ()), rest.start_index, rest.truncated) == (1, answer.total_annotations - 1, ())

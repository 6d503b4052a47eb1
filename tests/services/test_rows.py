from pathlib import Path

import pytest

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.urls import canvas_path
from services import rows
from services.rows import Remembered


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    home = Home(tmp_path)
    home.prepare()
    return Catalogue(home)


def publish(catalogue: Catalogue, name: str, label: str = "A book") -> None:
    canvas = CanvasRow(1, canvas_path(name, 1), 20, 30, image="1.tif")
    catalogue.publish(ObjectRow(name, name, label, pages=1), [canvas])


def test_a_row_is_read_once_until_the_catalogue_changes(catalogue: Catalogue):
    publish(catalogue, "book")
    remembered = Remembered()
    first = remembered.now(catalogue)
    assert first.find("book") is first.find("book") is not None
    assert first.canvas("book", 1) is first.canvas("book", 1) is not None
    assert remembered.now(catalogue) is first
    publish(catalogue, "book", "Another book")
    second = remembered.now(catalogue)
    assert second is not first
    found = second.find("book")
    assert found is not None
    assert found.label == "Another book"


def test_what_is_not_there_is_remembered_until_it_comes(catalogue: Catalogue):
    remembered = Remembered()
    before = remembered.now(catalogue)
    assert before.find("book") is None
    assert before.canvas("book", 1) is None
    publish(catalogue, "book")
    assert before.find("book") is None
    assert remembered.now(catalogue).find("book") is not None


def test_the_catalogue_is_asked_no_more_often_than_is_wished(catalogue: Catalogue):
    now = [100.0]
    remembered = Remembered(elapsed=lambda: now[0])
    first = remembered.now(catalogue, 1.0)
    publish(catalogue, "book")
    now[0] += 0.9
    assert remembered.now(catalogue, 1.0) is first
    now[0] += 0.1
    assert remembered.now(catalogue, 1.0) is not first


def test_strangers_who_ask_for_thousands_of_names_do_not_fill_the_memory(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rows, "_MOST", 3)
    held = Remembered().now(catalogue)
    for number in range(10):
        assert held.find(f"no-{number}") is None
        assert held.canvas(f"no-{number}", 1) is None
    assert len(held._objects) <= 3
    assert len(held._canvases) <= 3

"""A home to ingest into, and a small book."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lectern.catalogue import Catalogue
from lectern.home import Home
from tests.ingest.files import alto, string, text_lines, write_picture


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return an empty home."""
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def catalogue(home: Home) -> Iterator[Catalogue]:
    """Return the home's catalogue."""
    catalogue = Catalogue(home)
    yield catalogue
    catalogue.close()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a folder of three pages, picture and ALTO each."""
    folder = tmp_path / "book"
    (folder / "ocr").mkdir(parents=True)
    for n, word in enumerate(["alpha", "beta", "gamma"], start=1):
        write_picture(folder / "images" / f"p{n}.png", 500, 700)
        (folder / "ocr" / f"p{n}.xml").write_bytes(alto(text_lines(string(word))))
    return folder

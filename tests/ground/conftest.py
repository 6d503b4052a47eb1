"""A fresh home, and a catalogue in it whose clock the test sets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lectern.catalogue import Catalogue
from lectern.home import Home
from tests.clock import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def catalogue(home: Home, clock: SetClock) -> Iterator[Catalogue]:
    catalogue = Catalogue(home, clock)
    yield catalogue
    catalogue.close()

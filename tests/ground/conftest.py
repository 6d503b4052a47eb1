"""A fresh home, and a catalogue, in it and in PostgreSQL, whose clock the test sets."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lectern.catalogue import Catalogue
from lectern.database_server import Server
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
def catalogue(home: Home, stores: Server | None, clock: SetClock) -> Iterator[Catalogue]:
    catalogue = Catalogue(replace(home, server=stores), clock)
    yield catalogue
    catalogue.close()

"""A clock that tests set, and a state store in a folder of its own and in PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auth.sessions import Sessions
from lectern.database_server import Server
from lectern.home import Home
from lectern.settings import Settings
from lectern.state import State
from tests.clock import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def home(tmp_path: Path, stores: Server | None) -> Home:
    return Home(tmp_path, stores)


@pytest.fixture
def state(home: Home) -> Iterator[State]:
    state = State(home)
    yield state
    state.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def sessions(state: State, settings: Settings, clock: SetClock) -> Sessions:
    return Sessions(state, settings, clock)

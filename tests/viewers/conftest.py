"""One home, one server a set of settings and one browser a kind for all trials of a process; visits of their own."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright

from tests.viewers import bench, visit
from tests.viewers.cells import Trial, Visiting
from tests.viewers.matrix import Ledger, committed, write
from tests.viewers.places import Authority, Installation, Place, browser, installed


def _ledger(config: pytest.Config) -> Ledger | None:
    """Return the ledger if the table is to be written."""
    if not os.environ.get("LECTERN_WRITE_MATRIX") or config.cache is None:
        return None
    return Ledger(Path(config.cache.mkdir("viewers")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the thorough trials to `make matrix`: there are more of them than a test run has time for."""
    if _ledger(config) is not None or config.option.markexpr:
        return
    left = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin with an empty ledger, in the process that the others belong to."""
    ledger = _ledger(session.config)
    if ledger is not None and not hasattr(session.config, "workerinput"):
        ledger.clear()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the table in the end; what was not tried stays as it was."""
    ledger = _ledger(session.config)
    if ledger is not None and not hasattr(session.config, "workerinput") and (found := ledger.found()):
        write(committed() | found)


@pytest.fixture(scope="session")
def visiting(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visiting]:
    """Return a function that begins a visit at a place; servers and browsers start when they are first needed."""
    authority, folder = Authority(), tmp_path_factory.mktemp("bench")
    home = bench.make_home(folder)
    installations: dict[str, Installation] = {}
    browsers: dict[bool, BrowserContext] = {}
    with ExitStack() as running:

        @contextmanager
        def visiting(place: Place) -> Iterator[visit.Visit]:
            key = " ".join(sorted(place.settings)) or "as it comes"
            if key not in installations:
                own = folder / f"installation-{len(installations)}"
                installations[key] = running.enter_context(installed(home, own, authority, place.settings))
            if place.blocked not in browsers:
                profile = folder / f"profile-{place.blocked}"
                browsers[place.blocked] = running.enter_context(
                    browser(playwright, profile, authority, blocked=place.blocked)
                )
            begun = visit.begin(place, installations[key], browsers[place.blocked])
            try:
                yield begun
            finally:
                visit.end(begun)

        yield visiting


@pytest.fixture
def trial(visiting: Visiting, request: pytest.FixtureRequest) -> Trial:
    """Return how a cell of the table is tried."""
    return Trial(visiting, _ledger(request.config))

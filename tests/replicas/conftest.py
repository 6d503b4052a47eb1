"""Two machines, and a shelf of folders that both are given."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from tests.ingest.files import alto, string, text_lines, write_picture
from tests.replicas.machines import Machine, machines

OBJECTS, PAGES = 4, 8
STORES = ("catalogue.db", "state.db")


class Stores(Protocol):
    """Gives machines whose homes lie in a folder the same stores, for as long as the context lasts."""

    def __call__(self, folder: Path, found: Sequence[Machine]) -> AbstractContextManager[list[Machine]]: ...


@contextmanager
def _one_file(folder: Path, found: Sequence[Machine]) -> Iterator[list[Machine]]:
    """Give machines the same SQLite files, as no two real ones may have."""
    for machine in found:
        for name in STORES:
            (machine.home.path / name).symlink_to(folder / "shared" / name)
    yield list(found)


@pytest.fixture(scope="session")
def stores() -> Stores:
    """Return what gives machines their stores."""
    return _one_file


@pytest.fixture
def pair(tmp_path: Path, stores: Stores) -> Iterator[list[Machine]]:
    """Return two machines on one catalogue."""
    with stores(tmp_path, machines(tmp_path, 2, {"lease_seconds": "2"})) as found:
        yield found


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Return a folder of objects, each of some pages with picture and text."""
    root = tmp_path / "scans"
    for name in (f"book-{n}" for n in range(1, OBJECTS + 1)):
        for page in range(1, PAGES + 1):
            write_picture(root / name / f"p{page:02}.png", 1000, 1400)
            (root / name / f"p{page:02}.xml").write_bytes(alto(text_lines(string(f"{name.replace('-', '')}"))))
    return root

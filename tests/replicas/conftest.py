"""Two machines, and a shelf of folders that both are given."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.files import alto, string, text_lines, write_picture
from tests.postgresql.server import Postgresql
from tests.replicas.machines import Machine, machines
from tests.replicas.stores import Stores, one_database, one_file

OBJECTS, PAGES = 4, 8


@pytest.fixture(scope="session")
def shared_stores(postgresql: Postgresql) -> Stores:
    """Return what gives machines their stores: PostgreSQL, which alone real ones can share."""
    return one_database(postgresql)


@pytest.fixture
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[list[Machine]]:
    """Return two machines on one catalogue, in PostgreSQL unless a test wants SQLite files."""
    stores = one_file if getattr(request, "param", "") == "sqlite" else request.getfixturevalue("shared_stores")
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

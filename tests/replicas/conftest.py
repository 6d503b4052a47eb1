"""Two machines, and a shelf of folders that both are given."""

from pathlib import Path

import pytest

from tests.ingest.files import alto, string, text_lines, write_picture
from tests.replicas.machines import Machine, machines

OBJECTS, PAGES = 4, 8
STORES = ("catalogue.db", "state.db")


@pytest.fixture
def pair(tmp_path: Path) -> list[Machine]:
    """Return two machines on one SQLite catalogue, as no two real ones may be."""
    found = machines(tmp_path, 2, {"lease_seconds": "2"})
    for machine in found:
        for name in STORES:
            (machine.home.path / name).symlink_to(tmp_path / "shared" / name)
    return found


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Return a folder of objects, each of some pages with picture and text."""
    root = tmp_path / "scans"
    for name in (f"book-{n}" for n in range(1, OBJECTS + 1)):
        for page in range(1, PAGES + 1):
            write_picture(root / name / f"p{page:02}.png", 1000, 1400)
            (root / name / f"p{page:02}.xml").write_bytes(alto(text_lines(string(f"{name.replace('-', '')}"))))
    return root

"""How much of our own a browser is sent: scripts and styles, the viewers left out."""

import gzip
from pathlib import Path

MOST = 60_000
STATIC = Path(__file__).parents[2] / "services" / "static"


def own(*, reader: bool) -> dict[str, bytes]:
    """Return our own scripts and styles by name; with those of the reader's page, or without."""
    files = (path for path in STATIC.rglob("*") if path.suffix in {".js", ".css"})
    named = {str(path.relative_to(STATIC)): path.read_bytes() for path in files}
    return {name: data for name, data in named.items() if reader or not name.startswith("reader")}


def test_scripts_and_styles_of_the_portals_pages_have_less_than_60_kb():
    sizes = {name: len(data) for name, data in own(reader=False).items()}
    print(sum(sizes.values()), sizes)
    assert sum(sizes.values()) < MOST


def test_all_scripts_and_styles_have_less_than_60_kb_compressed():
    sizes = {name: len(gzip.compress(data)) for name, data in own(reader=True).items()}
    print(sum(sizes.values()), sizes)
    assert sum(sizes.values()) < MOST

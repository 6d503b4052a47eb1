"""The libraries that judges of the Presentation API are shown: ours, and real books of the corpus."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.presentation.documents import Documents, documents
from tests.presentation.library import Library, library, opened

__all__ = ["library"]

# METS with ALTO and pictures, METS with ALTO, folders of ALTO, hOCR, one file of many pages, columns.
BOOKS = {
    "park-record": ("newspapers/park-record-1935-08-02", "tiered"),
    "bnf-journal": ("newspapers/bnf-journal-1814-04-02", "every"),
    "lunion": ("newspapers/lunion-1860-11-30", "login"),
    "boletin": ("newspapers/boletin-1895-01-01", "open"),
    "tribune": ("newspapers/national-tribune-1898-one-page", "minimal"),
    "chronicling": ("newspapers/chronicling-america-hocr-4p", "terms"),
    "faux-visage": ("books/faux-visage-1589", "kiosk"),
    "archive": ("books/archive-452114306-33p.hocr", "external"),
    "columns": ("hocr/jp_vert.hocr", "open"),
}


@pytest.fixture(scope="session")
def ours(library: Library) -> dict[int, Documents]:
    """Return the documents of our own library, by version."""
    everything = [row.id for row in library.site.context.catalogue.objects()]
    return {version: documents(library, version, everything, ["all", "press"]) for version in (2, 3)}


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Iterator[dict[int, Documents]]:
    """Return the documents of real books, under policies of every kind, by version."""
    with opened(tmp_path_factory.mktemp("real") / "home") as found:
        for name, (path, policy) in BOOKS.items():
            found.ingest(corpus / path, object_id=name, policy=policy, collections=["press"])
        yield {version: documents(found, version, list(BOOKS), ["all", "press"]) for version in (2, 3)}

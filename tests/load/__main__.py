"""Measure a whole `lectern ingest` of real books of the corpus: pages a second, with and without pictures.

    python -m tests.load [--corpus FOLDER]

`tests.load.ingest` measures ingest in detail, `tests.load.search` measures search.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lectern.settings import load_settings
from services.context import Context

_ROOT = Path(__file__).resolve().parent.parent.parent
_LECTERN = [sys.executable, "-m", "services.cli"]


def _ingest(home: Path, folder: Path, name: str) -> float:
    began = time.perf_counter()
    subprocess.run([*_LECTERN, "--home", str(home), "ingest", str(folder), "--object", name], check=True, cwd=_ROOT)
    return time.perf_counter() - began


def measure_ingest(home: Path, corpus: Path) -> None:
    """Print pages a second of a whole `lectern ingest`, start of Python included."""
    print("Ingest (goethe-wahlverwandtschaften-1809, 93 pages of Tesseract hOCR)")
    book = corpus / "books" / "goethe-wahlverwandtschaften-1809"
    for name, folder in (("goethe", book), ("words-only", book / "hocr")):
        seconds = _ingest(home, folder, name)
        pages = Context(load_settings(home)).catalogue.get(name).pages
        print(f"  {name:<44} {pages / seconds:8.1f} pages/s   {pages} pages in {seconds:.1f} s")
    google = corpus / "books" / "google-books-347p.hocr.html"
    seconds = _ingest(home, google, "google")
    pages = Context(load_settings(home)).catalogue.get("google").pages
    print(f"  {'one hOCR file of 347 pages':<44} {pages / seconds:8.1f} pages/s   {pages} pages in {seconds:.1f} s")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("LECTERN_CORPUS") or _ROOT.parent / "shared" / "corpus"
    parser.add_argument("--corpus", type=Path, default=default)
    corpus = parser.parse_args().corpus
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        measure_ingest(home, corpus)


if __name__ == "__main__":
    main()

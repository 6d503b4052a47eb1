"""Measure reading alone: CPU microseconds a word from file to pages, and from pages to boxes on a canvas.

    python -m tests.load.reading [--corpus FOLDER] [--megabytes 20]

The last lines tell the peak memory of a fresh process that streams one hOCR file of that many megabytes,
well-formed and broken; 1000 takes some minutes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from ingest.geometry import canvas_for, place_on
from ingest.leaves import read_pages
from ingest.sniff import sniff
from tests.load.prose import hocr_page, pages, write_alto_folder, write_hocr_volume, zipf

_RUNS = 3
_LARGE_PAGE = 3000  # words, as in a newspaper: a file may hold 5,000 pages
_STREAM = """
import re, sys, time
from pathlib import Path
from ingest.readers.hocr import read_hocr
path, words, count = Path(sys.argv[1]), 0, 0
for page in read_hocr(path, path.name):
    words += sum(len(line.words) for line in page.lines())
    count += 1
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]  # ru_maxrss knows the parent's
print(f"{int(peak) / 1000:.0f} MB for {count} pages, {words} words, {words / time.process_time():.0f} words/s")
"""


def _files(corpus: Path, scratch: Path) -> Iterator[tuple[str, list[Path]]]:
    for name, pattern in (
        ("hOCR, Google Books", "books/google-books-347p.hocr.html"),
        ("hOCR, Tesseract", "books/goethe-wahlverwandtschaften-1809/hocr/*"),
        ("hOCR, Internet Archive", "books/archive-452114306-33p.hocr"),
        ("ALTO, a book", "books/faux-visage-1589/alto/*"),
        ("ALTO, L'Union", "newspapers/lunion-1860-11-30/*.xml"),
        ("ALTO, Berliner Tageblatt", "newspapers/berliner-tageblatt-1925/*.xml"),
    ):
        yield name, sorted(corpus.glob(pattern))
    folder = write_alto_folder(scratch / "alto", pages(zipf(), 20))
    yield "ALTO, synthetic", sorted(path for path in folder.rglob("*") if path.is_file())
    yield "hOCR, synthetic", [write_hocr_volume(scratch / "volume.hocr", pages(zipf(), 20))]


def _measure(name: str, files: list[Path]) -> None:
    """Print the best of some runs: reading and placing, in CPU microseconds a word."""
    kinds = {path: sniff(path)[0] for path in files}
    reading, placing, words = [], [], 0
    for _ in range(_RUNS):
        began = time.process_time()
        found = list(chain.from_iterable(read_pages(path, kind) for path, kind in kinds.items()))
        read = time.process_time()
        for page in found:
            place_on(page, canvas_for(page, None, None))
        placed = time.process_time()
        words = sum(1 for page in found for _ in page.words())
        reading.append((read - began) / words * 1e6)
        placing.append((placed - read) / words * 1e6)
    both = 1e6 / (min(reading) + min(placing))
    print(f"  {name:<28} read {min(reading):5.2f}  place {min(placing):5.2f} us/word  {both:9,.0f} words/s  n {words}")


def _stream(scratch: Path, megabytes: int, fault: str) -> None:
    """Print the peak memory of a process that reads one large file and nothing else."""
    path = scratch / "large.hocr"
    sample = [hocr_page(text, n) for n, text in enumerate(pages(zipf(), 4, _LARGE_PAGE))]
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body>\n')
        while file.tell() < megabytes * 1_000_000:
            file.writelines(sample)
        file.write(f"{fault}</body></html>")
    done = subprocess.run([sys.executable, "-c", _STREAM, str(path)], check=True, capture_output=True, text=True)
    print(f"  {megabytes} MB of {'broken' if fault else 'well-formed'} hOCR: peak {done.stdout.strip()}")
    path.unlink()


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path(os.environ.get("LECTERN_CORPUS", "../shared/corpus")))
    parser.add_argument("--megabytes", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, files in _files(options.corpus, Path(folder)):
            if files:
                _measure(name, files)
        for fault in ("", "<br>"):
            _stream(Path(folder), options.megabytes, fault)


if __name__ == "__main__":
    main()

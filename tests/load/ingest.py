"""Measure `lectern ingest` as it ships, on pages made of real prose and of words drawn by Zipf's law.

    python -m tests.load.ingest rate      words a CPU second on ALTO and hOCR, one job and two
    python -m tests.load.ingest jobs      what a second job brings for twelve objects, and for the same pages in one
    python -m tests.load.ingest changed   one changed page, and none, by the size of the object
    python -m tests.load.ingest volume    one hOCR file of --megabytes (default 200): peak memory, bytes of it a word
    python -m tests.load.ingest shelf     --objects of --pages each in one run: peak memory, bytes a page, pages a s

Every figure comes from a process of its own; CPU and peak memory are those of the process and its workers.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.load.prose import PAGE_WORDS, alto, pages, prose, write_alto_folder, write_hocr_volume, zipf

_VOLUME_PAGE_WORDS = 2_000  # a newspaper's: a file of 1 GB is then below the limit of 5,000 pages
_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Run:
    """One run of the command: seconds on the wall and of CPU, peak bytes of one process, objects as reported."""

    wall: float
    cpu: float
    peak: int
    objects: list[dict[str, int]]

    @property
    def words(self) -> int:
        """Return the number of words of all objects."""
        return sum(found["words"] for found in self.objects)

    @property
    def pages(self) -> int:
        """Return the number of pages of all objects."""
        return sum(found["pages"] for found in self.objects)


def ingest(home: Path, source: Path, *arguments: str) -> Run:
    """Return what an ingest took; raises CalledProcessError."""
    command = [sys.executable, "-m", "services.cli", "--home", str(home), "ingest", str(source), "--json", *arguments]
    environment = {**os.environ, "LECTERN_OCR_MAX_BYTES": str(4 * 1024**3)}
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile() as talk:
        process = subprocess.Popen(command, cwd=_ROOT, stdout=out, stderr=talk, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            talk.seek(0)
            raise subprocess.CalledProcessError(process.returncode, command, stderr=talk.read()[-2000:])
        out.seek(0)
        objects = [json.loads(line) for line in out]
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, objects)


def _row(name: str, text: str) -> None:
    print(f"  {name:<46} {text}", flush=True)


def measure_rate(scratch: Path, corpus: Path, count: int) -> None:
    """Print words a CPU second, and what a second job brings."""
    print(f"Rate: {count} pages of {PAGE_WORDS} words")
    for name, words in (("prose", prose(corpus)), ("zipf", zipf())):
        for form, write in (("ALTO", write_alto_folder), ("hOCR", write_hocr_volume)):
            source = write(scratch / f"{name}-{form}", pages(words, count))
            runs = {
                jobs: ingest(scratch / f"home-{name}-{form}-{jobs}", source, "--jobs", str(jobs)) for jobs in (1, 2)
            }
            one, two = runs[1], runs[2]
            _row(
                f"{form}, {name}",
                f"{one.words / one.cpu:8.0f} words/CPU s ({one.cpu / one.words * 1e6:.1f} us a word)   "
                f"{one.pages / one.wall:6.0f} pages/s   two jobs {one.wall / two.wall:.2f} times one, "
                f"CPU {two.cpu / one.cpu:.2f} times",
            )


def measure_changed(scratch: Path, corpus: Path) -> None:
    """Print what one changed page costs, and an ingest of which nothing changed."""
    print("One changed page of an ALTO folder, start of Python included")
    empty = min(_seconds_of_start() for _ in range(3))
    _row("lectern --version", f"{empty:.2f} s")
    for count in (50, 100, 200, 400, 1000):
        folder = write_alto_folder(scratch / f"changed-{count}", pages(prose(corpus), count))
        home = scratch / f"home-changed-{count}"
        first = ingest(home, folder)
        changed = []
        for n in range(3):
            (folder / "p00007.xml").write_text(alto([["changed", str(n)]]))
            changed.append(ingest(home, folder))
        same = ingest(home, folder)
        quickest = min(changed, key=lambda run: run.wall)
        _row(
            f"{count} pages",
            f"all {first.wall:6.2f} s   one changed {quickest.wall:5.2f} s (CPU {quickest.cpu:.2f})   "
            f"none {same.wall:5.2f} s",
        )


def _seconds_of_start() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "services.cli", "--version"], cwd=_ROOT, check=True, capture_output=True)
    return time.perf_counter() - began


def measure_volume(scratch: Path, corpus: Path, megabytes: int) -> None:
    """Print the peak memory of one large hOCR file."""
    path = scratch / "volume.hocr"
    sample = write_hocr_volume(scratch / "sample.hocr", pages(prose(corpus), 10, _VOLUME_PAGE_WORDS)).stat().st_size
    count = megabytes * 10_000_000 // sample
    size = write_hocr_volume(path, pages(prose(corpus), count, _VOLUME_PAGE_WORDS)).stat().st_size
    small = write_hocr_volume(scratch / "small.hocr", pages(prose(corpus), 20))
    base = ingest(scratch / "home-small", small, "--jobs", "1")
    run = ingest(scratch / "home-volume", path, "--jobs", "1")
    print(f"One hOCR file of {size / 1e6:.0f} MB: {run.pages} pages, {run.words} words")
    _row("reading it, and nothing else", f"peak {_peak_of_reading(path) / 1e6:.0f} MB")
    _row("an ingest of 20 pages", f"peak {base.peak / 1e6:.0f} MB")
    _row(
        "the whole ingest",
        f"peak {run.peak / 1e6:.0f} MB, {(run.peak - base.peak) / run.words:.1f} bytes a word more; "
        f"{run.words / run.cpu:.0f} words/CPU s",
    )


_READ = """
import sys
from pathlib import Path
from ingest.leaves import read_pages
from ingest.sniff import Kind
for page in read_pages(Path(sys.argv[1]), Kind.HOCR, 1 << 40):
    pass
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def _peak_of_reading(path: Path) -> int:
    """Return the most bytes that a process has which reads a file page by page and keeps none."""
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path)], cwd=_ROOT, check=True, capture_output=True, text=True
    )
    return int(done.stdout) * 1024


def measure_shelf(scratch: Path, corpus: Path, objects: int, count: int) -> None:
    """Print what many objects in one run cost."""
    for name, words in (("prose", prose(corpus)), ("zipf", zipf())):
        shelf = scratch / f"shelf-{name}"
        texts = pages(words, objects * count)
        for n in range(objects):
            write_alto_folder(shelf / f"book{n:03}", islice(texts, count))
        home = scratch / f"home-shelf-{name}"
        run = ingest(home, shelf, "--each")
        packs = sum(path.stat().st_size for path in (home / "index").rglob("*.pack"))
        print(f"{objects} objects of {count} pages, {name}")
        _row("pages a second (wall, CPU)", f"{run.pages / run.wall:.0f}, {run.pages / run.cpu:.0f}")
        _row("words a CPU second", f"{run.words / run.cpu:.0f}")
        _row("peak memory of one process", f"{run.peak / 1e6:.0f} MB")
        _row("bytes of packs a page, a word", f"{packs / run.pages:.0f}, {packs / run.words:.1f}")
        shutil.rmtree(shelf)


def measure_jobs(scratch: Path, corpus: Path, objects: int, count: int) -> None:
    """Print what a second job brings: of one object, whose pack one process builds, and of several."""
    shelf = scratch / "shelf"
    texts = pages(prose(corpus), objects * count)
    for n in range(objects):
        write_alto_folder(shelf / f"book{n:03}", islice(texts, count))
    whole = write_alto_folder(scratch / "whole", pages(prose(corpus), objects * count))
    for name, source, more in ((f"{objects} objects of {count} pages", shelf, ["--each"]), ("all in one", whole, [])):
        one, two = (ingest(scratch / f"home{jobs}", source, *more, "--jobs", jobs) for jobs in "12")
        _row(name, f"two jobs {one.wall / two.wall:.2f} times one, CPU {two.cpu / one.cpu:.2f} times")
        for jobs in "12":
            shutil.rmtree(scratch / f"home{jobs}")


def main() -> None:
    """Print the figures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rate", "jobs", "changed", "volume", "shelf"])
    parser.add_argument("--corpus", type=Path, default=_ROOT.parent / "shared" / "corpus")
    parser.add_argument("--pages", type=int, default=0, help="default 1000 for rate, 300 for shelf")
    parser.add_argument("--objects", type=int, default=100)
    parser.add_argument("--megabytes", type=int, default=200)
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if asked.what == "rate":
            measure_rate(scratch, asked.corpus, asked.pages or 1000)
        elif asked.what == "jobs":
            measure_jobs(scratch, asked.corpus, min(asked.objects, 12), asked.pages or 300)
        elif asked.what == "changed":
            measure_changed(scratch, asked.corpus)
        elif asked.what == "volume":
            measure_volume(scratch, asked.corpus, asked.megabytes)
        else:
            measure_shelf(scratch, asked.corpus, asked.objects, asked.pages or 300)


if __name__ == "__main__":
    main()

"""Objects that change all the time: three editions of a text, and processes that put them on a shelf and take them off.

A writer runs `lectern ingest`, `reindex` and `remove` in a process of its own, one after another, and writes down when
each began and ended: so it is known which editions an answer may show that was asked for at some moment.
"""

import json
import random
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from tests.ingest.files import hocr, hocr_line

EDITIONS = ("ed1", "ed2", "ed3")  # all names are of three letters, as the objects that change have
GONE = ""
_WORDS = ("harbour", "wall", "lantern", "tide", "quay", "rope", "anchor", "mole", "ferry", "pilot", "buoy", "light")


class Change(NamedTuple):
    """One command of a writer: from `began` to `ended` (monotonic seconds) the object became `edition`, or GONE."""

    name: str
    edition: str
    began: float
    ended: float


def write_editions(folder: Path) -> dict[str, Path]:
    """Return the folder of each edition's hOCR files: they differ in pages, sizes of pages, and words."""
    found = {}
    for number, edition in enumerate(EDITIONS, 1):
        found[edition] = folder / edition
        found[edition].mkdir()
        draw = random.Random(edition)
        for page in range(1, 3 * number + 2):
            lines = [[draw.choice(_WORDS) for _ in range(6)] + [f"text{number}"] for _ in range(8)]
            body = "".join(hocr_line(*words, top=100 * n) for n, words in enumerate(lines, 1))
            title = f"bbox 0 0 {900 + 100 * number} {1300 + 100 * number}"
            (found[edition] / f"page{page}.hocr").write_bytes(hocr(body, title=title))
    return found


def possible(changes: Sequence[Change], name: str, began: float, ended: float) -> set[str]:
    """Return the editions that an answer may be of, asked for at `began` and given at `ended`.

    The edition before a change may be seen until the command has ended, the one after it from when it began.
    """
    own = [change for change in changes if change.name == name]
    seen = set()
    for place, change in enumerate(own):
        until = own[place + 1].ended if place + 1 < len(own) else float("inf")
        if change.began <= ended and began <= until:
            seen.add(change.edition)
    return seen


def start_writer(home: Path, log: Path, name: str, kind: str, folders: dict[str, Path]) -> "subprocess.Popen[bytes]":
    """Return a process that changes an object until it is ended: `kind` is `ingest`, `reindex` or `remove`.

    It ends by itself when its standard input is closed.
    """
    task = {"home": str(home), "log": str(log), "name": name, "kind": kind}
    given = json.dumps(task | {"folders": {edition: str(path) for edition, path in folders.items()}})
    return subprocess.Popen([sys.executable, "-m", "tests.load.search.editions", given], stdin=subprocess.PIPE)


def read_changes(log: Path) -> list[Change]:
    """Return what a writer has written down."""
    return [Change(*json.loads(line)) for line in log.read_text().splitlines()]


def run_lectern(home: Path, *arguments: str) -> None:
    """Run a `lectern` command in this process, in silence. Raises RuntimeError if its exit status is not 0."""
    from services.cli import main

    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
            main(["--home", str(home), *arguments], standalone_mode=False)
    except SystemExit as end:
        if end.code:
            raise RuntimeError(f"lectern {' '.join(arguments)}: {end.code} {said.getvalue()}") from end


def _write(task: dict[str, str], folders: dict[str, str]) -> None:
    """Change an object again and again until standard input is closed."""
    home, name, draw = Path(task["home"]), task["name"], random.Random(task["name"])
    edition = EDITIONS[0]
    with Path(task["log"]).open("a", buffering=1) as log:
        while not select.select([sys.stdin], [], [], 0.02)[0]:
            began = time.monotonic()
            if task["kind"] == "reindex":
                run_lectern(home, "reindex", name)
            elif task["kind"] == "remove" and edition != GONE:
                edition = GONE
                run_lectern(home, "remove", name)
            else:
                edition = draw.choice([each for each in EDITIONS if each != edition])
                run_lectern(home, "ingest", folders[edition], "--object", name, "--quiet")
            log.write(json.dumps([name, edition, began, time.monotonic()]) + "\n")


if __name__ == "__main__":
    _task = json.loads(sys.argv[1])
    _write(_task, _task["folders"])

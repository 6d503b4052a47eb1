"""A mixed load for minutes: searches, tiles, sign-ins and re-ingests at one server, and what it holds meanwhile.

    python -m tests.load.soak [--minutes 15] [--picture FILE]

Watched are memory, handles and threads of all processes of the server, files in the home, and ours in the folder for
temporary files. The picture has the curves. The exit status is 1 if anything grew or any answer was wrong.
"""

import argparse
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

import psutil

from tests.load.faults.site import PASSWORD, SECRET, Site, site
from tests.load.faults.table import Outcome

_EVERY = 1.0  # seconds between two looks
_PAUSE = 0.02  # seconds between two questions of one asker: the load is steady and leaves the machine some room
_WORDS = ("harbour", "page3", "line7", "edit*", "harbour+page2", '"harbour+page4"', "hrbour~", "absent")
# What may be added from the second quarter of the time to the last: caches fill until then.
_MOST = {"memory": 24.0, "handles": 16, "threads": 2, "home": 40, "temporary": 2}


@dataclass(frozen=True)
class Look:
    """What there is at a moment: megabytes, and numbers of handles, threads and files."""

    seconds: float
    memory: float
    handles: int
    threads: int
    home: int
    temporary: int


@dataclass
class Load:
    """What was asked, how often, and what was wrong with the answers."""

    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def asker(self, kind: str, ask: Callable[[], str]) -> threading.Thread:
        """Return a thread that asks until the end; `ask` returns what is wrong, or nothing."""

        def run() -> None:
            while not self.ended.wait(_PAUSE):
                try:
                    told = ask()
                except (OSError, HTTPException, AssertionError) as error:
                    told = repr(error)
                self.answers[kind] += 1
                if told:
                    self.wrong.append(f"{kind}: {told}"[:300])

        return threading.Thread(target=run, name=kind)


def look(at: Site, begun: float) -> Look:
    """Return what the server holds now."""
    assert at.program is not None
    main = psutil.Process(at.program.process.pid)
    memory = handles = threads = 0
    for process in (main, *main.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            memory += process.memory_full_info().uss
            handles += process.num_fds()
            threads += process.num_threads()
    home = sum(1 for path in at.home.rglob("*") if path.is_file())
    temporary = sum(
        1 for path in Path(tempfile.gettempdir()).glob("lectern-*") if path.stat().st_uid == main.uids().real
    )
    return Look(time.monotonic() - begun, memory / 2**20, handles, threads, home, temporary)


def askers(at: Site, load: Load) -> list[threading.Thread]:
    """Return who asks: two for searches, two for tiles, one who signs in, one who ingests."""
    draw = random.Random(3)

    def search() -> str:
        name = draw.choice(["free", "still", "secret"])
        answer = at.person().ask(f"/search/{draw.choice([1, 2])}/{name}?q={draw.choice(_WORDS)}")
        good = answer.status == (404 if name == "secret" else 200) and SECRET not in answer.text
        return "" if good else f"{name}: {answer.status}"

    def tile() -> str:
        x, y, w = draw.choice([0, 256]), draw.choice([0, 256]), draw.choice([64, 128, 256])
        name, n = draw.choice(["free", "still", "secret"]), draw.choice([1, 2])
        answer = at.person().ask(f"/iiif/{draw.choice([2, 3])}/{name}-{n}/{x},{y},256,256/{w},/0/default.jpg")
        return "" if answer.status == (404 if name == "secret" else 200) else f"{name}: {answer.status}"

    def sign_in() -> str:
        person = at.person()
        if person.sign_in("/auth/access/secret", "ann", PASSWORD).status != 200:
            return "nobody is let in"
        shown = person.ask(f"/search/2/secret?q={SECRET}")
        person.message("/auth/token/2/secret")
        return "" if SECRET in shown.text else "a reader who is let in is shown nothing"

    def ingest() -> str:
        at.ingest(draw.choice(["free", "secret"]))
        return ""

    kinds = {"search": (search, 2), "tile": (tile, 2), "sign-in": (sign_in, 1), "re-ingest": (ingest, 1)}
    return [load.asker(kind, ask) for kind, (ask, number) in kinds.items() for _ in range(number)]


def grown(looks: Sequence[Look]) -> list[str]:
    """Return what there is more of in the last quarter of the time than in the second, by more than may be."""
    quarter = len(looks) // 4
    early, late = looks[quarter : 2 * quarter], looks[-quarter:]
    found = []
    for name, most in _MOST.items():
        before, after = (statistics.median(getattr(one, name) for one in part) for part in (early, late))
        if after - before > most:
            found.append(f"{name} grew from {before:.0f} to {after:.0f}")
    return found


def picture(looks: Sequence[Look], place: Path) -> None:
    """Draw the curves; not for a process that goes on, since pygal changes how Python imports."""
    import pygal  # type: ignore[import-untyped]

    chart = pygal.XY(
        title="Lectern under a mixed load", x_title="minutes", show_dots=False, height=480, legend_at_bottom=True
    )
    chart.add("memory, MB", [(one.seconds / 60, one.memory) for one in looks])
    for name in ("handles", "threads"):
        chart.add(name, [(one.seconds / 60, getattr(one, name)) for one in looks])
    for name, title in (("home", "files in the home"), ("temporary", "temporary files")):
        chart.add(title, [(one.seconds / 60, getattr(one, name)) for one in looks])
    chart.render_to_file(str(place))


def soak(at: Site, minutes: float) -> tuple[list[Look], Load]:
    """Return what was seen, and what was asked."""
    load, looks = Load(), list[Look]()
    asking = askers(at, load)
    begun = time.monotonic()
    for thread in asking:
        thread.start()
    while time.monotonic() - begun < minutes * 60:
        looks.append(look(at, begun))
        time.sleep(_EVERY)
    load.ended.set()
    for thread in asking:
        thread.join()
    return looks, load


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends the server too
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        (temporary := Path(folder) / "tmp").mkdir()
        # What is kept of images is full soon, and stays so.
        own = site(Path(folder), Path(folder) / "home", TMPDIR=str(temporary), LECTERN_DERIVATIVES_BYTES="1000000")
        with own as at:
            looks, load = soak(at, asked.minutes)
            at.check(outcome := Outcome("soak"))
    if asked.picture:
        picture(looks, asked.picture)
    print(
        *(f"{kind}: {number} ({number / looks[-1].seconds:.1f}/s)" for kind, number in load.answers.items()), sep="\n"
    )
    print(f"first {looks[0]}", f"last  {looks[-1]}", sep="\n")
    wrong = [*load.wrong[:20], *grown(looks), *outcome.wrong]
    print(*wrong or ["nothing grew, and no answer was wrong"], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""Swap under load: clients search over HTTP while other processes replace, re-index and remove what they search.

    python -m tests.load.search swap [--seconds 60] [--clients 8]

Each answer must be, byte for byte, that of one edition which was on the shelf while it was asked for; a removed object
must be 404. An edition's right answers are those of an object that holds it and never changes. A tag must stand for
one answer, and a 304 for a right one.
"""

import argparse
import http.client
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import NamedTuple

from tests.load.search.editions import (
    EDITIONS,
    GONE,
    Change,
    possible,
    read_changes,
    run_lectern,
    start_writer,
    write_editions,
)
from tests.servers import free_port, running, settings_free_environment

WRITERS = {"abc": "ingest", "def": "reindex", "ghi": "remove"}  # what changes, and how
_QUESTIONS = (
    *(
        "/search/1/{}?q=harbour",
        "/search/2/{}?q=tide+quay",
        "/search/0/{}?q=%22harbour+wall%22",
        "/search/2/{}?q=lant*",
    ),
    *("/search/1/{}?q=lantern&from={}:3", "/search/1/{}", "/search/2/{}/canvas/5?q=rope", "/search/1/{}?q=text2"),
    *("/search/1/{}/autocomplete?q=h", "/search/2/{}/autocomplete?q=l", "/search/1/{}?q=ancor~"),
)
_ALL = "/search/1/collections/all?q=harbour"  # asked of all objects together
Right = Mapping[tuple[str, str], tuple[int, bytes]]  # status and body by question and edition


class Seen(NamedTuple):
    """One answer: `body` without the object's name, and of a 304 that which it stands for."""

    question: str
    name: str
    began: float
    ended: float
    status: int
    body: bytes
    tag: str


@dataclass
class Report:
    """What came of a run; `problems` are the first wrong and failed answers, in words."""

    answers: int = 0
    unchanged: int = 0
    wrong: int = 0
    failed: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    editions: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class _Client:
    """A reader with one connection, who remembers the tag and the body of every answer."""

    def __init__(self, port: int, seed: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._draw = random.Random(seed)
        self._known: dict[tuple[str, str], tuple[str, bytes]] = {}
        self.seen: list[Seen] = []
        self.failures: list[str] = []

    def ask_until(self, end: float) -> None:
        """Ask question after question until a moment (monotonic seconds)."""
        while time.monotonic() < end:
            try:
                question = self._draw.choice((*_QUESTIONS, _ALL))
                self.seen.append(self.ask(question, "" if question == _ALL else self._draw.choice(list(WRITERS))))
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                self._connection.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def ask(self, question: str, name: str) -> Seen:
        """Return the answer to a question about an object."""
        known = self._known.get((question, name))
        headers = {"If-None-Match": known[0]} if known and self._draw.random() < 0.5 else {}
        began = time.monotonic()
        self._connection.request("GET", question.replace("{}", name), headers=headers)
        response = self._connection.getresponse()
        body = response.read().replace(name.encode(), b"{}") if name else response.read()
        ended = time.monotonic()
        tag = response.headers.get("ETag", "")
        if response.status == 304 and known is not None:
            body = known[1]
        elif tag:
            self._known[question, name] = tag, body
        return Seen(question, name, began, ended, response.status, body, tag)


def run(seconds: float, clients: int = 8) -> Report:
    """Return the report of a run of some seconds, on a shelf and a server of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder), seconds, clients)


def _run(folder: Path, seconds: float, clients: int) -> Report:
    home, port = folder / "home", free_port()
    editions = write_editions(folder)
    for edition in EDITIONS:
        run_lectern(home, "ingest", str(editions[edition]), "--object", edition, "--quiet")
    for name in WRITERS:
        run_lectern(home, "ingest", str(editions[EDITIONS[0]]), "--object", name, "--quiet")
    changes = [Change(name, EDITIONS[0], 0.0, 0.0) for name in WRITERS]
    with _server(home, port):
        asker = _Client(port, 0)
        right = _right_answers(asker)
        with _writers(home, folder, editions):
            readers = [_Client(port, seed) for seed in range(1, clients + 1)]
            end = time.monotonic() + seconds
            threads = [threading.Thread(target=reader.ask_until, args=(end,)) for reader in readers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for client in (asker, *readers):
                client.close()
    for name in WRITERS:
        changes += read_changes(folder / f"{name}.log")
    return _report(readers, changes, right)


@contextmanager
def _server(home: Path, port: int) -> Iterator[None]:
    environment = settings_free_environment(
        LECTERN_HOME=str(home), PORT=str(port), LECTERN_WORKERS="2", LECTERN_LOG_LEVEL="error", LECTERN_PAGE_HITS="7"
    )
    command = [sys.executable, "-m", "services.cli", "up"]
    with running(command, environment, f"http://127.0.0.1:{port}/readyz"):
        yield


@contextmanager
def _writers(home: Path, folder: Path, editions: dict[str, Path]) -> Iterator[None]:
    """Have every object changed by a process of its own while the block runs."""
    programs = []
    for name, kind in WRITERS.items():
        log = folder / f"{name}.log"
        log.touch()
        programs.append(start_writer(home, log, name, kind, editions))
    try:
        while not all((folder / f"{name}.log").stat().st_size for name in WRITERS):
            if any(program.poll() is not None for program in programs):
                raise RuntimeError("a writer failed")
            time.sleep(0.05)
        yield
    finally:
        for program in programs:
            assert program.stdin is not None
            program.stdin.close()
        for program in programs:
            if program.wait(60):
                raise RuntimeError("a writer failed")


def _right_answers(asker: _Client) -> Right:
    """Return the answer to every question of each edition, from an object that never changes, and of one gone."""
    found = {}
    for question in _QUESTIONS:
        for name, edition in [(name, name) for name in EDITIONS] + [("xyz", GONE)]:
            answer = asker.ask(question, name)
            found[question, edition] = answer.status, answer.body
    return found


def _report(readers: Sequence[_Client], changes: Sequence[Change], right: Right) -> Report:
    report = Report(changes=Counter(WRITERS[change.name] for change in changes if change.ended))
    tags: dict[tuple[str, str, str], bytes] = {}
    for reader in readers:
        report.failed += len(reader.failures)
        report.problems += reader.failures[:3]
        for seen in reader.seen:
            _judge(seen, changes, right, tags, report)
    return report


def _judge(
    seen: Seen, changes: Sequence[Change], right: Right, tags: dict[tuple[str, str, str], bytes], report: Report
) -> None:
    report.answers += 1
    report.milliseconds.append((seen.ended - seen.began) * 1000)
    if seen.status not in (200, 304, 404):
        report.failed += 1
        report.problems.append(f"{seen.question} {seen.name}: {seen.status} {seen.body[:200]!r}")
        return
    status = 200 if seen.status == 304 else seen.status
    report.unchanged += seen.status == 304
    told = tags.setdefault((seen.question, seen.name, seen.tag), seen.body) if seen.tag else seen.body
    if seen.question == _ALL:
        fitting, editions = _fitting_totals(seen, changes, right), {"sum"}
    else:
        editions = possible(changes, seen.name, seen.began, seen.ended)
        fitting = [edition for edition in editions if right[seen.question, edition] == (status, seen.body)]
        report.editions.update(fitting[:1] or ["wrong"])
    if not fitting or told != seen.body:
        report.wrong += 1
        report.problems.append(
            f"{seen.question} {seen.name}: {seen.status}, none of {sorted(editions)}: {seen.body[:300]!r}"
        )


def _fitting_totals(seen: Seen, changes: Sequence[Change], right: Right) -> list[str]:
    """Return the total of an answer about all objects, if it is the sum of editions that each of them had."""
    counts = {edition: _total(right[_QUESTIONS[0], edition]) for edition in (*EDITIONS, GONE)}
    own = [{counts[each] for each in possible(changes, name, seen.began, seen.ended)} for name in WRITERS]
    sums = {sum(counts.values()) + sum(chosen) for chosen in product(*own)}
    total = _total((seen.status, seen.body))
    return [str(total)] if total in sums else []


def _total(answer: tuple[int, bytes]) -> int:
    status, body = answer
    return int(json.loads(body)["within"]["total"]) if status in (200, 304) else 0


def main() -> None:
    """Run for a minute and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    report = run(options.seconds, options.clients)
    print(f"Swap under load: {options.clients} clients, {options.seconds:.0f} s, 2 workers, {os.cpu_count()} cores")
    print(f"  answers {report.answers}, of them 304: {report.unchanged}, wrong {report.wrong}, failed {report.failed}")
    print(f"  changes meanwhile: {dict(report.changes)}; editions seen (empty is gone): {dict(report.editions)}")
    print(f"  milliseconds: median {statistics.median(report.milliseconds):.1f}, most {max(report.milliseconds):.1f}")
    for problem in report.problems[:10]:
        print(f"  {problem}")
    sys.exit(1 if report.wrong or report.failed else 0)

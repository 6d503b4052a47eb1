"""Ingest on two machines: they share the work, one that dies leaves all to the other, and nothing is done twice."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.keeping import spool_path
from lectern.catalogue import Catalogue, ObjectRow
from lectern.errors import ExitCode
from tests.replicas.conftest import OBJECTS, PAGES
from tests.replicas.machines import Machine

_ALL = [f"book-{n}" for n in range(1, OBJECTS + 1)]
_ONCE = 2  # steps of the catalogue's epoch for an object: its generation is drawn, and it is published


def start(machine: Machine, folders: Path) -> "subprocess.Popen[str]":
    return machine.start("ingest", "--each", folders, "--jobs", "1", "--json")


def read(output: str) -> int:
    return sum(json.loads(line)["read"] for line in output.splitlines())


def until(happened: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def is_at_work(machine: Machine) -> str:
    """Return an object that a machine has read some pages of, and not all; empty if there is none."""
    at_work = (name for name in _ALL if spool_path(machine.home, name).exists())
    return next((name for name in at_work if spool_path(machine.home, name).stat().st_size), "")


@contextmanager
def catalogue_of(machine: Machine) -> Iterator[Catalogue]:
    catalogue = Catalogue(machine.home)
    yield catalogue
    catalogue.close()


def finished(process: "subprocess.Popen[str]") -> str:
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out


def all_is_there_once(machine: Machine, *, lost: int = 0) -> bool:
    """Return whether every object was published once, and every page is read; `lost` packs were begun in vain."""
    with catalogue_of(machine) as catalogue:
        rows = catalogue.objects()
        states = [page.state for row in rows for page in catalogue.pages(row.id)]
        assert [row.id for row in rows] == _ALL
        assert {(row.pages, row.words) for row in rows} == {(PAGES, PAGES)}
        assert states == ["read"] * (PAGES * OBJECTS)
        assert catalogue.ledger() == []
        assert all(machine.home.pack_file(row.id, row.generation).is_file() for row in rows)
        return catalogue.epoch() == OBJECTS * _ONCE + lost


_ON_BOTH = pytest.mark.parametrize("pair", ["sqlite", "postgresql"], indirect=True)


@_ON_BOTH
def test_two_machines_share_a_folder_of_objects(pair: list[Machine], folders: Path):
    outputs = [finished(process) for process in [start(machine, folders) for machine in pair]]
    assert all_is_there_once(pair[0])
    assert sum(map(read, outputs)) == OBJECTS * PAGES
    assert all(map(read, outputs)), "one of them did all"
    assert [sorted(json.loads(line)["object"] for line in output.splitlines()) for output in outputs] == [_ALL, _ALL]
    assert [read(machine.invoke("ingest", "--each", str(folders), "--json")) for machine in pair] == [0, 0]


@_ON_BOTH
def test_what_a_killed_machine_leaves_the_other_finishes(pair: list[Machine], folders: Path):
    dying, living = [start(machine, folders) for machine in pair]
    until(lambda: all(map(is_at_work, pair)))
    dying.send_signal(signal.SIGKILL)
    dying.communicate()
    finished(living)
    assert all_is_there_once(pair[1], lost=1)


def test_a_machine_that_was_taken_for_dead_publishes_nothing(pair: list[Machine], folders: Path):
    with catalogue_of(pair[1]) as catalogue:
        halting = start(pair[0], folders)
        until(lambda: bool(is_at_work(pair[0])))
        halting.send_signal(signal.SIGSTOP)
        held = is_at_work(pair[0])
        assert catalogue.find(held) is None
        read_by_other = read(pair[1].invoke("ingest", "--each", str(folders), "--json"))
        published = catalogue.get(held)
        halting.send_signal(signal.SIGCONT)
        output = finished(halting)
        assert catalogue.get(held) == published
        assert read(output) + read_by_other == OBJECTS * PAGES
    assert all_is_there_once(pair[1], lost=1)


@pytest.mark.parametrize("command", ["remove", "reindex"])
def test_what_another_machine_holds_is_neither_removed_nor_reindexed(pair: list[Machine], command: str):
    with catalogue_of(pair[0]) as catalogue:
        catalogue.publish(ObjectRow("book", "book", "Book"), [])
        with catalogue.leases.hold("book", "a machine elsewhere"):
            result = pair[1].asked(command, "book")
            assert result.exit_code == ExitCode.UNAVAILABLE
            assert "is writing the object book" in result.output

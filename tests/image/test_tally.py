"""The tally of a cache is whole for every process, whoever begins it and whoever deletes it."""

import multiprocessing
import os
import time
from contextlib import suppress
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import pytest

from image.derivatives import Derivatives
from image.tally import Tally
from tests.image.test_derivatives import key

LONG = 60.0  # seconds that no test waits
TIMES = 60
_ALONE = multiprocessing.get_context("spawn")


def _delete(path: Path, over: Event) -> None:
    end = time.monotonic() + LONG
    while not over.is_set() and time.monotonic() < end:
        path.unlink(missing_ok=True)
        with suppress(OSError):
            Tally(path).total()  # which begins it


def _begin(folder: Path, number: int, together: Barrier) -> None:
    for each in range(TIMES):
        tally = Tally(folder / str(each))
        together.wait(LONG)
        tally.add(number, 4096)


def test_a_tally_that_others_delete_and_begin_again_and_again_fails_nobody(tmp_path):
    faults: list[OSError] = []
    kept = Derivatives(tmp_path / "derivatives", 1 << 20, 1000, told=faults.append)
    kept.keep("book", key(0), b"answer")
    over = _ALONE.Event()
    others = [_ALONE.Process(target=_delete, args=(tmp_path / "derivatives" / "tally", over)) for _ in range(2)]
    for other in others:
        other.start()
    try:
        for number in range(800):
            kept.keep("book", key(number), b"answer")
            assert kept.size >= 0
    finally:
        over.set()
        for other in others:
            other.join(LONG)
    assert [other.exitcode for other in others] == [0, 0]
    assert faults == []


def test_those_who_begin_a_tally_at_the_same_time_count_in_the_same_one(tmp_path):
    together = _ALONE.Barrier(3)
    processes = [_ALONE.Process(target=_begin, args=(tmp_path, number, together)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(LONG)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert [Tally(tmp_path / str(each)).total() for each in range(TIMES)] == [3 * 4096] * TIMES
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(map(str, range(TIMES))), "nothing is left over"


def test_a_tally_that_is_cut_short_while_it_is_read_is_an_error_of_the_disk(tmp_path, monkeypatch):
    tally = Tally(tmp_path / "tally")
    tally.add(1, 4096)
    monkeypatch.setattr(os, "pread", lambda *_: b"")
    for look in (tally.total, tally.cursor, lambda: tally.add(1, 1)):
        with pytest.raises(OSError, match="cut short"):
            look()


def test_what_else_has_the_name_is_replaced(tmp_path):
    (tmp_path / "tally").write_bytes(b"torn")
    assert Tally(tmp_path / "tally").total() == 0

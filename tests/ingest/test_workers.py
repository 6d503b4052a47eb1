"""The pool: results of all tasks, no orphan, no hanging."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingest import workers
from ingest.traps import Unreadable
from ingest.workers import Workers, default_jobs
from lectern.errors import InputError, StoreUnavailable

ROOT = Path(__file__).resolve().parent.parent.parent


def double(number: int) -> tuple[int, int]:
    time.sleep(0.002)
    return number, os.getpid()


def fail(number: int) -> int:
    if number == 5:
        raise InputError("page 5 is bad")
    return number


def die(number: int) -> int:
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start other processes after the first task, whatever it took."""
    monkeypatch.setattr(workers, "_TRIAL_SECONDS", 0)
    monkeypatch.setattr(workers, "_POOL_START_SECONDS", -1)


def run(work: Callable[[int], object], tasks: Sequence[int], jobs: int) -> list[Any]:
    with Workers(jobs) as pool:
        return list(pool.run(work, tasks))


def test_quick_work_stays_in_this_process():
    assert {pid for _, pid in run(double, range(20), 4)} == {os.getpid()}
    assert run(double, [], 4) == []


@pytest.mark.usefixtures("eager")
def test_long_work_is_shared_and_every_result_comes_once():
    results = run(double, range(20), 2)
    assert sorted(number for number, _ in results) == list(range(20))
    assert len({pid for _, pid in results}) > 1


@pytest.mark.usefixtures("eager")
def test_one_pool_serves_one_object_after_another():
    with Workers(2) as pool:
        first, second = list(pool.run(double, range(20))), list(pool.run(double, range(20)))
    assert sorted(number for number, _ in second) == list(range(20))
    assert os.getpid() not in {pid for _, pid in second}
    assert {pid for _, pid in second} & {pid for _, pid in first}


@pytest.mark.usefixtures("eager")
def test_one_job_is_this_process():
    assert {pid for _, pid in run(double, range(5), 1)} == {os.getpid()}


@pytest.mark.usefixtures("eager")
def test_what_the_work_raises_is_raised():
    with pytest.raises(InputError, match="page 5"):
        run(fail, range(10), 2)


@pytest.mark.usefixtures("eager")
def test_a_worker_that_dies_is_said_with_a_remedy():
    with pytest.raises(StoreUnavailable, match="--jobs 1"):
        run(die, range(10), 2)


def test_there_is_a_job_a_core():
    assert 1 <= default_jobs() <= (os.cpu_count() or 1)


_PARENT = """
import time
from ingest import workers

if __name__ == "__main__":
    workers._TRIAL_SECONDS, workers._POOL_START_SECONDS = 0, -1
    from tests.ingest.test_workers import double
    with workers.Workers(2) as pool:
        for number, pid in pool.run(double, range(100000)):
            print(pid, flush=True)
"""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A killed worker whose new parent has not asked after it yet is a zombie, not alive.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path):
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        pids = {int(parent.stdout.readline()) for _ in range(50)}
        parent.kill()
        parent.stdout.read()
    deadline = time.monotonic() + 10
    while any(map(_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in pids if _alive(pid)] == []


@pytest.mark.usefixtures("eager")
def test_this_process_goes_on_while_the_others_start():
    assert os.getpid() in {pid for _, pid in run(double, range(200), 2)}


def test_an_error_travels_between_processes_with_all_that_it_says():
    error = pickle.loads(pickle.dumps(Unreadable("truncated", "p1.xml is cut.", "Copy it.")))
    assert (type(error), error.trap, str(error)) == (Unreadable, "truncated", "p1.xml is cut. Copy it.")

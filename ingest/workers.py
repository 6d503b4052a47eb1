"""A pool of processes for the pages of one object: a page each, killed with their parent, deaf to Ctrl-C."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import TypeVar

from lectern.errors import StoreUnavailable

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_WORTH_A_PROCESS = 6  # pages; below that, starting another process takes longer than it saves
_KINDNESS = 5


def default_jobs() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(work: Callable[[_Task], _Result], tasks: Sequence[_Task], jobs: int) -> Iterator[_Result]:
    """Yield the results as they are ready, in any order; with one job, or few tasks, in this process.

    `work` is a function of a module. At Ctrl-C the pages in work are finished, the others dropped. Raises
    StoreUnavailable when a worker dies, and whatever `work` raises.
    """
    jobs = min(jobs, len(tasks) // _WORTH_A_PROCESS)
    if jobs <= 1:
        yield from map(work, tasks)
        return
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_prepare)
    try:
        for future in as_completed([pool.submit(work, task) for task in tasks]):
            yield future.result()
    except BrokenProcessPool as error:
        raise StoreUnavailable(
            "A worker process died, perhaps for lack of memory.",
            "Run the same command again with --jobs 1: what is finished is kept.",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare() -> None:
    """Set up a worker: Ctrl-C is the parent's business, and a parent that is gone ends it at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_KINDNESS)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)

"""A pool of processes for the pages of one object: a page each, killed with their parent, deaf to Ctrl-C."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import TypeVar

from lectern.errors import StoreUnavailable

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_TRIAL_SECONDS = 1.0  # work done here first, to see how long a page takes
_POOL_START_SECONDS = 2.0  # what starting other processes costs; measured on two busy cores
_KINDNESS = 5


def default_jobs() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(work: Callable[[_Task], _Result], tasks: Sequence[_Task], jobs: int) -> Iterator[_Result]:
    """Yield the results as they are ready, in any order.

    The first tasks are done in this process; others are started only if what is left takes longer than
    starting them. `work` is a function of a module. At Ctrl-C the pages in work are finished, the others
    dropped. Raises StoreUnavailable when a worker dies, and whatever `work` raises.
    """
    with _interrupt_between_pages() as check:
        for result in _run(work, tasks, jobs):
            check()
            yield result


def _run(work: Callable[[_Task], _Result], tasks: Sequence[_Task], jobs: int) -> Iterator[_Result]:
    spent = 0.0
    for done, task in enumerate(tasks):
        rest = (len(tasks) - done) * spent / max(done, 1)
        if jobs > 1 and spent > _TRIAL_SECONDS and rest * (1 - 1 / jobs) > _POOL_START_SECONDS:
            yield from _run_in_pool(work, tasks[done:], jobs)
            return
        began = time.monotonic()
        result = work(task)
        spent += time.monotonic() - began
        yield result


@contextmanager
def _interrupt_between_pages() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back until the function that is handed out is called; a second one acts at once.

    An interrupt that arrives inside one of libvips' callbacks is printed and lost there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    asked = threading.Event()
    usual = signal.getsignal(signal.SIGINT)

    def note(_signal: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, usual)
        asked.set()

    def check() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, usual)


def _run_in_pool(work: Callable[[_Task], _Result], tasks: Sequence[_Task], jobs: int) -> Iterator[_Result]:
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), multiprocessing.get_context("spawn"), initializer=_prepare)
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

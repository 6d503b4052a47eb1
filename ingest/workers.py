"""A pool of processes for the pages of objects: a page each, killed with their parent, deaf to Ctrl-C."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor
from concurrent.futures import wait as wait_for
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Self, TypeVar

from lectern.errors import StoreUnavailable

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_TRIAL_SECONDS = 1.0  # work done here first, to see how long a page takes
_POOL_START_SECONDS = 2.0  # what starting other processes costs; measured on two busy cores
_KINDNESS = 5
_AHEAD = 4  # tasks handed to every worker: it never waits for us, and few results wait for their turn


def default_jobs() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Runs tasks in up to `jobs` other processes, which are started once it pays and serve one object after another.

    Work begins in this process; others are started only if what is left takes longer than starting them, or if
    so much was done already that more is to be expected.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self._jobs = jobs or default_jobs()
        self._pool: ProcessPoolExecutor | None = None
        self._spent = 0.0
        self._warm = False

    @property
    def jobs(self) -> int:
        """Return the number of processes that work at once."""
        return self._jobs

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool, self._warm = None, False

    def run(self, work: Callable[[_Task], _Result], tasks: Sequence[_Task]) -> Iterator[_Result]:
        """Yield the results as they are ready, in nearly the order of the tasks.

        `work` is a function of a module. At Ctrl-C the pages in work are finished, the others dropped. Raises
        StoreUnavailable when a worker dies, and whatever `work` raises.
        """
        with _interrupt_between_pages() as check:
            for result in self._run(work, tasks):
                check()
                yield result

    def _run(self, work: Callable[[_Task], _Result], tasks: Sequence[_Task]) -> Iterator[_Result]:
        spent = 0.0
        for done, task in enumerate(tasks):
            if self._pays(done, len(tasks) - done, spent):
                yield from self._run_in_pool(work, tasks[done:])
                return
            began = time.monotonic()
            result = work(task)
            spent += time.monotonic() - began
            self._spent += time.monotonic() - began
            yield result

    def _pays(self, done: int, left: int, spent: float) -> bool:
        """Return whether other processes are to do what is left of an object, of which some was done here."""
        if self._jobs < 2 or left < 2:
            return False
        if self._pool is not None or self._spent > _TRIAL_SECONDS + _POOL_START_SECONDS:
            return True
        rest = left * spent / max(done, 1)
        return spent > _TRIAL_SECONDS and rest * (1 - 1 / self._jobs) > _POOL_START_SECONDS

    def _run_in_pool(self, work: Callable[[_Task], _Result], tasks: Sequence[_Task]) -> Iterator[_Result]:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._jobs, context, initializer=_prepare)
        pool, waiting = self._pool, iter(tasks)
        running: set[Future[_Result]] = set()
        try:
            while True:
                running |= {pool.submit(work, task) for task in islice(waiting, self._jobs * _AHEAD - len(running))}
                if not running:
                    return
                if not self._warm:
                    yield from _meanwhile(work, waiting, running)
                    self._warm = True
                done, running = wait_for(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BrokenProcessPool as error:
            self._pool = None
            raise StoreUnavailable(
                "A worker process died, perhaps for lack of memory.",
                "Run the same command again with --jobs 1: what is finished is kept.",
            ) from error
        except BaseException:
            self._close()
            raise


def _meanwhile(
    work: Callable[[_Task], _Result], waiting: Iterator[_Task], running: set[Future[_Result]]
) -> Iterator[_Result]:
    """Go on here until the others have something to show: they take a second to start."""
    while not any(future.done() for future in running):
        task = list(islice(waiting, 1))
        if not task:
            return
        yield work(task[0])


@contextmanager
def _interrupt_between_pages() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back until the function that is handed out is called; a second one acts at once.

    An interrupt that arrives inside one of libvips' callbacks is printed and lost there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    asked = threading.Event()
    usual: Any = signal.getsignal(signal.SIGINT)

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

"""What the workers of a server use: their CPU time by the kernel's own account, to the nanosecond."""

import time
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_SETTLE = 0.05  # seconds in which a worker ends what it does after an answer


def workers_of(pid: int) -> list[int]:
    """Return the processes that a process has started, their own ones included."""
    own = [int(child) for task in _tasks(pid) for child in (task / "children").read_text().split()]
    return own + [each for child in own for each in workers_of(child)]


def cpu_seconds(pids: list[int]) -> float:
    """Return the seconds of CPU that all threads of some processes have used so far."""
    time.sleep(_SETTLE)
    return sum(int((task / "schedstat").read_text().split()[0]) for pid in pids for task in _tasks(pid)) / 1e9


def _tasks(pid: int) -> Iterator[Path]:
    yield from (_PROC / str(pid) / "task").iterdir()

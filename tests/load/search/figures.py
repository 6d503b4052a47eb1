"""What measures have in common: CPU microseconds of a call, percentiles, and rows of a table."""

import time
from collections.abc import Callable, Sequence
from typing import Any


def cpu_micros(ask: Callable[[], Any]) -> float:
    """Return the microseconds of this thread that a call takes: what others do meanwhile hardly counts."""
    began = time.thread_time_ns()
    ask()
    return (time.thread_time_ns() - began) / 1000


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of the values (0 to 1) does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def best_of(rounds: Sequence[Sequence[float]]) -> list[float]:
    """Return of every question its least time in several rounds: what others on the machine took is not its own."""
    return [min(times) for times in zip(*rounds, strict=True)]


def millis(micros: float) -> str:
    """Return microseconds as milliseconds, for a table."""
    return f"{micros / 1000:8.3f}"


def verdict(measured: float, goal: float) -> str:
    """Return whether a figure is within its goal, for a table."""
    return "ok" if measured <= goal else "OVER"

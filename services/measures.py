"""What is measured, each made at first use.

The metrics library looks once, when it is loaded, whether the processes of a machine measure together
(PROMETHEUS_MULTIPROC_DIR), and `lectern up` says so only after the command line was loaded. So it is loaded within the
functions here, and nowhere else: loaded earlier, every worker would measure for itself, and /metrics be empty.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram
    from prometheus_client.registry import Collector

_Metric = TypeVar("_Metric", "Counter", "Gauge", "Histogram")


class Declared(NamedTuple):
    """A metric as it is told: its kind in Prometheus' words, its labels, and what it is."""

    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    about: str


_declared: dict[str, Declared] = {}


def declare(name: str, kind: Literal["counter", "gauge", "histogram"], about: str, labels: Sequence[str] = ()) -> None:
    """Put a metric into the list of all that there are; raises ValueError for a name that is taken."""
    if name in _declared:
        raise ValueError(f"the metric {name} is there twice")
    _declared[name] = Declared(kind, tuple(labels), about)


def declared() -> Mapping[str, Declared]:
    """Return all metrics of the modules that are loaded, by name."""
    return dict(_declared)


class _Measure(Generic[_Metric]):
    """One metric by its labels; the library's own way to one takes a lock each time."""

    def __init__(self, make: Callable[[], _Metric]) -> None:
        self._make: Callable[[], _Metric] = make
        self._lock = Lock()
        self._metric: _Metric | None = None
        self._children: dict[tuple[str, ...], _Metric] = {}

    def of(self, *labels: str) -> _Metric:
        """Return the metric for some labels; raises OSError, ValueError when it cannot be had."""
        found = self._children.get(labels)
        if found is None:
            with self._lock:
                if self._metric is None:
                    self._metric = self._make()
                found = self._children[labels] = self._metric.labels(*labels) if labels else self._metric
        return found


class Count:
    """A number that only grows, of all processes together."""

    def __init__(self, name: str, about: str, labels: Sequence[str] = ()) -> None:
        def make() -> "Counter":
            from prometheus_client import Counter

            return Counter(name, about, labels)

        declare(name, "counter", about, labels)
        self._measure = _Measure(make)
        self._told: dict[tuple[str, ...], float] = {}

    def catch_up(self, totals: Mapping[tuple[str, ...], float]) -> None:
        """Add what has come to numbers that this process counts elsewhere, since they were told last."""
        with suppress(OSError, ValueError):
            for labels, total in totals.items():
                self._measure.of(*labels).inc(max(0, total - self._told.get(labels, 0)))
                self._told[labels] = total

    def add(self, *labels: str) -> None:
        """Count one more; raises OSError, ValueError where the folder of measurements is gone or full."""
        self._measure.of(*labels).inc()

    def note(self, *labels: str) -> None:
        """Count one more if that can be done: no reason to fail an answer."""
        with suppress(OSError, ValueError):
            self.add(*labels)


class Size:
    """A number that goes up and down: as the process that looked last found it, or of all that live together."""

    def __init__(
        self,
        name: str,
        about: str,
        labels: Sequence[str] = (),
        *,
        of: Literal["mostrecent", "livesum", "livemax"] = "mostrecent",
    ) -> None:
        def make() -> "Gauge":
            from prometheus_client import Gauge

            return Gauge(name, about, labels, multiprocess_mode=of)

        declare(name, "gauge", about, labels)
        self._measure = _Measure(make)

    def note(self, value: float, *labels: str) -> None:
        """Set the number if that can be done."""
        with suppress(OSError, ValueError):
            self._measure.of(*labels).set(value)


class Seconds:
    """How long something takes, by labels, of all processes together."""

    def __init__(self, name: str, about: str, labels: Sequence[str], buckets: Sequence[float]) -> None:
        def make() -> "Histogram":
            from prometheus_client import Histogram

            return Histogram(name, about, labels, buckets=buckets)

        declare(name, "histogram", about, labels)
        self._measure = _Measure(make)

    def observe(self, seconds: float, *labels: str) -> None:
        """Count one more that took so many seconds; raises OSError, ValueError."""
        self._measure.of(*labels).observe(seconds)


def metrics_text(looking: "Iterable[Collector]" = ()) -> bytes:
    """Return the measurements of all worker processes together, and those `looking`, in Prometheus' text format."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest, multiprocess

    found = CollectorRegistry()
    for collector in looking:
        found.register(collector)
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY) + generate_latest(found)
    multiprocess.MultiProcessCollector(found)  # type: ignore[no-untyped-call]
    return generate_latest(found)

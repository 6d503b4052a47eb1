"""What /metrics looks up when it is asked: the shelf and its ingest, sessions, the cluster.

Ingest runs in processes of its own, on other machines too, and ends: nobody could ask it. So its numbers are those of
the catalogue, where all of them write. Each is looked up every fifteen seconds at most, whoever asks how often, and a
store that cannot be asked costs its own numbers only.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lectern import __version__
from lectern.catalogue_figures import Figures
from lectern.errors import LecternError
from services.context import Context
from services.measures import declare, declared

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

KEPT_SECONDS = 15.0
_STATUSES = ("green", "yellow", "red")

declare("lectern_info", "gauge", "The release that runs, always 1.", ["version"])
declare("lectern_up", "gauge", "Whether a store could be asked just now (1) or not (0).", ["store"])
declare("lectern_objects", "gauge", "Objects on the shelf.")
declare("lectern_pages", "gauge", "Pages of all objects.")
declare("lectern_words", "gauge", "Words of all objects.")
declare("lectern_last_change_timestamp_seconds", "gauge", "When an object was changed last, 0 for never.")
declare(
    "lectern_ledger_entries", "gauge", "The newest 100,000 entries of the ledger, by level and trap.", ["level", "trap"]
)
declare("lectern_ingest_underway", "gauge", "Objects that are being written just now, on all machines.")
declare("lectern_ingest_oldest_seconds", "gauge", "For how long the longest of them has been written.")
declare("lectern_pending", "gauge", "Generations that the cluster has not caught up with, by why.", ["state"])
declare("lectern_pending_oldest_seconds", "gauge", "For how long the oldest of them has waited.")
declare("lectern_sessions", "gauge", "Sessions that are live.")
declare("lectern_cluster_status", "gauge", "1 for the status that the cluster says its index has.", ["status"])
declare("lectern_cluster_nodes", "gauge", "Nodes that the cluster says it has.")

Told = list["Metric"]


class Looked:
    """Looks up the numbers of one installation, as the metrics library asks for them."""

    def __init__(self, context: Context, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._elapsed = elapsed
        self._kept: tuple[float, Told] | None = None

    def describe(self) -> Told:
        """Return nothing: the library need not know beforehand."""
        return []

    def collect(self) -> Told:
        """Return the numbers, at most fifteen seconds old."""
        now, kept = self._elapsed(), self._kept
        if kept is None or now - kept[0] >= KEPT_SECONDS:
            self._kept = kept = now, list(self._look())
        return kept[1]

    def _look(self) -> Iterator["Metric"]:
        context, up = self._context, {}
        yield _told("lectern_info", {(__version__,): 1})
        stores: dict[str, Callable[[], Told]] = {"catalogue": self._catalogue, "state": self._sessions}
        if context.settings.engine == "opensearch":
            stores["cluster"] = self._cluster
        for store, look in stores.items():
            try:
                yield from look()
                up[store,] = 1
            except LecternError:  # it is told by `lectern_up`, and the log and /readyz say why
                up[store,] = 0
        yield _told("lectern_up", up)

    def _catalogue(self) -> Told:
        return figures_told(self._context.catalogue.figures())

    def _sessions(self) -> Told:
        return [_told("lectern_sessions", {(): self._context.sessions.count_open()})]

    def _cluster(self) -> Told:
        from search.cluster.health import vitals_of
        from search.cluster.schema import Names

        vitals = vitals_of(self._context.cluster, Names(self._context.settings.opensearch_index))
        return [
            _told("lectern_cluster_status", {(status,): float(status == vitals.status) for status in _STATUSES}),
            _told("lectern_cluster_nodes", {(): vitals.nodes}),
        ]


def figures_told(figures: Figures) -> Told:
    """Return the numbers of a catalogue as metrics."""
    waits = [wait.since for wait in figures.pending.values()]
    return [
        _told("lectern_objects", {(): figures.objects}),
        _told("lectern_pages", {(): figures.pages}),
        _told("lectern_words", {(): figures.words}),
        _told("lectern_last_change_timestamp_seconds", {(): figures.modified}),
        _told("lectern_ledger_entries", figures.ledger),
        _told("lectern_ingest_underway", {(): figures.underway.number}),
        _told("lectern_ingest_oldest_seconds", {(): _ago(figures.underway.since, figures.at)}),
        _told("lectern_pending", {(state,): wait.number for state, wait in figures.pending.items()}),
        _told("lectern_pending_oldest_seconds", {(): _ago(min(waits, default=0), figures.at)}),
    ]


def _ago(since: float, now: float) -> float:
    return max(0.0, now - since) if since else 0.0


def _told(name: str, values: Mapping[Any, float]) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    about = declared()[name]
    family = GaugeMetricFamily(name, about.about, labels=about.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family

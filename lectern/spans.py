"""The request that this process answers just now, and the steps of it that a trace shows.

The cores name their steps here; where nobody collects traces a step costs a fraction of a microsecond. What collects
them is in services/tracing.py. A step's values are numbers and words of the program: never a query, an object or a
reader.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Protocol

Value = str | int | float | bool

# The id of the request that is answered in this thread; empty outside of one.
request_id: ContextVar[str] = ContextVar("lectern_request_id", default="")


class Collector(Protocol):
    """What takes the steps of requests."""

    def step(self, name: str, about: Mapping[str, Value]) -> AbstractContextManager[object]:
        """Return a block that is one step of the request at hand."""

    def traceparent(self) -> str:
        """Return what W3C Trace Context calls the step at hand, for whoever is asked next; empty outside of one."""


_NOTHING: AbstractContextManager[object] = nullcontext()
_collectors: list[Collector] = []  # one at most


def step(name: str, **about: Value) -> AbstractContextManager[object]:
    """Return a block that a trace shows under a name."""
    return _collectors[0].step(name, about) if _collectors else _NOTHING


def collect(collector: Collector | None) -> None:
    """Give all steps from now on to a collector; None: to nobody."""
    _collectors[:] = [] if collector is None else [collector]


def carried() -> dict[str, str]:
    """Return the headers by which a server of the same house knows which request it is asked for."""
    mine = request_id.get()
    headers = {"X-Request-Id": mine} if mine else {}
    parent = _collectors[0].traceparent() if _collectors else ""
    return headers | ({"traceparent": parent} if parent else {})

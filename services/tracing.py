"""Traces for a collector that speaks OpenTelemetry: the only module that loads its library, the extra `otel`.

Off unless the setting `traces_url` names a collector. A trace shows a request and its steps (lectern/spans.py): names,
routes, statuses and times, no path, no query and no reader.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import structlog

from lectern import __version__
from lectern.errors import ConfigurationError
from lectern.settings import Settings
from lectern.spans import Value, collect

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.context import Context as TraceContext
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_LIBRARIES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
_OUTWARD = ("store.", "cluster")  # steps that wait for somebody else

_log = structlog.get_logger("lectern.traces")


class Opened(NamedTuple):
    """A request whose trace has begun."""

    span: "Span"
    token: "Token[TraceContext]"


def missing(settings: Settings) -> list[tuple[str, str]]:
    """Return what is wrong, and what to do about it, if traces are wanted and the library is not there."""
    if not settings.traces_url or all(map(_is_there, _LIBRARIES)):
        return []
    return [
        (
            "LECTERN_TRACES_URL is set, but the library that sends traces is not installed.",
            "Install lectern-iiif[otel], or take the setting out.",
        )
    ]


def _is_there(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:  # not even the package around it
        return False


class Tracing:
    """The traces of one process. Made after the fork: what sends them is a thread."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry import context, trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._trace, self._context = trace, context
        self._carrying = TraceContextTextMapPropagator()
        self._provider = provider
        self._tracer = provider.get_tracer("lectern", __version__)

    def begin(self, method: str, traceparent: str) -> Opened:
        """Begin the trace of a request, as a part of the one that a trusted proxy tells of (empty: of none)."""
        parent = self._carrying.extract({"traceparent": traceparent} if traceparent else {}, self._context.Context())
        span = self._tracer.start_span(method, parent, self._trace.SpanKind.SERVER)
        return Opened(span, self._context.attach(self._trace.set_span_in_context(span)))

    def end(self, opened: Opened, *, method: str, route: str, status: int, request_id: str) -> None:
        """End the trace of a request."""
        span = opened.span
        span.update_name(f"{method} {route}")
        span.set_attribute("http.request.method", method)
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        span.set_attribute("lectern.request_id", request_id)
        if status >= 500:
            span.set_status(self._trace.StatusCode.ERROR)
        self._context.detach(opened.token)
        span.end()

    def step(self, name: str, about: Mapping[str, Value]) -> AbstractContextManager[object]:
        """Return a block that is one step of the request at hand; of none, nothing is told."""
        if not self._trace.get_current_span().is_recording():
            return nullcontext()
        return self._step(name, about)

    @contextmanager
    def _step(self, name: str, about: Mapping[str, Value]) -> Iterator[None]:
        kind = self._trace.SpanKind.CLIENT if name.startswith(_OUTWARD) else self._trace.SpanKind.INTERNAL
        told = {f"lectern.{key}": value for key, value in about.items()}
        # What an exception says may hold what somebody asked for: its class is told, and no more.
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=told, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(self._trace.StatusCode.ERROR)
                raise

    def traceparent(self) -> str:
        """Return what W3C Trace Context calls the step at hand."""
        carrier: dict[str, str] = {}
        self._carrying.inject(carrier)
        return carrier.get("traceparent", "")

    def close(self) -> None:
        """Send what is there, and no more."""
        self._provider.shutdown()


_active: list[Tracing] = []  # one at most


def active() -> Tracing | None:
    """Return the traces of this process, None where nobody collects any."""
    return _active[0] if _active else None


def install(settings: Settings) -> Callable[[], None]:
    """Have traces sent as the settings say, and return what ends that.

    Raises ConfigurationError if they are wanted and the library is not there.
    """
    if not settings.traces_url:
        return lambda: None
    for detail, remedy in missing(settings):
        raise ConfigurationError(detail, remedy)
    tracing = Tracing(_provider(settings))
    _active[:] = [tracing]
    collect(tracing)

    def end() -> None:
        _active.clear()
        collect(None)
        tracing.close()

    return end


def _provider(settings: Settings) -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    _hear()
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.traces_share)),
        resource=Resource.create({SERVICE_NAME: "lectern", SERVICE_VERSION: __version__}),
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.traces_url)))
    return provider


class _ToOurLog(logging.Handler):
    """What the library says of itself, such as that nobody takes the traces, as lines of our own log."""

    def emit(self, record: logging.LogRecord) -> None:
        _log.warning("traces", reason=record.getMessage())


def _hear() -> None:
    library = logging.getLogger("opentelemetry")
    if not any(isinstance(each, _ToOurLog) for each in library.handlers):
        library.addHandler(_ToOurLog(logging.WARNING))
        library.propagate = False

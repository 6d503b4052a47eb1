"""A collector of traces as OpenTelemetry has them: takes them over HTTP, and decodes what it was sent."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.servers import serving


@dataclass
class Collected:
    """What has come so far, and where it is sent to."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def until(self, found: Callable[[list[Span]], bool], seconds: float = 20) -> list[Span]:
        """Return the spans once they are as wanted; fails if they are not in time."""
        end = time.monotonic() + seconds
        with self.changed:
            while not found(self.spans):
                assert self.changed.wait(end - time.monotonic()), sorted({span.name for span in self.spans})
            return list(self.spans)

    def of_request(self, request_id: str) -> list[Span]:
        """Return all spans of the trace of one request, which is waited for."""

        def has_it(spans: list[Span]) -> bool:
            return any(attributes(span).get("lectern.request_id") == request_id for span in spans)

        spans = self.until(has_it)
        (mine,) = (span for span in spans if attributes(span).get("lectern.request_id") == request_id)
        return [span for span in spans if span.trace_id == mine.trace_id]


def attributes(span: Span) -> dict[str, object]:
    """Return the attributes of a span as plain values."""
    return {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in span.attributes}


@contextmanager
def collector() -> Iterator[Collected]:
    """Take traces on a free loopback port until the block ends."""
    collected = Collected()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            told = ExportTraceServiceRequest.FromString(body)
            with collected.changed:
                collected.bodies.append(body)
                for resource in told.resource_spans:
                    for scope in resource.scope_spans:
                        collected.spans.extend(scope.spans)
                collected.changed.notify_all()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    with serving(Handler) as server:
        collected.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
        yield collected

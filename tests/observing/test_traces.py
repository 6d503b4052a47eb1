"""Traces as a collector of OpenTelemetry gets them."""

import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lectern.errors import ConfigurationError
from lectern.settings import Settings
from services import tracing
from services.faults import faults, read_home
from tests.conftest import ROOT
from tests.observing.collector import attributes
from tests.observing.conftest import QUERY, SIGNED_TILE, Watched

_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_PARENT = "00f067aa0ba902b7"


def _asked(watched: Watched, path: str, **headers: Any) -> list[Span]:
    answer = watched.visitor.ask(path, **headers)
    return watched.traces.of_request(answer.headers["x-request-id"])


def test_a_search_shows_its_steps(watched: Watched):
    spans = _asked(watched, f"/search/1/letters?q={QUERY}&min=2")
    by_name = {span.name: span for span in spans}
    assert {"verdict", "search", "store.read"} <= by_name.keys()
    (whole,) = (span for span in spans if span.kind == Span.SPAN_KIND_SERVER)
    told = attributes(whole)
    assert told["http.route"] == "/search/<any('0', '1', '2'):version>/<object_id>"
    assert (told["http.request.method"], told["http.response.status_code"]) == ("GET", 200)
    assert by_name["search"].parent_span_id == whole.span_id
    assert all(whole.start_time_unix_nano <= span.start_time_unix_nano for span in spans)


def test_an_image_that_is_made_shows_the_making_and_one_that_is_refused_the_verdict(watched: Watched):
    made = _asked(watched, "/iiif/3/letters-1/10,10,300,300/77,/0/gray.png")
    assert {"verdict", "image.render", "store.read"} <= {span.name for span in made}
    answer = type(watched.visitor)(watched.base).ask(SIGNED_TILE)
    refused = watched.traces.of_request(answer.headers["x-request-id"])
    assert "verdict" in {span.name for span in refused}
    assert "image.render" not in {span.name for span in refused}


@pytest.mark.parametrize(("path", "trace"), [("/healthz", _TRACE), (SIGNED_TILE, _TRACE[:-1] + "7")])
def test_the_trace_of_a_trusted_proxy_goes_on(watched: Watched, path: str, trace: str):
    spans = _asked(watched, path, traceparent=f"00-{trace}-{_PARENT}-01")
    (whole,) = (span for span in spans if span.parent_span_id.hex() == _PARENT)
    assert whole.trace_id.hex() == trace


def test_what_a_proxy_decides_not_to_trace_is_not_traced(watched: Watched):
    trace = _TRACE[::-1]
    watched.visitor.ask("/healthz", traceparent=f"00-{trace}-{_PARENT}-00")
    _asked(watched, "/healthz")  # whatever was sent before it has come
    assert trace not in {span.trace_id.hex() for span in watched.traces.spans}


def test_the_line_of_a_traced_request_names_its_trace(watched: Watched):
    watched.visitor.ask("/healthz", traceparent=f"00-{'ab' * 16}-{_PARENT}-01")
    assert f'"trace":"{"ab" * 16}"' in watched.program.log()


_UNTRUSTED = """
import sys
from pathlib import Path
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from lectern.settings import Settings
from lectern.spans import carried, collect, request_id, step
from services import tracing
from services.app import create_app
from services.context import Context

kept = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
traces = tracing.Tracing(provider)
tracing._active[:] = [traces]
collect(traces)
with step("alone"):
    assert carried() == {}
assert not kept.get_finished_spans(), "a step outside of a request is no trace"
app = create_app(Context(Settings(home=Path(sys.argv[1]))))
seen = []
app.add_url_rule("/here", view_func=lambda: seen.append(carried()) or "here")
given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
answer = app.test_client().get("/here", headers={"traceparent": given})
(span,) = [span for span in kept.get_finished_spans() if span.name == "GET /here"]
assert span.parent is None and f"{span.context.trace_id:032x}" not in given
(headers,) = seen
assert headers["X-Request-Id"] == answer.headers["X-Request-Id"]
assert headers["traceparent"].split("-")[1] == f"{span.context.trace_id:032x}"
"""


def test_a_reader_decides_about_no_trace_and_what_is_asked_further_is_part_of_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _UNTRUSTED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_without_the_setting_the_library_is_not_loaded(tmp_path):
    program = (
        "import sys; from pathlib import Path; from lectern.settings import Settings; from services import tracing\n"
        "from services.app import create_app; from services.context import Context\n"
        "settings = Settings(home=Path(sys.argv[1])); tracing.install(settings)()\n"
        "create_app(Context(settings)).test_client().get('/healthz')\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_without_the_extra_a_start_says_what_to_install(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path, traces_url="http://127.0.0.1:4318/v1/traces")
    assert list(faults(settings, read_home(settings))) == []
    monkeypatch.setattr(tracing, "_LIBRARIES", ("opentelemetry_of_nobody.sdk",))
    ((detail, remedy),) = faults(settings, read_home(settings))
    assert "not installed" in detail
    assert "lectern-iiif[otel]" in remedy
    with pytest.raises(ConfigurationError, match="otel"):
        tracing.install(settings)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/v1/traces", "http://ann:secret@127.0.0.1/v1/traces", "127.0.0.1"])
def test_an_address_that_takes_no_traces_is_refused(tmp_path, url: str):
    with pytest.raises(ValueError, match="4318"):
        Settings(home=tmp_path, traces_url=url)

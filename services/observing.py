"""Logs and metrics: one line and one measurement a request, no query text, no cookie, no token (TH-103)."""

import json
import logging
import random
import re
import time
from collections.abc import MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from flask import Flask, Response, g, request

from auth.decision import Reason
from lectern import spans
from lectern.ids import without_capabilities
from services import SERVICES, standard_error, tracing
from services.measures import Count, Seconds

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_log = structlog.get_logger("lectern.request")

_SECONDS = Seconds(
    "lectern_request_seconds",
    "Time to answer, by service, route and status class.",
    ["service", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_DENIED = Count("lectern_denied_total", "Answers 401 and 403, by route and reason.", ["service", "route", "reason"])
_LIMITED = Count("lectern_limited_total", "Answers 429, to who asked too fast or too much.", ["service", "route"])
_DENIALS = {401: Reason.SIGN_IN.value, 403: "forbidden"}  # where nobody says more exactly why
_BEGINNINGS = {"iiif": "image", "objects": "portal"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def configure_logs(form: str, level: str) -> None:
    """Set up logs once a process: `console` for people, `json` for collectors; to standard error."""
    as_json = form == "json"
    renderer = structlog.processors.JSONRenderer(_serialize) if as_json else structlog.dev.ConsoleRenderer(colors=False)
    lines = structlog.BytesLoggerFactory(file=standard_error.for_bytes())
    texts = structlog.PrintLoggerFactory(file=standard_error.for_text())
    structlog.configure(
        processors=[
            _add_ids,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lines if as_json else texts,
        cache_logger_on_first_use=True,
    )


def _add_ids(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Give a line the id of the request that it is about, and that of its trace if there is one."""
    mine = spans.request_id.get()
    if mine:
        line["id"] = mine
        traced = tracing.active()
        if traced and (parent := traced.traceparent()):
            line["trace"] = parent.split("-")[1]
    return line


def _serialize(event: Any, **options: Any) -> bytes:
    """Return a line's JSON in a tenth of the time of json's own; that takes over where a text is not valid Unicode."""
    try:
        return orjson.dumps(event, default=options.get("default"))
    except TypeError:
        return json.dumps(event, **options).encode()


def install(app: Flask, proxies: int = 0) -> None:
    """Log, measure and trace every request of an app; `proxies` is the number of trusted ones in front."""

    def begin() -> None:
        g.began = Begun(request.environ, trusted=proxies > 0)
        g.request_id = g.began.id

    app.before_request(begin)
    app.after_request(_end)


def _end(response: Response) -> Response:
    began: Begun = g.began
    rule = request.url_rule
    route = rule.rule if rule else "unknown"
    began.end(route, path=request.path, status=response.status_code, denied=g.get("denied", ""))
    response.headers["X-Request-Id"] = began.id
    return response


class Begun:
    """One request under way: its id, its trace, and when it came.

    What a proxy says of these counts where the proxies are `trusted`, as its X-Forwarded-For does.
    """

    __slots__ = ("_came", "_method", "_trace", "id")

    def __init__(self, environ: "WSGIEnvironment", *, trusted: bool) -> None:
        self._came = time.perf_counter()
        self._method: str = environ["REQUEST_METHOD"]
        given = environ.get("HTTP_X_REQUEST_ID") if trusted else None
        self.id = given if given and _REQUEST_ID.fullmatch(given) else f"{random.getrandbits(48):012x}"
        spans.request_id.set(self.id)
        traced = tracing.active()
        said = environ.get("HTTP_TRACEPARENT", "") if trusted else ""
        self._trace = traced.begin(self._method, said) if traced else None

    def end(self, route: str, *, path: str, status: int, denied: str = "") -> None:
        """Log and measure the answer; `denied` tells why it is a refusal, in words of a fixed list."""
        took = time.perf_counter() - self._came
        try:
            _measure(route, status, took, denied)
        except (OSError, ValueError) as error:  # the folder of measurements is gone or full: no reason to fail
            _log.error("not measured", reason=str(error))
        _log.info(
            "request",
            method=self._method,
            path=without_capabilities(path),
            status=status,
            ms=round(took * 1000, 2),
        )
        traced = tracing.active()
        if traced and self._trace:
            traced.end(self._trace, method=self._method, route=route, status=status, request_id=self.id)


def _measure(route: str, status: int, took: float, denied: str) -> None:
    """Count one answer and its seconds."""
    service = service_of(route)
    _SECONDS.observe(took, service, route, f"{status // 100}xx")
    if status in _DENIALS:
        _DENIED.add(service, route, denied or _DENIALS[status])
    elif status == 429:
        _LIMITED.add(service, route)


@cache
def service_of(route: str) -> str:
    """Return the service that a route belongs to: "process" of those that each has."""
    first = route.split("/")[1] if route.startswith("/") else ""
    found = _BEGINNINGS.get(first, first)
    if found in SERVICES:
        return found
    return "process" if first in {"healthz", "readyz", "metrics"} else "portal" if route != "unknown" else "none"

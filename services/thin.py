"""What answers before Flask: a request in, a Reply out, with the log line and the measurement of every other answer.

For the two questions that come by the hundred (a tile, a verdict on one): routing, contexts and hooks would cost more
than their answers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson
from flask import Flask

from services.observing import Begun
from services.problems import MEDIA_TYPE, Problem
from services.strictness import STRICT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
_ALWAYS: Headers = list(STRICT.items())


@dataclass(slots=True)
class Reply:
    """An answer as plain values; `body` is what GET gets, and what HEAD is told the length of.

    Of a refusal, `denied` is the reason: a Reason or Refusal.
    """

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    denied: str = ""


def problem_reply(problem: Problem, headers: Headers | None = None) -> Reply:
    """Return an error in the one shape, which no cache keeps."""
    more = [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store"), *problem.headers.items(), *(headers or [])]
    return Reply(problem.status, more, orjson.dumps(problem.as_dict()))


def stand_before(app: Flask, ours: Callable[["WSGIEnvironment"], "WSGIApplication | None"]) -> None:
    """Have the requests of an app for which `ours` returns an application answered by that, in its place."""
    inner: WSGIApplication = app.wsgi_app

    def thin(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return (ours(environ) or inner)(environ, start_response)

    app.wsgi_app = thin  # type: ignore[method-assign]


def answered(
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    route: str,
    reply: Callable[[str], Reply],
    *,
    trusted: bool,
) -> Iterable[bytes]:
    """Return the body of what `reply` makes of the request (it is given the request's id), logged and measured.

    `trusted` tells whether there is a proxy in front that may say which request it is.
    """
    began = Begun(environ, trusted=trusted)
    made = reply(began.id)
    headers = [*made.headers, *_ALWAYS, ("X-Request-Id", began.id)]
    if made.status not in (204, 304):
        headers.append(("Content-Length", str(len(made.body))))
    began.end(route, path=environ["PATH_INFO"], status=made.status, denied=made.denied)
    start_response(_line(made.status), headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" or not made.body else [made.body]


@cache
def _line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"

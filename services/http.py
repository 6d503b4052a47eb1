"""What all services do alike: errors in one shape (RFC 9457), CORS, JSON, security headers."""

from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_accept_header

from auth.wording import ENGLISH
from lectern.errors import LecternError
from services import saying
from services.context import Context
from services.problems import MEDIA_TYPE, Problem, detail_of, problem_of, problem_of_fault
from services.saying import language, say
from services.strictness import OF_PAGES, STRICT

CORS_PREFIXES = ("/search/", "/presentation/", "/iiif/", "/auth/probe/")
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Location, Retry-After",
}
LARGEST_FORM = 16_384  # bytes of a body, unless a view says otherwise: no view reads more by oversight (TH-105)
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
# Members that viewers read without looking at the status first (viewers.md rules 8 and 9).
_SEARCH_EMPTY: dict[str, Any] = {"resources": [], "hits": [], "items": [], "terms": []}
# A page of an error, and any that only tells, has our style and links, and nobody frames it (TH-24).
PAGE_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
}


def json_response(
    document: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    ld_profile: str = "",
    ld_first: bool = False,
) -> Response:
    """Return a JSON answer; as `application/ld+json` with `ld_profile` if the request's Accept names that.

    `ld_first` is the newer APIs' rule: JSON-LD also where there is no Accept at all (CSX-22, IM3-42, PR3-51).
    """
    response = Response(orjson.dumps(document), status=status, content_type="application/json")
    if ld_profile and wants_ld(ld_first=ld_first):
        response.content_type = f'application/ld+json;profile="{ld_profile}"'
    response.headers.update(headers or {})
    add_vary(response, "Accept")
    return response


def add_vary(response: Response, name: str) -> None:
    """Say that an answer depends on a request header too; a fifth of the time that werkzeug's set of them takes."""
    vary = response.headers.get("Vary", "")
    if name not in vary.split(", "):
        response.headers["Vary"] = f"{vary}, {name}" if vary else name


def wants_ld(*, ld_first: bool) -> bool:
    """Return whether the request's Accept asks for JSON-LD; without an Accept, `ld_first`."""
    accept = request.headers.get("Accept")
    if not accept:
        return ld_first
    return "application/ld+json" in accept and prefers_ld(accept)


def prefers_ld(accept: str) -> bool:
    """Return whether an Accept names JSON-LD, and wants JSON no more than that; parameters are not looked at."""
    wanted: dict[str, float] = {}
    for name, quality in parse_accept_header(accept):
        kind = name.partition(";")[0].strip().lower()
        wanted[kind] = max(quality, wanted.get(kind, 0))
    plain = next((wanted[kind] for kind in ("application/json", "application/*", "*/*") if kind in wanted), 0)
    ld = wanted.get("application/ld+json", 0)
    return ld > 0 and ld >= plain


def with_entity_tag(response: Response) -> Response:
    """Return a JSON answer with a tag of its content and form, or 304 for a request that has it already."""
    response.set_etag(sha256(f"{response.content_type} ".encode() + response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response


def problem(
    status: int,
    detail: str,
    *,
    title: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an error in the one shape, or as a page where a person is looking."""
    title = title or HTTPStatus(status).phrase
    best = request.accept_mimetypes.best_match(["application/json", "text/html"], "application/json")
    if best == "text/html" and not request.path.startswith(CORS_PREFIXES):
        response = _problem_page(status, title, detail)
    else:
        body = Problem(status, detail, title).as_dict()
        if request.path.startswith("/search/"):
            body |= _SEARCH_EMPTY
        response = Response(orjson.dumps(body), status=status, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


def _problem_page(status: int, title: str, detail: str) -> Response:
    """Return the page for an error: in the reader's language, the detail in English where that may help him."""
    auth = request.path.startswith("/auth/")
    try:
        title, general = say(f"problems.{status}_title"), say(f"problems.{status}_text")
    except KeyError:
        general = ""
    told = general if general and (auth or language() != ENGLISH or not detail) else detail
    page = render_template(
        "problem.html",
        lang=language(),
        title=title,
        detail=told,
        detail_lang=ENGLISH if told is detail else language(),
        status=status,
        auth=auth,
    )
    headers = {"Content-Language": language(), "Vary": "Accept-Language", **PAGE_POLICY}
    return Response(page, status=status, headers=headers, content_type="text/html; charset=utf-8")


def _answered(found: Problem) -> Response:
    return problem(found.status, found.detail, title=found.title, headers=found.headers)


def _on_lectern_error(error: LecternError) -> Response:
    return _answered(problem_of(error, request.path))


def _on_http_exception(error: HTTPException) -> Response:
    headers = {k: v for k, v in error.get_headers() if k in {"Allow", "Retry-After"}}
    status = error.code or 500
    told = detail_of(status, request.path, request.max_content_length) or error.description or ""
    return problem(status, told, headers=headers)


def _on_fault(error: Exception) -> Response:
    return _answered(problem_of_fault(error, request.path))


def _refuse_whole_addresses() -> Response | None:
    """Refuse a request line that names a host: it is for proxies, and we are none (TH-55)."""
    if request.environ.get("RAW_URI", "/").startswith(("/", "*")):
        return None
    return problem(HTTPStatus.BAD_REQUEST, "A request line has a path here, not a whole address.")


def _answer_preflight() -> Response | None:
    """Answer OPTIONS before any route, verdict or store is asked (AUX-10, AUX-11)."""
    if request.method != "OPTIONS" or not request.path.startswith(CORS_PREFIXES):
        return None
    return Response(status=204, headers=_PREFLIGHT)


def _finish(response: Response) -> Response:
    """Add what every answer carries: CORS on the public APIs, and headers that keep browsers strict."""
    if request.path.startswith(CORS_PREFIXES):
        response.headers.update(CORS)
    for name, value in STRICT.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        for name, value in OF_PAGES.items():
            response.headers.setdefault(name, value)
    return response


def install(app: Flask, context: Context | None = None) -> None:
    """Give an app the common behaviour; without a context its error pages say the built-in words."""
    saying.install(app, context)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # the redirect to one slash would name whatever host the client named (TH-55)
    app.before_request(_refuse_whole_addresses)
    app.before_request(_answer_preflight)
    app.after_request(_finish)
    app.register_error_handler(LecternError, _on_lectern_error)
    app.register_error_handler(HTTPException, _on_http_exception)
    app.register_error_handler(Exception, _on_fault)

"""JSON answers compressed for clients that take gzip (CSX-24).

Only what everybody may see is: a compressed answer's length tells of what it holds, and next to a reader's own words a
secret text must not show in it. A compressed answer is another form of the same thing, so its entity tag is marked, and
the mark is taken off before anything compares tags.
"""

import gzip
from http import HTTPStatus

from flask import Flask, Response, g, request

from services.http import add_vary

_SHORTEST = 1000  # bytes; shorter answers fit into one packet as they are
_LEVEL = 1  # a third of the work of the usual level, and answers are but a tenth longer
_TYPES = frozenset({"application/json", "application/ld+json", "application/xml", "text/plain", "text/vnd.hocr+html"})
_MARK = '-gzip"'


def install(app: Flask) -> None:
    """Compress the answers of an app."""
    app.before_request(_take_off_mark)
    app.after_request(_compress)


def _take_off_mark() -> None:
    given = request.environ.get("HTTP_IF_NONE_MATCH", "")
    if _MARK in given:
        request.environ["HTTP_IF_NONE_MATCH"] = given.replace(_MARK, '"')
        g.held_compressed = True


def _compress(response: Response) -> Response:
    """Return a response compressed if it may be, and if that is worth it and wished for."""
    if not _is_everybodys(response):
        return response
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        if "Accept" in response.vary:  # it stands for JSON, and says of it what 200 would
            add_vary(response, "Accept-Encoding")
        if g.get("held_compressed"):
            _mark(response)
        return response
    if response.status_code != HTTPStatus.OK or response.mimetype not in _TYPES:
        return response
    add_vary(response, "Accept-Encoding")
    wished = "Accept-Encoding" in request.headers and request.accept_encodings["gzip"]
    if wished and len(response.get_data()) >= _SHORTEST:
        response.set_data(gzip.compress(response.get_data(), _LEVEL, mtime=0))
        response.content_encoding = "gzip"
        _mark(response)
    return response


def _is_everybodys(response: Response) -> bool:
    return "public" in response.headers.get("Cache-Control", "")


def _mark(response: Response) -> None:
    tag, weak = response.get_etag()
    if tag and not weak:
        response.set_etag(f"{tag}-gzip")

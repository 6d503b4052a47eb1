"""`/search/{version}/…` and its autocomplete (DESIGN section 4): of an object, a canvas or range of it, a collection.

A collection has a reserved name in the place of an object's, so that the two never meet.
"""

from typing import Any

from flask import Blueprint, Response, request

from lectern.urls import AUTOCOMPLETE, SearchVersion
from search import content_search1, content_search2
from services.context import Context
from services.gate import PRIVATE, Gate
from services.http import json_response
from services.search.scopes import Place
from services.search.service import Answered, SearchService

_VERSIONS: dict[str, SearchVersion] = {"0": 0, "1": 1, "2": 2}


_SCOPES = (
    "<object_id>",
    "<object_id>/canvas/<int(max=9999999):canvas>",
    "<object_id>/range/<int(max=9999999):range>",
    "collections/<collection>",
)


def blueprint(context: Context) -> Blueprint:
    """Return the routes of the search service."""
    gate = Gate(context)
    service = SearchService(context, lambda row: gate.verdict(request, row))
    routes = Blueprint("search", __name__)

    def answer(version: str, **place: Any) -> Response:
        return _respond(gate, service.search(_VERSIONS[version], Place(**place), request.args.items(multi=True)))

    def complete(version: str, **place: Any) -> Response:
        return _respond(gate, service.autocomplete(_VERSIONS[version], Place(**place), request.args.items(multi=True)))

    for number, scope in enumerate(_SCOPES):
        base = f"/search/<any('0', '1', '2'):version>/{scope}"
        routes.add_url_rule(base, f"search{number}", answer)
        routes.add_url_rule(base + AUTOCOMPLETE, f"autocomplete{number}", complete)
    return routes


def _respond(gate: Gate, answered: Answered) -> Response:
    newer = answered.document["@context"] == content_search2.CONTEXT
    profile = content_search2.CONTEXT if newer else content_search1.PRESENTATION
    # A collection's answer is the reader's own: a header that said otherwise would tell whether it hides an object.
    headers = PRIVATE if answered.row is None else gate.cache_headers(answered.row)
    return json_response(answered.document, headers=headers, ld_profile=profile, ld_first=newer)

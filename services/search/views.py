"""`/search/{version}/{object}` and its autocomplete, for an object or one of its canvases (DESIGN section 4)."""

from flask import Blueprint, Response, request

from search import content_search1, content_search2
from services.context import Context
from services.gate import Gate
from services.http import json_response
from services.search.service import AUTOCOMPLETE, Answered, Place, SearchService


def blueprint(context: Context) -> Blueprint:
    """Return the routes of the search service."""
    gate = Gate(context)
    service = SearchService(context, lambda row: gate.verdict(request, row))
    routes = Blueprint("search", __name__)

    def answer(version: str, object_id: str, canvas: int | None = None) -> Response:
        place = Place(object_id, canvas)
        return _respond(gate, service.search(int(version), place, request.args.items(multi=True)))

    def complete(version: str, object_id: str, canvas: int | None = None) -> Response:
        place = Place(object_id, canvas)
        return _respond(gate, service.autocomplete(int(version), place, request.args.items(multi=True)))

    for number, scope in enumerate(("<object_id>", "<object_id>/canvas/<int(max=9999999):canvas>")):
        base = f"/search/<any('0', '1', '2'):version>/{scope}"
        routes.add_url_rule(base, f"search{number}", answer)
        routes.add_url_rule(base + AUTOCOMPLETE, f"autocomplete{number}", complete)
    return routes


def _respond(gate: Gate, answered: Answered) -> Response:
    newer = answered.document["@context"] == content_search2.CONTEXT
    profile = content_search2.CONTEXT if newer else content_search1.PRESENTATION
    (row,) = answered.rows
    return json_response(answered.document, headers=gate.cache_headers(row), ld_profile=profile, ld_first=newer)

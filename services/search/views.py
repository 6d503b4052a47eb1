"""`/search/{version}/{object}` and its autocomplete, for an object or one of its canvases (DESIGN section 4)."""

from flask import Blueprint, Response, request

from lectern import __version__
from lectern.errors import Exhausted
from search import content_search1, content_search2
from services.context import Context
from services.gate import Gate
from services.http import json_response, wants_ld
from services.search.asking import Asked, Place
from services.search.service import AUTOCOMPLETE, SearchService
from services.search.tags import cache_headers, entity_tag


def blueprint(context: Context) -> Blueprint:
    """Return the routes of the search service."""
    gate = Gate(context)

    def spend(object_id: str) -> None:
        wait = context.budget.spend(gate.address(request), object_id)
        if wait:
            raise Exhausted(
                f"Of the text of {object_id} only places are told; today's {context.budget.size} queries are spent.",
                "Ask again after midnight UTC, or sign in as a reader who may see the text.",
                wait,
            )

    service = SearchService(context, lambda row: gate.text_verdict(request, row), spend)
    routes = Blueprint("search", __name__)

    def answer(version: str, object_id: str, canvas: int | None = None) -> Response:
        place = Place(object_id, canvas)
        return _respond(context, service, service.ask(int(version), place, request.args.items(multi=True)))

    def complete(version: str, object_id: str, canvas: int | None = None) -> Response:
        place = Place(object_id, canvas)
        asked = service.ask(int(version), place, request.args.items(multi=True), suggesting=True)
        return _respond(context, service, asked)

    for number, scope in enumerate(("<object_id>", "<object_id>/canvas/<int(max=9999999):canvas>")):
        base = f"/search/<any('0', '1', '2'):version>/{scope}"
        routes.add_url_rule(base, f"search{number}", answer)
        routes.add_url_rule(base + AUTOCOMPLETE, f"autocomplete{number}", complete)
    return routes


def _respond(context: Context, service: SearchService, asked: Asked) -> Response:
    """Return the answer, or 304 before anything is searched if the request has it already."""
    newer = asked.version == 2
    form = "application/ld+json" if wants_ld(ld_first=newer) else "application/json"
    made_by = f"{__version__} {context.urls.base}"
    tag = entity_tag(asked, form, made_by)
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304, headers=dict(cache_headers(asked, context.clock())))
        response.vary.add("Accept")
        response.set_etag(tag)
        return response
    answered = service.answer(asked)
    profile = content_search2.CONTEXT if newer else content_search1.PRESENTATION
    headers = cache_headers(answered.asked, context.clock())
    response = json_response(answered.document, headers=headers, ld_profile=profile, ld_first=newer)
    response.set_etag(entity_tag(answered.asked, form, made_by))
    return response

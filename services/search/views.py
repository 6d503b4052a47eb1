"""`/search/{version}/…` and its autocomplete (DESIGN section 4): of an object, a canvas or range of it, a collection.

A collection has a reserved name in the place of an object's, so that the two never meet.
"""

from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from lectern import __version__
from lectern.errors import Exhausted
from lectern.urls import AUTOCOMPLETE, SearchVersion
from search import content_search1, content_search2
from services.context import Context
from services.gate import Gate
from services.http import json_response, wants_ld
from services.search.asking import Asked
from services.search.scopes import Place
from services.search.service import SearchService
from services.search.tags import cache_headers, entity_tag

_VERSIONS: dict[str, SearchVersion] = {"0": 0, "1": 1, "2": 2}
_SCOPES = (
    "<object_id>",
    "<object_id>/canvas/<int(max=9999999):canvas>",
    "<object_id>/range/<int(max=9999999):range>",
    "collections/<collection>",
)


def blueprint(context: Context) -> Blueprint:
    """Return the routes of the search service."""
    service = service_of_requests(context)
    routes = Blueprint("search", __name__)

    def answer(version: str, **place: Any) -> Response:
        asked = service.ask(_VERSIONS[version], Place(**place), request.args.items(multi=True))
        return _respond(context, service, asked)

    def complete(version: str, **place: Any) -> Response:
        asked = service.ask(_VERSIONS[version], Place(**place), request.args.items(multi=True), suggesting=True)
        return _respond(context, service, asked)

    for number, scope in enumerate(_SCOPES):
        base = f"/search/<any('0', '1', '2'):version>/{scope}"
        routes.add_url_rule(base, f"search{number}", answer)
        routes.add_url_rule(base + AUTOCOMPLETE, f"autocomplete{number}", complete)
    return routes


def service_of_requests(context: Context) -> SearchService:
    """Return the service that answers the request at hand, as its reader may be answered."""
    gate = Gate(context)
    return SearchService(context, lambda: gate.asker_of_words(request), partial(_spend, context, gate))


def _spend(context: Context, gate: Gate, object_id: str) -> None:
    """Count a query about an object of which only places are told; raises Exhausted when today's are spent."""
    wait = context.budget.spend(gate.address(request), object_id)
    if wait:
        raise Exhausted(
            f"Of the text of {object_id} only places are told; today's {context.budget.size} queries are spent.",
            "Ask again after midnight UTC, or sign in as a reader who may see the text.",
            wait,
        )


def _respond(context: Context, service: SearchService, asked: Asked) -> Response:
    """Return the answer, or 304 before anything is searched if the request has it already."""
    newer = asked.version == 2
    form = "application/ld+json" if wants_ld(ld_first=newer) else "application/json"
    made_by = f"{__version__} {context.urls.base} {service.limits}"
    tag = _tag(asked, form, made_by)
    if tag is not None and request.if_none_match.contains_weak(tag):
        response = Response(status=304, headers=dict(cache_headers(asked, context.clock())))
        response.vary.add("Accept")
        response.set_etag(tag)
        return response
    answered = service.answer(asked)
    profile = content_search2.CONTEXT if newer else content_search1.PRESENTATION
    headers = cache_headers(answered.asked, context.clock())
    response = json_response(answered.document, headers=headers, ld_profile=profile, ld_first=newer)
    tag = tag if answered.asked is asked else _tag(answered.asked, form, made_by)
    if tag is not None:
        response.set_etag(tag)
    return response


def _tag(asked: Asked, form: str, made_by: str) -> str | None:
    """Return the tag of an answer; None where nobody knows beforehand what it is made of."""
    return None if asked.holdings is not None else entity_tag(asked, form, made_by)

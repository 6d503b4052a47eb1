"""`/openapi.json`, what can be asked of this process and what it answers, and `/openapi`, the same as a page."""

from collections.abc import Sequence

from flask import Blueprint, Response, render_template

from lectern import __version__
from services.context import Context
from services.http import PAGE_POLICY, json_response, with_entity_tag
from services.openapi.document import document
from services.openapi.reading import sections

__all__ = ["blueprint"]

_KEPT = {"Cache-Control": "public, max-age=300"}


def blueprint(context: Context, services: Sequence[str]) -> Blueprint:
    """Return the routes that describe the services that this process runs."""
    settings = context.settings
    whole = document(services, server=settings.base_url, version=__version__, query_length=settings.query_length)
    told = sections(whole)
    routes = Blueprint("openapi", __name__)

    @routes.get("/openapi.json")
    def described() -> Response:
        """Answer with the document; tools on any site may read it, since it is the same for everybody."""
        return with_entity_tag(json_response(whole, headers={**_KEPT, "Access-Control-Allow-Origin": "*"}))

    @routes.get("/openapi")
    def page() -> Response:
        """Answer with the page; nothing on it runs, and nothing is loaded from elsewhere."""
        text = render_template("openapi.html", title=whole["info"]["title"], whole=whole, sections=told)
        return Response(text, content_type="text/html; charset=utf-8", headers={**_KEPT, **PAGE_POLICY})

    return routes

"""`/objects/{object}/read`: our own viewer, which speaks Content Search 2 and Authorization Flow 2 (docs/reader.md)."""

from flask import Blueprint, Response, render_template, request

from services.context import Context
from services.gate import Gate
from services.portal.answers import page_answer
from services.portal.bundles import OPENSEADRAGON, VIEWERS
from services.portal.csp import reader_policy
from services.portal.items import Items, title_of


def add_routes(routes: Blueprint, context: Context) -> None:
    """Give the portal the reader's page of every object."""
    gate, items = Gate(context), Items(context)

    def reader(object_id: str) -> Response:
        asker = gate.asker(request)
        row, _ = asker.find(object_id)
        text = render_template(
            "portal/reader.html",
            institution=context.settings.institution,
            label=title_of(row, items.said(row)).text,
            manifest=context.urls.manifest(row.id, 3),
            object_id=row.id,
            alone=context.urls.reader(row.id),
            viewers=list(VIEWERS.values()),
            embedded="embed" in request.args,
            longest=context.settings.query_length,
            installed=OPENSEADRAGON.installed(context.settings.viewers),
        )
        pictures = items.picture_origins(row, context.catalogue.canvases(row.id), asker)
        return page_answer(text, reader_policy(context.settings.base_url, pictures))

    routes.add_url_rule("/objects/<object_id>/read", "reader", reader)

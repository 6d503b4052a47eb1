"""`/objects/{object}/read`: our own viewer, which speaks Content Search 2 and Authorization Flow 2 (docs/reader.md)."""

from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request

from lectern.catalogue import CanvasRow, ObjectRow
from services.asker import Asker
from services.context import Context
from services.gate import Gate
from services.portal.bundles import OPENSEADRAGON, VIEWERS
from services.portal.csp import reader_policy
from services.portal.items import Items
from services.presentation.lending import addresses_in, origins_of
from services.presentation.showing import shown_book


def add_routes(routes: Blueprint, context: Context) -> None:
    """Give the portal the reader's page of every object."""
    gate, items = Gate(context), Items(context)

    def reader(object_id: str) -> Response:
        asker = gate.asker(request)
        row, _ = asker.find(object_id)
        text = render_template(
            "portal/reader.html",
            institution=context.settings.institution,
            label=items.title(row).text,
            manifest=context.urls.manifest(row.id, 3),
            object_id=row.id,
            alone=context.urls.reader(row.id),
            viewers=list(VIEWERS.values()),
            embedded="embed" in request.args,
            longest=context.settings.query_length,
            installed=OPENSEADRAGON.installed(context.settings.viewers),
        )
        response = Response(text, content_type="text/html; charset=utf-8")
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = reader_policy(
            context.settings.base_url, picture_origins(context, row, context.catalogue.canvases(row.id), asker)
        )
        response.vary.update(("Cookie", "Accept-Language"))
        return response

    routes.add_url_rule("/objects/<object_id>/read", "reader", reader)


def picture_origins(context: Context, row: ObjectRow, canvases: Sequence[CanvasRow], asker: Asker) -> tuple[str, ...]:
    """Return the origins that borrowed pictures of some canvases come from, as far as this reader may know."""
    shown = shown_book(context, row, canvases, asker.rules(row), asker.verdict_or_stranger, when=asker.now)
    return origins_of(address for canvas in canvases for address in addresses_in(shown.lent(canvas)))

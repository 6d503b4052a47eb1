"""`/objects/{object}/read`: our own viewer, which speaks Content Search 2 and Authorization Flow 2 (docs/reader.md)."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request

from lectern.catalogue import ObjectRow
from services.asker import Asker
from services.context import Context
from services.gate import Gate
from services.portal.bundles import OPENSEADRAGON, VIEWERS
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
            context.settings.base_url, picture_origins(context, row, asker)
        )
        response.vary.update(("Cookie", "Accept-Language"))
        return response

    routes.add_url_rule("/objects/<object_id>/read", "reader", reader)


def picture_origins(context: Context, row: ObjectRow, asker: Asker) -> tuple[str, ...]:
    """Return the origins that an object's borrowed pictures come from, as far as this reader may be told of them."""
    canvases = context.catalogue.canvases(row.id)
    shown = shown_book(context, row, canvases, asker.rules(row), asker.verdict_or_stranger, when=asker.now)
    return origins_of(address for canvas in canvases for address in addresses_in(shown.lent(canvas)))


def reader_policy(base_url: str, pictures: tuple[str, ...] = ()) -> str:
    """Return the Content-Security-Policy of the reader's page: our own scripts, and data from our own origin.

    `pictures` are origins that pictures and their info.json may come from too. Inline styles are allowed because
    OpenSeadragon writes them; frames because Flow 2 asks for tokens in one. It is the one page of the portal that any
    site may frame: nothing in it changes anything by a click (TH-24, docs/reader.md).
    """
    parts = urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    data = " ".join(("'self'", origin, *pictures))
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": f"{data} data: blob:",
        "connect-src": data,
        "frame-src": f"'self' {origin}",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "*",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())

"""`/`, `/objects/…`, `/viewers/…` and `/static/…` (DESIGN section 4)."""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, render_template, request, send_from_directory

from auth.pages import stretches
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.errors import NotFound
from services.asker import Asker
from services.context import Context
from services.gate import Gate
from services.portal import reader, wording
from services.portal.bundles import BUNDLES, MIRADOR, UNIVERSAL_VIEWER, VIEWERS
from services.presentation.doors import book
from services.presentation.model import Thumbnail, cover

SHELF_ROWS = 48
_BUNDLE_SECONDS = 86_400
_HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Item:
    """One object as the shelf shows it."""

    row: ObjectRow
    label: str
    pages: str
    languages: str
    access: wording.Access
    cover: Thumbnail | None
    searchable: bool
    manifest3: str
    manifest2: str


def blueprint(context: Context) -> Blueprint:
    """Return the routes of the portal, with our own stylesheet and scripts."""
    portal = Portal(context)
    routes = Blueprint(
        "portal",
        __name__,
        template_folder=_HERE / "templates",
        static_folder=_HERE / "static",
        static_url_path="/static",
    )
    routes.add_url_rule("/", "shelf", portal.shelf)
    routes.add_url_rule("/objects/<object_id>", "object", portal.object_page)
    routes.add_url_rule("/viewers/<key>/<path:name>", "viewer", portal.viewer_file)
    reader.add_routes(routes, context)
    return routes


class Portal:
    """Makes the pages that people read."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)

    def shelf(self) -> Response:
        """Answer with the shelf: every object whose existence this reader may know, 48 to a page."""
        asker = self._gate.asker(request)
        rows = [row for row in self._context.catalogue.objects() if not _hides(asker, row)]
        last = max(1, -(-len(rows) // SHELF_ROWS))
        page = min(max(1, request.args.get("page", 1, type=int)), last)
        items = [self._item(row, asker) for row in rows[(page - 1) * SHELF_ROWS : page * SHELF_ROWS]]
        collection = self._context.urls.collection("all", 3)
        return self._page(
            "portal/shelf.html", items=items, count=len(rows), page=page, last=last, collection=collection
        )

    def object_page(self, object_id: str) -> Response:
        """Answer with the page that opens an object in a viewer; raises NotFound for an unknown or hidden one."""
        asker = self._gate.asker(request)
        row, verdict = asker.find(object_id)
        viewer = VIEWERS.get(request.args.get("viewer", ""), MIRADOR)
        item = self._item(row, asker)
        return self._page(
            "portal/object.html",
            item=item,
            summary=row.summary if verdict.manifest == "full" else "",
            viewer=viewer,
            manifest=item.manifest2 if viewer is UNIVERSAL_VIEWER else item.manifest3,
            viewers=list(VIEWERS.values()),
            installed=viewer.installed(self._context.settings.viewers),
            query=request.args.get("q", "").strip()[: self._context.settings.query_length],
            searchable=item.searchable,
            ways=wording.WAYS_TO_SEARCH,
            drag=f"{self._context.urls.page(row.id)}?{urlencode({'manifest': item.manifest3})}",
        )

    def viewer_file(self, key: str, name: str) -> Response:
        """Answer with a file of a viewer's `dist` folder, with an entity tag; raises NotFound."""
        bundle = BUNDLES.get(key)
        if bundle is None or not bundle.installed(self._context.settings.viewers):
            raise NotFound("The viewers are not installed.", "Run `make setup`, or set LECTERN_VIEWERS.")
        folder = bundle.folder(self._context.settings.viewers).resolve()
        return send_from_directory(folder, name, max_age=_BUNDLE_SECONDS)

    def _item(self, row: ObjectRow, asker: Asker) -> Item:
        urls, rules, judge = self._context.urls, asker.rules(row), asker.verdict_or_stranger
        first: CanvasRow | None = self._context.catalogue.canvas(row.id, 1)
        shown = book(row, [first] if first else [], rules, judge, urls, when=asker.now)
        shown = replace(shown, pictures_elsewhere=self._context.settings.pictures_elsewhere)
        parts = [judge(rules, part.first) for part in stretches(rules, row.pages)] if rules.pages else []
        return Item(
            row=row,
            label=row.label or row.id,
            pages=wording.pages(row.pages) if shown.tells_all else "",
            languages=wording.languages(row) if shown.tells_all else "",
            access=wording.access(rules.policy, judge(rules, None), parts),
            cover=cover(shown),
            searchable=shown.searchable(),
            manifest3=urls.manifest(row.id, 3),
            manifest2=urls.manifest(row.id, 2),
        )

    def _page(self, template: str, **values: object) -> Response:
        """Return a page; it is made for this reader, so nobody keeps it (TH-72)."""
        text = render_template(template, institution=self._context.settings.institution, **values)
        response = Response(text, content_type="text/html; charset=utf-8")
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = content_security_policy(self._context.settings.base_url)
        response.vary.add("Cookie")
        return response


def _hides(asker: Asker, row: ObjectRow) -> bool:
    """Return whether the existence of an object is nothing that this reader may know."""
    return asker.verdict_or_stranger(asker.rules(row)).manifest == "hidden"


def content_security_policy(base_url: str) -> str:
    """Return the policy of our pages: our own scripts, and data from the one origin that all ids are built from.

    Inline styles are allowed because both viewers write them; frames because Auth 1 and 2 ask for tokens in one.
    """
    parts = urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self' data:",
        "img-src": f"'self' data: blob: {origin}",
        "connect-src": f"'self' {origin}",
        "frame-src": f"'self' {origin}",
        "worker-src": "'self' blob:",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())

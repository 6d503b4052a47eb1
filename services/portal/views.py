"""`/`, `/objects/…`, `/viewers/…` and `/static/…` (DESIGN section 4)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, send_from_directory

from image.info import rights_uri
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.collection_tree import EVERYTHING
from lectern.errors import LecternError, NotFound
from services import admin
from services.context import Context
from services.gate import Gate
from services.portal import content_state, reader, wording
from services.portal.answers import page_answer
from services.portal.bundles import BUNDLES, MIRADOR, VIEWERS, is_part
from services.portal.covers import cover_origins
from services.portal.csp import page_policy
from services.portal.finding import Across, Finder, Inside
from services.portal.items import Items, spoken
from services.portal.opening import Opening, embedding, opening, starting
from services.presentation.pdf_plan import has_pdf
from services.problems import Problem, problem_of
from services.strictness import INERT

Found = TypeVar("Found", Across, Inside)

SHELF_ROWS = 48
_BUNDLE_SECONDS = 86_400
_HERE = Path(__file__).resolve().parent.parent


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
    routes.add_url_rule("/objects/<object_id>/search", "search", portal.object_search)
    routes.add_url_rule("/viewers/<key>/<path:name>", "viewer", portal.viewer_file)
    reader.add_routes(routes, context)
    routes.register_blueprint(admin.blueprint(context))
    return routes


class Portal:
    """Makes the pages that people read."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)
        self._items = Items(context)
        self._finder = Finder(context, self._items)

    def shelf(self) -> Response:
        """Answer with the shelf, all of it or one collection, 48 objects to a page; with `q`, what is found in them.

        Raises NotFound for a collection that no object names whose existence this reader may know.
        """
        collection, q = request.args.get("collection", ""), _query()
        if q:
            return self._found(q, collection)
        asker = self._gate.asker(request)
        shown = self._items.shelf(asker, collection or EVERYTHING)
        if shown is None:
            raise NotFound(f"There is no collection {collection!r}.", "The shelf lists those that there are.")
        rows = [entry.row for entry in shown.entries]
        last = max(1, -(-len(rows) // SHELF_ROWS))
        page = min(max(1, request.args.get("page", 1, type=int)), last)
        items = [self._items.item(row, asker) for row in rows[(page - 1) * SHELF_ROWS : page * SHELF_ROWS]]
        return self._page(
            "portal/shelf.html",
            pictures=cover_origins(items, self._context.settings.base_url),
            items=items,
            count=len(rows),
            page=page,
            last=last,
            shown=shown,
            text=spoken,
            chosen=collection,
            title=self._items.called(collection),
            there=partial(_address, "/", collection=collection),
            manifest=self._context.urls.collection(collection or "all", 3),
            ways=wording.WAYS_TO_SEARCH,
        )

    def _found(self, q: str, collection: str) -> Response:
        """Answer with what is found in all objects; with the query and the remedy where it cannot be read."""
        page, begin = request.args.get("page", 1, type=int), request.args.get("from", "")
        base = self._context.settings.base_url
        found, problem = _found_or_not(lambda: self._finder.across(request, q, collection, page, begin))
        return self._page(
            "portal/found.html",
            problem,
            pictures=cover_origins((group.item for group in found.groups), base) if found else (),
            q=q,
            found=found,
            chosen=collection,
            title=self._items.called(collection),
            there=partial(_address, "/", q=q, collection=collection, **{"from": begin}),
            onwards=partial(_address, "/", q=q, collection=collection),
            ways=wording.WAYS_TO_SEARCH,
        )

    def object_search(self, object_id: str) -> Response:
        """Answer with all that is found in one object; raises NotFound for an unknown or hidden one."""
        q, begin, asker = _query(), request.args.get("from", ""), self._gate.asker(request)
        row, _ = asker.find(object_id)
        found, problem = _found_or_not(lambda: self._finder.inside(request, object_id, q, begin) if q else None)
        return self._page(
            "portal/inside.html",
            problem,
            q=q,
            item=self._items.item(row, asker),
            found=found,
            there=partial(_address, f"/objects/{row.id}/search", q=q),
            ways=wording.WAYS_TO_SEARCH,
        )

    def object_page(self, object_id: str) -> Response:
        """Answer with the page that opens an object in a viewer; raises NotFound for an unknown or hidden one."""
        asker = self._gate.asker(request)
        row, verdict = asker.find(object_id)
        viewer = VIEWERS.get(request.args.get("viewer", ""), MIRADOR)
        item, urls = self._items.item(row, asker), self._context.urls
        canvases, settings = self._context.catalogue.canvases(row.id), self._context.settings
        query = _query()[: settings.query_length]
        told = verdict.manifest == "full"
        at = self._opening(row, canvases, item.said.start if told and not query else None)
        dragged = {"manifest": item.manifest3} | ({"canvas": at.canvas} if at else {})
        state = {content_state.PARAMETER: at.state} if at else {}
        return self._page(
            "portal/object.html",
            pictures=self._items.picture_origins(row, canvases, asker),
            item=item,
            about=self._items.about(item, asker),
            rights=rights_uri(row.rights) if told else None,
            collected=self._items.collected(row) if told else [],
            viewer=viewer,
            manifest=item.manifest(viewer.version),
            viewers=list(VIEWERS.values()),
            installed=viewer.installed(settings.viewers),
            query=query,
            at=at,
            reading=partial(_address, f"/objects/{row.id}/read", q=query, **state),
            opening=partial(_address, f"/objects/{row.id}", q=query, **state),
            share=f"{urls.page(row.id)}?{urlencode({'viewer': viewer.key} | state)}",
            embed=embedding(urls.reader(row.id), item.label),
            page_address=urls.page(row.id),
            plain_text=urls.plain_text(row.id) if item.tells_all and item.searchable else "",
            pdf=urls.pdf(row.id) if item.tells_all and has_pdf(settings, row, canvases) else "",
            after=wording.after_entering(item.access),
            ways=wording.WAYS_TO_SEARCH,
            drag=f"{urls.page(row.id)}?{urlencode(dragged)}",
        )

    def _opening(self, row: ObjectRow, canvases: Sequence[CanvasRow], start: int | None) -> Opening | None:
        """Return where in the object the request's content state asks to open it; None for its beginning.

        Without one it is the page to `start` with (from 1), if there is one.
        """
        urls, asked = self._context.urls, request.args.get(content_state.PARAMETER, "")
        if not asked:
            return starting(start, urls.manifest(row.id, 3), canvases, urls)
        return opening(asked, row.id, canvases, urls)

    def viewer_file(self, key: str, name: str) -> Response:
        """Answer with a file that a viewer is made of, with an entity tag; raises NotFound, also for its own pages."""
        bundle = BUNDLES.get(key)
        if bundle is None:
            raise NotFound(f"There is no viewer {key!r}.", f"There are {', '.join(BUNDLES)}.")
        if not bundle.installed(self._context.settings.viewers):
            raise NotFound("The viewers are not installed.", "Run `make setup`, or set LECTERN_VIEWERS.")
        if not is_part(name):
            raise NotFound(f"No file {name!r} is served of this viewer.", "The pages that open objects are /objects/….")
        folder = bundle.folder(self._context.settings.viewers).resolve()
        response = send_from_directory(folder, name, max_age=_BUNDLE_SECONDS)
        response.headers.update(INERT)
        return response

    def _page(
        self, template: str, problem: Problem | None = None, *, pictures: Sequence[str] = (), **values: object
    ) -> Response:
        """Return a page, made for this reader, so nobody keeps it (TH-72); `pictures` are origins of borrowed ones."""
        text = render_template(
            template, institution=self._context.settings.institution, problem=problem, counted=wording.counted, **values
        )
        response = page_answer(text, page_policy(self._context.settings.base_url, pictures))
        if problem is not None:
            response.status_code = problem.status
            response.headers.update(problem.headers)
        return response


def _found_or_not(find: Callable[[], Found | None]) -> tuple[Found | None, Problem | None]:
    """Return what a search finds, or what keeps it from being made, to be shown; raises NotFound."""
    try:
        return find(), None
    except NotFound:
        raise
    except LecternError as error:
        return None, problem_of(error, request.path)


def _query() -> str:
    """Return what is searched for; one that is too long goes to the search as it is, which says so."""
    return request.args.get("q", "").strip()


def _address(path: str, **parameters: object) -> str:
    """Return a path with those parameters that have a value."""
    given: Mapping[str, object] = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given)}" if given else path

"""`/presentation/…`: manifests, collections and the lines of pages (DESIGN section 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Blueprint, Response, request

from auth.decision import Verdict, earliest
from auth.pages import stretches
from auth.rules import Rules
from lectern.catalogue import BY_TIME, CanvasRow, ObjectRow, no_such_canvas
from lectern.errors import NotFound
from lectern.urls import PresentationVersion
from services.asker import Asker
from services.caching import RESTRICTED, cache_headers, public_headers
from services.context import Context
from services.gate import Gate
from services.http import json_response, with_entity_tag
from services.presentation import manifest2, manifest3
from services.presentation.doors import book
from services.presentation.lines import TextLine, annotation_list, annotation_page, text_lines
from services.presentation.model import Book, Json

EVERYTHING = "all"

_CONTEXTS = {2: manifest2.CONTEXT, 3: manifest3.CONTEXT}
_LISTED_SECONDS = 60
_MANIFEST_SECONDS = 3600
_TEXT_SECONDS = 3600


def blueprint(context: Context) -> Blueprint:
    """Return the routes of the presentation service."""
    service = PresentationService(context)
    routes = Blueprint("presentation", __name__)
    base = "/presentation/<any('2', '3'):version>"
    routes.add_url_rule(f"{base}/<object_id>/manifest", "manifest", service.manifest)
    routes.add_url_rule(f"{base}/collections/<name>", "collection", service.collection)
    routes.add_url_rule(f"{base}/<object_id>/canvas/<int(max=9999999):n>/text", "text", service.text)
    return routes


class PresentationService:
    """Reads the request at hand, asks what its reader may know, and answers."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)

    def manifest(self, version: str, object_id: str) -> Response:
        """Answer with the manifest; raises NotFound for an object that is unknown or hidden from this reader."""
        asker = self._gate.asker(request)
        row, _ = asker.find(object_id)
        canvases, rules = self._context.catalogue.canvases(row.id), asker.rules(row)
        words = self._gate.asker_of_words(request)  # to a page of another site no address opens what it could pass on
        shown = book(row, canvases, rules, asker.verdict, self._context.urls, when=asker.now, lends=words.verdict)
        elsewhere = self._context.settings.pictures_elsewhere
        shown = replace(shown, ranges=self._context.catalogue.ranges(row.id), pictures_elsewhere=elsewhere)
        if any(canvas.scale_by == BY_TIME for canvas in canvases):
            shown = replace(shown, durations=self._durations(row, canvases))
        document = manifest3.manifest(shown) if version == "3" else manifest2.manifest(shown)
        return _respond(document, version, _manifest_headers(asker, rules, shown))

    def _durations(self, row: ObjectRow, canvases: Sequence[CanvasRow]) -> dict[int, float]:
        """Return in seconds when the last caption of a recording ends: a canvas with moments needs a length."""
        handle, found = self._context.library.open(row), {}
        for canvas in canvases:
            if canvas.scale_by == BY_TIME and canvas.n <= handle.pages:
                found[canvas.n] = max((line.time[1] for line in handle.page(canvas.n).lines if line.time), default=0.0)
        return {n: duration for n, duration in found.items() if duration}

    def collection(self, version: str, name: str) -> Response:
        """Answer with a collection: the objects it lists for everybody; raises NotFound if there are none.

        `all` is there even when it is empty. An object that is hidden from strangers is in no collection, so
        that the answer is one and the same for every reader (TH-85).
        """
        everything = name == EVERYTHING
        found = [row for row in self._context.catalogue.objects() if everything or name in row.collections]
        asker = self._gate.asker(request)
        verdicts = [asker.stranger(asker.rules(row)) for row in found]
        rows = [row for row, verdict in zip(found, verdicts, strict=True) if verdict.manifest != "hidden"]
        if not rows and not everything:
            raise NotFound(f"There is no collection {name!r}.", "The collection `all` lists everything.")
        label = self._context.settings.institution if everything else name
        build = manifest3.collection if version == "3" else manifest2.collection
        headers = public_headers(earliest(verdicts), asker.now, max_age=_LISTED_SECONDS)
        return _respond(build(name, label, rows, self._context.urls), version, headers)

    def text(self, version: str, object_id: str, n: int) -> Response:
        """Answer with the lines of canvas `n`; raises NotFound for an unknown canvas.

        A reader who may not know the text gets the answer of a page without any, and the index is not asked
        (TH-78, TH-85).
        """
        asker = self._gate.asker_of_words(request)
        row, verdict = asker.find(object_id, n, text=True)
        canvas = self._context.catalogue.canvas(row.id, n)
        if canvas is None:
            raise no_such_canvas(row, n)
        urls = self._context.urls
        api: PresentationVersion = 3 if version == "3" else 2
        build = annotation_page if api == 3 else annotation_list
        lines = self._lines(row, canvas, verdict)
        document = build(urls.text(row.id, n, api), canvas, urls.absolute(canvas.canvas), lines)
        stranger = asker.stranger(asker.rules(row), n)
        return _respond(document, version, cache_headers(stranger, asker.now, max_age=_TEXT_SECONDS))

    def _lines(self, row: ObjectRow, canvas: CanvasRow, verdict: Verdict) -> list[TextLine]:
        if verdict.search == "none" or not row.words:
            return []
        handle = self._context.library.open(row)
        if canvas.n > handle.pages:
            return []
        words = handle.page(canvas.n)
        if verdict.search == "boxes":
            return [TextLine("", line.box, time=line.time) for line in words.lines]
        return text_lines(row, words)


def _manifest_headers(asker: Asker, rules: Rules, shown: Book) -> Mapping[str, str]:
    """Return the caching headers of a manifest: public only where it is the same for every reader (TH-86).

    In an open object restricted pages are shown with their doors, to all alike, but for those that policy tells to
    some readers only, and for pictures of somebody else's.
    """
    whole = asker.stranger(rules)
    verdicts = [whole, *(asker.stranger(rules, part.first) for part in stretches(rules, shown.row.pages))]
    if not all(asker.stranger(rules, canvas.n).public for canvas in shown.canvases if shown.borrows(canvas)):
        return RESTRICTED
    if not whole.public or not all(verdict.public or verdict.manifest == "full" for verdict in verdicts):
        return RESTRICTED
    return public_headers(earliest(verdicts), asker.now, max_age=_MANIFEST_SECONDS)


def _respond(document: Json, version: str, headers: Mapping[str, str]) -> Response:
    """Return the document, with an entity tag and 304 where it may be kept at all."""
    profile = _CONTEXTS[int(version)]
    response = json_response(document, headers=headers, ld_profile=profile, ld_first=version == "3")
    return response if "no-store" in response.headers.get("Cache-Control", "") else with_entity_tag(response)

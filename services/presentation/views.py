"""`/presentation/…`: manifests, collections and the lines of pages (DESIGN section 4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, request

from auth.decision import Verdict
from auth.pages import stretches
from lectern.catalogue import BY_TIME, CanvasRow, ObjectRow, no_such_canvas
from lectern.errors import NotFound
from lectern.urls import PresentationVersion
from services.context import Context
from services.gate import RESTRICTED, Gate, public_headers
from services.http import json_response, with_entity_tag
from services.presentation import manifest2, manifest3
from services.presentation.doors import book
from services.presentation.lines import TextLine, annotation_list, annotation_page
from services.presentation.model import Json

EVERYTHING = "all"

_CONTEXTS = {2: manifest2.CONTEXT, 3: manifest3.CONTEXT}
_LISTED_SECONDS = 60
_MANIFEST_SECONDS = 3600


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
        row, whole = self._gate.find(request, object_id)
        canvases = self._context.catalogue.canvases(row.id)

        def judge(n: int | None) -> Verdict:
            return whole if n is None else self._gate.verdict(request, row, n)

        shown = book(row, canvases, self._gate.rules(row), judge, self._context.urls, when=self._context.clock())
        shown = replace(shown, ranges=self._context.catalogue.ranges(row.id))
        if any(canvas.scale_by == BY_TIME for canvas in canvases):
            shown = replace(shown, durations=self._durations(row, canvases))
        document = manifest3.manifest(shown) if version == "3" else manifest2.manifest(shown)
        return _respond(document, version, self._manifest_headers(row))

    def _manifest_headers(self, row: ObjectRow) -> Mapping[str, str]:
        """Return the caching headers of a manifest: public only where it is the same for every reader (TH-86).

        In an open object restricted pages are shown with their doors, to all alike, but for those that policy tells to
        some readers only.
        """
        parts = stretches(self._gate.rules(row), row.pages)
        verdicts = [self._gate.stranger(row), *(self._gate.stranger(row, part.first) for part in parts)]
        if not verdicts[0].public or not all(verdict.public or verdict.manifest == "full" for verdict in verdicts):
            return RESTRICTED
        changes = [verdict.valid_until for verdict in verdicts if verdict.valid_until is not None]
        return public_headers(min(changes, default=None), self._context.clock(), max_age=_MANIFEST_SECONDS)

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
        now = self._context.clock()
        verdicts = [self._gate.stranger(row) for row in found]
        rows = [row for row, verdict in zip(found, verdicts, strict=True) if verdict.manifest != "hidden"]
        if not rows and not everything:
            raise NotFound(f"There is no collection {name!r}.", "The collection `all` lists everything.")
        label = self._context.settings.institution if everything else name
        build = manifest3.collection if version == "3" else manifest2.collection
        headers = {"Cache-Control": f"public, max-age={_listed_seconds(verdicts, now)}"}
        return _respond(build(name, label, rows, self._context.urls), version, headers)

    def text(self, version: str, object_id: str, n: int) -> Response:
        """Answer with the lines of canvas `n`; raises NotFound for an unknown canvas.

        A reader who may not know the text gets the answer of a page without any, and the index is not asked
        (TH-78, TH-85).
        """
        row, verdict = self._gate.find(request, object_id, n)
        canvas = self._context.catalogue.canvas(row.id, n)
        if canvas is None:
            raise no_such_canvas(row, n)
        urls = self._context.urls
        api: PresentationVersion = 3 if version == "3" else 2
        build = annotation_page if api == 3 else annotation_list
        lines = self._lines(row, canvas, verdict)
        document = build(urls.text(row.id, n, api), canvas, urls.absolute(canvas.canvas), lines)
        return _respond(document, version, self._gate.cache_headers(row, n))

    def _lines(self, row: ObjectRow, canvas: CanvasRow, verdict: Verdict) -> list[TextLine]:
        if verdict.search == "none" or not row.words:
            return []
        handle = self._context.library.open(row)
        if canvas.n > handle.pages:
            return []
        words = handle.page(canvas.n)
        if verdict.search == "boxes":
            return [TextLine("", line.box, time=line.time) for line in words.lines]
        default = row.languages[0] if len(row.languages) == 1 else ""
        return [TextLine(line.text, line.box, words.language(line.first) or default, line.time) for line in words.lines]


def _listed_seconds(verdicts: Iterable[Verdict], now: datetime) -> int:
    """Return how long a list may be kept: a minute, and not past the next date that changes what it lists."""
    changes = [int((v.valid_until - now).total_seconds()) for v in verdicts if v.valid_until is not None]
    return max(0, min([_LISTED_SECONDS, *changes]))


def _respond(document: Json, version: str, headers: Mapping[str, str]) -> Response:
    """Return the document, with an entity tag and 304 where it may be kept at all."""
    profile = _CONTEXTS[int(version)]
    response = json_response(document, headers=headers, ld_profile=profile, ld_first=version == "3")
    return response if "no-store" in response.headers.get("Cache-Control", "") else with_entity_tag(response)

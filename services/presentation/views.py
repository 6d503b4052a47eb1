"""`/presentation/…`: manifests, collections, and the routes of their texts (DESIGN section 4)."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from flask import Blueprint, Response, request

from auth.decision import earliest
from auth.pages import stretches
from auth.rules import Rules
from lectern.catalogue import BY_TIME, CanvasRow, ObjectRow
from lectern.description import plain, read_description, read_map
from lectern.errors import LecternError, NotFound
from services.asker import Asker
from services.caching import RESTRICTED, public_headers
from services.context import Context
from services.gate import Gate
from services.presentation import manifest2, manifest3
from services.presentation.answers import json_answer
from services.presentation.doors import book
from services.presentation.listing import Entry, listing
from services.presentation.model import Book
from services.presentation.pdf_plan import has_pdf
from services.presentation.pdf_views import PdfService
from services.presentation.text_views import TextService

_LISTED_SECONDS = 60
_MANIFEST_SECONDS = 3600


def blueprint(context: Context) -> Blueprint:
    """Return the routes of the presentation service."""
    service, texts = PresentationService(context), TextService(context)
    routes = Blueprint("presentation", __name__)
    base = "/presentation/<any('2', '3'):version>"
    routes.add_url_rule(f"{base}/<object_id>/manifest", "manifest", service.manifest)
    routes.add_url_rule(f"{base}/collections/<name>", "collection", service.collection)
    canvas = "<object_id>/canvas/<int(max=9999999):n>"
    routes.add_url_rule(f"{base}/{canvas}/text", "text", texts.lines)
    routes.add_url_rule(f"{base}/{canvas}/words", "words", texts.words)
    routes.add_url_rule(f"{base}/{canvas}/annotations", "annotations", texts.remarks)
    routes.add_url_rule(f"/presentation/3/{canvas}/alto.xml", "alto", texts.alto)
    routes.add_url_rule(f"/presentation/3/{canvas}/hocr.html", "hocr", texts.hocr)
    routes.add_url_rule("/presentation/3/<object_id>/text.txt", "plain", texts.plain)
    routes.add_url_rule("/presentation/3/<object_id>/book.pdf", "pdf", PdfService(context).book)
    return routes


class PresentationService:
    """Reads the request at hand, asks what its reader may know, and answers."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)

    def manifest(self, version: str, object_id: str) -> Response:
        """Answer with the manifest; raises NotFound for an object that is unknown or hidden from this reader.

        To a page of another site no address opens what it could pass on: neither words nor what a policy hides.
        """
        asker = self._gate.asker_of_words(request)
        row, _ = asker.find(object_id)
        canvases, rules = self._context.catalogue.canvases(row.id), asker.rules(row)
        shown = book(row, canvases, rules, asker.verdict, self._context.urls, when=asker.now)
        elsewhere = self._context.settings.pictures_elsewhere
        shown = replace(shown, ranges=self._context.catalogue.ranges(row.id), pictures_elsewhere=elsewhere)
        shown = replace(shown, remarked=self._remarked(row, shown), pdf=has_pdf(self._context.settings, row, canvases))
        shown = replace(shown, description=read_description(self._context.catalogue.description(row.id)))
        if any(canvas.scale_by == BY_TIME for canvas in canvases):
            shown = replace(shown, durations=self._durations(row, canvases))
        document = manifest3.manifest(shown) if version == "3" else manifest2.manifest(shown)
        return json_answer(document, version, _manifest_headers(asker, rules, shown))

    def _remarked(self, row: ObjectRow, shown: Book) -> Collection[int]:
        """Return the canvases with annotations beside their text; none if the pack cannot be read, which others say.

        Where everything is restricted nobody looks: then all canvases refer to such a list.
        """
        if not shown.tells_all or (shown.doors.restricted and not shown.others):
            return ()
        try:
            beside = self._context.library.open(row).beside
        except LecternError:
            return ()
        return () if beside is None else {page + 1 for page in beside.places}

    def _durations(self, row: ObjectRow, canvases: Sequence[CanvasRow]) -> dict[int, float]:
        """Return in seconds when the last caption of a recording ends: a canvas with moments needs a length."""
        handle, found = self._context.library.open(row), {}
        for canvas in canvases:
            if canvas.scale_by == BY_TIME and canvas.n <= handle.pages:
                found[canvas.n] = max((line.time[1] for line in handle.page(canvas.n).lines if line.time), default=0.0)
        return {n: duration for n, duration in found.items() if duration}

    def collection(self, version: str, name: str) -> Response:
        """Answer with a collection: what it lists for everybody; raises NotFound if that is nothing.

        `all` is there even when it is empty. An object that is hidden from strangers is in no collection, so
        that the answer is one and the same for every reader (TH-85).
        """
        context, asker = self._context, self._gate.asker(request)
        rows, headings = context.catalogue.objects(), context.catalogue.headings()
        verdicts = [asker.stranger(asker.rules(row)) for row in rows]
        entries = [
            _entry(row, headings.get(row.id) if verdict.manifest == "full" else None)
            for row, verdict in zip(rows, verdicts, strict=True)
            if verdict.manifest != "hidden"
        ]
        found = listing(name, context.collections.current(), entries, context.settings.institution)
        if found is None:
            raise NotFound(f"There is no collection {name!r}.", "The collection `all` lists everything.")
        build = manifest3.collection if version == "3" else manifest2.collection
        headers = public_headers(earliest(verdicts), asker.now, max_age=_LISTED_SECONDS)
        return json_answer(build(found, context.urls), version, headers)


def _entry(row: ObjectRow, heading: tuple[str, str] | None) -> Entry:
    label, date = heading or ("", "")
    return Entry(row, read_map(json.loads(label)) if label else plain(row.label or row.id), date)


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

"""`/presentation/…`: manifests, collections, and the routes of their texts (DESIGN section 4)."""

import json
from collections.abc import Mapping

from flask import Blueprint, Response, request

from auth.decision import earliest
from auth.pages import stretches
from auth.rules import Rules
from lectern.catalogue import ObjectRow
from lectern.description import plain, read_map
from lectern.errors import NotFound
from services.asker import Asker
from services.caching import RESTRICTED, public_headers
from services.context import Context
from services.gate import Gate
from services.presentation import manifest2, manifest3
from services.presentation.answers import json_answer
from services.presentation.listing import Entry, listing
from services.presentation.model import Book
from services.presentation.pdf_views import PdfService
from services.presentation.showing import shown_book, with_description, with_texts
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
        """Answer with the manifest; raises NotFound for an object that is unknown or hidden from this reader."""
        asker = self._gate.asker(request)
        row, _ = asker.find(object_id)
        canvases, rules = self._context.catalogue.canvases(row.id), asker.rules(row)
        words = self._gate.asker_of_words(request)  # to a page of another site no address opens what it could pass on
        shown = shown_book(self._context, row, canvases, rules, asker.verdict, when=asker.now, lends=words.verdict)
        shown = with_texts(self._context, with_description(self._context, shown))
        document = manifest3.manifest(shown) if version == "3" else manifest2.manifest(shown)
        return json_answer(document, version, _manifest_headers(asker, rules, shown))

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

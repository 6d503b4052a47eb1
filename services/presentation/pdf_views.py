"""An object as a PDF over HTTP: decided for its reader before the first byte, then made page by page as he reads."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from flask import Response, request

from auth.decision import earliest
from auth.pages import stretches
from lectern import __version__
from lectern.catalogue import ObjectRow
from lectern.description import read_description
from lectern.errors import NotFound, Overloaded, StoreUnavailable
from services.asker import Asker
from services.caching import RESTRICTED, public_headers
from services.context import Context
from services.gate import Gate
from services.presentation.doors import book
from services.presentation.model import Book
from services.presentation.pdf.file import Sheet, written
from services.presentation.pdf.words import Placed, placed_words
from services.presentation.pdf_pictures import Pictures
from services.presentation.pdf_plan import NOT_MADE, Leaf, about, has_pdf, plan

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SECONDS = 3600
_JUDGED_ANEW = 5.0  # seconds after which a file under way is asked for again whether its reader may have it


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file that is wanted, by whom, and what he gets of it."""

    asker: Asker
    book: Book
    leaves: list[Leaf]
    identity: str


class _Place:
    """One of the places for files that are made, taken already."""

    def __init__(self, places: BoundedSemaphore) -> None:
        self._places: BoundedSemaphore | None = places

    def give_back(self) -> None:
        """Give the place back, once."""
        places, self._places = self._places, None
        if places is not None:
            places.release()


class PdfService:
    """Reads the request at hand, asks what its reader may see of every page, and answers."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)
        self._pictures = Pictures(context)
        self._places = BoundedSemaphore(context.settings.pdfs_at_once)

    def book(self, object_id: str) -> Response:
        """Answer with the PDF; raises NotFound for an object that is not there, is hidden, or cannot be had as one.

        Raises Overloaded when this process makes as many PDFs as it may.
        """
        wanted = self._wanted(self._gate.asker_of_words(request), object_id)
        response = Response(iter(()), content_type="application/pdf", headers=self._headers(wanted))
        if "no-store" not in response.headers["Cache-Control"]:
            response.set_etag(wanted.identity)
            response.make_conditional(request)
        response.response = iter(())  # nobody knows how long it will be, also where nothing of it is sent
        response.headers.pop("Content-Length", None)
        if request.method == "HEAD" or response.status_code != 200:
            return response
        if not self._places.acquire(blocking=False):
            raise Overloaded("Too many PDFs are being made at this moment.", "Ask again in some minutes.")
        place = _Place(self._places)
        response.response = self._made(wanted, request.environ, place)
        response.call_on_close(place.give_back)  # also of a file of which nobody took the first byte
        return response

    def _wanted(self, asker: Asker, object_id: str) -> _Wanted:
        row, _ = asker.find(object_id)
        canvases, rules = self._context.catalogue.canvases(row.id), asker.rules(row)
        if not has_pdf(self._context.settings, row, canvases):
            raise NotFound(
                f"The object {row.id!r} cannot be had as a PDF.",
                f"That is made of up to {self._context.settings.pdf_pages} pages. Its manifest lists the images.",
            )
        shown = book(row, canvases, rules, asker.verdict, self._context.urls, when=asker.now)
        elsewhere = self._context.settings.pictures_elsewhere
        shown = replace(shown, ranges=self._context.catalogue.ranges(row.id), pictures_elsewhere=elsewhere)
        shown = replace(shown, description=read_description(self._context.catalogue.description(row.id)))
        leaves = plan(shown, rules, asker.verdict, asker.text)
        made_of = __version__, row, self._context.settings.pdf_side, shown.detail, shown.description, leaves
        return _Wanted(asker, shown, leaves, sha256(repr(made_of).encode()).hexdigest()[:32])

    def _headers(self, wanted: _Wanted) -> dict[str, str]:
        row, asker = wanted.book.row, wanted.asker
        rules = asker.rules(row)
        strangers = [asker.stranger(rules), *(asker.stranger(rules, s.first) for s in stretches(rules, row.pages))]
        headers = dict(RESTRICTED)
        if all(verdict.public for verdict in strangers):
            headers = public_headers(earliest(strangers), asker.now, max_age=_SECONDS)
        return headers | {"Content-Disposition": f'inline; filename="{row.id}.pdf"', "Accept-Ranges": "none"}

    def _made(self, wanted: _Wanted, environ: "WSGIEnvironment", place: "_Place") -> Iterator[bytes]:
        try:
            yield from written(about(wanted.book, wanted.identity), self._sheets(wanted, environ))
        finally:
            place.give_back()

    def _sheets(self, wanted: _Wanted, environ: "WSGIEnvironment") -> Iterator[Sheet]:
        """Yield the pages; raises StoreUnavailable as soon as the reader may not have the file any more as it is."""
        asker, judged, row = wanted.asker, time.monotonic(), wanted.book.row
        for canvas, leaf in zip(wanted.book.canvases, wanted.leaves, strict=True):
            if time.monotonic() - judged > _JUDGED_ANEW:
                asker = self._gate.asker_in(environ, wanted.asker.where)
                if self._wanted(asker, row.id).leaves != wanted.leaves:
                    raise StoreUnavailable(f"What a reader may see of {row.id} changed.", "He may ask for it again.")
                judged = time.monotonic()
            picture = None if leaf.image is None else self._pictures.get(leaf.image, asker)
            missing = NOT_MADE if leaf.image is not None and picture is None else leaf.note
            yield Sheet(canvas.width, canvas.height, picture, self._words(row, leaf), missing)

    def _words(self, row: ObjectRow, leaf: Leaf) -> list[Placed]:
        if not leaf.text or not row.words:
            return []
        handle = self._context.library.open(row)
        return placed_words(handle.page(leaf.n)) if leaf.n <= handle.pages else []

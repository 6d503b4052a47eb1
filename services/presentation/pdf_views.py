"""An object as a PDF over HTTP: decided for its reader before the first byte, then made page by page as he reads."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from flask import Response, request

from auth.budget import payer
from auth.decision import Verdict, earliest
from auth.pages import stretches
from auth.rules import Rules
from lectern import __version__
from lectern.catalogue import ObjectRow
from lectern.errors import NotFound, StoreUnavailable
from services.asker import Asker
from services.caching import RESTRICTED, public_headers
from services.context import Context
from services.gate import Gate
from services.presentation.model import Book
from services.presentation.pdf.file import Sheet, written
from services.presentation.pdf.words import Placed, placed_words
from services.presentation.pdf_pictures import Pictures
from services.presentation.pdf_places import Place, Places
from services.presentation.pdf_plan import NOT_MADE, Leaf, about, has_pdf, plan
from services.presentation.showing import shown_book, with_description

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SECONDS = 3600
_JUDGED_ANEW = 5.0  # seconds after which a file under way is asked for again whether its reader may have it
_AHEAD = 16  # pages whose words are fetched together


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file that is wanted, by whom, and what he gets of it.

    `strangers` are the verdicts by which anybody may keep it, empty if nobody may.
    """

    asker: Asker
    book: Book
    leaves: list[Leaf]
    identity: str
    strangers: list[Verdict]

    @property
    def kept(self) -> bool:
        """Return whether caches may keep the file."""
        return bool(self.strangers)


class PdfService:
    """Reads the request at hand, asks what its reader may see of every page, and answers."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)
        self._pictures = Pictures(context)
        self._places = Places(context.settings.pdfs_at_once)

    def book(self, object_id: str) -> Response:
        """Answer with the PDF; raises NotFound for an object that is not there, is hidden, or cannot be had as one.

        Raises Overloaded when this process makes as many PDFs as it may, or as many for one address.
        """
        wanted = self._wanted(self._gate.asker_of_words(request), object_id)
        response = Response(iter(()), content_type="application/pdf", headers=_headers(wanted))
        if wanted.kept:
            response.set_etag(wanted.identity)
            response.make_conditional(request)
        response.response = iter(())  # nobody knows how long it will be, also where nothing of it is sent
        response.headers.pop("Content-Length", None)
        if request.method == "HEAD" or response.status_code != 200:
            return response
        place = self._places.take(payer(self._gate.address(request)))
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
        shown = shown_book(self._context, row, canvases, rules, asker.verdict, when=asker.now)
        shown = with_description(self._context, shown)
        leaves = plan(shown, rules, asker.verdict, asker.text)
        made_of = __version__, self._context.settings.pdf_side, shown.detail, leaves
        identity = _digest(made_of, row, shown.description)
        return _Wanted(asker, shown, leaves, identity, self._for_all(asker, rules, row, leaves))

    def _for_all(self, asker: Asker, rules: Rules, row: ObjectRow, leaves: list[Leaf]) -> list[Verdict]:
        """Return the verdicts by which the file is everybody's; none if it is not, or may lack a picture."""
        strangers = [asker.stranger(rules), *(asker.stranger(rules, s.first) for s in stretches(rules, row.pages))]
        lacking = any(leaf.image is not None and self._pictures.failed(leaf.image) for leaf in leaves)
        return strangers if all(verdict.public for verdict in strangers) and not lacking else []

    def _made(self, wanted: _Wanted, environ: "WSGIEnvironment", place: Place) -> Iterator[bytes]:
        try:
            yield from written(about(wanted.book, _name_of(wanted)), self._sheets(wanted, environ, place))
        finally:
            place.give_back()

    def _sheets(self, wanted: _Wanted, environ: "WSGIEnvironment", place: Place) -> Iterator[Sheet]:
        """Yield the pages; raises StoreUnavailable for a file that cannot be what its head said, and for a slow one.

        That is one whose reader may not have it any more as it is, whose object was ingested anew, or that caches may
        keep and that lacks a picture.
        """
        asker, judged = wanted.asker, time.monotonic()
        for at, (canvas, leaf) in enumerate(zip(wanted.book.canvases, wanted.leaves, strict=True)):
            place.check()
            if at % _AHEAD == 0:
                self._have_words(wanted.book.row, wanted.leaves[at : at + _AHEAD])
            if time.monotonic() - judged > _JUDGED_ANEW:
                asker, judged = self._judged_anew(wanted, environ), time.monotonic()
            picture = None if leaf.image is None else self._pictures.get(leaf.image, asker)
            lacking = leaf.image is not None and picture is None
            if lacking and wanted.kept:
                raise StoreUnavailable(f"The picture of {leaf.image} could not be had.", "The log tells why.")
            words = self._words(wanted.book.row, leaf)
            yield Sheet(canvas.width, canvas.height, picture, words, NOT_MADE if lacking else leaf.note)
        self._judged_anew(wanted, environ)

    def _judged_anew(self, wanted: _Wanted, environ: "WSGIEnvironment") -> Asker:
        """Return who asks, as he is now; raises StoreUnavailable if a file made now would be another."""
        asker, row = self._gate.asker_in(environ, wanted.asker.where), wanted.book.row
        if self._wanted(asker, row.id).identity != wanted.identity:
            raise StoreUnavailable(f"{row.id}, or what its reader may see of it, changed.", "He may ask for it again.")
        return asker

    def _have_words(self, row: ObjectRow, leaves: list[Leaf]) -> None:
        """Have the words of the next pages at hand, as far as they are shown."""
        pages = [leaf.n - 1 for leaf in leaves if leaf.text]
        if pages and row.words:
            handle = self._context.library.open(row)
            handle.have(page for page in pages if page < handle.pages)

    def _words(self, row: ObjectRow, leaf: Leaf) -> list[Placed]:
        if not leaf.text or not row.words:
            return []
        handle = self._context.library.open(row)
        return placed_words(handle.page(leaf.n)) if leaf.n <= handle.pages else []


def _name_of(wanted: _Wanted) -> str:
    """Return what the file is told apart by: of what its reader is not told nothing goes into it (TH-85)."""
    said = wanted.book.description if wanted.book.tells_all else None
    return wanted.identity if wanted.kept else _digest(wanted.book.row.id, wanted.leaves, said)


def _digest(*made_of: object) -> str:
    return sha256(repr(made_of).encode()).hexdigest()[:32]


def _headers(wanted: _Wanted) -> dict[str, str]:
    headers = dict(RESTRICTED)
    if wanted.kept:
        headers = public_headers(earliest(wanted.strangers), wanted.asker.now, max_age=_SECONDS)
    name = f'inline; filename="{wanted.book.row.id}.pdf"'
    return headers | {"Content-Disposition": name, "Accept-Ranges": "none"}

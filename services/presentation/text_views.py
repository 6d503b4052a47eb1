"""The text of pages and objects over HTTP: annotations, ALTO, hOCR, plain text; each only what its reader may know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response, request

from auth.decision import Verdict, earliest
from auth.pages import stretches
from lectern.catalogue import CanvasRow, ObjectRow, no_such_canvas
from lectern.urls import PresentationVersion
from lectern.wordblock import PageWords
from lectern.words import Page
from search.answer import Annotation
from services.asker import Asker
from services.caching import RESTRICTED, cache_headers, public_headers
from services.context import Context
from services.gate import Gate
from services.presentation import alto, hocr, remarks
from services.presentation.answers import file_answer, json_answer
from services.presentation.halves import with_halves
from services.presentation.lines import (
    Granularity,
    TextLine,
    annotation_list,
    annotation_page,
    text_lines,
    text_words,
)
from services.strictness import INERT

PAGE_END = "\f"

_SECONDS = 3600

_Written = Callable[[Page, CanvasRow, str, str], bytes]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A canvas that is asked about, by whom, and what he may know of its text."""

    asker: Asker
    row: ObjectRow
    canvas: CanvasRow
    verdict: Verdict


class TextService:
    """Reads the request at hand, asks what its reader may know, and answers.

    A reader who may not know a text gets the answer of a page without any, and the index is not asked (TH-78, TH-85).
    All methods raise NotFound for an object or canvas that is not there or hidden from this reader.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)

    def lines(self, version: str, object_id: str, n: int) -> Response:
        """Answer with the lines of canvas `n` as annotations; where policy tells only places, without their text."""
        return self._annotations(version, self._asked(object_id, n), "line")

    def words(self, version: str, object_id: str, n: int) -> Response:
        """Answer with the words of canvas `n` as annotations; none where policy tells only places of lines."""
        return self._annotations(version, self._asked(object_id, n), "word")

    def remarks(self, version: str, object_id: str, n: int) -> Response:
        """Answer with the annotations beside the text that are about canvas `n`, all as search gives them."""
        asked, api = self._asked(object_id, n), _api(version)
        found: list[Annotation] = []
        headers: Mapping[str, str] = self._caching(asked)
        if self._knows_text(asked):
            handle, asker = self._context.library.open(asked.row), asked.asker
            rules = asker.rules(asked.row)
            found = remarks.about(asked.row.id, n, handle, lambda page: asker.text(rules, page + 1).search == "full")
            strangers = [asker.stranger(rules, number) for number in {n, *remarks.canvases_with(n, handle)}]
            if all(verdict.public for verdict in strangers):
                headers = public_headers(earliest(strangers), asker.now, max_age=_SECONDS)
            else:  # others are not told of what touches a page that they may not know (TH-73)
                headers = RESTRICTED
        document = remarks.document(asked.row.id, n, found, api, self._context)
        return json_answer(document, version, headers)

    def alto(self, object_id: str, n: int) -> Response:
        """Answer with the text of canvas `n` as ALTO, in canvas pixels."""
        return self._file(self._asked(object_id, n), alto.alto, alto.MEDIA_TYPE, {})

    def hocr(self, object_id: str, n: int) -> Response:
        """Answer with the text of canvas `n` as hOCR, in canvas pixels.

        Nothing in it may run or load, whoever made its words: it is HTML on our origin.
        """
        return self._file(self._asked(object_id, n), hocr.hocr, hocr.MEDIA_TYPE, INERT)

    def plain(self, object_id: str) -> Response:
        """Answer with the text of an object, a form feed between any two pages: the n-th piece is canvas n.

        Pages that this reader may not know are as empty as those without text.
        """
        asker = self._gate.asker_of_words(request)
        row, _ = asker.find(object_id, text=True)
        rules, pages = asker.rules(row), [""] * row.pages
        shown, strangers = stretches(rules, row.pages), []
        for stretch in shown:
            strangers.append(asker.stranger(rules, stretch.first))
            if row.words and asker.text(rules, stretch.first).search == "full":
                handle = self._context.library.open(row)
                numbers = range(stretch.first, min(stretch.last, handle.pages) + 1)
                for n, words in zip(numbers, handle.pages_in_turn(numbers), strict=True):
                    pages[n - 1] = "".join(f"{line.text}\n" for line in words.lines)
        headers = dict(RESTRICTED)
        if all(verdict.public for verdict in [asker.stranger(rules), *strangers]):
            headers = public_headers(earliest(strangers), asker.now, max_age=_SECONDS)
        headers["Content-Disposition"] = f'inline; filename="{row.id}.txt"'
        return file_answer(PAGE_END.join(pages).encode(), "text/plain; charset=utf-8", headers)

    def _asked(self, object_id: str, n: int) -> _Asked:
        asker = self._gate.asker_of_words(request)
        row, verdict = asker.find(object_id, n, text=True)
        canvas = self._context.catalogue.canvas(row.id, n)
        if canvas is None:
            raise no_such_canvas(row, n)
        return _Asked(asker, row, canvas, verdict)

    def _caching(self, asked: _Asked) -> dict[str, str]:
        stranger = asked.asker.stranger(asked.asker.rules(asked.row), asked.canvas.n)
        return cache_headers(stranger, asked.asker.now, max_age=_SECONDS)

    def _annotations(self, version: str, asked: _Asked, granularity: Granularity) -> Response:
        urls, api, canvas = self._context.urls, _api(version), asked.canvas
        address = urls.text if granularity == "line" else urls.words
        build = annotation_page if api == 3 else annotation_list
        lines = self._told_lines(asked) if granularity == "line" else self._told_words(asked)
        own = address(asked.row.id, canvas.n, api)
        document = build(own, canvas, urls.absolute(canvas.canvas), lines, granularity)
        return json_answer(document, version, self._caching(asked))

    def _told_lines(self, asked: _Asked) -> list[TextLine]:
        words = None if asked.verdict.search == "none" else self._page(asked)
        if words is None:
            return []
        if asked.verdict.search == "boxes":
            return [TextLine("", line.box, time=line.time) for line in words.lines]
        return text_lines(asked.row, words)

    def _told_words(self, asked: _Asked) -> list[TextLine]:
        words = self._page(asked) if self._knows_text(asked) else None
        return [] if words is None else text_words(asked.row, words)

    def _knows_text(self, asked: _Asked) -> bool:
        return asked.verdict.search == "full"

    def _page(self, asked: _Asked) -> PageWords | None:
        """Return the words of the canvas, None if it has none; only for whom the verdict tells something of them."""
        if not asked.row.words:
            return None
        handle = self._context.library.open(asked.row)
        return handle.page(asked.canvas.n) if asked.canvas.n <= handle.pages else None

    def _file(self, asked: _Asked, write: _Written, media_type: str, headers: dict[str, str]) -> Response:
        """Return the canvas as one kind of OCR file."""
        words = self._page(asked) if self._knows_text(asked) else None
        page = Page()
        if words is not None:
            handle = self._context.library.open(asked.row)
            page = with_halves(words.page(), handle.leaf(asked.canvas.n - 1).begin, handle.joins)
        only = "" if words is None else asked.row.only_language
        body = write(page, asked.canvas, self._context.urls.absolute(asked.canvas.canvas), only)
        return file_answer(body, media_type, self._caching(asked) | headers)


def _api(version: str) -> PresentationVersion:
    return 3 if version == "3" else 2

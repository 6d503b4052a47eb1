"""Six real documents: expected answers of two independent readers, and fifty random words against brute force.

A hit that was not expected must be a part of a compound or a half of a hyphenated word, or a word that an
unmarked hyphen joins: the test lists what is neither, and fails.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lectern.catalogue import CanvasRow
from lectern.settings import load_settings
from search.evaluator import BOTH
from search.findings import Subject
from search.library import PackHandle
from search.searching import Page, find, hits_of
from services.cli import main
from services.context import Context
from tests.answers import bruteforce

pytestmark = pytest.mark.corpus

DOCUMENTS = {
    "boletin-1895": "*.xml",
    "chronicling-hocr": "*.html",
    "faux-visage": "alto/*.xml",
    "goethe": "hocr/*.hocr",
    "lunion-1860": "*.xml",
    "park-record": "alto/*.xml",
}
_TOLERANCE = 3  # two pixels of the expected answers, one of our rounding
_RANDOM_WORDS = 50
_WHOLE_LINES = {"faux-visage"}  # expected boxes are the line's; ours are the word's share of it
# The expected answers of this document are in pixels of the original scan, which is not in the corpus.
_EXPECTED_WIDTHS = {"park-record": {"1289": 4552, "1292": 4588}}

Box = Sequence[float]


@dataclass(frozen=True)
class Ours:
    """One hit of ours: page (from 0), boxes in canvas pixels, text as printed."""

    page: int
    boxes: list[Box]
    text: str
    half: bool  # it is lit as one half of a hyphenated word


def page_name(canvas: CanvasRow) -> str:
    """Return what the expected answers call a canvas' page: METS may put pages in another order than their names."""
    return Path(canvas.ocr or "").name.split(".")[0]


@dataclass(frozen=True)
class Document:
    """An ingested document with its expected answers."""

    name: str
    handle: PackHandle
    canvases: list[CanvasRow]
    expected: dict[str, Any]
    files: list[Path]

    def ask(self, query: str) -> list[Ours]:
        """Return all hits of a query."""
        hits = hits_of(self.handle, query)
        answer = find([Subject("book", self.handle)], query, Page(size=100_000))
        return [
            Ours(
                answer.annotations[text.annotations[0]].n - 1,
                [answer.annotations[place].box or () for place in text.annotations],
                text.match,
                hit.first_lit != BOTH or hit.last_lit != BOTH,
            )
            for hit, text in zip(hits, answer.hits or (), strict=True)
        ]

    def expected_hits(self, hits: Sequence[dict[str, Any]]) -> list[tuple[int, list[Box]]]:
        """Return expected hits as (page, boxes in pixels of our canvases)."""
        places = {page_name(canvas): n for n, canvas in enumerate(self.canvases)}
        return [(page := places[h["page"]], self._scaled(h["boxes"], page)) for h in hits]

    def _scaled(self, boxes: Sequence[Box], page: int) -> list[Box]:
        width = _EXPECTED_WIDTHS.get(self.name, {}).get(page_name(self.canvases[page]))
        factor = self.canvases[page].width / width if width else 1
        return [[n * factor for n in box] for box in boxes]


@pytest.fixture(scope="module", params=DOCUMENTS)
def document(request: pytest.FixtureRequest, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Document:
    """Return one of the six, ingested with the command as an operator would."""
    name = request.param
    expected = json.loads((corpus / "expected" / f"{name}.json").read_text())
    folder = corpus / expected["document"]
    home = tmp_path_factory.mktemp(name)
    result = CliRunner().invoke(main, ["--home", str(home), "ingest", str(folder), "--object", "book", "--json"])
    assert result.exit_code == 0, result.output
    context = Context(load_settings(home))
    files = {path.name.split(".")[0]: path for path in folder.glob(DOCUMENTS[name])}
    canvases = context.catalogue.canvases("book")
    return Document(
        name,
        context.library.open(context.catalogue.get("book")),
        canvases,
        expected,
        [files[page_name(canvas)] for canvas in canvases],
    )


def _union(boxes: Sequence[Box]) -> Box:
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[0] + b[2] for b in boxes),
        max(b[1] + b[3] for b in boxes),
    )


def _same_place(ours: Ours, page: int, boxes: Sequence[Box], *, inside: bool) -> bool:
    """Return whether a hit lies where it is expected; `inside` if a share of the expected box is enough."""
    if ours.page != page:
        return False
    found, wanted = _union(ours.boxes), _union(boxes)
    if inside:
        across = wanted[0] - _TOLERANCE <= found[0] <= found[2] <= wanted[2] + _TOLERANCE
        return across and abs(found[1] - wanted[1]) <= _TOLERANCE and abs(found[3] - wanted[3]) <= _TOLERANCE
    return all(abs(a - b) <= _TOLERANCE for a, b in zip(found, wanted, strict=True))


def _compare(
    document: Document, ours: list[Ours], expected: list[tuple[int, list[Box]]]
) -> tuple[list[tuple[int, list[Box]]], list[Ours]]:
    """Return the expected hits that were missed and the hits that were not expected; each is matched once."""
    left, missed = list(ours), []
    for page, boxes in expected:
        place = next((h for h in left if _same_place(h, page, boxes, inside=document.name in _WHOLE_LINES)), None)
        if place is None:
            missed.append((page, boxes))
        else:
            left.remove(place)
    return missed, left


def _unexplained(query: str, extra: list[Ours]) -> list[Ours]:
    """Return the hits that are neither a part of a compound nor a half or a join of a hyphenated word."""
    wanted = bruteforce.fold(query)
    return [hit for hit in extra if " " not in query and not hit.half and bruteforce.fold(hit.text) == wanted]


def test_expected_words_and_phrases_are_found_where_they_stand(document: Document):
    missed, total, odd = [], 0, []
    for entry in [*document.expected["words"], *document.expected["phrases"]]:
        query = entry["q"] if "q" in entry else f'"{entry["phrase"]}"'
        expected = document.expected_hits(entry["hits"])
        missing, extra = _compare(document, document.ask(query), expected)
        total += len(expected)
        missed += [(query, *hit) for hit in missing]
        odd += [(query, hit) for hit in _unexplained(query, extra)]
    assert total > 0
    assert len(missed) <= total * 0.01, missed
    assert odd == []


@cache
def _sheets(files: tuple[Path, ...]) -> list[bruteforce.Sheet]:
    return [bruteforce.read(path) for path in files]


def _brute(document: Document, word: str) -> list[tuple[int, list[Box]]]:
    """Return where brute force finds a folded word, in pixels of our canvases."""
    hits: list[tuple[int, list[Box]]] = []
    for page, sheet in enumerate(_sheets(tuple(document.files))):
        canvas = document.canvases[page]
        x, y = canvas.width / sheet.width, canvas.height / sheet.height
        for found in sheet.words:
            if bruteforce.fold(found.text) == word:
                hits.append((page, [[b[0] * x, b[1] * y, b[2] * x, b[3] * y] for b in found.boxes]))
    return hits


def test_fifty_random_words_agree_with_brute_force(document: Document):
    vocabulary = {bruteforce.fold(w.text) for s in _sheets(tuple(document.files)) for w in s.words} - {""}
    words = random.Random(1895).sample(sorted(vocabulary), _RANDOM_WORDS)
    problems: list[tuple[object, ...]] = []
    for word in words:
        missed, extra = _compare(document, document.ask(word), _brute(document, word))
        problems += [("missed", word, *hit) for hit in missed]
        problems += [("not expected", word, hit) for hit in _unexplained(word, extra)]
    assert problems == []

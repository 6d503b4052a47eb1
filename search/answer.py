"""What a search found, ready to be written in any version of the API: annotations, hits, totals, pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lectern.wordblock import IntBox, PageWords
from search import paging
from search.evaluator import Hit, Readable, pages_of
from search.library import PackHandle
from search.marks import Mark, mark_of_line, marks_of_hit

_CONTEXT = 90  # characters a side; viewers.md rule 6


@dataclass(frozen=True, slots=True)
class Annotation:
    """The words of a hit on one line. `n` is the canvas (from 1), `key` unique on it and stable (CSX-07).

    `box` is in canvas pixels, None when the OCR has no place for it at all; `time` is start and end in seconds, of
    a caption.
    """

    n: int
    key: str
    text: str
    box: IntBox | None
    language: str | None = None
    time: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class HitText:
    """One hit as text: the annotations it lights (places in the answer's list), the match and what is around it."""

    annotations: tuple[int, ...]
    match: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of an answer. Cursors are canvases (from 1): the first canvas of that page, None if there is none."""

    annotations: Sequence[Annotation] = ()
    hits: Sequence[HitText] | None = ()
    total_hits: int = 0
    total_annotations: int = 0
    start_index: int = 0
    previous: int | None = None
    following: int | None = None
    last: int | None = None

    @property
    def paged(self) -> bool:
        """Return whether there is more than this one page."""
        return self.previous is not None or self.following is not None


Item = tuple[Hit | None, list[Mark]]


def hits_answer(handle: PackHandle, hits: Sequence[Hit], canvas: int, size: int) -> Answer:
    """Return the page of an answer that begins at a canvas (from 1), with about `size` hits."""
    table = handle.tokens
    items: list[Item] = [(hit, marks_of_hit(hit, table)) for hit in hits]
    spans = [(pages[0], pages[-1]) for hit in hits if (pages := pages_of(hit.first, hit.last, table))]
    return _answer(handle, items, spans, canvas, size)


def lines_answer(handle: PackHandle, readable: Readable | None, canvas: int, size: int) -> Answer:
    """Return all lines as annotations: what a search without `q` asks for (CS1-12)."""
    table = handle.tokens
    items: list[Item] = []
    spans = []
    for line in range(table.lines):
        mark = mark_of_line(line, table)
        page = table.page_of_word(mark.first)
        if readable is None or readable(page):
            items.append((None, [mark]))
            spans.append((page, page))
    return _answer(handle, items, spans, canvas, size)


def _answer(
    handle: PackHandle, items: Sequence[Item], spans: Sequence[tuple[int, int]], canvas: int, size: int
) -> Answer:
    if not items:
        return Answer()
    starts = paging.cuts(spans, size)
    page = paging.page_at(starts, spans, canvas - 1)
    counts = [_distinct(items[a:b]) for a, b in pairwise([*starts, len(items)])]
    shown = items[starts[page] : (starts[page + 1] if page + 1 < len(starts) else len(items))]
    firsts = [spans[start][0] + 1 for start in starts]
    writer = _Writer(handle)
    hits = [writer.hit(hit, marks) for hit, marks in shown]
    return Answer(
        annotations=writer.annotations,
        hits=[hit for hit in hits if hit is not None] or None,
        total_hits=len(items),
        total_annotations=sum(counts),
        start_index=sum(counts[:page]),
        previous=firsts[page - 1] if page else None,
        following=firsts[page + 1] if page + 1 < len(firsts) else None,
        last=firsts[-1],
    )


def _distinct(items: Sequence[Item]) -> int:
    """Return the number of annotations: hits that light the same words share theirs."""
    return len({mark for _, marks in items for mark in marks})


class _Writer:
    """Turns marks into annotations, each once, opening every page's words once."""

    def __init__(self, handle: PackHandle) -> None:
        self._table = handle.tokens
        self._handle = handle
        self._pages: dict[int, PageWords] = {}
        self._places: dict[Mark, int] = {}
        self.annotations: list[Annotation] = []

    def _page(self, page: int) -> PageWords:
        words = self._pages.get(page)
        if words is None:
            words = self._pages[page] = self._handle.page(page + 1)
        return words

    def hit(self, hit: Hit | None, marks: list[Mark]) -> HitText | None:
        """Write the annotations of a hit; returns its text, None for a line that is no hit."""
        places = tuple(map(self._place, marks))
        if hit is None:
            return None
        match = self._running([self.annotations[place].text for place in places], [mark.last for mark in marks])
        return HitText(places, match, self._before(marks[0]), self._after(marks[-1]))

    def _place(self, mark: Mark) -> int:
        place = self._places.get(mark)
        if place is None:
            place = self._places[mark] = len(self.annotations)
            self.annotations.append(self._annotation(mark))
        return place

    def _annotation(self, mark: Mark) -> Annotation:
        page = self._table.page_of_word(mark.first)
        words, offset = self._page(page), self._table.page_words[page]
        first, last = mark.first - offset, mark.last - offset
        texts = list(words.texts[first : last + 1])
        end = mark.end if mark.end is not None else len(texts[-1])
        boxes = [words.box(i) for i in range(first, last + 1)]
        if first == last:
            boxes = [_share(boxes[0], mark.start, end, len(texts[0]))]
            texts = [texts[0][mark.start : end]]
        else:
            boxes[0] = _share(boxes[0], mark.start, len(texts[0]), len(texts[0]))
            boxes[-1] = _share(boxes[-1], 0, end, len(texts[-1]))
            texts[0], texts[-1] = texts[0][mark.start :], texts[-1][:end]
        key = f"w{first}-{last}" + (f".{mark.start}-{end}" if mark.start or mark.end is not None else "")
        return Annotation(page + 1, key, " ".join(texts), _union(boxes), words.language(first), words.time(first))

    def _running(self, texts: list[str], words: list[int]) -> str:
        """Return pieces of text as they run on: no blank after a half that a hyphen joins to the next."""
        text = ""
        for piece, word in zip(texts, words, strict=True):
            text += piece if word in self._table.first_halves else f"{piece} "
        return text.rstrip()

    def _before(self, mark: Mark) -> str:
        """Return whole words before a mark on its page, with the blank that parts them from the match (CSX-05)."""
        page = self._table.page_of_word(mark.first)
        texts, offset = self._page(page).texts, self._table.page_words[page]
        text = texts[mark.first - offset][: mark.start]
        for i in range(mark.first - offset - 1, -1, -1):
            piece = texts[i] + ("" if i + offset in self._table.first_halves else " ")
            if len(piece) + len(text) > _CONTEXT:
                break
            text = piece + text
        return text

    def _after(self, mark: Mark) -> str:
        """Return whole words after a mark on its page, with the blank that parts them from the match."""
        page = self._table.page_of_word(mark.last)
        texts, offset = self._page(page).texts, self._table.page_words[page]
        last = mark.last - offset
        text = texts[last][mark.end :] if mark.end is not None else ""
        for i in range(last + 1, len(texts)):
            piece = ("" if i - 1 + offset in self._table.first_halves else " ") + texts[i]
            if len(piece) + len(text) > _CONTEXT:
                break
            text += piece
        return text


def _share(box: IntBox | None, start: int, end: int, length: int) -> IntBox | None:
    """Return the part of a word's box that some of its characters take, along its longer side."""
    if box is None or (start == 0 and end >= length):
        return box
    x, y, w, h = box
    if h > w:
        top = y + h * start // length
        return x, top, w, max(1, y + -(-h * end // length) - top)
    left = x + w * start // length
    return left, y, max(1, x + -(-w * end // length) - left), h


def _union(boxes: Sequence[IntBox | None]) -> IntBox | None:
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    left, top = min(b[0] for b in known), min(b[1] for b in known)
    right, bottom = max(b[0] + b[2] for b in known), max(b[1] + b[3] for b in known)
    return left, top, right - left, bottom - top

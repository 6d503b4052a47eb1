"""Writes what was found in one object: its annotations, each once, and every hit with the words around it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import add

from lectern.running import gap, running
from lectern.wordblock import IntBox, PageWords
from search.answer import Annotation, HitText
from search.beside import BesideWriter
from search.findings import Finding, Subject
from search.leaf import Leaf
from search.library import PackHandle
from search.marks import Mark
from search.quoting import first_part, last_part
from search.shares import share
from search.surrounding import words_after, words_before


def shown_of(handle: PackHandle, findings: Iterable[Finding]) -> Iterator[tuple[PackHandle, list[int]]]:
    """Yield an object, and the annotations beside its text, each with the pages (from 0) that findings show of it."""
    page, pages, remarks = handle.tokens.page_of_word, list[int](), list[int]()
    for finding in findings:
        if finding.remark is None:
            pages += [page(mark.first) for mark in finding.marks]
        else:
            remarks.append(finding.remark)
    if pages:
        yield handle, pages
    if remarks and handle.beside is not None:
        yield handle.beside, remarks


class Writer:
    """Turns the findings of one object into annotations, each once, opening every page's words once."""

    def __init__(self, subject: Subject, annotations: list[Annotation], context: int) -> None:
        """Take the object, the list of the whole answer that its annotations go to, characters of context a side."""
        self._object_id = subject.object_id
        self._table = subject.handle.tokens
        self._handle = subject.handle
        self._leaves: dict[int, Leaf] = {}
        self._leaf: Leaf | None = None
        self._places: dict[Mark, int] = {}
        self._annotations = annotations
        self._context = context
        self._remarks: BesideWriter | None = None

    def _beside(self) -> BesideWriter:
        """Return what writes annotations beside the OCR."""
        if self._remarks is None:
            beside = self._handle.beside
            if beside is None:
                raise AssertionError("an annotation was found where there are none")
            self._remarks = BesideWriter(self._object_id, beside, self._annotations, self._context)
        return self._remarks

    def _on(self, word: int) -> Leaf:
        """Return the page that a word is on; mostly that of the word before."""
        leaf = self._leaf
        if leaf is not None and leaf.begin <= word < leaf.end:
            return leaf
        page = self._table.page_of_word(word)
        leaf = self._leaves.get(page)
        if leaf is None:
            leaf = self._leaves[page] = self._handle.leaf(page)
        self._leaf = leaf
        return leaf

    def write_all(self, findings: Sequence[Finding]) -> list[HitText]:
        """Write the annotations of findings; returns the texts of those that are hits."""
        for handle, pages in shown_of(self._handle, findings):
            handle.have(pages)
        written = map(self.write, findings)
        return [hit for hit in written if hit is not None]

    def write(self, finding: Finding) -> HitText | None:
        """Write the annotations of a finding; returns its text as a hit, None for a line that is no hit."""
        if finding.remark is not None:
            return self._beside().write(finding, finding.remark)
        marks = finding.marks
        places = tuple([self._place(mark) for mark in marks])
        if not finding.is_hit:
            return None
        first, last = marks[0], marks[-1]
        if len(places) == 1:
            match = self._annotations[places[0]].text.rstrip()
            leaf = other = self._on(first.first)
        else:
            match = self._running([self._annotations[place].text for place in places], [mark.last for mark in marks])
            leaf, other = self._on(first.first), self._on(last.last)
        return HitText(places, match, self._before(first, leaf), self._after(last, other))

    def _place(self, mark: Mark) -> int:
        place = self._places.get(mark)
        if place is None:
            place = self._places[mark] = len(self._annotations)
            self._annotations.append(self._annotation(mark))
        return place

    def _annotation(self, mark: Mark) -> Annotation:
        leaf = self._on(mark.first)
        words, first, last = leaf.words, mark.first - leaf.begin, mark.last - leaf.begin
        key = f"w{first}-{last}"
        if mark.start or mark.end is not None:
            text, box, end = _of_parts(words, first, last, mark)
            key += f".{mark.start}-{end}"
        elif first == last:
            text, box = words.texts[first], words.box(first)
        else:
            texts = words.texts[first : last + 1]
            text = " ".join(texts) if leaf.around.is_plain else running(texts)
            box = _union([words.box(i) for i in range(first, last + 1)])
        language, time = words.language(first), words.time(first)
        return Annotation(self._object_id, leaf.page + 1, key, text, box, language, time)

    def _running(self, texts: list[str], words: list[int]) -> str:
        """Return pieces of text as they run on: no blank after a half that a hyphen joins to the next."""
        text = texts[0]
        for word, (before, after) in zip(words, pairwise(texts), strict=False):
            text += after if word in self._table.first_halves else gap(before, after) + after
        return text

    def _before(self, mark: Mark, leaf: Leaf) -> str:
        """Return whole words before a mark on its page, with the blank that parts them from the match (CSX-05)."""
        around = leaf.around
        first, limit = mark.first - leaf.begin, self._context
        if not mark.start and (plain := words_before(around, first, limit)) is not None:
            return plain
        texts, offset, halves = around.texts, around.offset, around.halves
        text = texts[first][: mark.start]
        if len(text) > limit:
            return last_part(text, limit)
        for i in range(first - 1, -1, -1):
            piece = texts[i] + ("" if i + offset in halves else gap(texts[i], texts[i + 1]))
            if len(piece) + len(text) > limit:
                return last_part(piece, limit - len(text)) + text
            text = piece + text
        return text

    def _after(self, mark: Mark, leaf: Leaf) -> str:
        """Return whole words after a mark on its page, with the blank that parts them from the match."""
        around = leaf.around
        last, limit = mark.last - leaf.begin, self._context
        if mark.end is None and (plain := words_after(around, last, limit)) is not None:
            return plain
        texts, offset, halves = around.texts, around.offset, around.halves
        text = texts[last][mark.end :] if mark.end is not None else ""
        if len(text) > limit:
            return first_part(text, limit)
        for i in range(last + 1, len(texts)):
            piece = ("" if i - 1 + offset in halves else gap(texts[i - 1], texts[i])) + texts[i]
            if len(piece) + len(text) > limit:
                return text + first_part(piece, limit - len(text))
            text += piece
        return text


def _of_parts(words: PageWords, first: int, last: int, mark: Mark) -> tuple[str, IntBox | None, int]:
    """Return the text and the box of some words that are not all lit whole, and where the last of them is lit to."""
    texts = words.texts[first : last + 1]
    boxes = [words.box(i) for i in range(first, last + 1)]
    end = mark.end if mark.end is not None else len(texts[-1])
    if first == last:
        return texts[0][mark.start : end], _lit(words, first, mark.start, end), end
    boxes[0] = _lit(words, first, mark.start, len(texts[0]))
    boxes[-1] = _lit(words, last, 0, end)
    texts[0], texts[-1] = texts[0][mark.start :], texts[-1][:end]
    return running(texts), _union(boxes), end


def _lit(words: PageWords, word: int, start: int, end: int) -> IntBox | None:
    """Return the box of some characters of a word of a page."""
    text, box = words.texts[word], words.box(word)
    whole = start == 0 and end >= len(text)
    return box if whole else share(box, start, end, text, words.direction(word))


def _union(boxes: Sequence[IntBox | None]) -> IntBox | None:
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    xs, ys, widths, heights = zip(*known, strict=True)
    left, top = min(xs), min(ys)
    return left, top, max(map(add, xs, widths)) - left, max(map(add, ys, heights)) - top

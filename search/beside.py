"""What is found in the annotations beside the OCR of an object, and how it is written: each annotation whole, once."""

from collections.abc import Iterable

from search.answer import Annotation, HitText
from search.evaluator import Known, Readable, evaluate
from search.filters import Filters
from search.findings import Finding, Subject
from search.library import BesideHandle
from search.marks import Mark, marks_of_hit
from search.query import parse
from search.remarks import Remark
from search.syntax import patterns, terms
from search.terms import Term

_CONTEXT = 90  # characters a side


def open_to(subject: Subject, filters: Filters) -> tuple[BesideHandle, Readable | None] | None:
    """Return an object's annotations with what tells of each (from 0) whether it is asked; None if none may be.

    An annotation may be known where all canvases that it is about may.
    """
    beside = subject.handle.beside if subject.beside else None
    if beside is None:
        return None
    remarks, readable = beside.remarks, subject.readable
    if filters.nothing and readable is None:
        return beside, None

    def asked(place: int) -> bool:
        remark = remarks[place]
        known = readable is None or all(readable(target.n - 1) for target in remark.targets)
        return known and filters.keep(remark)

    return beside, asked


def findings_beside(subject: Subject, text: str | None, filters: Filters) -> list[Finding]:
    """Return what a query finds in the annotations of an object, or all of them without one, by canvas."""
    opened = open_to(subject, filters)
    if opened is None:
        return []
    beside, asked = opened
    if not text or not text.strip():
        places = range(len(beside.remarks))
        found = [_finding(subject, beside, n, (), is_hit=False) for n in places if asked is None or asked(n)]
    else:
        tree = parse(text, beside.profile)
        expansions = {pattern: beside.expand(pattern) for pattern in patterns(tree)}
        postings = beside.index.spans(terms(tree).union(*expansions.values()))
        table = beside.tokens
        hits = evaluate(tree, Known(postings, expansions, table, asked, apart=True))
        found = [
            _finding(subject, beside, table.page_of_token(hit.first), tuple(marks_of_hit(hit, table))) for hit in hits
        ]
    return sorted(found, key=lambda finding: finding.first_page)


def _finding(
    subject: Subject, beside: BesideHandle, place: int, marks: tuple[Mark, ...], *, is_hit: bool = True
) -> Finding:
    page = beside.remarks[place].n - 1
    return Finding(subject.object_id, page, page, marks, is_hit, place)


def terms_beside(subject: Subject, prefix: str, filters: Filters) -> Iterable[Term]:
    """Return the words of an object's annotations that begin with a folded prefix, counted where they may be known."""
    opened = open_to(subject, filters)
    if opened is None:
        return ()
    beside, asked = opened
    found = beside.terms.starting_with(prefix)
    return found if asked is None else beside.counted(list(found), asked)


class BesideWriter:
    """Turns what was found in the annotations of one object into annotations of an answer, each once."""

    def __init__(self, subject: Subject, beside: BesideHandle, annotations: list[Annotation]) -> None:
        """Take the object, and the list of the whole answer that its annotations go to."""
        self._object_id = subject.object_id
        self._beside = beside
        self._places: dict[int, int] = {}
        self._annotations = annotations

    def write(self, finding: Finding, remark: int) -> HitText | None:
        """Write the annotation of a finding; returns the match in it, None for an annotation that is no hit."""
        place = self._places.get(remark)
        if place is None:
            place = self._places[remark] = len(self._annotations)
            self._annotations.append(self._annotation(self._beside.remarks[remark], remark))
        if not finding.is_hit:
            return None
        text = self._annotations[place].text
        start, end = self._extent(finding, remark)
        return HitText((place,), text[start:end], _before(text, start), _after(text, end), inside=True)

    def _annotation(self, remark: Remark, place: int) -> Annotation:
        first = min(remark.targets, key=lambda target: target.n)
        text = self._beside.text(place)
        return Annotation(self._object_id, first.n, remark.key, text, first.box, remark.language, first.time, remark)

    def _extent(self, finding: Finding, remark: int) -> tuple[int, int]:
        """Return the characters of the annotation's text that a hit lies on; its words are parted by one sign each."""
        offset = self._beside.tokens.page_words[remark]
        texts = self._beside.page(remark + 1).texts
        first, last = finding.marks[0], finding.marks[-1]
        begins = [0]
        for word in texts:
            begins.append(begins[-1] + len(word) + 1)
        end = begins[last.last - offset] + (len(texts[last.last - offset]) if last.end is None else last.end)
        return begins[first.first - offset] + first.start, end


def _before(text: str, start: int) -> str:
    """Return whole words before a match, with the blank that parts them from it (CSX-05)."""
    piece = text[max(0, start - _CONTEXT) : start]
    return piece if start <= _CONTEXT else piece[_begin_of_word(text, start - _CONTEXT) :]


def _begin_of_word(text: str, at: int) -> int:
    """Return how many characters after a place the next word begins, 0 if one begins there."""
    if text[at - 1].isspace():
        return 0
    rest = text[at : at + _CONTEXT]
    return next((n + 1 for n, sign in enumerate(rest) if sign.isspace()), len(rest))


def _after(text: str, end: int) -> str:
    """Return whole words after a match, with the blank that parts them from it."""
    piece = text[end : end + _CONTEXT]
    if len(text) <= end + _CONTEXT or text[end + _CONTEXT].isspace():
        return piece
    return piece[: next((n for n in range(len(piece) - 1, -1, -1) if piece[n].isspace()), 0)]

"""What is found in the annotations beside the OCR of an object, and how it is written: each annotation whole, once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

from search.answer import Annotation, HitText
from search.evaluator import Hit, Readable
from search.filters import Filters
from search.findings import Finding, Found, Subject
from search.library import BesideHandle
from search.marks import marks_of_hit
from search.quoting import hit_inside
from search.spans import Run


def open_to(subject: Subject, filters: Filters) -> tuple[BesideHandle, Readable | None] | None:
    """Return an object's annotations with what tells of each (from 0) whether it is asked; None if none may be.

    An annotation may be known where all canvases that it is about may.
    """
    beside = subject.handle.beside if subject.beside else None
    if beside is None:
        return None
    readable = subject.readable
    if filters.nothing and readable is None:
        return beside, None

    @cache  # every hit asks, and a query may have thousands in one annotation
    def asked(place: int) -> bool:
        remark = beside.remark(place)
        known = readable is None or all(readable(target.n - 1) for target in remark.targets)
        return known and filters.keep(remark)

    return beside, asked


class FoundBeside:
    """What was found in the annotations of one object, each on the first of the canvases that it is about.

    `places` are the annotations (from 0) that it was found in, in order; `hits` what was found, empty if that is
    simply all of them.
    """

    def __init__(self, subject: Subject, beside: BesideHandle, places: Sequence[int], hits: Sequence[Hit] = ()) -> None:
        self.subject = subject
        self._beside, self._places, self._hits = beside, places, hits
        pages = Counter(beside.canvases[place] for place in places)  # in their order, as the annotations are
        self.runs: Sequence[Run] = [Run(subject.object_id, page, page, count) for page, count in pages.items()]

    @property
    def pages(self) -> set[int]:
        """Return the canvases (from 0) that something was found on."""
        return {run.page for run in self.runs}

    def findings(self, start: int, stop: int) -> list[Finding]:
        """Return some of the findings, by their places."""
        return [self._finding(place) for place in range(start, min(stop, len(self._places)))]

    def _finding(self, place: int) -> Finding:
        remark = self._places[place]
        marks = tuple(marks_of_hit(self._hits[place], self._beside.tokens)) if self._hits else ()
        return Finding(self.subject.object_id, marks, bool(self._hits), remark)

    def annotations(self, start: int, stop: int) -> int:
        """Return how many annotations some of the findings are in."""
        return len(set(self._places[start:stop]))


def all_beside(subject: Subject, beside: BesideHandle, asked: Readable | None) -> FoundBeside:
    """Return all annotations that are asked: what a search without `q` finds (CS1-12)."""
    return FoundBeside(subject, beside, [n for n in range(len(beside)) if asked is None or asked(n)])


def hits_beside(subject: Subject, beside: BesideHandle, hits: Sequence[Hit]) -> FoundBeside:
    """Return hits as what was found in annotations."""
    page_of = beside.tokens.page_of_token
    return FoundBeside(subject, beside, [page_of(hit.first) for hit in hits], hits)


class FoundBoth:
    """What was found in the text and in the annotations of one object: canvas by canvas, on each the text first."""

    def __init__(self, text: Found, beside: Found) -> None:
        self.subject = text.subject
        both = sorted([*self._pieces(text, 0), *self._pieces(beside, 1)])
        self._pieces_in_order = [(source, start, run) for _, source, start, run in both]
        self._sources: tuple[Found, Found] = (text, beside)
        self.runs: Sequence[Run] = [
            self._one([run for _, _, _, run in own]) for _, own in groupby(both, key=lambda piece: piece[0])
        ]

    @staticmethod
    def _pieces(found: Found, source: int) -> Iterator[tuple[int, int, int, Run]]:
        """Yield the runs of one source with what they are ordered by, and the place where each begins in it."""
        start = 0
        for run in found.runs:
            yield run.page, source, start, run
            start += run.findings

    @staticmethod
    def _one(runs: Sequence[Run]) -> Run:
        last = max(run.last_page for run in runs)
        return Run(runs[0].object_id, runs[0].page, last, sum(run.findings for run in runs))

    def _stretches(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Yield (source, start, stop) of the pieces that some of the findings are in."""
        place = 0
        for source, begin, run in self._pieces_in_order:
            first, last = max(start - place, 0), min(stop - place, run.findings)
            if first < last:
                yield source, begin + first, begin + last
            place += run.findings

    def findings(self, start: int, stop: int) -> list[Finding]:
        """Return some of the findings, by their places."""
        found = (self._sources[source].findings(a, b) for source, a, b in self._stretches(start, stop))
        return [finding for each in found for finding in each]

    def annotations(self, start: int, stop: int) -> int:
        """Return how many annotations some of the findings have; of each source they are a stretch in a row."""
        ends: dict[int, tuple[int, int]] = {}
        for source, a, b in self._stretches(start, stop):
            ends[source] = (min(a, ends.get(source, (a, b))[0]), b)
        return sum(self._sources[source].annotations(a, b) for source, (a, b) in ends.items())


def annotation_of(object_id: str, beside: BesideHandle, place: int) -> Annotation:
    """Return one of an object's annotations (from 0) whole, on the first of the canvases that it is about."""
    remark = beside.remark(place)
    first = min(remark.targets, key=lambda target: target.n)
    return Annotation(
        object_id, first.n, remark.key, beside.text(place), first.box, remark.language, first.time, remark
    )


class BesideWriter:
    """Turns what was found in the annotations of one object into annotations of an answer, each once."""

    def __init__(self, object_id: str, beside: BesideHandle, annotations: list[Annotation], context: int) -> None:
        """Take the object, the list of the whole answer that its annotations go to, characters of context a side."""
        self._object_id = object_id
        self._beside = beside
        self._places: dict[int, int] = {}
        self._annotations = annotations
        self._context = context

    def write(self, finding: Finding, remark: int) -> HitText | None:
        """Write the annotation of a finding; returns the match in it, None for an annotation that is no hit."""
        place = self._places.get(remark)
        if place is None:
            place = self._places[remark] = len(self._annotations)
            self._annotations.append(annotation_of(self._object_id, self._beside, remark))
        if not finding.is_hit:
            return None
        return hit_inside(self._annotations, place, *self._extent(finding, remark), self._context)

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

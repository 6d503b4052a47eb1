"""What was found, before a word of it is written: places, marks, and the object that they are in."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from search.evaluator import Hit, Readable
from search.library import PackHandle
from search.marks import Mark, mark_of_line, marks_of_hit
from search.spans import Run, Spans


class Subject(NamedTuple):
    """An object that is asked. `readable(page)` says of a page (from 0) whether its words may be known; None: all.

    `beside` says whether its annotations beside the OCR may be known, too.
    """

    object_id: str
    handle: PackHandle
    readable: Readable | None = None
    beside: bool = True


class Finding(NamedTuple):
    """Something found in an object, and what it lights.

    `remark` is the place of an annotation beside the OCR that it was found in: then marks are in that one's text.
    """

    object_id: str
    marks: tuple[Mark, ...]
    is_hit: bool = True
    remark: int | None = None


class Found(Protocol):
    """All that was found in one object; places count its findings in reading order."""

    subject: Subject
    runs: Sequence[Run]

    def findings(self, start: int, stop: int) -> list[Finding]:
        """Return some of the findings, by their places."""
        ...

    def annotations(self, start: int, stop: int) -> int:
        """Return how many annotations some of the findings have."""
        ...


class FoundHits:
    """The hits of a query in one object."""

    def __init__(self, subject: Subject, spans: Spans) -> None:
        self.subject = subject
        self.runs: Sequence[Run] = spans.runs(subject.object_id)
        self._spans = spans

    def findings(self, start: int, stop: int) -> list[Finding]:
        """Return some of the hits, each with the marks on every line."""
        return [finding_of_hit(hit, self.subject) for hit in self._spans.hits(start, stop)]

    def annotations(self, start: int, stop: int) -> int:
        """Return how many annotations some of the hits have: those that light the same words share theirs."""
        return self._spans.annotations(start, stop)


class FoundLines:
    """All readable lines of one object: what a search without `q` asks for (CS1-12)."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        table, readable = subject.handle.tokens, subject.readable
        self.runs: Sequence[Run] = [
            Run(subject.object_id, page, page, len(lines))
            for page in range(table.pages)
            if (readable is None or readable(page)) and (lines := table.lines_of_page(page))
        ]

    def findings(self, start: int, stop: int) -> list[Finding]:
        """Return some of the lines, each with one mark."""
        table, found, place = self.subject.handle.tokens, list[Finding](), 0
        for run in self.runs:
            lines = table.lines_of_page(run.page)
            for line in lines[max(0, start - place) : max(0, stop - place)]:
                marks = (mark_of_line(line, table),)
                found.append(Finding(run.object_id, marks, is_hit=False))
            place += run.findings
        return found

    def annotations(self, start: int, stop: int) -> int:
        """Return how many annotations some of the lines have: one each."""
        return stop - start


def finding_of_hit(hit: Hit, subject: Subject) -> Finding:
    """Return a hit with the marks on every line."""
    return Finding(subject.object_id, tuple(marks_of_hit(hit, subject.handle.tokens)))

"""What was found, before a word of it is written: places, marks, and the object that they are in."""

from typing import NamedTuple

from search.evaluator import Hit, Readable, pages_of
from search.library import PackHandle
from search.marks import Mark, mark_of_line, marks_of_hit


class Subject(NamedTuple):
    """An object that is asked. `readable(page)` says of a page (from 0) whether its words may be known; None: all.

    `beside` says whether its annotations beside the OCR may be known, too.
    """

    object_id: str
    handle: PackHandle
    readable: Readable | None = None
    beside: bool = True


class Finding(NamedTuple):
    """Something found in an object: the pages (from 0) that it touches, and what it lights.

    `remark` is the place of an annotation beside the OCR that it was found in: then marks are in that one's text.
    """

    object_id: str
    first_page: int
    last_page: int
    marks: tuple[Mark, ...]
    is_hit: bool = True
    remark: int | None = None

    @property
    def annotations(self) -> list[tuple[str, object]]:
        """Return what tells the annotations apart that it stands in: hits that light the same words share theirs."""
        return [(self.object_id, each) for each in (self.marks if self.remark is None else [self.remark])]

    @property
    def begin(self) -> tuple[str, int]:
        """Return where it begins, as answers are ordered: by object, then by page."""
        return self.object_id, self.first_page

    @property
    def end(self) -> tuple[str, int]:
        """Return where it ends."""
        return self.object_id, self.last_page


def finding_of_hit(hit: Hit, subject: Subject) -> Finding:
    """Return a hit with the pages that it touches and the marks on every line."""
    table = subject.handle.tokens
    pages = pages_of(hit.first, hit.last, table)
    return Finding(subject.object_id, pages[0], pages[-1], tuple(marks_of_hit(hit, table)))


def lines_of(subject: Subject) -> list[Finding]:
    """Return all readable lines: what a search without `q` asks for (CS1-12)."""
    table, readable = subject.handle.tokens, subject.readable
    found = []
    for line in range(table.lines):
        mark = mark_of_line(line, table)
        page = table.page_of_word(mark.first)
        if readable is None or readable(page):
            found.append(Finding(subject.object_id, page, page, (mark,), is_hit=False))
    return found

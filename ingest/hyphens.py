"""Words split at line ends: which halves belong together (pitfalls section 7). Pure; the pages stay as they are.

An object is looked at page after page, and only the few lines that a second half can stand on are looked ahead to.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lectern.words import Hyphen, Join, Page, PageText, page_text
from search.analysis import fold, strip_outer

BREAK_SIGNS = "-‐‑¬⸗="
SOFT_HYPHEN = "\N{SOFT HYPHEN}"
_LOOK_AHEAD_LINES = 6  # running head, page number and catchword that may stand between two halves
_RUNNING_HEADS = 3  # lines at the head of a page that may not be text
_SHORTEST_STEM = 2
_SIGNS_AT_END = re.compile(f"[{re.escape(BREAK_SIGNS)}]$")
_TWO_SIGNS = re.compile(f"[{re.escape(BREAK_SIGNS)}—–]{{2}}$")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word by its number over the object, with what the file says of it as a half."""

    number: int
    text: str
    hyphen: Hyphen | None


@dataclass(slots=True)
class _Line:
    """A line that has words; `first` is its first word's number over the object."""

    page: int
    first: int
    texts: list[str]
    hyphens: dict[int, Hyphen]  # by place in the line

    def word(self, place: int) -> _Word:
        return _Word(self.first + place, self.texts[place], self.hyphens.get(place))

    @property
    def start(self) -> _Word:
        return self.word(0)


@dataclass(slots=True)
class Joiner:
    """Finds the joins of an object, page after page; no word is in two of them.

    Halves that the file marks are joined (`marked`); so is a final break sign without mark where the next
    line goes on with a word (`marked` False: it is read both ways). A first half without its second stays
    a word of its own.
    """

    _words: int = 0
    _count: int = 0
    _pages: deque[tuple[int, PageText]] = field(default_factory=deque)  # not handed out yet, with their numbers
    _lines: deque[_Line] = field(default_factory=deque)  # not looked at yet
    _taken: set[int] = field(default_factory=set)
    _joins: list[Join] = field(default_factory=list)

    def add(self, page: PageText) -> Iterator[tuple[PageText, list[Join]]]:
        """Take in the next page; yields those that are settled, with the joins whose first halves stand on them."""
        place = 0
        for count in page.lines:
            texts = page.texts[place : place + count]
            hyphens = {i - place: page.hyphens[i] for i in range(place, place + count) if i in page.hyphens}
            self._lines.append(_Line(self._count, self._words + place, texts, hyphens if page.hyphens else {}))
            place += count
        self._pages.append((self._count, page))
        self._words += len(page.texts)
        self._count += 1
        yield from self._settle(_LOOK_AHEAD_LINES)

    def finish(self) -> Iterator[tuple[PageText, list[Join]]]:
        """Yield the pages that are left: nothing follows them."""
        yield from self._settle(0)

    def _settle(self, ahead: int) -> Iterator[tuple[PageText, list[Join]]]:
        """Look at all lines that as many others follow, and yield the pages that have no other."""
        while self._pages:
            number, page = self._pages[0]
            while self._lines and self._lines[0].page == number:
                if len(self._lines) <= ahead:
                    return
                self._look_at(self._lines.popleft())
            if not self._lines and ahead:
                return
            self._pages.popleft()
            found, self._joins = self._joins, []
            yield page, found

    def _look_at(self, line: _Line) -> None:
        following = [self._lines[i] for i in range(min(_LOOK_AHEAD_LINES, len(self._lines)))]
        last = len(line.texts) - 1
        for place in sorted({*line.hyphens, last}):
            word = line.word(place)
            if word.number in self._taken:
                continue
            join = _join_at(word, line, place, following)
            if join is not None and join.second not in self._taken:
                self._joins.append(join)
                self._taken |= {join.first, join.second}
        self._taken = {number for number in self._taken if number > line.first + last}


def find_joins(pages: Iterable[Page]) -> list[Join]:
    """Return the joins of an object in order of their first halves (see `Joiner`)."""
    joiner = Joiner()
    found = [join for page in pages for _, joins in joiner.add(page_text(page)) for join in joins]
    return found + [join for _, joins in joiner.finish() for join in joins]


def _join_at(word: _Word, line: _Line, place: int, following: list[_Line]) -> Join | None:
    if word.hyphen is not None and word.hyphen.part == 1:
        partner = _marked_partner(word, line, place, following)
        return None if partner is None else Join(word.number, partner.number, joined(word, partner), True)
    if place == len(line.texts) - 1 and word.hyphen is None and may_break(word.text):
        partner = _unmarked_partner(line, following)
        if partner is not None:
            return Join(word.number, partner.number, _stem(word.text) + strip_outer(partner.text), False)
    return None


def _marked_partner(word: _Word, line: _Line, place: int, following: list[_Line]) -> _Word | None:
    """Return the second half of a marked first one: the next word, or one that begins a line soon after it."""
    starts = [each.start for each in following]
    ends_line = place == len(line.texts) - 1
    candidates = starts if ends_line else [line.word(place + 1), *starts]
    # Another first half in between closes this one: its second half is missing.
    closing = _next_first(word.number, line, following)
    candidates = [each for each in candidates if closing is None or each.number <= closing]
    for candidate in candidates:
        near = candidate.number == word.number + 1
        if candidate.hyphen is not None and candidate.hyphen.part == 2 and (near or _agree(word, candidate)):
            return candidate
    whole = word.hyphen.whole if word.hyphen else None
    for candidate in candidates if ends_line else candidates[1:]:
        if candidate.hyphen is None:
            near = candidate.number == word.number + 1 and whole is None and _goes_on(candidate.text)
            if near or _fits(word, candidate):
                return candidate
    return None


def _next_first(number: int, line: _Line, following: list[_Line]) -> int | None:
    """Return the first word after a given one that a file marks as a first half."""
    for each in (line, *following):
        for place, hyphen in sorted(each.hyphens.items()):
            if hyphen.part == 1 and each.first + place > number:
                return each.first + place
    return None


def _agree(first: _Word, second: _Word) -> bool:
    """Return whether two halves that stand apart say that they belong to the same whole."""
    one, other = (_letters(word.hyphen.whole) if word.hyphen and word.hyphen.whole else "" for word in (first, second))
    return one == other or _fits(first, second) or _fits(second, first)


def _unmarked_partner(line: _Line, following: list[_Line]) -> _Word | None:
    """Return the first word of the next line if it may be the other half; over a page end, past a running head."""
    if not following:
        return None
    if following[0].page != line.page:
        for each in following[:_RUNNING_HEADS]:
            if each.page != following[0].page:
                break
            if each.texts[0][:1].islower():
                return _checked(each.start)
            if may_break(each.texts[-1]):
                break  # what comes next is the other half of that one
    return _checked(following[0].start)


def _checked(word: _Word) -> _Word | None:
    return word if word.hyphen is None and _goes_on(word.text) else None


def may_break(text: str) -> bool:
    """Return whether a word at a line's end may be the first half of one that goes on below.

    Not so: a dash, a range (`1914-`), a single letter.
    """
    if not _SIGNS_AT_END.search(text) or _TWO_SIGNS.search(text):
        return False
    stem = strip_outer(_stem(text))
    return len(stem) >= _SHORTEST_STEM and stem[-1].isalpha() and _stem(text).endswith(stem[-1])


def _goes_on(text: str) -> bool:
    """Return whether a word may be a second half: it begins with a letter and has no digit."""
    return text[:1].isalpha() and not any(character.isdigit() for character in text)


def _stem(text: str) -> str:
    return text.rstrip(BREAK_SIGNS)


def joined(first: _Word, second: _Word) -> str:
    """Return the whole of two marked halves: what the file says it is if that fits them, else both together."""
    for word in (first, second):
        if word.hyphen is not None and word.hyphen.whole and _fits(word, second if word is first else first):
            return strip_outer(word.hyphen.whole) or word.hyphen.whole
    stem = _stem(first.text)
    return (stem or first.text) + (strip_outer(second.text) or second.text)


def _fits(marked: _Word, other: _Word) -> bool:
    """Return whether a given whole can be what two halves make, whichever half it is given on."""
    hyphen = marked.hyphen
    if hyphen is None or not hyphen.whole:
        return False
    first, second = (marked, other) if hyphen.part == 1 else (other, marked)
    head, tail = _letters(first.text), _letters(second.text)
    whole = _letters(hyphen.whole)
    if whole == head + tail:
        return True
    return second.hyphen is not None and first.hyphen is not None and bool(head) and whole.startswith(head)


def _letters(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())

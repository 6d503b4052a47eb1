"""Words split at line ends: which halves belong together (pitfalls section 7). Pure; the pages stay as they are."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lectern.words import Join, Page, Word
from search.analysis import fold, strip_outer

BREAK_SIGNS = "-‐‑¬⸗="
SOFT_HYPHEN = "\N{SOFT HYPHEN}"
_LOOK_AHEAD_LINES = 6  # running head, page number and catchword that may stand between two halves
_RUNNING_HEADS = 3  # lines at the head of a page that may not be text
_SHORTEST_STEM = 2
_SIGNS_AT_END = re.compile(f"[{re.escape(BREAK_SIGNS)}]$")
_TWO_SIGNS = re.compile(f"[{re.escape(BREAK_SIGNS)}—–]{{2}}$")


@dataclass(frozen=True, slots=True)
class _Place:
    """A line's words as ordinals over the object: first, and one past the last."""

    page: int
    first: int
    end: int


def find_joins(pages: Sequence[Page]) -> list[Join]:
    """Return the joins of an object in order of their first halves; no word is in two of them.

    Halves that the file marks are joined (`marked`); so is a final break sign without mark where the next
    line goes on with a word (`marked` False: it is read both ways). A first half without its second stays
    a word of its own.
    """
    words = [word for page in pages for word in page.words()]
    lines = list(_lines(pages))
    joins: list[Join] = []
    taken: set[int] = set()
    for index, line in enumerate(lines):
        for first in range(line.first, line.end):
            join = None if first in taken else _join_at(words, lines, index, first)
            if join is not None and join.second not in taken:
                joins.append(join)
                taken |= {join.first, join.second}
    return joins


def _lines(pages: Sequence[Page]) -> Iterator[_Place]:
    start = 0
    for number, page in enumerate(pages):
        for line in page.lines():
            if line.words:
                yield _Place(number, start, start + len(line.words))
                start += len(line.words)


def _join_at(words: Sequence[Word], lines: Sequence[_Place], index: int, first: int) -> Join | None:
    word = words[first]
    ends_line = first == lines[index].end - 1
    if word.hyphen is not None and word.hyphen.part == 1:
        second = _marked_partner(words, lines, index, first)
        return None if second is None else Join(first, second, joined(word, words[second]), True)
    if ends_line and word.hyphen is None and may_break(word.text):
        second = _unmarked_partner(words, lines, index)
        if second is not None:
            return Join(first, second, _stem(word.text) + strip_outer(words[second].text), False)
    return None


def _marked_partner(words: Sequence[Word], lines: Sequence[_Place], index: int, first: int) -> int | None:
    """Return the second half of a marked first one: the next word, or one that begins a line soon after it."""
    mark = words[first].hyphen
    whole = mark.whole if mark else None
    after = first + 1
    starts = [line.first for line in lines[index + 1 : index + 1 + _LOOK_AHEAD_LINES]]
    candidates = [after, *(start for start in starts if start != after)] if after < len(words) else []
    # Another first half in between closes this one: its second half is missing.
    closing = next((i for i in range(after, candidates[-1]) if _is_first(words[i])), len(words)) if candidates else 0
    candidates = [candidate for candidate in candidates if candidate <= closing]
    for candidate in candidates:
        hyphen = words[candidate].hyphen
        if hyphen is not None and hyphen.part == 2 and (candidate == after or _agree(words[first], words[candidate])):
            return candidate
    for candidate in candidates:
        if candidate in starts and words[candidate].hyphen is None:
            near = candidate == after and whole is None and _goes_on(words[candidate].text)
            if near or _fits(words[first], words[candidate]):
                return candidate
    return None


def _is_first(word: Word) -> bool:
    return word.hyphen is not None and word.hyphen.part == 1


def _agree(first: Word, second: Word) -> bool:
    """Return whether two halves that stand apart say that they belong to the same whole."""
    one, other = (_letters(word.hyphen.whole) if word.hyphen and word.hyphen.whole else "" for word in (first, second))
    return one == other or _fits(first, second) or _fits(second, first)


def _unmarked_partner(words: Sequence[Word], lines: Sequence[_Place], index: int) -> int | None:
    """Return the first word of the next line if it may be the other half; over a page end, past a running head."""
    following = lines[index + 1 : index + 2]
    if not following:
        return None
    if following[0].page != lines[index].page:
        for line in lines[index + 1 : index + 1 + _RUNNING_HEADS]:
            if line.page != following[0].page:
                break
            if words[line.first].text[:1].islower():
                return _checked(words, line)
            if may_break(words[line.end - 1].text):
                break  # what comes next is the other half of that one
    return _checked(words, following[0])


def _checked(words: Sequence[Word], line: _Place) -> int | None:
    return line.first if words[line.first].hyphen is None and _goes_on(words[line.first].text) else None


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


def joined(first: Word, second: Word) -> str:
    """Return the whole of two marked halves: what the file says it is if that fits them, else both together."""
    for word in (first, second):
        if word.hyphen is not None and word.hyphen.whole and _fits(word, second if word is first else first):
            return strip_outer(word.hyphen.whole) or word.hyphen.whole
    stem = _stem(first.text)
    return (stem or first.text) + (strip_outer(second.text) or second.text)


def _fits(marked: Word, other: Word) -> bool:
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

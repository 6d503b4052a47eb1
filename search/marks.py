"""Where a hit is lit: a stretch of words on each line it touches, found by arithmetic from its tokens."""

from typing import NamedTuple

from search.evaluator import FIRST_HALF, LAST_HALF, Hit
from search.tokentable import TokenTable


class Mark(NamedTuple):
    """Words `first` to `last` (over the object) of one line.

    `start` and `end` are the characters lit of the first and of the last word; `end` None is "to its end".
    """

    line: int
    first: int
    last: int
    start: int = 0
    end: int | None = None


def marks_of_hit(hit: Hit, table: TokenTable) -> list[Mark]:
    """Return the marks of a hit, one for each line it touches, in reading order."""
    if hit.first == hit.last:
        return _marks_of_token(hit.first, hit.first_lit, table)
    if table.are_plain(hit.first, hit.last):
        first, last = table.word(hit.first), table.word(hit.last)
        line = table.line(first)
        if last <= table.line_range(line)[1]:
            return [Mark(line, first, last)]
        if hit.last == hit.first + 1:
            return [Mark(line, first, first), Mark(table.line(last), last, last)]
    lines: dict[int, Mark] = {}
    for token in range(hit.first, hit.last + 1):
        lit = hit.first_lit if token == hit.first else hit.last_lit if token == hit.last else FIRST_HALF | LAST_HALF
        word, half = table.word(token), table.second_half(token)
        if half is None:
            start, end = table.share(token) or (0, None)
            _extend(lines, table.line(word), word, start, end)
            continue
        if lit & FIRST_HALF:
            _extend(lines, table.line(word), word, 0, None)
        if lit & LAST_HALF:
            _extend(lines, table.line(half), half, 0, None)
    return sorted(lines.values(), key=lambda mark: mark.first)


def _marks_of_token(token: int, lit: int, table: TokenTable) -> list[Mark]:
    """Return the mark of one token, or those of its two halves."""
    word = table.word(token)
    line = table.line(word)
    if table.is_plain(token):
        return [Mark(line, word, word)]
    half = table.second_half(token)
    if half is None:
        start, end = table.share(token) or (0, None)
        return [Mark(line, word, word, start, end)]
    other = table.line(half)
    if lit == FIRST_HALF | LAST_HALF:
        return [Mark(line, word, half)] if other == line else [Mark(line, word, word), Mark(other, half, half)]
    return [Mark(line, word, word)] if lit & FIRST_HALF else [Mark(other, half, half)]


def _extend(lines: dict[int, Mark], line: int, word: int, start: int, end: int | None) -> None:
    """Add a word to the mark of its line; what stands between two lit words of a line is lit with them."""
    mark = lines.get(line)
    if mark is None:
        lines[line] = Mark(line, word, word, start, end)
    elif word < mark.first:
        lines[line] = Mark(line, word, mark.last, start, mark.end)
    else:
        lines[line] = Mark(line, mark.first, word, mark.start, end)


def mark_of_line(line: int, table: TokenTable) -> Mark:
    """Return the mark of a whole line."""
    return Mark(line, *table.line_range(line))

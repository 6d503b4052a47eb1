"""Which words a token lies on: identity, only exceptions stored (DESIGN section 2). Read from a pack by arithmetic."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property

from lectern.pack import PackFile, numbers
from search.tokenizing import Tokens

_PAIR = 2  # the width of nearly all phrases


def token_sections(found: Tokens) -> dict[str, bytes]:
    """Return the sections of a pack that map tokens to words, words to lines and both to pages."""
    halves = sorted(found.halves.items())
    shares = sorted(found.shares.items())
    return {
        "page_tokens": numbers(found.page_tokens),
        "page_words": numbers(found.page_words),
        "line_words": numbers(found.line_words),
        "run_tokens": numbers(found.run_tokens),
        "run_words": numbers(found.run_words),
        "half_tokens": numbers([token for token, _ in halves]),
        "half_words": numbers([word for _, word in halves]),
        "share_tokens": numbers([token for token, _ in shares]),
        "share_spans": numbers([n for _, span in shares for n in span]),
    }


class TokenTable:
    """The map of one object's tokens, words, lines and pages. All numbers count over the object, from 0."""

    def __init__(self, pack: PackFile) -> None:
        read = pack.numbers
        self.page_tokens: Sequence[int] = read("page_tokens")
        self.page_words: Sequence[int] = read("page_words")
        self._line_words: Sequence[int] = read("line_words")
        self._run_tokens: Sequence[int] = read("run_tokens")
        self._run_words: Sequence[int] = read("run_words")
        self._half_tokens: Sequence[int] = read("half_tokens")
        self._half_words: Sequence[int] = read("half_words")
        self._share_tokens: Sequence[int] = read("share_tokens")
        self._share_spans: Sequence[int] = read("share_spans")

    @property
    def pages(self) -> int:
        """Return the number of pages."""
        return len(self.page_words) - 1

    def word(self, token: int) -> int:
        """Return the word that a token begins on."""
        run = bisect_right(self._run_tokens, token) - 1
        return self._run_words[run] + token - self._run_tokens[run]

    def token_of_word(self, word: int) -> int | None:
        """Return the last token that begins on a word, None if none does."""
        run = bisect_right(self._run_words, word) - 1
        token = self._run_tokens[run] + word - self._run_words[run]
        ends = self._run_tokens[run + 1] if run + 1 < len(self._run_tokens) else self.page_tokens[-1]
        return token if run >= 0 and token < ends else None

    @cached_property
    def exceptions(self) -> frozenset[int]:
        """Return the tokens that do not lie on one whole word."""
        return frozenset(self._half_tokens) | frozenset(self._share_tokens)

    def exceptions_within(self, width: int) -> frozenset[int]:
        """Return the tokens from which an exception is less than `width` tokens away, itself counted."""
        if width == 1:
            return self.exceptions
        if width == _PAIR:
            return self._pairs_with_exceptions
        return self._shifted(width)

    @cached_property
    def _pairs_with_exceptions(self) -> frozenset[int]:
        return self._shifted(_PAIR)

    def _shifted(self, width: int) -> frozenset[int]:
        return frozenset(token - back for token in self.exceptions for back in range(width))

    @cached_property
    def crossing(self) -> tuple[tuple[int, int], ...]:
        """Return the tokens that a page end splits, each with the page of its second half."""
        pages = (
            (token, self.page_of_word(word)) for token, word in zip(self._half_tokens, self._half_words, strict=True)
        )
        return tuple((token, page) for token, page in pages if page != self.page_of_token(token))

    def over_line_end(self, tokens: Sequence[int], more: int) -> list[int]:
        """Return the places of those tokens (ascending) that stand on another line than the token `more` after them."""
        found = []
        words, starts, lines = self._run_words, self._run_tokens, self._line_words
        run, line, border = 0, 0, 0  # `border` is the first word of the next line
        for place, token in enumerate(tokens):
            run = bisect_right(starts, token, run) - 1
            word = words[run] + token - starts[run]
            if word >= border:
                line = bisect_right(lines, word, line) - 1
                border = lines[line + 1]
            last = word + more
            if run + 1 < len(starts) and token + more >= starts[run + 1]:
                last = self.word(token + more)
            if last >= border:
                found.append(place)
        return found

    def lines_of_page(self, page: int) -> range:
        """Return the lines that have words on a page (from 0)."""
        lines = self._line_words
        return range(bisect_left(lines, self.page_words[page]), bisect_left(lines, self.page_words[page + 1]))

    def is_plain(self, token: int) -> bool:
        """Return whether a token lies on one whole word, as nearly all do."""
        return token not in self.exceptions

    def are_plain(self, first: int, last: int) -> bool:
        """Return whether all tokens from `first` to `last` lie on one whole word each."""
        return self.exceptions.isdisjoint(range(first, last + 1))

    def second_half(self, token: int) -> int | None:
        """Return the word of a hyphenated token's second half, None for any other token."""
        i = bisect_left(self._half_tokens, token)
        found = i < len(self._half_tokens) and self._half_tokens[i] == token
        return self._half_words[i] if found else None

    @cached_property
    def first_halves(self) -> frozenset[int]:
        """Return the words that a hyphen joins to a later one: no blank follows them in running text."""
        return frozenset(map(self.word, self._half_tokens))

    def share(self, token: int) -> tuple[int, int] | None:
        """Return the characters (start, end) of its word that a token lies on, None if on all of them."""
        i = bisect_left(self._share_tokens, token)
        if i >= len(self._share_tokens) or self._share_tokens[i] != token:
            return None
        return self._share_spans[2 * i], self._share_spans[2 * i + 1]

    def line(self, word: int) -> int:
        """Return the line that a word stands on."""
        return bisect_right(self._line_words, word) - 1

    def line_range(self, line: int) -> tuple[int, int]:
        """Return the first and last word of a line."""
        return self._line_words[line], self._line_words[line + 1] - 1

    @property
    def lines(self) -> int:
        """Return the number of lines that have words."""
        return len(self._line_words) - 1

    def page_of_word(self, word: int) -> int:
        """Return the page (from 0) of a word."""
        return bisect_right(self.page_words, word) - 1

    def page_of_token(self, token: int) -> int:
        """Return the page (from 0) on which a token begins."""
        return bisect_right(self.page_tokens, token) - 1

    def last_page_of_token(self, token: int) -> int:
        """Return the page on which a token ends: the next one, if a hyphen at a page end splits it."""
        half = None if self.is_plain(token) else self.second_half(token)
        return self.page_of_token(token) if half is None else self.page_of_word(half)

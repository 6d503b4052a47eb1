"""What the words of an object look like on paper: what an exact search is checked by."""

from collections.abc import Iterable, Iterator, Sequence

from lectern.words import Join
from search.analysis import Token
from search.folding import as_printed, strip_outer
from search.library import PackHandle

FIRST_HALF, LAST_HALF, BOTH = 1, 2, 3


class Printed:
    """The printed forms of an object's tokens, each page's words opened once."""

    def __init__(self, handle: PackHandle) -> None:
        self._handle = handle
        self._table = handle.tokens
        self._pages: dict[int, Sequence[str]] = {}
        self._plain: dict[str, dict[str, int]] = {}  # of words that are one token, by their text

    def have(self, tokens: Iterable[int]) -> None:
        """Have the pages of tokens at hand, as their printed forms are about to be asked for."""
        if self._handle.is_at_hand:
            return
        page = self._table.page_of_token
        self._handle.have(each for token in tokens for each in (page(token), self._table.last_page_of_token(token)))

    def __call__(self, token: int) -> dict[str, int]:
        """Return every form that a token (over the object) is printed in, with what is lit of it.

        A compound is its parts too, a hyphenated word its halves; readings that the OCR only guessed are nothing.
        """
        word = self._table.word(token)
        if self._table.is_plain(token):
            text = self._text(word)
            forms = self._plain.get(text)
            if forms is None:
                forms = self._plain[text] = _lit(self._handle.profile.tokens(text)[:1], BOTH)
            return forms
        half = self._table.second_half(token)
        if half is None:
            start, _ = self._table.share(token) or (0, 0)
            return _lit([each for each in self._tokens(word) if each.start == start], BOTH)
        return self._hyphenated(self._handle.joins[word])

    def _hyphenated(self, join: Join) -> dict[str, int]:
        profile = self._handle.profile
        forms = _lit(profile.tokens(strip_outer(join.whole))[:1], BOTH)
        if not join.marked:
            both = self._text(join.first).strip() + self._text(join.second).strip()
            forms |= {as_printed(token.printed): BOTH for token in profile.tokens(both)}
        for word, lit in ((join.first, FIRST_HALF), (join.second, LAST_HALF)):
            for form in _lit(self._tokens(word), lit):
                forms[form] = forms.get(form, 0) | lit
        return forms

    def _tokens(self, word: int) -> Sequence[Token]:
        return self._handle.profile.tokens(self._text(word))

    def _text(self, word: int) -> str:
        page = self._table.page_of_word(word)
        texts = self._pages.get(page)
        if texts is None:
            texts = self._pages[page] = self._handle.page(page + 1).texts
        return texts[word - self._table.page_words[page]]


def _lit(tokens: Sequence[Token], lit: int) -> dict[str, int]:
    """Return the forms of tokens and of their parts, all of them lit alike."""

    def forms() -> Iterator[str]:
        for token in tokens:
            yield token.printed
            yield from token.printed_parts

    return {as_printed(form): lit for form in forms()}

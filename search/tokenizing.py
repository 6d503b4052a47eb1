"""From the words of an object to its tokens: positions, what each can be found by, and which words it lights.

A position is a token's ordinal over the whole object (DESIGN section 2). A hyphenated word is one token whose
terms share its position; a word of mere punctuation has none.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate, pairwise

from lectern.words import Join, Page, Text, Word
from search.analysis import Profile, Token, strip_outer


class Kind(StrEnum):
    """In what way a term belongs to a token; each kind is a field of the index.

    Only SURFACE terms are seen by prefixes, wildcards, fuzzy words and suggestions. FIRST and LAST light one
    half of a hyphenated word, the others all of it.
    """

    SURFACE = "surface"
    VARIANT = "variant"
    FIRST = "first"
    LAST = "last"
    ALTERNATIVE = "alternative"


Postings = dict[Kind, dict[str, "array[int]"]]


@dataclass(slots=True)
class Tokens:
    """All tokens of an object. Word and token numbers count over the whole object, from 0."""

    count: int = 0
    postings: Postings = field(default_factory=lambda: {kind: {} for kind in Kind})
    printed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    page_tokens: list[int] = field(default_factory=list)  # the first token of every page, and the count
    page_words: list[int] = field(default_factory=list)  # the first word of every page, and the count
    line_words: list[int] = field(default_factory=list)  # the first word of every line, and the count
    run_tokens: list[int] = field(default_factory=list)  # where word - token changes: the token
    run_words: list[int] = field(default_factory=list)  # ... and its word
    halves: dict[int, int] = field(default_factory=dict)  # token -> word of its second half
    shares: dict[int, tuple[int, int]] = field(default_factory=dict)  # token -> characters of its word
    _drift: int | None = None

    def add(self, word: int, terms: Iterable[tuple[Kind, str]], printed: str) -> int:
        """Append a token that begins on a word; returns its number. The first surface term is its whole."""
        token = self._begin(word)
        whole: str | None = None
        for kind, term in dict.fromkeys(terms):
            self.postings[kind].setdefault(term, array("I")).append(token)
            if whole is None and kind is Kind.SURFACE:
                whole = term
                self.printed[term][printed] += 1
        return token

    def add_plain(self, word: int, surface: str, printed: str) -> None:
        """Append a token that has its surface form and nothing else."""
        positions = self._surface.get(surface)
        if positions is None:
            positions = self._surface[surface] = array("I")
        positions.append(self._begin(word))
        self.printed[surface][printed] += 1

    @property
    def _surface(self) -> "dict[str, array[int]]":
        return self.postings[Kind.SURFACE]

    def _begin(self, word: int) -> int:
        """Return the number of the next token, which lies on a word; note where the two numbers drift apart."""
        token = self.count
        self.count += 1
        if word - token != self._drift:
            self._drift = word - token
            self.run_tokens.append(token)
            self.run_words.append(word)
        return token


def tokenize(text: Text, profile: Profile) -> Tokens:
    """Return the tokens of an object's text under a profile."""
    found = Tokens()
    joins = {join.first: join for join in text.joins}
    seconds = {join.second for join in text.joins}
    words = [word for page in text.pages for word in page.words()]
    found.page_words = _page_starts(text.pages)
    found.line_words = _line_starts(text.pages)
    for start, end in pairwise(found.page_words):
        found.page_tokens.append(found.count)
        for ordinal in range(start, end):
            if ordinal in joins:
                _add_joined(found, profile, joins[ordinal], words[ordinal], words[joins[ordinal].second])
            elif ordinal not in seconds:
                _add_word(found, profile, ordinal, words[ordinal])
    found.page_tokens.append(found.count)
    return found


def _page_starts(pages: list[Page]) -> list[int]:
    return [0, *accumulate(sum(len(line.words) for line in page.lines()) for page in pages)]


def _line_starts(pages: list[Page]) -> list[int]:
    lengths = (len(line.words) for page in pages for line in page.lines() if line.words)
    return [0, *accumulate(lengths)]


def _add_word(found: Tokens, profile: Profile, ordinal: int, word: Word) -> None:
    cut = profile.tokens(word.text)
    if len(cut) == 1 and not cut[0].parts and not word.alternatives:  # nearly every word of nearly every book
        found.add_plain(ordinal, cut[0].surface, cut[0].printed)
        return
    for token in cut:
        alternatives = _alternative_terms(profile, word) if len(cut) == 1 else []
        number = found.add(ordinal, [*_token_terms(token), *alternatives], token.printed)
        _name_parts(found, token)
        if len(cut) > 1:
            found.shares[number] = (token.start, token.end)


def _token_terms(token: Token) -> Iterator[tuple[Kind, str]]:
    """Yield a token's own terms: the whole, the parts of a compound, and the compound written as one word."""
    yield Kind.SURFACE, token.surface
    for part in token.parts:
        yield Kind.SURFACE, part
    if token.closed:
        yield Kind.VARIANT, token.closed


def _name_parts(found: Tokens, token: Token) -> None:
    """Remember a compound's parts as printed forms, so that a suggestion can show them."""
    for part, printed in zip(token.parts, token.printed_parts, strict=True):
        found.printed[part][printed] += 1


def _alternative_terms(profile: Profile, word: Word) -> list[tuple[Kind, str]]:
    """Return what else the OCR thought the word might be; readings of several words cannot share one place."""
    readings = (profile.tokens(other) for other in word.alternatives if len(other.split()) == 1)
    return [(Kind.ALTERNATIVE, reading[0].surface) for reading in readings if len(reading) == 1]


def _add_joined(found: Tokens, profile: Profile, join: Join, first: Word, second: Word) -> None:
    """Add the one token of a hyphenated word: the joined form, both halves, and the form as printed."""
    whole = profile.tokens(strip_outer(join.whole))
    halves = [(Kind.FIRST, profile.tokens(first.text)), (Kind.LAST, profile.tokens(second.text))]
    terms: list[tuple[Kind, str]] = [t for token in whole[:1] for t in _token_terms(token)]
    for kind, cut in halves:
        for token in cut:
            terms += [(kind, token.surface), *((kind, part) for part in token.parts)]
    if not join.marked:
        as_printed = profile.tokens(first.text.strip() + second.text.strip())
        terms += [(Kind.VARIANT, token.surface) for token in as_printed]
    number = found.add(join.first, terms, whole[0].printed if whole else "")
    found.halves[number] = join.second

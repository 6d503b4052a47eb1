"""From the words of an object to its tokens: positions, what each can be found by, and which words it lights.

A position is a token's ordinal over the whole object (DESIGN section 2). A hyphenated word is one token whose
terms share its position; a word of mere punctuation has none.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate, islice
from operator import lt

from lectern.words import Join, PageText, Text, page_text
from search.analysis import Profile, Token
from search.folding import strip_outer
from search.segments import FIRST, segmented


class Kind(StrEnum):
    """In what way a term belongs to a token; each kind is a field of the index.

    Only SURFACE terms are seen by prefixes, wildcards, fuzzy words and suggestions. FIRST and LAST light one
    half of a hyphenated word, the others all of it. A STEM stands for every word of that stem.
    """

    SURFACE = "surface"
    VARIANT = "variant"
    FIRST = "first"
    LAST = "last"
    ALTERNATIVE = "alternative"
    STEM = "stem"


APART = 1000  # tokens that are left out for a page of which nothing is known: more than words near one another may lie

Postings = dict[Kind, dict[str, "array[int]"]]


def _numbers(*first: int) -> "array[int]":
    return array("I", first)


@dataclass(slots=True)
class Tokens:
    """All tokens of an object. Word and token numbers count over the whole object, from 0."""

    count: int = 0
    postings: Postings = field(default_factory=lambda: {kind: {} for kind in Kind})
    printed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # forms other than the term
    segments: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # words without spaces
    page_tokens: "array[int]" = field(default_factory=_numbers)  # the first token of every page, and the count
    page_words: "array[int]" = field(default_factory=lambda: _numbers(0))  # the first word of every page, and the count
    line_words: "array[int]" = field(default_factory=lambda: _numbers(0))  # the first word of every line, and the count
    run_tokens: "array[int]" = field(default_factory=_numbers)  # where word - token changes: the token
    run_words: "array[int]" = field(default_factory=_numbers)  # ... and its word
    halves: dict[int, int] = field(default_factory=dict)  # token -> word of its second half
    shares: dict[int, tuple[int, int]] = field(default_factory=dict)  # token -> characters of its word

    @property
    def occurs(self) -> bool:
        """Return whether there is any token: numbers may be left out."""
        return any(self.postings.values())


def tokenize(text: Text, profile: Profile) -> Tokens:
    """Return the tokens of an object's text under a profile."""
    tokenizer = Tokenizer(profile)
    for page, joins in pages_with_joins(map(page_text, text.pages), text.joins):
        tokenizer.add(page, joins)
    return tokenizer.finish()


def pages_with_joins(pages: Iterable[PageText], joins: Sequence[Join]) -> Iterator[tuple[PageText, list[Join]]]:
    """Yield every page with the joins, of all those of an object in order, whose first halves stand on it."""
    words = place = 0
    for page in pages:
        words += len(page.texts)
        first = place
        while place < len(joins) and joins[place].first < words:
            place += 1
        yield page, list(joins[first:place])


@dataclass(frozen=True, slots=True)
class _Half:
    """A hyphenated word whose second half is still to come."""

    token: int
    first: str
    marked: bool


class Tokenizer:
    """Makes an object's tokens, page after page.

    Nearly every word is one token that is found by what only its text says. So the places of such words are
    gathered by text, and what a text is found by is looked up once, at the end.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._found = Tokens()
        self._places: dict[str, array[int]] = {}
        self._cuts: dict[str, tuple[Token, ...]] = {}  # of texts that are no token, or several
        self._halves: dict[int, _Half] = {}  # by the word of the second half
        self._drift: int | None = None
        self._spaceless = False  # whether there may be a script without spaces

    def add(self, page: PageText, joins: Iterable[Join]) -> None:
        """Take in the next page, with the joins whose first halves stand on it."""
        found = self._found
        start = found.page_words[-1]
        found.page_tokens.append(found.count)
        firsts = {join.first: join for join in joins}
        seconds = {join.second for join in firsts.values()} | self._halves.keys()
        special = firsts.keys() | seconds | {start + word for word in page.alternatives}
        places, begin = self._places, self._begin
        for word, text in enumerate(page.texts, start):
            if word in special:
                self._add_special(word, text, firsts.get(word), page.alternatives.get(word - start, ()))
            elif (known := places.get(text)) is not None:
                known.append(begin(word))
            else:
                self._add_new(word, text)
        found.page_words.append(start + len(page.texts))
        lines = accumulate(page.lines, initial=start)
        next(lines)
        found.line_words.extend(lines)
        if self._spaceless:
            for term, printed in segmented(page.texts, self._profile):
                found.segments[term][printed] += 1

    def skip(self) -> None:
        """Take in a page of which nothing is known: no phrase and no words near one another reach over it."""
        found = self._found
        found.page_tokens.append(found.count)
        found.page_words.append(found.page_words[-1])
        found.count += APART

    def finish(self) -> Tokens:
        """Return all tokens; nothing can be added after that."""
        found = self._found
        found.page_tokens.append(found.count)
        places = self._places
        while places:
            text, positions = places.popitem()
            (token,) = self._profile.tokens(text)
            for kind, term in dict.fromkeys(_token_terms(token, self._profile)):
                self._post(kind, term, positions)
            _name(found, token, len(positions))
        for terms in found.postings.values():
            for term, positions in terms.items():
                terms[term] = _in_order(positions)
        return found

    def _begin(self, word: int) -> int:
        """Return the number of the next token, which lies on a word; note where the two numbers drift apart."""
        found = self._found
        token = found.count
        found.count = token + 1
        if word - token != self._drift:
            self._drift = word - token
            found.run_tokens.append(token)
            found.run_words.append(word)
        return token

    def _post(self, kind: Kind, term: str, tokens: Iterable[int]) -> None:
        terms = self._found.postings[kind]
        positions = terms.get(term)
        if positions is None:
            positions = terms[term] = array("I")
        positions.extend(tokens)

    def _add_new(self, word: int, text: str) -> None:
        """Take in a word whose text is no token, several, or one that was not met before."""
        cut = self._cuts.get(text)
        if cut is None:
            cut = self._profile.tokens(text)
            self._spaceless = self._spaceless or (not text.isascii() and any(t.surface >= FIRST for t in cut))
            if len(cut) == 1:
                self._places[text] = array("I", [self._begin(word)])
                return
            self._cuts[text] = cut
        for token in cut:
            number = self._begin(word)
            for kind, term in dict.fromkeys(_token_terms(token, self._profile)):
                self._post(kind, term, (number,))
            _name(self._found, token, 1)
            self._found.shares[number] = (token.start, token.end)

    def _add_special(self, word: int, text: str, join: Join | None, alternatives: tuple[str, ...]) -> None:
        """Take in a half of a hyphenated word, or a word for which the OCR had other readings."""
        if join is not None:
            self._add_first_half(word, text, join)
            return
        if (half := self._halves.pop(word, None)) is not None:
            self._add_second_half(text, half)
            return
        token = self._found.count
        if (known := self._places.get(text)) is not None:
            known.append(self._begin(word))
        else:
            self._add_new(word, text)
        if self._found.count == token + 1:  # readings of several words cannot share one place
            for term in dict.fromkeys(self._readings(alternatives)):
                self._post(Kind.ALTERNATIVE, term, (token,))

    def _readings(self, alternatives: Iterable[str]) -> Iterator[str]:
        """Yield what else the OCR thought a word might be, as it is compared."""
        for other in alternatives:
            reading = self._profile.tokens(other) if len(other.split()) == 1 else ()
            if len(reading) == 1:
                yield reading[0].surface

    def _add_first_half(self, word: int, text: str, join: Join) -> None:
        """Add the one token of a hyphenated word with its joined form and its first half."""
        whole = self._profile.tokens(strip_outer(join.whole))[:1]
        token = self._begin(word)
        for kind, term in dict.fromkeys(found for each in whole for found in _token_terms(each, self._profile)):
            self._post(kind, term, (token,))
        for each in whole:
            _name_form(self._found, each.surface, each.printed, 1)
        self._post_half(Kind.FIRST, token, text)
        self._found.halves[token] = join.second
        self._halves[join.second] = _Half(token, text, join.marked)

    def _add_second_half(self, text: str, half: _Half) -> None:
        """Give a hyphenated word its second half and, if no mark says that it is one word, the form as printed."""
        self._post_half(Kind.LAST, half.token, text)
        if not half.marked:
            printed = self._profile.tokens(half.first.strip() + text.strip())
            for term in dict.fromkeys(token.surface for token in printed):
                self._post(Kind.VARIANT, term, (half.token,))

    def _post_half(self, kind: Kind, token: int, text: str) -> None:
        terms = (term for each in self._profile.tokens(text) for term in (each.surface, *each.parts))
        for term in dict.fromkeys(terms):
            self._post(kind, term, (token,))


def _token_terms(token: Token, profile: Profile) -> Iterator[tuple[Kind, str]]:
    """Yield a token's own terms: the whole, the parts of a compound, the compound written as one word, and stems."""
    yield Kind.SURFACE, token.surface
    for part in token.parts:
        yield Kind.SURFACE, part
    if token.closed:
        yield Kind.VARIANT, token.closed
    if profile.stems:
        for printed in (token.whole, *token.printed_parts):
            yield from ((Kind.STEM, term) for term in profile.stem_terms(printed))


def _name(found: Tokens, token: Token, times: int) -> None:
    """Count a token's printed form and those of a compound's parts, so that a suggestion can show the commonest."""
    _name_form(found, token.surface, token.printed, times)
    for part, printed in zip(token.parts, token.printed_parts, strict=True):
        _name_form(found, part, printed, times)


def _name_form(found: Tokens, term: str, printed: str, times: int) -> None:
    if printed != term:
        found.printed[term][printed] += times


def _in_order(positions: "array[int]") -> "array[int]":
    """Return positions in order, each once: forms of a hyphenated word may come to one place by two ways."""
    if all(map(lt, positions, islice(positions, 1, None))):
        return positions
    return array("I", sorted(set(positions)))

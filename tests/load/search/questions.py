"""Questions of each kind, drawn from the words of the objects that are asked: every one of them finds something."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from search.library import PackHandle
from search.terms import Term

STOP_WORDS = 10  # the commonest words of an object
_PREFIX_LETTERS = 4
_TRIES = 2000
SUGGESTIONS = "suggestions"


class Question(NamedTuple):
    """A query, the object that is asked, and the kind of question."""

    object_id: str
    text: str
    kind: str


@dataclass(frozen=True)
class _Words:
    """The words of one object: as printed, page after page, and the commonest of them as they are compared."""

    texts: Sequence[str]
    stop_words: Sequence[str]


def _draw_term(words: _Words, draw: random.Random) -> str:
    return _word(words, draw, shortest=3, but=frozenset(words.stop_words))


def _draw_stop_word(words: _Words, draw: random.Random) -> str:
    return draw.choice(words.stop_words)


def _draw_phrase(words: _Words, draw: random.Random) -> str:
    """Return two of the commonest words that stand side by side somewhere."""
    common = frozenset(words.stop_words)
    for _ in range(_TRIES):
        place = draw.randrange(len(words.texts) - 1)
        one, other = words.texts[place : place + 2]
        if one in common and other in common:
            return f'"{one} {other}"'
    return f'"{words.stop_words[0]} {words.stop_words[1]}"'


def _draw_prefix(words: _Words, draw: random.Random) -> str:
    return _word(words, draw, shortest=_PREFIX_LETTERS + 1)[:_PREFIX_LETTERS] + "*"


def _draw_fuzzy(words: _Words, draw: random.Random) -> str:
    return _word(words, draw, shortest=5) + "~"


def _draw_beginning(words: _Words, draw: random.Random) -> str:
    return _word(words, draw, shortest=4)[: draw.randint(1, 4)]


def _draw_letter(words: _Words, draw: random.Random) -> str:
    return _word(words, draw, shortest=2)[0] + "*"


def _draw_ending(words: _Words, draw: random.Random) -> str:
    return "*" + _word(words, draw, shortest=6)[-3:]


KINDS: Mapping[str, Callable[[_Words, random.Random], str]] = {
    "term": _draw_term,
    "stop word": _draw_stop_word,
    "phrase of stop words": _draw_phrase,
    "prefix of 4 letters": _draw_prefix,
    "fuzzy-1": _draw_fuzzy,
    SUGGESTIONS: _draw_beginning,
}
WIDE_KINDS: Mapping[str, Callable[[_Words, random.Random], str]] = {
    "prefix of 1 letter": _draw_letter,
    "leading wildcard": _draw_ending,
}


def draw_questions(
    kind: str, names: Sequence[str], handle_of: Callable[[str], PackHandle], count: int, seed: int = 7
) -> list[Question]:
    """Return so many questions of a kind, each about an object drawn from `names`; the same ones for the same seed."""
    draw = random.Random(f"{seed} {kind}")
    make = {**KINDS, **WIDE_KINDS}[kind]
    words_of = lru_cache(maxsize=None)(lambda name: _words(handle_of(name)))
    return [Question(name, make(words_of(name), draw), kind) for name in draw.choices(names, k=count)]


def _words(handle: PackHandle) -> _Words:
    texts = [text for n in range(1, handle.pages + 1, 3) for text in handle.page(n).texts]
    terms: list[Term] = [term for letter in _letters(texts) for term in handle.terms.starting_with(letter)]
    commonest = sorted({term.term: term.count for term in terms}.items(), key=lambda item: (-item[1], item[0]))
    return _Words(texts, [term for term, _ in commonest[:STOP_WORDS]])


def _letters(texts: Sequence[str]) -> list[str]:
    return sorted({text[0].lower() for text in texts if text[:1].isalpha()})


def _word(words: _Words, draw: random.Random, *, shortest: int, but: frozenset[str] = frozenset()) -> str:
    """Return a word of the text, as often as it occurs there: of letters only, so that it reads as a query as it is."""
    for _ in range(_TRIES):
        text = draw.choice(words.texts)
        if len(text) >= shortest and text.isalpha() and text != "OR" and text.lower() not in but:
            return text
    raise ValueError(f"no word of {shortest} letters in the text")

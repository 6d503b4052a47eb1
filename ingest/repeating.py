"""Whether an annotation only repeats the text of its canvas: letter by letter, whatever hyphens and signs part them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache

from search.analysis import DEFAULT

_PAGES_KEPT = 32
_MOST_PLACES = 2000  # where a line may begin on a page; beyond, it is taken for no repetition
_KEY = 2  # letters by which such places are found


class _Letters:
    """The letters of a page in a row, and where its words begin and end in it."""

    def __init__(self, words: Sequence[str]) -> None:
        pieces = [letters for word in words if (letters := _letters(word))]
        self._text = "".join(pieces)
        self._words = set(pieces)
        self._ends = {0}
        self._begins: defaultdict[str, list[int]] = defaultdict(list)
        at = 0
        for piece in pieces:
            self._begins[self._text[at : at + _KEY]].append(at)
            at += len(piece)
            self._ends.add(at)

    def hold(self, line: str) -> bool:
        """Return whether whole words of the page are, in a row, these letters; no letters at all are nowhere."""
        if len(line) < _KEY:
            return line in self._words
        places = self._begins.get(line[:_KEY], [])[:_MOST_PLACES]
        return any(self._text.startswith(line, at) and at + len(line) in self._ends for at in places)


class Repeats:
    """Tells of a canvas' transcriptions whether they repeat its text; `words_of(n)` gives the words as printed."""

    def __init__(self, words_of: Callable[[int], Sequence[str]]) -> None:
        self._letters_of = lru_cache(_PAGES_KEPT)(lambda n: _Letters(words_of(n)))

    def on(self, n: int, text: str) -> bool:
        """Return whether every line of a text stands on a canvas (from 1) already; so does one without any letters."""
        lines = [letters for line in text.splitlines() if (letters := _letters(line))]
        page = self._letters_of(n)
        return page.hold("".join(lines)) or all(map(page.hold, lines))


def _letters(text: str) -> str:
    # Word by word: what is folded is remembered, and whole texts would be too much of it.
    return "".join(sign for word in text.split() for sign in DEFAULT.fold(word) if sign.isalnum())

"""A reader of the word model that shares no code with search/: every word looked at for every question.

It knows the letters of `vocabulary` only, and what they mean by Python's and Snowball's own means.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import snowballstemmer

from lectern.words import Text

Spans = set[tuple[int, int]]
_LETTER = r"[^\W_]"
_APART = re.compile(rf"{_LETTER}+")
_CJK = re.compile("[぀-ヿ㐀-鿿]")
_OLD = {"ꝛ": "r", "æ": "ae", "œ": "oe", "ĳ": "ij", "’": "'", "⸗": "-"}
_SAME = {"uv": ("v", "u"), "ij": ("j", "i")}
_JOINED = 3


@dataclass(frozen=True)
class Manner:
    """How a reader reads: which letters are the same to him, and the languages whose stems are."""

    folds: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()

    def bare(self, text: str) -> str:
        plain = "".join(_OLD.get(c, c) for c in text.casefold())
        return "".join(c for c in unicodedata.normalize("NFKD", plain) if unicodedata.category(c) != "Mn")

    def fold(self, text: str) -> str:
        found = self.bare(text)
        for name in self.folds:
            found = found.replace(*_SAME[name])
        return found

    def stems_of(self, printed: str) -> set[tuple[str, str]]:
        if not printed or _CJK.search(printed):
            return set()
        marked = unicodedata.normalize("NFC", "".join(_OLD.get(c, c) for c in printed.casefold()))
        return {
            (language, self.fold(snowballstemmer.stemmer(language).stemWord(word)))
            for language in self.stems
            for word in (marked, self.bare(printed))
        }


@dataclass
class Piece:
    """One token of a printed word: the whole without outer punctuation, and its parts."""

    printed: str
    parts: list[str]

    @property
    def shut(self) -> str:
        return "".join(self.parts)

    @property
    def is_phrase(self) -> bool:
        return len(self.parts) > 1 and "'" not in self.printed and "’" not in self.printed


def pieces(word: str) -> list[Piece]:
    runs = re.findall("[぀-ヿ㐀-鿿]|[^぀-ヿ㐀-鿿]+", word) if _CJK.search(word) else [word]
    found = []
    for run in runs:
        letters = list(re.finditer(_LETTER, unicodedata.normalize("NFC", run)))
        if letters:
            printed = unicodedata.normalize("NFC", run)[letters[0].start() : letters[-1].end()]
            found.append(Piece(printed, _APART.findall(printed)))
    return found


@dataclass
class Place:
    """A token of the object: the pages it touches, and everything that it is."""

    pages: set[int]
    surfaces: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    stems: set[tuple[str, str]] = field(default_factory=set)
    prints: set[str] = field(default_factory=set)


class Reader:
    """Reads an object in a manner."""

    def __init__(self, text: Text, manner: Manner) -> None:
        self.manner = manner
        self.places: list[Place] = []
        words = [(n, word) for n, page in enumerate(text.pages) for word in page.words()]
        firsts = {join.first: join for join in text.joins}
        seconds = {join.second for join in text.joins}
        for number, (page, word) in enumerate(words):
            if number in firsts:
                join = firsts[number]
                other, last = words[join.second]
                self.places.append(self._hyphenated(word.text, last.text, join.whole, {page, other}, join.marked))
            elif number not in seconds:
                cut = [self._place(piece, {page}) for piece in pieces(word.text)]
                if len(cut) == 1:
                    cut[0].others |= {self.manner.fold(a) for a in word.alternatives}
                self.places += cut

    def _place(self, piece: Piece, pages: set[int]) -> Place:
        fold = self.manner.fold
        place = Place(pages, {fold(piece.printed)}, prints={_print(piece.printed), *map(_print, piece.parts)})
        if len(piece.parts) > 1:
            place.surfaces |= set(map(fold, piece.parts))
            place.others.add(fold(piece.shut))
        for printed in {piece.shut, *piece.parts}:
            place.stems |= self.manner.stems_of(printed)
        return place

    def _hyphenated(self, first: str, last: str, whole: str, pages: set[int], marked: bool) -> Place:
        fold = self.manner.fold
        place = self._place(pieces(whole)[0], pages)
        for half in (first, last):
            for piece in pieces(half):
                place.others |= {fold(piece.printed), *map(fold, piece.parts)}
                place.prints |= {_print(piece.printed), *map(_print, piece.parts)}
        if not marked:
            for piece in pieces(first + last):
                place.others.add(fold(piece.printed))
                place.prints.add(_print(piece.printed))
        return place

    def row(self, text: str) -> Spans:
        """Return where the words of a text stand in a row, in all the ways that they may be printed."""
        units: list[str] = []  # what stands in a row
        wholes: dict[tuple[int, int], tuple[set[str], set[tuple[str, str]]]] = {}
        for piece in (piece for word in text.split() for piece in pieces(word)):
            start = len(units)
            own = piece.parts if piece.is_phrase else [piece.printed]
            units += map(self.manner.fold, own)
            for i, part in enumerate(own, start):
                wholes[i, i + 1] = (
                    {units[i]},
                    self.manner.stems_of(part) if "'" not in part.replace("’", "'") else set(),
                )
            wholes[start, len(units)] = (
                {self.manner.fold(piece.printed), self.manner.fold(piece.shut)},
                self.manner.stems_of(piece.shut),
            )
        for i in range(len(units)):
            for j in range(i + 2, min(i + _JOINED, len(units)) + 1):
                wholes.setdefault((i, j), (set(), set()))[0].add("".join(units[i:j]))

        def ends(unit: int, token: int) -> Iterator[int]:
            if unit == len(units):
                yield token - 1
                return
            if token == len(self.places):
                return
            here = self.places[token]
            for (i, j), (terms, stems) in wholes.items():
                if i == unit and (terms & (here.surfaces | here.others) or stems & here.stems):
                    yield from ends(j, token + 1)

        return {(start, end) for start in range(len(self.places)) for end in ends(0, start)}

    def exact(self, text: str) -> Spans:
        """Return where the words of a text stand in a row in just these letters."""
        wanted = [_print(piece.printed) for word in text.split() for piece in pieces(word)]
        return {
            (i, i + len(wanted) - 1)
            for i in range(len(self.places) - len(wanted) + 1)
            if all(word in place.prints for word, place in zip(wanted, self.places[i:], strict=False))
        }

    def fitting(self, fits: Callable[[str], bool]) -> Spans:
        """Return the tokens of which a whole word, or a part of a compound, fits."""
        return {(i, i) for i, place in enumerate(self.places) if any(map(fits, place.surfaces))}

    def pages(self, spans: Spans) -> set[int]:
        return {page for span in spans for page in self._touched(span)}

    def on(self, spans: Spans, pages: set[int]) -> Spans:
        return {span for span in spans if self._touched(span) & pages}

    def _touched(self, span: tuple[int, int]) -> set[int]:
        touched = self.places[span[0]].pages | self.places[span[1]].pages
        begin = min(self.places[span[0]].pages)
        end = max(self.places[span[1]].pages) if span[1] > span[0] else max(touched)
        return set(range(begin, end + 1))


def near(words: Sequence[Spans], distance: int) -> Spans:
    """Return the smallest stretches that hold one span of each word, none in another, with few tokens between."""
    found: Spans = set()

    def choose(chosen: list[tuple[int, int]]) -> None:
        begin, end = min((a for a, _ in chosen), default=0), max((b for _, b in chosen), default=0)
        if len(chosen) == len(words):
            if end - begin + 1 - sum(b - a + 1 for a, b in chosen) <= distance:
                found.add((begin, end))
            return
        for span in words[len(chosen)]:
            if all(span[1] < a or span[0] > b for a, b in chosen):
                choose([*chosen, span])

    choose([])
    return {s for s in found if not any(t != s and s[0] <= t[0] and t[1] <= s[1] for t in found)}


def edits(a: str, b: str) -> int:
    """Return the edits between two words, a swap of neighbours being one (and not edited again)."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def _print(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace("’", "'").replace("⸗", "-")

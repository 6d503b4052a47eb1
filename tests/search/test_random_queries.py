"""Five thousand random queries of every kind against a plain reader of the same words, in four manners of reading."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lectern.words import Join, Text
from search.analysis import chosen
from search.library import PackHandle
from search.searching import hits_of
from tests.search.books import book, open_book
from tests.search.plainreader import Manner, Reader, Spans, edits, near

_QUERIES = 5000
_PAGES, _LINES, _LENGTH = 12, 3, 9
# Words that are one another's parts, joins, stems, old spellings and misspellings.
_WORDS = [
    *("alpha", "numeric", "alphanumeric", "Alpha-numeric", "ab", "abc", "abd", "bac", "cab", "bad", "bade"),
    *("house", "Houses", "housing", "hous", "boat", "houseboat", "house-boat", "house⸗boats"),
    *("vnd", "und", "Vnd", "iuris", "juris", "ius", "jus", "vvas", "Häuser", "Haus", "häuſer", "hauſe"),
    *("l’homme", "l'hommes", "homme", "d’état", "état", "Etat", "l'Etat", "cœur", "coeur", "Cœur,", "ĳs", "ijs"),
    *(
        "weyn",
        "ſeyn",
        "Seyn",
        "séyn;",
        "ꝛeich",
        "reich",
        "(Reich)",
        "東京",
        "東",
        "京都",
        "東京都",
        "a東京b",
        "—",
        "...",
        "1850",
    ),
]
_MANNERS = {
    "plain": Manner(),
    "u v and i j": Manner(("ij", "uv")),
    "English stems": Manner((), ("english",)),
    "all": Manner(("ij", "uv"), ("english", "german")),
}
_CODES = {"english": "en", "german": "de"}
_HYPHENATED = [("houſe-", "boats", "houſeboats"), ("alpha-", "Numeric", "alphaNumeric"), ("rei-", "che,", "reiche")]


def book_of_every_kind(draw: random.Random) -> Text:
    """Return a book in which every third line ends in a hyphen, some of them at page ends."""
    lines, joins, count = [], [], 0
    halves: tuple[str, str, str] | None = None
    for n in range(_PAGES * _LINES):
        words = draw.choices(_WORDS, k=_LENGTH)
        if halves is not None:
            words[0] = halves[1]
            joins.append(Join(count - 1, count, halves[2], draw.random() < 0.5))
        halves = draw.choice(_HYPHENATED) if n % 3 != 1 and n < _PAGES * _LINES - 1 else None
        if halves is not None:
            words[-1] = halves[0]
        lines.append(" ".join(words))
        count += len(words)
    text = book(*[lines[i : i + _LINES] for i in range(0, len(lines), _LINES)], joins=joins)
    split = {number for join in joins for number in (join.first, join.second)}
    for number, word in enumerate(word for page in text.pages for word in page.words()):
        if number not in split and draw.random() < 0.1:
            word.alternatives = (draw.choice(["abc", "boat", "Vnd", "two words"][:3]),)
    return text


@dataclass
class Case:
    """A book as the engine has it, and as the plain reader reads it."""

    handle: PackHandle
    reader: Reader
    text: Text
    draw: random.Random

    @property
    def printed(self) -> list[str]:
        return [word.text for page in self.text.pages for word in page.words()]

    def word(self) -> str:
        """Return a word that has letters, spelt in some way."""
        word = self.draw.choice([word for word in _WORDS if re.search(r"\w", word)]).strip("();,")
        return self.draw.choice([word, word, word.lower(), word.upper() if word.isascii() else word, f"{word},"])

    def some(self, least: int, most: int) -> str:
        """Return some words, mostly such as stand in a row somewhere."""
        count = self.draw.randint(least, most)
        if self.draw.random() < 0.3:
            return " ".join(self.word() for _ in range(count))
        at = self.draw.randrange(len(self.printed) - count)
        found = " ".join(self.printed[at : at + count])
        return found if re.search(r"\w", found) else self.word()


def _plain(case: Case) -> tuple[str, Spans]:
    word = case.word()
    return word, case.reader.row(word)


def _phrase(case: Case) -> tuple[str, Spans]:
    words = case.some(2, 4)
    return f'"{words}"', case.reader.row(words)


def _prefix(case: Case) -> tuple[str, Spans]:
    start = case.draw.choice(["al", "hou", "Hous", "v", "u", "ju", "l’h", "hä", "cœ", "ꝛe", "house-b", "185", "zz"])
    folded = case.reader.manner.fold(start)
    return f"{start}*", case.reader.fitting(lambda word: word.startswith(folded))


def _wildcard(case: Case) -> tuple[str, Spans]:
    text = case.draw.choice(
        ["a?c", "?ad", "h*s", "*boat", "h?use*", "?nd", "i?ris", "H*ſer", "l'*e", "re??h", "*a*b*", "1?50"]
    )
    folded = "".join(c if c in "*?" else case.reader.manner.fold(c) for c in text)
    fits = re.compile(re.escape(folded).replace(r"\*", ".*").replace(r"\?", "."))
    return text, case.reader.fitting(lambda word: fits.fullmatch(word) is not None)


def _fuzzy(case: Case) -> tuple[str, Spans]:
    word = case.draw.choice(["bad", "abc", "house", "vnd", "iuris", "Häuser", "ſeyn", "hosue", "numreic", "homme"])
    most = case.draw.choice((1, 2))
    folded = case.reader.manner.fold(word)
    return f"{word}~{most}", case.reader.fitting(lambda other: edits(folded, other) <= most)


def _near(case: Case) -> tuple[str, Spans]:
    words = [case.word() for _ in range(case.draw.choice((2, 2, 3)))]
    distance = case.draw.randrange(6)
    return f'"{" ".join(words)}"~{distance}', near([case.reader.row(word) for word in words], distance)


def _exact(case: Case) -> tuple[str, Spans]:
    if case.draw.random() < 0.5:
        word = case.draw.choice([case.word(), case.some(1, 1), "houſe", "boats", "alphaNumeric", "alpha-Numeric"])
        return f"={word}" if re.match(r"\w", word) else f'="{word}"', case.reader.exact(word)
    words = case.some(2, 3)
    return f'="{words}"', case.reader.exact(words)


_LEAVES: list[Callable[[Case], tuple[str, Spans]]] = [_plain, _phrase, _prefix, _wildcard, _fuzzy, _near, _exact]


def _query(case: Case, depth: int) -> tuple[str, Spans]:
    if depth == 0 or case.draw.random() < 0.3:
        return case.draw.choice(_LEAVES)(case)
    (left, found), (right, other) = _query(case, depth - 1), _query(case, depth - 1)
    reader, operator = case.reader, case.draw.randrange(3)
    if operator == 0:
        return f"({left} OR {right})", found | other
    common = reader.pages(found) & reader.pages(other)
    if operator == 1:
        return f"({left} {right})", reader.on(found | other, common)
    return f"({left} -{right})", reader.on(found, reader.pages(found) - reader.pages(other))


@pytest.mark.parametrize("name", _MANNERS)
def test_five_thousand_queries_of_every_kind_agree_with_a_plain_reader(name: str, tmp_path: Path):
    manner = _MANNERS[name]
    draw = random.Random(f"{name} 5")
    text = book_of_every_kind(draw)
    profile = chosen({}, manner.folds, [_CODES[language] for language in manner.stems])
    case = Case(open_book(tmp_path, text, profile=profile), Reader(text, manner), text, draw)
    found_some = 0
    for n in range(_QUERIES // len(_MANNERS)):
        asked, expected = _LEAVES[n % len(_LEAVES)](case) if n % 2 else _query(case, 2)
        assert {(hit.first, hit.last) for hit in hits_of(case.handle, asked)} == expected, asked
        found_some += bool(expected)
    assert found_some > _QUERIES // len(_MANNERS) // 2

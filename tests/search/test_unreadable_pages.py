"""Pages that may not be read are as if nothing stood on them: whatever is asked (TH-78, TH-79, TH-81, TH-84)."""

import random
from pathlib import Path

import pytest

from lectern.home import Home
from search.analysis import chosen
from search.answer import Answer, Suggestions
from search.findings import Subject
from search.library import Library, PackHandle
from search.searching import Page, find
from search.searching import suggest as suggest_in
from tests.search.books import book, open_book, row

_PAGES, _LINES, _LENGTH = 9, 2, 6
# Words of all pages; some are parts, joins, stems, other spellings or other prints of one another.
_WORDS = (
    *("alpha", "numeric", "alphanumeric", "Alpha-numeric", "house", "Houses", "housing", "house-boat", "boat", "BOAT"),
    *("l'homme", "homme", "Haus", "Häuser", "hauses", "vnd", "und", "Und", "UND", "seyn", "ſeyn", "東京", "東", "京都"),
    *("東京都", "1850", "-", "ab", "abc", "abd", "Abc"),
)
# Words of the pages that may not be read alone, some like those above.
_SECRETS = (
    "zanzibar",
    "Zebra",
    "HOUSE",
    "ALPHA",
    "abce",
    "housings",
    "hauſ",
    "都東",
    "大阪城",
    "l'état",
    "Abd-ul",
    "seynd",
)
_FORMS = (
    *("{}", '"{} {}"', "{} {}", "{} OR {}", "{} -{}", "-{}", '"{} {}"~2', '"{} {} {}"~4', "={}", '="{} {}"'),
    *("{}*", "*{}", "{}~", "{}~2", '"{} {} {}"', "({} OR {}) {}", "{} -({} {})"),
)

PROFILES = pytest.mark.parametrize("profile", [(), (["uv"], ["de", "en"])], ids=["plain", "folds and stems"])


class Twins:
    """A book, and the same without the words of some pages; both with no more pages to be read than the others."""

    def __init__(self, folder: Path, seed: int, *profile: list[str]) -> None:
        self.draw = draw = random.Random(seed)
        self.secret = frozenset(draw.sample(range(_PAGES), 4))
        pages = [self._lines(page) for page in range(_PAGES)]
        bare = [[] if page in self.secret else lines for page, lines in enumerate(pages)]
        made = chosen({}, *profile)
        self.whole = open_book(folder / "whole", book(*pages), profile=made)
        self.bare = open_book(folder / "bare", book(*bare), profile=made)
        shown = tuple((page, page) for page in range(_PAGES) if page not in self.secret)
        self.part = Library(Home(folder / "whole"), 10).open(row(), shown)

    def _lines(self, page: int) -> list[str]:
        words = (*_WORDS, *_SECRETS, *_SECRETS) if page in self.secret else _WORDS
        return [" ".join(self.draw.choices(words, k=_LENGTH)) for _ in range(_LINES)]

    def readable(self, page: int) -> bool:
        return page not in self.secret

    def query(self) -> str:
        form = self.draw.choice(_FORMS)
        return form.format(*self.draw.choices((*_WORDS, *_SECRETS, "nowhere"), k=form.count("{}")))


def found(handle: PackHandle, query: str | None, twins: Twins, page: Page) -> Answer:
    return find([Subject("book", handle, twins.readable)], query, page)


def suggested(handle: PackHandle, text: str, twins: Twins) -> Suggestions:
    return suggest_in([Subject("book", handle, twins.readable)], text)


@PROFILES
@pytest.mark.parametrize("seed", range(4))
def test_th_78_79_84_every_answer_is_that_of_a_book_without_the_words_of_such_pages(tmp_path, seed, profile):
    twins = Twins(tmp_path, seed, *profile)
    for _ in range(250):
        query = twins.query()
        for page in (Page(size=3), Page(size=3, ranked=True)):
            whole, bare = (found(handle, query, twins, page) for handle in (twins.whole, twins.bare))
            assert whole == bare == find([Subject("book", twins.part)], query, page), query
    whole, bare = (found(handle, None, twins, Page()) for handle in (twins.whole, twins.bare))
    assert whole == bare == find([Subject("book", twins.part)], None, Page())


@PROFILES
@pytest.mark.parametrize("seed", range(6))
def test_th_81_every_suggestion_is_that_of_a_book_without_the_words_of_such_pages(tmp_path, seed, profile):
    twins = Twins(tmp_path, seed, *profile)
    for word in (*_WORDS, *_SECRETS):
        for start in (word[:cut] for cut in range(1, len(word) + 1)):
            bare = suggested(twins.bare, start, twins)
            assert suggested(twins.whole, start, twins) == bare, start
            assert suggest_in([Subject("book", twins.part)], start) == bare, start

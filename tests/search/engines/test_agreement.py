"""Two thousand random queries of every kind: Whoosh and a cluster give the same documents, byte for byte."""

import random
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from ingest.pipeline import ingest_object
from ingest.wishes import Wishes
from lectern.catalogue import Catalogue
from lectern.home import Home
from lectern.pack import PackFile
from lectern.words import Text
from search.analysis import Profile, chosen
from search.cluster import inside
from search.library import PackHandle
from search.packing import read_text
from search.remarks import Remark, Target
from search.searching import Limits
from tests.search.engines.answers import documents, terms
from tests.search.engines.shelves import ClusterShelf, WhooshShelf
from tests.search.test_random_queries import book_of_every_kind

_MADE = 1500  # queries of made books, over the manners of reading
_REAL = 500
_MANNERS = [((), ()), (("ij", "uv"), ()), ((), ("en",)), (("ij", "uv"), ("en", "de"))]
_LIMITS = Limits(pattern_words=40)


class Asker:
    """Draws queries from the words of a book: every kind, and any of them together."""

    def __init__(self, words: Sequence[str], pages: int, draw: random.Random) -> None:
        self._words, self._pages, self._draw = words, pages, draw

    def word(self) -> str:
        """Return a word of the book, in some spelling."""
        word = self._draw.choice(self._words).strip('();,."=-~*?') or "a"
        return self._draw.choice([word, word, word.lower(), word.upper(), word.title()])

    def some(self, count: int) -> str:
        """Return words that stand in a row, or some of anywhere."""
        if self._draw.random() < 0.2:
            return " ".join(self.word() for _ in range(count))
        at = self._draw.randrange(max(1, len(self._words) - count))
        return " ".join(self._words[at : at + count]).replace('"', "")

    def leaf(self) -> str:
        """Return a query without operators."""
        draw, word = self._draw, self.word()
        return draw.choice(
            [
                lambda: word,
                lambda: word,
                lambda: f'"{self.some(draw.randint(2, 5))}"',
                lambda: f'"{self.some(draw.choice((12, 20, 40)))}"',
                lambda: f"{word[: draw.randint(1, 3)]}*",
                lambda: f"{word[:1]}?{word[2:]}*",
                lambda: f"*{word[1:]}",
                lambda: f"{word}~{draw.choice((1, 2))}",
                lambda: f'"{self.some(draw.randint(2, 3))}"~{draw.choice((0, 2, 5, 30, 200))}',
                lambda: f"={word}",
                lambda: f'="{self.some(draw.randint(1, 3))}"',
            ]
        )()

    def query(self, depth: int = 2) -> str:
        """Return a query of any kind."""
        if depth == 0 or self._draw.random() < 0.35:
            return self.leaf()
        left, right = self.query(depth - 1), self.query(depth - 1)
        return self._draw.choice([f"({left} OR {right})", f"({left} {right})", f"({left} -{right})"])

    def manner(self) -> dict[str, str]:
        """Return further parameters of a request."""
        return self._draw.choice([{}, {}, {}, {"order": "rank"}, {"motivation": "commenting"}, {"user": "https://a.b"}])

    def scope(self) -> tuple[int, int] | None:
        """Return the first and last page of a scope, None for the whole book."""
        if self._draw.random() < 0.8:
            return None
        first = self._draw.randrange(self._pages)
        return first, min(self._pages - 1, first + self._draw.choice((0, 0, 1, 5)))


def _agree(here: PackHandle, there: PackHandle, asker: Asker, count: int) -> int:
    found_some = 0
    for n in range(count):
        pages = asker.scope()
        readable = None if pages is None else (lambda page, pages=pages: pages[0] <= page <= pages[1])
        if n % 10 == 9:
            start = asker.word()[:2]
            asked: tuple[object, ...] = (start, pages)
            one, other = (terms(handle, start, readable) for handle in (here, there))
        else:
            q, manner = asker.query(), asker.manner()
            asked = (q, manner, pages)
            one, other = (documents(handle, q, readable, _LIMITS, **manner) for handle in (here, there))
        assert orjson.dumps(one) == orjson.dumps(other), asked
        found_some += len(orjson.dumps(one)) > 1500
    return found_some


def _remarks(draw: random.Random, words: Sequence[str], pages: int) -> list[Remark]:
    """Return annotations beside a text that are made of its words."""
    return [
        Remark(
            f"r{n}",
            " ".join(draw.choices(words, k=draw.randint(1, 12))),
            tuple(Target(draw.randint(1, pages)) for _ in range(draw.choice((1, 1, 2)))),
            (draw.choice(("commenting", "tagging")),),
            creators=("https://a.b",) if n % 3 == 0 else (),
        )
        for n in range(15)
    ]


def _printed(text: Text) -> list[str]:
    return [word.text for page in text.pages for word in page.words()]


@pytest.mark.parametrize(("folds", "stems"), _MANNERS)
@pytest.mark.usefixtures("books_in_the_cluster")
def test_queries_of_every_kind_give_the_same_documents_of_made_books(
    folds: tuple[str, ...], stems: tuple[str, ...], whoosh_shelf: WhooshShelf, cluster_shelf: ClusterShelf
):
    draw = random.Random(f"{folds} {stems} 8")
    text = book_of_every_kind(draw)
    words, pages, profile = _printed(text), len(text.pages), _profile(folds, stems)
    remarks = _remarks(draw, words, pages)
    here, there = (shelf.put(text, profile, remarks) for shelf in (whoosh_shelf, cluster_shelf))
    asker = Asker([word for word in words if word.strip("—.-")], pages, draw)
    count = _MADE // len(_MANNERS)
    assert _agree(here, there, asker, count) > count // 3


def _profile(folds: Sequence[str], stems: Sequence[str]) -> Profile:
    return chosen({}, folds, stems)


def test_queries_of_every_kind_give_the_same_documents_of_a_real_book(
    corpus: Path, tmp_path: Path, whoosh_shelf: WhooshShelf, cluster_shelf: ClusterShelf
):
    home = Home(tmp_path)
    home.prepare()
    catalogue = Catalogue(home)
    ingest_object(home, catalogue, corpus / "books" / "archive-452114306-33p.hocr", Wishes(name="real"))
    pack = PackFile(home.pack_file("real", catalogue.get("real").generation))
    catalogue.close()
    here, there = whoosh_shelf.copy(pack), cluster_shelf.copy(pack)
    text = read_text(pack)
    asker = Asker(_printed(text), len(text.pages), random.Random(8))
    assert inside._FEW_PAGES == 0
    assert _agree(here, there, asker, _REAL) > _REAL // 3

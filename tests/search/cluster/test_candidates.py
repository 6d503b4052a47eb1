"""A cluster's candidates are enough for the evaluator: random queries over books of pages of every length."""

import random
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lectern.words import Text
from search.analysis import Profile, chosen
from search.cluster.candidates import Candidates, candidates, pages_around
from search.cluster.clauses import NOTHING, signed
from search.engine import Occurrences
from search.evaluator import Hit, Known, evaluate
from search.library import PackHandle
from search.printed import Printed
from search.query import parse
from search.syntax import patterns, terms
from search.tokenizing import tokenize
from tests.search.books import book, open_book
from tests.search.cluster.clauses import Document, documents, matches
from tests.search.test_random_queries import book_of_every_kind

_QUERIES = 160
_WORDS = [
    *("alpha", "numeric", "alphanumeric", "alpha-numeric", "ab", "abc", "bac", "bad", "house", "houses", "boat"),
    *("vnd", "iuris", "jus", "reich", "Seyn", "l'homme", "d'état", "東京", "東京都", "houseboats", "boats", "homme"),
]
_PATTERNS = ["al*", "h*s", "a?c", "*a?", "b?*d", "bad~", "abc~2", "hosue~1", "l'*", "zz*", "*boat"]


@dataclass
class Case:
    """A book with its pages as documents."""

    handle: PackHandle
    pages: list[Document]

    def known(self, asked: str, pages: Iterable[int] | None = None) -> tuple[Known, Candidates]:
        """Return what is known of a query, of some pages' tokens alone, and its candidates."""
        tree = parse(asked, self.handle.profile)
        expansions = {pattern: self.handle.expand(pattern) for pattern in patterns(tree)}
        postings = self.handle.index.spans(terms(tree).union(*expansions.values()))
        if pages is not None:
            postings = self._within(postings, set(pages))
        return Known(postings, expansions, self.handle.tokens, None, Printed(self.handle)), candidates(tree, expansions)

    def _within(
        self, postings: Mapping[str, Sequence[Occurrences]], pages: set[int]
    ) -> dict[str, Sequence[Occurrences]]:
        page_of = self.handle.tokens.page_of_token
        return {
            term: [
                Occurrences(each.kind, array("I", [p for p in each.positions if page_of(p) in pages]))
                for each in occurrences
            ]
            for term, occurrences in postings.items()
        }

    def hits(self, asked: str, pages: Iterable[int] | None = None) -> list[Hit]:
        known, _ = self.known(asked, pages)
        return evaluate(parse(asked, self.handle.profile), known)

    def asked_pages(self, found: Candidates) -> set[int]:
        """Return the pages whose tokens are fetched for candidates."""
        wanted = {n for n, page in enumerate(self.pages) if matches(found.query, page)}
        for _ in range(found.rounds):
            tokens = self.handle.tokens.page_tokens
            wanted |= {other for n in wanted for other in pages_around(n, tokens, found.reach)}
        return wanted


def _case(folder: Path, text: Text, profile: Profile) -> Case:
    return Case(open_book(folder, text, profile=profile), documents(tokenize(text, profile)))


def _short_pages(draw: random.Random) -> Text:
    """Return a book of very short pages, some of them empty: phrases run over several page ends."""
    return book(*([" ".join(draw.choices(_WORDS, k=draw.choice((0, 1, 1, 2, 3, 30))))] for _ in range(40)))


def _leaf(draw: random.Random) -> str:
    kind = draw.randrange(6)
    words = draw.choices(_WORDS, k=draw.choice((2, 2, 3, 4)))
    if kind == 0:
        return f'"{" ".join(words)}"'
    if kind == 1:
        return draw.choice(_PATTERNS)
    if kind == 2:
        return f'"{" ".join(words[:3])}"~{draw.choice((0, 2, 5, 40))}'
    return f'="{" ".join(words[:2])}"' if kind == 3 else words[0]


def _query(draw: random.Random, depth: int) -> str:
    if depth == 0 or draw.random() < 0.3:
        return _leaf(draw)
    left, right = _query(draw, depth - 1), _query(draw, depth - 1)
    return draw.choice([f"({left} OR {right})", f"({left} {right})", f"({left} -{right})"])


def _queries(draw: random.Random, case: Case) -> Iterable[str]:
    printed = [word for n in range(case.handle.pages) for word in case.handle.page(n + 1).texts]
    for n in range(_QUERIES):
        if n % 4 == 0:
            length = draw.choice((2, 2, 3, 4, 6, 15, 24, 50))
            at = draw.randrange(len(printed))
            row = " ".join(printed[at : at + length])
            yield draw.choice(
                [f'"{row}"', f'"{row}" {_leaf(draw)}', f'{_leaf(draw)} -"{row}"', f'={_leaf(draw)} "{row}"']
            )
        else:
            yield _query(draw, 3)


@pytest.fixture(params=["every kind", "short pages", "stems"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Case, random.Random]:
    """Return a book, and what draws queries of it."""
    draw = random.Random(request.param)
    text = _short_pages(draw) if request.param == "short pages" else book_of_every_kind(draw)
    return _case(tmp_path, text, chosen({}, ("ij", "uv"), ["en"] if request.param == "stems" else [])), draw


def test_the_tokens_of_candidates_tell_all_hits_and_one_begins_on_every_page_that_is_sure(
    case: tuple[Case, random.Random],
):
    book_, draw = case
    found_some = sure_some = 0
    for asked in _queries(draw, book_):
        _, found = book_.known(asked)
        expected = book_.hits(asked)
        begun = {book_.handle.tokens.page_of_token(hit.first) for hit in expected}
        for each in (found, candidates(parse(asked, book_.handle.profile))):  # as inside an object, as over many
            assert book_.hits(asked, book_.asked_pages(each)) == expected, asked
            sure = {n for n, page in enumerate(book_.pages) if each.sure and matches(each.sure, page)}
            assert sure <= begun, asked
            sure_some += bool(sure)
        found_some += bool(expected)
    assert found_some > _QUERIES // 4 < sure_some


def test_a_single_word_asks_the_page_alone():
    found = candidates(parse("harbour", chosen({}, (), [])))
    assert found == Candidates({"terms": {"t": signed("harbour")}}, {"terms": {"t": signed("harbour")}})


def test_what_stands_for_no_word_asks_for_nothing():
    tree = parse("zz*", chosen({}, (), []))
    assert candidates(tree, {pattern: () for pattern in patterns(tree)}).query == NOTHING
    assert candidates(parse("...", chosen({}, (), []))).query == NOTHING


def test_the_longest_queries_keep_to_the_clusters_limits():
    words = [f"w{n}" for n in range(1000)]
    for asked in (" ".join(words), f'"{" ".join(words)}"', " OR ".join(words[:40]), '"a b c" ' * 60):
        found = candidates(parse(asked, chosen({}, (), [])))
        assert str(found.query).count("{'") < 2000

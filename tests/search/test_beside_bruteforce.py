"""Each annotation answers as if it were alone: a thousand queries, against objects that hold nothing else."""

import random
from pathlib import Path

import pytest

from search.filters import read_filters
from search.findings import Subject
from search.library import PackHandle
from search.remarks import Remark, Target
from search.searching import Page, find, hits_of
from tests.search.books import book, open_book
from tests.search.test_bruteforce import _WORDS, _query

_REMARKS, _LENGTH = 12, 9


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> tuple[PackHandle, list[PackHandle]]:
    """Return an object with annotations about three canvases, and an object of one page for each of them."""
    draw = random.Random(7)
    texts = [" ".join(draw.choice(_WORDS) for _ in range(_LENGTH)) for _ in range(_REMARKS)]
    remarks = [Remark(f"a{n}", text, (Target(n // 4 + 1),), ("commenting",)) for n, text in enumerate(texts)]
    pages = [[" ".join(draw.choice(_WORDS) for _ in range(_LENGTH))] for _ in range(3)]
    handle = open_book(Path(tmp_path_factory.mktemp("home")), book(*pages), remarks=remarks)
    return handle, [open_book(Path(tmp_path_factory.mktemp("home")), book([text])) for text in texts]


def _found(handle: PackHandle, query: str, motivation: str) -> list[tuple[str, int]]:
    filters = read_filters({"motivation": motivation}, 1)
    answer = find([Subject("book", handle)], query, Page(size=10_000), filters=filters)
    counts: dict[str, int] = {}
    for hit in answer.hits or ():
        (place, *_) = hit.annotations
        counts[answer.annotations[place].key] = counts.get(answer.annotations[place].key, 0) + 1
    assert sum(counts.values()) == answer.total_hits
    return list(counts.items())


def _queries(draw: random.Random) -> list[str]:
    near = [f'"{" ".join(draw.sample(_WORDS, 2))}"~{draw.randrange(1, 6)}' for _ in range(200)]
    return near + [_query(draw, [], 2)[0] for _ in range(800)]


def test_an_annotation_is_found_as_if_it_were_alone(shelf):
    handle, alone = shelf
    for query in _queries(random.Random(8)):
        counts = [(f"a{n}", len(hits_of(one, query))) for n, one in enumerate(alone)]
        assert _found(handle, query, "commenting") == [(key, count) for key, count in counts if count], query


def test_text_and_annotations_together_are_the_sum_of_both(shelf):
    handle, _ = shelf
    for query in _queries(random.Random(9))[:300]:
        subjects = [Subject("book", handle)]
        both = find(subjects, query, Page(size=10_000))
        parts = [
            find(subjects, query, Page(size=10_000), filters=read_filters({"motivation": name}, 1))
            for name in ("painting", "commenting")
        ]
        assert both.total_hits == sum(part.total_hits for part in parts)
        assert both.total_annotations == sum(part.total_annotations for part in parts)
        assert sorted(a.key for a in both.annotations) == sorted(a.key for part in parts for a in part.annotations)
        assert [a.n for a in both.annotations] == sorted(a.n for a in both.annotations) or '"' in query
        pages = [find(subjects, query, Page(size=1))]
        while pages[-1].following is not None:
            pages.append(find(subjects, query, Page(pages[-1].following, 1)))
        assert sum(len(page.hits or ()) for page in pages) == both.total_hits
        assert [page.start_index for page in pages] == [
            sum(len(page.annotations) for page in pages[:n]) for n in range(len(pages))
        ]

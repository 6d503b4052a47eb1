"""What a search inside an object means, asked of every engine alike."""

import pytest

from lectern.words import Join, Text
from search.findings import Subject
from search.library import PackHandle
from search.remarks import Remark, Target
from search.searching import Page, find, hits_of, suggest
from tests.search.books import book
from tests.search.engines.shelves import Shelf


def total(handle: PackHandle, q: str | None) -> int:
    return find([Subject("book", handle)], q, Page()).total_hits


def lit(handle: PackHandle, q: str) -> list[tuple[int, str, tuple[int, int, int, int] | None]]:
    """Return canvas, text and box of every annotation of an answer."""
    return [(a.n, a.text, a.box) for a in find([Subject("book", handle)], q, Page()).annotations]


def suggested(handle: PackHandle, prefix: str) -> dict[str, int]:
    return {term.printed: term.count for term in suggest([Subject("book", handle)], prefix).terms}


def _joined(*pages: str, whole: str, first: int, second: int) -> Text:
    return book(*[[page] for page in pages], joins=[Join(first, second, whole, True)])


def test_hits_boxes_and_context_are_those_of_the_print(shelf: Shelf):
    handle = shelf.put(book(["The harbour wall", "of the town"], ["another harbour,"]))
    assert lit(handle, "harbour") == [(1, "harbour", (40, 0, 70, 20)), (2, "harbour,", (80, 0, 80, 20))]
    (first, second) = find([Subject("book", handle)], "harbour", Page()).hits or ()
    assert (first.before, first.match, first.after) == ("The ", "harbour", " wall of the town")
    assert (second.before, second.after) == ("another ", "")


@pytest.mark.parametrize(
    ("q", "canvases"),
    [
        ("harbour", [1, 3]),
        ("harbour -light", [1]),
        ("light harbour", [3]),
        ("haven OR light", [2, 3]),
        ('"of the"', [1]),
        ('"harbour light"~2', [3]),
        ("har*", [1, 3]),
        ("h?ven", [2]),
        ("harbuor~", [1, 3]),
        ("=Harbour", [3]),
        ("nowhere", []),
        ("har* -haven -li*", [1]),
    ],
)
def test_queries_of_every_kind_find_their_pages(shelf: Shelf, q: str, canvases: list[int]):
    handle = shelf.put(book(["the harbour of the town"], ["a haven"], ["Harbour and light"]))
    assert sorted({n for n, _, _ in lit(handle, q)}) == canvases


def test_an_object_without_a_word_has_nothing_to_find(shelf: Shelf):
    handle = shelf.put(book([], [], ["—"]))
    assert [total(handle, q) for q in ("harbour", "a*", '"a b"', None)] == [0, 0, 0, 1]
    assert suggested(handle, "a") == {}
    assert shelf.put(Text([])).pages == 0


def test_a_phrase_runs_over_page_ends_empty_pages_and_pages_of_one_word(shelf: Shelf):
    words = ["one", "two", "three", "four", "five", "six", "seven"]
    apart = shelf.put(book(*[[word] for word in words], [], ["eight"]))
    for length in range(2, 8):
        for first in range(8 - length):
            asked = " ".join(words[first : first + length])
            assert [(hit.first, hit.last) for hit in hits_of(apart, f'"{asked}"')] == [(first, first + length - 1)]
    assert total(apart, '"seven eight"') == total(apart, '"five eight"~2') == 1
    assert total(apart, '"five eight"~1') == total(apart, '"one three"') == 0


@pytest.mark.parametrize("length", [16, 17, 18, 33, 60])
def test_a_long_phrase_is_found_over_the_end_of_a_page(shelf: Shelf, length: int):
    words = [f"w{n}" for n in range(120)]
    handle = shelf.put(book([" ".join(words[:40])], [" ".join(words[40:80])], [" ".join(words[80:])]))
    for first in range(0, 120 - length, 7):
        asked = " ".join(words[first : first + length])
        assert [(hit.first, hit.last) for hit in hits_of(handle, f'"{asked}"')] == [(first, first + length - 1)]
    assert total(handle, f'"{" ".join([*words[:length], "other"])}"') == 0


@pytest.mark.parametrize("between", ["", "a note at the foot " * 12])
@pytest.mark.parametrize("pages_between", [0, 2])
def test_a_hyphenated_word_is_on_both_its_pages(shelf: Shelf, between: str, pages_between: int):
    head, foot = "old gov-", f"ernment light {'of ' * 40}"
    first = f"{head} {between}".strip()
    pages = ["nothing", first, *[""] * pages_between, foot, "light"]
    text = _joined(*pages, whole="government", first=2, second=len(first.split()) + 1)
    handle = shelf.put(text)
    assert total(handle, "government") == 1
    assert total(handle, "government light") == 2, "it touches the page of its second half"
    assert total(handle, "light -government") == 1
    assert total(handle, "old light") == 0
    assert len(lit(handle, "government")) == 2
    assert total(handle, "=government light") == 2


def test_scripts_without_spaces_are_found_over_page_ends(shelf: Shelf):
    handle = shelf.put(book(["東京都は日"], ["本の首都", "東京"]))
    assert total(handle, "東京") == 2
    assert [(hit.first, hit.last) for hit in hits_of(handle, "日本")] == [(4, 5)]
    assert total(handle, "東京都は日本の首都東京") == 1
    assert lit(handle, "京都")[0] == (1, "京都", (10, 0, 20, 20))


def test_annotations_beside_the_text_are_found_each_by_itself(shelf: Shelf):
    remarks = [
        Remark("a", "a harbour drawn", (Target(2, (1, 2, 3, 4)),), ("commenting",)),
        Remark("b", "by Anna", (Target(2),), ("tagging",)),
        Remark("c", "the harbour wall", (Target(1), Target(2)), ("commenting",)),
    ]
    handle = shelf.put(book(["the harbour"], ["nothing"]), remarks=remarks)
    assert [(n, text) for n, text, _ in lit(handle, "harbour")] == [
        (1, "harbour"),
        (1, "the harbour wall"),
        (2, "a harbour drawn"),
    ]
    assert total(handle, '"drawn by"') == total(handle, "harbour Anna") == 0
    assert total(handle, "drawn -anna") == 1
    assert total(handle, None) == 5
    assert suggested(handle, "h") == {"harbour": 3}


def test_suggestions_are_of_the_words_as_they_are_printed(shelf: Shelf):
    handle = shelf.put(book(["Lantern lantern Lantern l’homme"], ["lamps well-known"]))
    assert suggested(handle, "l") == {"Lantern": 3, "lamps": 1, "l’homme": 1, "l": 1}
    assert suggested(handle, "kno") == {"known": 1}
    found = suggest([Subject("book", handle, lambda page: page == 1)], "l").terms
    assert [(term.printed, term.count) for term in found] == [("lamps", 1)]


def test_a_scope_of_pages_is_searched_as_if_the_others_were_not_there(shelf: Shelf):
    handle = shelf.put(book(["the harbour"], ["wall and harbour"], ["light"], ["harbour light"]))
    subject = Subject("book", handle, lambda page: page in {1, 2})
    assert [a.n for a in find([subject], "harbour", Page()).annotations] == [2]
    assert find([subject], '"harbour wall"', Page()).total_hits == 0
    assert find([subject], '"harbour light"', Page()).total_hits == 1
    assert find([subject], "light -harbour", Page()).total_hits == 1


def test_a_part_of_an_object_has_the_words_of_its_pages_alone(shelf: Shelf):
    remarks = [Remark("a", "harbour of both", (Target(1), Target(2))), Remark("b", "harbour of one", (Target(1),))]
    text = book(["the harbour gov-"], ["ernment harbour secret"], ["harbour"], joins=[Join(2, 3, "government", True)])
    part = shelf.put(text, remarks=remarks, pages=((0, 0), (2, 2)))
    assert [(a[0], a[1]) for a in lit(part, "harbour")] == [(1, "harbour"), (1, "harbour of one"), (3, "harbour")]
    assert [total(part, q) for q in ("secret", "government", "gov", '"gov harbour"', "ernment")] == [0, 0, 1, 0, 0]
    assert suggested(part, "s") == {}
    assert part.pages == 3


def test_the_order_by_rank_is_the_same_on_every_engine(shelf: Shelf):
    pages = ["x y", "z ru-", "nning x", "y x z", "x", "z z z"]
    text = book(*[[page] for page in pages], joins=[Join(3, 4, "running", True)])
    handle = shelf.put(text)
    answer = find([Subject("book", handle)], "(x y) OR z OR running", Page(ranked=True))
    assert list(dict.fromkeys(a.n for a in answer.annotations)) == [4, 2, 3, 1, 6]


def test_an_object_of_a_thousand_pages_is_searched_whole(shelf: Shelf):
    pages = [f"the page {n} of a book that{' rare' if n % 250 == 0 else ''} goes on and on" for n in range(1, 1001)]
    handle = shelf.put(book(*[[page] for page in pages]))
    assert [total(handle, q) for q in ("the", '"on and on"', "rare", "on", "the -rare", "page rare")] == [
        *(1000, 1000, 4, 2000, 996, 8),
    ]
    assert [hit.first for hit in hits_of(handle, '"on the page"')][:3] == [10, 21, 32]
    answer = find([Subject("book", handle)], "the", Page(size=20))
    assert (len(answer.annotations), answer.following) == (20, ("book", 21))
    assert [words.texts[2] for words in handle.pages_in_turn(range(249, 252))] == ["249", "250", "251"]


def test_a_limit_on_the_words_of_a_pattern_is_told(shelf: Shelf):
    from search.searching import Limits

    handle = shelf.put(book(["ab ac ad ae"]))
    answer = find([Subject("book", handle)], "a*", Page(), Limits(pattern_words=2))
    assert (answer.total_hits, [str(cut) for cut in answer.truncated]) == (2, ["patterns"])

"""Pages that are kept decoded: each once, no more than so many words of them."""

from concurrent.futures import ThreadPoolExecutor

from lectern.wordblock import PageWords, encode_page
from lectern.words import Block, Line, Page, Word
from search.pagecache import PageCache


def _page(words: int) -> PageWords:
    return PageWords(encode_page(Page([Block([Line([Word(f"w{n}") for n in range(words)])])])))


def test_a_page_is_decoded_once():
    cache, made = PageCache[PageWords](100), list[PageWords]()

    def decode() -> PageWords:
        made.append(_page(10))
        return made[-1]

    assert cache.page((1, 1), decode) is cache.page((1, 1), decode)
    assert cache.page((2, 1), decode) is not cache.page((1, 1), decode)
    assert len(made) == 2


def test_no_more_words_are_kept_than_allowed_and_the_longest_unused_go_first():
    cache = PageCache[PageWords](30)
    pages = {key: cache.page((0, key), lambda: _page(10)) for key in (1, 2, 3)}
    cache.page((0, 1), lambda: _page(10))
    cache.page((0, 4), lambda: _page(10))
    assert len(cache) == 3
    assert cache.page((0, 1), lambda: _page(10)) is pages[1]
    assert cache.page((0, 2), lambda: _page(10)) is not pages[2]


def test_a_page_larger_than_all_that_is_kept_is_shown_and_alone():
    cache = PageCache[PageWords](30)
    cache.page((0, 1), lambda: _page(10))
    assert len(cache.page((0, 2), lambda: _page(50))) == 50
    assert len(cache) == 1


def test_threads_may_ask_at_once():
    cache = PageCache[PageWords](200)

    def ask(n: int) -> bool:
        size = 1 + n % 40
        return cache.page((0, size), lambda: _page(size)).texts == [f"w{i}" for i in range(size)]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(2000)))
    assert cache._words == sum(len(page) for page in cache._pages.values()) <= 200


def test_pages_of_a_pack_that_is_left_make_room():
    cache = PageCache[PageWords](100)
    for number in (1, 2):
        for page in (0, 1):
            cache.page((number, page), lambda: _page(10))
    cache.forget(1)
    assert len(cache) == 2
    assert (1, 0) not in cache
    assert (2, 0) in cache
    assert cache._words == 20

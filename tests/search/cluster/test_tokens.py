"""A page's tokens, packed for its document and looked up in place."""

from base64 import b64encode
from zlib import compress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lectern.errors import PackError
from search.cluster.tokens import PageTokens, TokenCache, occurrences, packed
from search.tokenizing import Kind
from search.tokenlines import NOTHING, sign, terms_of

_SIGNED = st.builds(
    sign,
    st.sampled_from([kind for kind in Kind if kind is not Kind.STEM]),
    st.text(min_size=1).filter(lambda text: not text.startswith("~")),
)
_TOKENS = st.one_of(st.just(NOTHING), st.lists(_SIGNED, min_size=1, max_size=3, unique=True).map("|".join))


@given(st.lists(_TOKENS, max_size=40), st.integers(0, 30))
def test_every_term_is_found_where_it_stands_however_many_are_looked_for(tokens: list[str], more: int):
    page = PageTokens(packed(" ".join(tokens), "=before ^ =after"))
    expected: dict[str, dict[Kind, list[int]]] = {}
    for place, token in enumerate(tokens):
        for kind, term in terms_of(token):
            expected.setdefault(term, {}).setdefault(kind, []).append(100 + place)
    wanted = [*expected, *(f"other{n}" for n in range(more))]
    found = occurrences(wanted, (), {1: page}, [0, 100])
    got = {term: {each.kind: list(each.positions) for each in own} for term, own in found.items() if own}
    assert got == expected
    words = occurrences((), wanted, {1: page}, [0, 100])
    surface = {term: own[Kind.SURFACE] for term, own in expected.items() if Kind.SURFACE in own}
    assert {term: list(own[0].positions) for term, own in words.items() if own} == surface
    assert page.seam == ["=before", "^", "=after"]


def test_a_term_is_not_found_in_another_or_in_the_seam():
    page = PageTokens(packed("=houseboat ?boat ~en:hous", "=house ^"))
    assert {term: own for term, own in occurrences(["house", "hous"], ["boat"], {0: page}, [0]).items() if own} == {}
    assert [each.kind for each in occurrences(["~en:hous"], (), {0: page}, [0])["~en:hous"]] == [Kind.STEM]


@pytest.mark.parametrize("spoilt", ["", "!", "AAAA", b64encode(compress(b"=a 1")).decode(), packed("=a", "^")[:-8]])
def test_what_is_no_packed_page_is_refused(spoilt: str):
    with pytest.raises(PackError, match="spoilt"):
        PageTokens(spoilt)


def test_a_cache_keeps_the_pages_asked_for_last_within_its_bytes():
    page = PageTokens(packed("=a", "^"))
    cache = TokenCache(3 * page.size)
    cache.keep("k", "", {n: page for n in range(3)})
    assert cache.has_all("k", "", range(3))
    cache.known("k", "", [0])
    cache.keep("k", "", {3: page})
    assert sorted(cache.known("k", "", range(4))) == [0, 2, 3]
    assert len(cache) == 3

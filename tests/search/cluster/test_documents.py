"""What an object is in a cluster: tokens as text and back, seams, and the header pack."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lectern.home import Home
from lectern.pack import PackFile
from lectern.words import Block, Line, Page, Text, Word
from search.cluster.documents import (
    BORDER,
    END,
    LONGEST,
    SEAM,
    Owner,
    asked,
    documents,
    header_of_chunks,
    seams_of,
    sign,
    terms_of,
)
from search.packing import write_pack
from search.remarks import Remark, Target
from search.tokenizing import Kind
from search.tokentable import TokenTable

_OWNER = Owner("book", 7, "open", ("shelf",))


def _text(*pages: str) -> Text:
    return Text([Page([Block([Line([Word(word) for word in page.split()])])]) for page in pages])


@pytest.fixture
def pack(tmp_path: Path) -> PackFile:
    home = Home(tmp_path)
    home.prepare()
    remarks = [Remark("k", "a remark beside", (Target(2),))]
    text = _text("alpha beta well-known", "", "gamma l'homme", "delta")
    return PackFile(write_pack(home, "book", 7, text, remarks=remarks, indexed=False).path)


@given(st.lists(st.tuples(st.sampled_from([k for k in Kind if k is not Kind.STEM]), st.text(min_size=1)), max_size=5))
def test_terms_of_a_position_come_back_as_they_were(terms):
    token = "|".join(sign(*each) for each in terms) or "-"
    assert len(token.split()) == 1
    assert terms_of(token) == terms


def test_a_stem_keeps_the_sign_that_all_stems_have():
    assert sign(Kind.STEM, "~en:hous") == "~en:hous"
    assert terms_of("=houses|~en:hous") == [(Kind.SURFACE, "houses"), (Kind.STEM, "~en:hous")]


def test_a_long_term_is_asked_for_as_the_cluster_cuts_it():
    assert asked(Kind.SURFACE, "a" * 2000) == "=" + "a" * (LONGEST - 1)
    assert asked(Kind.SURFACE, "a" * (LONGEST - 2) + "\U0001d11e") == "=" + "a" * (LONGEST - 2) + "\ufffd"


def test_a_page_tells_its_tokens_position_by_position(pack):
    pages = {doc["n"]: doc for _, doc in documents(pack, _OWNER) if doc["kind"] == "page" and doc["part"] == ""}
    tokens = TokenTable(pack)
    assert pages[1]["t"].split()[:2] == ["=alpha", "=beta"]
    assert {pages[n]["t"].split()[-1] for n in pages} == {END}
    assert [len(pages[n]["t"].split()) for n in (1, 2, 3, 4)] == [
        b - a + 1 for a, b in zip(tokens.page_tokens, list(tokens.page_tokens)[1:], strict=False)
    ]
    assert {term for _, term in terms_of(pages[1]["t"].split()[2])} == {"well-known", "well", "known", "wellknown"}


def test_a_seam_reaches_over_pages_without_words(pack):
    pages = {doc["n"]: doc for _, doc in documents(pack, _OWNER) if doc["kind"] == "page" and doc["part"] == ""}
    assert pages[4]["seam"].split()[0] == "=alpha"
    assert pages[1]["seam"].split()[:2] == [BORDER, "=gamma"]
    assert pages[2]["t"] == END


def test_a_seam_has_sixteen_positions_a_side_of_whichever_page():
    lines = [" ".join(f"={page}{i}" for i in range(10)) for page in "abc"]
    assert seams_of(lines)[0].split() == [BORDER, *lines[1].split(), *lines[2].split()[:6]]
    assert seams_of(lines)[1].split() == [*lines[0].split(), BORDER, *lines[2].split()]
    assert SEAM == 16


def test_an_annotation_is_a_page_of_the_other_part_on_its_first_canvas(pack):
    (name, doc), *more = [each for each in documents(pack, _OWNER) if each[1].get("part") == "beside"]
    assert (name, doc["n"], doc["canvas"], doc["t"]) == ("book@7:beside1", 1, 2, "=a =remark =beside $")
    assert doc["seam"] == ""
    assert more == []


def test_every_document_says_whose_it_is(pack):
    for name, doc in documents(pack, _OWNER):
        assert name.startswith("book@7:")
        assert (doc["object"], doc["key"], doc["policy"], doc["collections"]) == ("book", "book@7", "open", ["shelf"])


def test_the_header_pack_has_everything_but_words_and_tokens(pack, tmp_path):
    heads = [doc for _, doc in documents(pack, _OWNER) if doc["kind"] == "head"]
    data = header_of_chunks(reversed(heads))
    assert data is not None
    path = tmp_path / "header.pack"
    path.write_bytes(data)
    header = PackFile(path)
    header.verify()
    assert header.header == pack.header
    left_out = {"blocks", "tokens", "token_offsets", "beside.blocks", "beside.tokens", "beside.token_offsets"}
    assert {name for name, _ in pack.sections()} - {name for name, _ in header.sections()} == left_out
    assert set(heads[0]["words"].split()) >= {"=alpha", "=well-known", "=known", "=remark"}


def test_a_header_pack_with_a_piece_missing_is_none(pack):
    heads = [doc for _, doc in documents(pack, _OWNER) if doc["kind"] == "head"]
    assert header_of_chunks([]) is None
    assert header_of_chunks([{**heads[0], "chunks": 2}]) is None

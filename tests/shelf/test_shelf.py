"""The three books on the shelf: their pictures, manifests, and every word of them found in its place."""

from itertools import groupby

import pytest
import pyvips
from flask.testing import FlaskClient

from search.analysis import DEFAULT
from services.context import Context
from tests.shelf.conftest import Found
from tests.shelf.drawn import BOOKS, PUNCTUATION, SAMPLES, Box, Piece, alike, bare, lit, parts, pieces, runs

_INK_IS_DARKER_THAN = 128
# The first analysis knows no gershayim, no stretching stroke and no presentation forms.
_BEFORE_ANALYSIS_2 = pytest.mark.xfail(DEFAULT.version < 2, reason="analysis 1 folds less", strict=True)
_OVERHANG = 8  # pixels by which a letter's ink may leave the box of its advance


def _dark(book: str, page: int) -> pyvips.Image:
    picture = pyvips.Image.new_from_file(str(SAMPLES / book / "images" / f"p{page:03d}.jpg"))
    return picture.colourspace("b-w") < _INK_IS_DARKER_THAN


def test_the_demo_has_six_books_and_every_page_of_them_was_read(shelf: Context):
    pages = {row.id: row.pages for row in shelf.catalogue.objects()}
    assert pages == {"almanac": 13, "beginnings": 3, "gazette": 8, "letters": 11, "odes": 3, "seasons": 3}
    told = [entry for book in BOOKS for _, entry in shelf.catalogue.ledger(book) if entry.level != "info"]
    assert told == []


@pytest.mark.parametrize("book", BOOKS)
def test_the_committed_pictures_have_ink_where_the_drawing_tool_says_and_nowhere_else(book: str):
    for page in sorted({piece.page for piece in pieces(book)}):
        dark = _dark(book, page)
        rest = dark.copy_memory()
        for piece in (each for each in pieces(book) if each.page == page):
            x, y, w, h = piece.ink
            columns, rows = dark.crop(x, y, w, h).project()
            for sums in (
                columns.tolist()[0],
                [row[0] for row in rows.tolist()],
            ):  # ink from one edge of the box to the other
                assert any(sums[:4]), piece
                assert any(sums[-4:]), piece
            rest = rest.draw_rect([0], max(0, x - 2), max(0, y - 2), w + 4, h + 4, fill=True)
        assert rest.max() == 0, page


@pytest.mark.parametrize(
    ("book", "language", "direction"),
    [
        ("seasons", "Japanese", "right-to-left"),
        ("beginnings", "Hebrew", "right-to-left"),
        ("odes", "Arabic", "right-to-left"),
        ("almanac", "English", None),
    ],
)
def test_their_pages_turn_from_right_to_left(reader: FlaskClient, book: str, language: str, direction: str | None):
    third = reader.get(f"/presentation/3/{book}/manifest").get_json()
    assert third.get("viewingDirection") == direction
    facts = {fact["label"].get("en", [""])[0]: fact["value"] for fact in third["metadata"]}
    assert any(text.startswith(language) for texts in facts["Language"].values() for text in texts)
    second = reader.get(f"/presentation/2/{book}/manifest").get_json()
    assert second["sequences"][0].get("viewingDirection") == direction


def _lit(book: str, found: Found) -> list[list[Piece]]:
    """Return what each annotation lights; the mark of punctuation that ends a word is lit with it, as it may be."""
    return [[piece for piece in lit(book, page, box) if piece.text not in PUNCTUATION] for page, box, _ in found]


def _holds(box: Box, ink: Box) -> bool:
    x, y, w, h = box
    return (
        x - _OVERHANG <= ink[0]
        and y - _OVERHANG <= ink[1]
        and ink[0] + ink[2] <= x + w + _OVERHANG
        and ink[1] + ink[3] <= y + h + _OVERHANG
    )


@pytest.mark.parametrize(
    "query",
    [
        "春",
        "ぼ",
        "風の音",
        "夕暮れ",
        "飛びちがひたる",
        "夕日のさして山の端",
        "火桶の火",
        "うたかた",
        "諸行無常",
        "ケース",
        "いとをかし日入りはてて",
    ],
)
def test_signs_are_found_and_lit_in_every_column_that_they_stand_in(find, query: str):
    columns = [groupby(run, lambda sign: (sign.page, sign.line)) for run in runs("seasons", query)]
    expected = [list(column) for run in columns for _, column in run]
    found = find("seasons", query)
    assert _lit("seasons", found) == expected
    assert expected
    for (_, box, _), column in zip(found, expected, strict=True):
        assert all(_holds(box, sign.ink) for sign in column)


def test_every_sign_of_the_japanese_book_is_found_at_each_of_its_places(find):
    signs = [piece for piece in pieces("seasons") if piece.text not in PUNCTUATION]
    for text in sorted({sign.text for sign in signs}):
        found = find("seasons", text)
        assert _lit("seasons", found) == [[sign] for sign in signs if sign.text == text], text
        assert {chars.rstrip(PUNCTUATION) for _, _, chars in found} == {text}


def _written(book: str, *, marks: bool, pages: tuple[int, ...] = (1, 2, 3)) -> list[str]:
    """Return what a reader may type: every word of a book and every part of one, with its marks or bare."""
    words = {part.strip(".,،׃") for piece in pieces(book) if piece.page in pages for part in parts(piece.text)}
    return sorted(words if marks else {bare(word) for word in words if "-" not in word and "־" not in word})


def _check(find, book: str, query: str) -> None:
    """Check that a word lights all that is the same but for marks, and nothing that is not at least alike."""
    found = find(book, query)
    if len(parts(query)) > 1:  # a compound is found as a phrase too: "a-b c-d" has "a-d"
        found = [each for each in found if len(lit(book, each[0], each[1])) == 1]
    places = _lit(book, found)
    assert all(len(place) == 1 for place in places), (query, found)
    shown = [place[0] for place in places]
    same = [p for p in pieces(book) if bare(query) in map(bare, parts(p.text))]
    similar = [p for p in pieces(book) if alike(query) in map(alike, parts(p.text))]
    assert same, query
    assert [p for p in same if p not in shown] == [], query
    assert [p for p in shown if p not in similar] == [], query
    assert shown == sorted(shown, key=pieces(book).index), query
    assert all(_holds(box, piece.ink) for (_, box, _), piece in zip(found, shown, strict=True)), query


@pytest.mark.parametrize("marks", [True, pytest.param(False, marks=_BEFORE_ANALYSIS_2)])
def test_every_hebrew_word_is_found_with_niqqud_and_without(find, marks: bool):
    for query in _written("beginnings", marks=marks):
        _check(find, "beginnings", query)


@_BEFORE_ANALYSIS_2
@pytest.mark.parametrize("marks", [True, False])
def test_every_arabic_word_is_found_with_harakat_and_without_stretched_or_in_presentation_forms(find, marks: bool):
    for query in _written("odes", marks=marks):
        _check(find, "odes", query)


@pytest.mark.parametrize(
    ("book", "query", "printed"),
    [
        ("beginnings", "אור", ["אוֹר", "וַיְהִי־אוֹר׃", "אור"]),
        ("beginnings", "שָׁלוֹם", ["שלום.", "שלום", "שָׁלוֹם"]),
        ("beginnings", '"בראשית ברא אלהים"', ["בְּרֵאשִׁית בָּרָא אֱלֹהִים"]),
        ("odes", "الليل", ["اللَّيْلُ", "الليل"]),
        ("odes", '"قفا نبك"', ["قِفَا نَبْكِ"]),
        ("seasons", "夕暮れ", ["夕暮れ"]),
    ],
)
def test_answers_show_the_text_as_printed(find, book: str, query: str, printed: list[str]):
    assert [chars for _, _, chars in find(book, query)] == printed


def test_a_phrase_of_a_right_to_left_line_is_lit_as_one_stretch(find):
    for book, query, count in (("beginnings", '"בראשית ברא אלהים"', 3), ("odes", '"قفا نبك من ذكرى"', 4)):
        (place,) = _lit(book, find(book, query))
        start = next(i for i, piece in enumerate(pieces(book)) if piece == place[0])
        assert place == list(pieces(book)[start : start + count])


def test_latin_words_in_a_right_to_left_line_are_a_phrase_in_their_own_order(find):
    for book in ("beginnings", "odes"):
        (place,) = _lit(book, find(book, '"lectern project"'))
        assert {piece.text for piece in place} == {"Lectern", "Project"}
        assert place[0].ink[0] < place[1].ink[0]

"""FineReader XML: words made of characters, in every dialect from version 6 on."""

from pathlib import Path

import pytest

from ingest.readers.abbyy import read_abbyy
from ingest.sniff import Kind, sniff
from ingest.traps import Unreadable
from lectern.words import Box, Hyphen, Page, Word
from tests.ingest.files import texts

V10 = "http://www.abbyy.com/FineReader_xml/FineReader10-schema-v1.xml"


def abbyy(body: str, *, page: str = 'width="1000" height="1400" originalCoords="1"', namespace: str = V10) -> bytes:
    """Return a FineReader XML file of one page, which holds `body`."""
    root = f'<document xmlns="{namespace}" version="1.0" producer="ABBYY FineReader Engine 11">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}<page {page}>{body}</page></document>'.encode()


def read(body: str, **options: str) -> Page:
    (page,) = read_abbyy(abbyy(body, **options), "abbyy.xml")
    return page


def characters(text: str, left: int = 10, top: int = 10, more: str = "") -> str:
    """Return the characters of a text, ten pixels wide each."""
    return "".join(
        f'<charParams l="{x}" t="{top}" r="{x + 10}" b="{top + 20}" {more}>{letter}</charParams>'
        for x, letter in zip(range(left, left + 10 * len(text), 10), text, strict=True)
    )


def line(inside: str, top: int = 10, lang: str = "") -> str:
    formatting = f'<formatting lang="{lang}">{inside}</formatting>'
    return f'<line baseline="{top + 20}" l="10" t="{top}" r="500" b="{top + 20}">{formatting}</line>'


def text(*lines: str, more: str = "") -> str:
    return f"<text {more}><par>{''.join(lines)}</par></text>"


def block(*inside: str, kind: str = "Text", place: str = 'l="0" t="0" r="600" b="300"') -> str:
    return (
        f'<block blockType="{kind}" {place}><region><rect l="0" t="0" r="9" b="9"/></region>{"".join(inside)}</block>'
    )


def one_line(inside: str, **options: str) -> Page:
    return read(block(text(line(inside))), **options)


def words(page: Page) -> list[Word]:
    return list(page.words())


def traps(page: Page) -> list[str]:
    return [entry.partition(":")[0] for entry in page.warnings]


def test_words_are_made_of_characters_between_blanks():
    page = one_line(characters("two  words"))
    assert [(w.text, w.box) for w in page.words()] == [("two", Box(10, 10, 30, 20)), ("words", Box(60, 10, 50, 20))]
    assert (page.width, page.height, page.blocks[0].box) == (1000, 1400, Box(0, 0, 600, 300))
    assert page.blocks[0].lines[0].box == Box(10, 10, 490, 20)
    assert page.warnings == []


def test_a_words_box_is_around_all_its_characters():
    low = '<charParams l="5" t="12" r="9" b="40">g</charParams><charParams l="1" t="3" r="6" b="20">h</charParams>'
    assert words(one_line(low))[0].box == Box(1, 3, 8, 37)


@pytest.mark.parametrize("blank", ["", " ", "\t", "\n"])
def test_any_blank_and_an_empty_character_part_words(blank: str):
    gap = f'<charParams l="30" t="1" r="40" b="9" isTab="1">{blank}</charParams>'
    assert texts(one_line(characters("ab") + gap + characters("cd"))) == ["ab", "cd"]


@pytest.mark.parametrize("flag", ['wordStart="1"', 'wordStart="true"', 'wordFirst="1"'])
def test_flags_part_words_only_on_pages_without_blanks(flag: str):
    run = characters("a", more=flag) + characters("b") + characters("c", more=flag)
    assert texts(one_line(run)) == ["ab", "c"]
    assert texts(read(block(text(line(run), line(characters("d e")))))) == ["abc", "d", "e"]


def test_a_word_goes_on_over_a_change_of_format():
    inside = f'{characters("ab")}</formatting><formatting bold="1">{characters("cd", 30)} '
    assert texts(one_line(inside)) == ["abcd"]


def test_confidence_is_the_mean_of_what_lies_between_0_and_100():
    assert words(one_line(characters("a", more='charConfidence="50"') + characters("b", more='charConfidence="100"')))[
        0
    ].confidence == pytest.approx(0.75)
    odd = [characters("a", more=f'charConfidence="{sure}"') for sure in ("-1", "255", "x", "40")]
    assert words(one_line("".join(odd)))[0].confidence == pytest.approx(0.4)
    assert words(one_line(characters("a", more='charConfidence="0"')))[0].confidence == 0
    assert words(one_line(characters("a")))[0].confidence is None


@pytest.mark.parametrize(("sign", "printed"), [("¬", "¬"), ("\u00ad", "-")])
def test_its_soft_hyphen_marks_a_broken_word_and_is_none_elsewhere(sign: str, printed: str):
    page = read(block(text(line(characters(f"a{sign}b Ver{sign}")), line(characters("such"), 40))))
    assert [(w.text, w.hyphen) for w in page.words()] == [("ab", None), (f"Ver{printed}", Hyphen(1)), ("such", None)]


def test_a_plain_hyphen_is_not_marked():
    assert words(one_line(characters("Ver-")))[0].hyphen is None


def test_other_readings_of_a_word_are_its_alternatives_and_nothing_more():
    def variant(reading: str) -> str:
        return f"<wordRecVariant><variantText>{characters(reading)}</variantText></wordRecVariant>"

    variants = f"<wordRecVariants>{variant('Haus')}{variant('Hans')}</wordRecVariants>"
    found = words(one_line(variants + characters("Haus da")))
    assert [(w.text, w.alternatives) for w in found] == [("Haus", ("Hans",)), ("da", ())]


def test_other_readings_of_a_character_are_not_text():
    reading = '<charRecVariants>\n<charRecVariant charConfidence="9">x</charRecVariant></charRecVariants>'
    inside = f'<charParams l="1" t="1" r="9" b="9">\n{reading}H</charParams>{characters("a", 20)}'
    assert texts(one_line(inside)) == ["Ha"]


def test_lines_without_characters_share_their_box():
    found = words(one_line("bare text "))
    assert [(w.text, w.estimated) for w in found] == [("bare", True), ("text", True)]


def test_languages_come_as_tags():
    page = read(
        block(text(line(characters("ein"), lang="OldGerman"), line(characters("to"), lang="EnglishUnitedStates")))
    )
    assert (page.language, [w.language for w in page.words()]) == (None, ["de", "en"])
    assert read(block(text(line(characters("ein"), lang="GermanNewSpelling")))).language == "de"


def test_cells_of_tables_are_blocks_in_their_order():
    cells = "".join(f"<cell>{text(line(characters(name)))}</cell>" for name in ("a", "b"))
    page = read(block(f"<row>{cells}</row><row><cell/></row>", kind="Table") + block(kind="Picture"))
    assert [[w.text for each in b.lines for w in each.words] for b in page.blocks] == [["a"], ["b"]]


@pytest.mark.parametrize("place", ['l="x" t="1" r="9" b="9"', 't="1" r="9" b="9"', 'l="9999999" t="1" r="9" b="9"', ""])
def test_a_torn_place_is_none(place: str):
    assert words(one_line(f"<charParams {place}>a</charParams>"))[0].box is None


def test_fractions_and_exchanged_corners_are_places():
    found = words(one_line('<charParams l="9.5" t="1" r="1" b="9">a</charParams>'))
    assert found[0].box == Box(1, 1, 8.5, 8)


def test_boxes_of_a_deskewed_picture_are_doubted():
    assert traps(one_line(characters("a"), page='width="10" height="10"')) == ["coordinates-uncertain"]
    assert traps(read("", page='width="10" height="10"')) == []


def test_strange_namespaces_are_read_with_a_warning():
    assert traps(one_line(characters("a"), namespace="http://example.org/FineReader")) == ["namespace"]


def turned(orientation: str, left: int, top: int, page: str = "") -> Page:
    """Return a page of a turned text whose one word lies at a place, in a block at the page's right edge."""
    lines = f'<line l="{left}" t="{top}" r="{left + 50}" b="{top + 20}"><formatting>{{}}</formatting></line>'
    inside = text(lines.format(characters("abcde", left, top)), more=f'orientation="{orientation}"')
    return read(block(inside, place='l="900" t="100" r="1000" b="400"') + page)


def test_turned_texts_are_brought_back_into_their_block():
    assert words(turned("RotatedClockwise", 120, 10))[0].box == Box(970, 120, 20, 50)
    assert words(turned("RotatedCounterclockwise", 1150, 950))[0].box == Box(950, 200, 20, 50)
    assert words(turned("RotatedUpsidedown", 20, 1200))[0].box == Box(930, 180, 50, 20)
    assert turned("RotatedClockwise", 120, 10).blocks[0].lines[0].direction == "ttb"


def test_turned_texts_that_lie_in_their_block_stay_and_others_are_reported():
    page = turned("RotatedClockwise", 920, 150)
    assert (words(page)[0].box, traps(page)) == (Box(920, 150, 50, 20), [])
    page = turned("RotatedClockwise", 500, 700)
    assert (words(page)[0].box, traps(page)) == (Box(500, 700, 50, 20), ["rotation"])


def test_pages_come_one_after_another():
    page = f'<page width="9" height="9" originalCoords="1">{block(text(line(characters("a"))))}</page>'
    data = f'<document producer="FineReader 8.0">{page}<page/>{page}</document>'.encode()
    assert [texts(found) for found in read_abbyy(data, "a.xml")] == [["a"], [], ["a"]]


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        (f'<document xmlns="{V10}">', Kind.ABBYY),
        ('<document version="1.0" producer="FineReader 8.0">', Kind.ABBYY),
        (
            '<!-- abbyy --><a:document xmlns:a="http://www.abbyy.com/FineReader_xml/FineReader6-schema-v1.xml">',
            Kind.ABBYY,
        ),
        ("<document>abbyy", Kind.OTHER),
        ('<document xmlns="http://example.org/">', Kind.OTHER),
        ("<ocr><p/>", Kind.MINIOCR),
        ("<ocr><page/>", Kind.OTHER),
    ],
)
def test_roots_that_others_use_too_are_looked_at_closely(tmp_path: Path, root: str, kind: Kind):
    (tmp_path / "a.xml").write_text(root)
    assert sniff(tmp_path / "a.xml")[0] is kind


@pytest.mark.parametrize(
    ("data", "trap"),
    [
        (b"<alto/>", "not-abbyy"),
        (b"<document/>", "no-page"),
        (abbyy(block(text(line("x"))))[:-30], "truncated"),
        (b"<!DOCTYPE document [<!ENTITY a 'b'>]><document><page/></document>", "doctype-declares"),
        (abbyy(block(text(line("a" * 70_000)))), "text-too-long"),
        (abbyy(block(text(line("a " * 30_000), line("a " * 30_000)))), "too-many-words"),
    ],
)
def test_what_is_no_page_of_ocr_is_refused_by_name(data: bytes, trap: str):
    with pytest.raises(Unreadable) as caught:
        list(read_abbyy(data, "a.xml"))
    assert caught.value.trap == trap

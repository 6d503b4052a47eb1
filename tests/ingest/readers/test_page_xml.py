"""PAGE-XML: regions, lines and words in every shape that its writers give them."""

import pytest

from ingest.readers.page_xml import read_page_xml
from ingest.traps import Unreadable
from lectern.words import Box, Hyphen, Page, Word
from tests.ingest.files import texts

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"


def page_xml(body: str, *, page: str = "", namespace: str = NAMESPACE) -> bytes:
    """Return a PAGE-XML file of one page, 1000 x 1400 pixels."""
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="{namespace}"><Metadata><Creator>me</Creator></Metadata>
<Page imageFilename="scans\\p1.tif" imageWidth="1000" imageHeight="1400" {page}>{body}</Page></PcGts>"""
    return text.encode()


def read(body: str, **options: str) -> Page:
    (page,) = read_page_xml(page_xml(body, **options), "page.xml")
    return page


def coords(x: int, y: int, w: int, h: int) -> str:
    return f'<Coords points="{x},{y} {x + w},{y} {x + w},{y + h} {x},{y + h}"/>'


def text(content: str, more: str = "") -> str:
    return f"<TextEquiv {more}><Unicode>{content}</Unicode></TextEquiv>"


def word(content: str, x: int = 0, more: str = "", name: str = "") -> str:
    return f'<Word id="{name}" {more}>{coords(x, 10, 50, 20)}{text(content)}</Word>'


def line(inside: str, more: str = "", y: int = 10) -> str:
    return f"<TextLine {more}>{coords(0, y, 400, 20)}{inside}</TextLine>"


def region(inside: str, more: str = "", name: str = "TextRegion") -> str:
    return f"<{name} {more}>{coords(0, 0, 500, 300)}{inside}</{name}>"


def words(page: Page) -> list[Word]:
    return list(page.words())


def traps(page: Page) -> list[str]:
    return [entry.partition(":")[0] for entry in page.warnings]


def test_words_have_boxes_of_their_outlines():
    page = read(region(line(word("alpha", 10) + word("beta", 70))))
    assert [(w.text, w.box) for w in page.words()] == [("alpha", Box(10, 10, 50, 20)), ("beta", Box(70, 10, 50, 20))]
    assert (page.width, page.height, page.image_name) == (1000, 1400, "scans\\p1.tif")
    assert page.blocks[0].box == Box(0, 0, 500, 300)
    assert page.warnings == []


def test_points_of_2010_stand_in_elements():
    inside = '<Coords><Point x="5" y="7"/><Point x="25" y="7"/><Point x="25" y="17"/></Coords>'
    page = read(region(line(f"<Word>{inside}{text('old')}</Word>")), namespace=NAMESPACE.replace("2019", "2010"))
    assert words(page)[0].box == Box(5, 7, 20, 10)


@pytest.mark.parametrize(
    ("points", "box"),
    [
        ("10,10 , 30,10 30,40 ,", Box(10, 10, 20, 30)),
        ("NaN,5 10,10 30,40 inf,3", Box(10, 10, 20, 30)),
        ("10,10", None),
        (", , ,", None),
        ("", None),
        ("10,10 10,10", None),
        ("-5.5,2 10.25,8", Box(-5.5, 2, 15.75, 6)),
        ("10 10 30 40", Box(10, 10, 20, 30)),
    ],
)
def test_points_that_are_none_are_left_out(points: str, box: Box | None):
    page = read(region(line(f'<Word><Coords points="{points}"/>{text("torn")}</Word>')))
    assert words(page)[0].box == box
    assert page.blocks[0].lines[0].box == Box(0, 10, 400, 20)


def test_torn_points_are_reported_once_a_page():
    torn = f'<Word><Coords points="1,1 , NaN,4 9,9"/>{text("torn")}</Word>'
    assert traps(read(region(line(torn) + line(torn)))) == ["points"]


def test_lines_without_words_share_the_lines_box():
    found = words(read(region(line(text("one two", 'conf="0.5"')))))
    assert [w.text for w in found] == ["one", "two"]
    assert all(w.estimated and w.confidence == 0.5 for w in found)
    assert found[0].box is not None
    assert found[0].box.right < found[1].box.x  # type: ignore[union-attr]


def test_a_region_without_lines_keeps_its_text_and_its_lines_of_it():
    page = read(region(text("first line\nsec-\nond")))
    assert [[w.text for w in each.words] for each in page.lines()] == [["first", "line"], ["sec-"], ["ond"]]
    assert all(w.box is None for w in page.words())
    assert page.blocks[0].box == Box(0, 0, 500, 300)


def test_one_level_of_text_is_taken():
    glyphs = "".join(f"<Glyph>{coords(0, 0, 5, 5)}{text(letter)}</Glyph>" for letter in "ab")
    inside = f"<Word>{coords(0, 0, 9, 9)}{glyphs}{text('ab')}</Word>{text('ab')}"
    assert texts(read(region(line(inside) + text("ab")))) == ["ab"]


def test_glyphs_speak_for_a_word_without_text():
    glyphs = "".join(f"<Glyph>{text(letter)}</Glyph>" for letter in "abc")
    assert texts(read(region(line(f"<Word>{coords(0, 0, 9, 9)}{glyphs}</Word>")))) == ["abc"]


def test_the_lines_text_wins_where_it_has_as_many_words():
    page = read(region(line(word("erfchien", 10) + word("der", 70) + text("erſchien der"))))
    assert [(w.text, w.box) for w in page.words()] == [
        ("erſchien", Box(10, 10, 50, 20)),
        ("der", Box(70, 10, 50, 20)),
    ]
    assert traps(page) == ["levels-differ"]


def test_the_words_win_where_the_line_has_more_or_fewer():
    page = read(region(line(word("alpha") + word("beta") + text("alphabeta"))))
    assert texts(page) == ["alpha", "beta"]
    assert traps(page) == ["levels-differ"]


def test_word_outlines_without_text_serve_the_lines_words():
    empty = "".join(f"<Word>{coords(x, 10, 50, 20)}</Word>" for x in (0, 60))
    found = words(read(region(line(empty + text("one two")))))
    assert [(w.text, w.box) for w in found] == [("one", Box(0, 10, 50, 20)), ("two", Box(60, 10, 50, 20))]


def test_the_text_of_the_lowest_index_is_the_text_and_others_are_alternatives():
    several = text("third") + text("second", 'index="1"') + text("first", 'index="0" conf="0.9"')
    (found,) = words(read(region(line(f"<Word>{coords(0, 0, 9, 9)}{several}</Word>"))))
    assert (found.text, found.alternatives, found.confidence) == ("first", ("second", "third"), 0.9)


def test_other_readings_of_a_line_are_given_to_its_words():
    found = words(read(region(line(text("ein Hans", 'index="0"') + text("ein Haus", 'index="1"') + text("einHaus")))))
    assert [w.alternatives for w in found] == [(), ("Haus",)]


def test_an_empty_first_text_and_plain_text_are_no_loss():
    plain = "<TextEquiv><PlainText>plain</PlainText><Unicode></Unicode></TextEquiv>"
    assert texts(read(region(line(f"<Word>{text('')}{plain}</Word>")))) == ["plain"]


ORDERED = """<ReadingOrder><OrderedGroup id="g">
<RegionRefIndexed index="2" regionRef="a"/><UnorderedGroupIndexed index="1"><RegionRef regionRef="d"/>
<OrderedGroup><RegionRefIndexed index="1" regionRef="gone"/><RegionRefIndexed index="0" regionRef="c"/></OrderedGroup>
</UnorderedGroupIndexed></OrderedGroup></ReadingOrder>"""


def test_reading_order_is_laid_out_flat_and_what_it_leaves_out_follows():
    regions = "".join(region(line(text(name)), f'id="{name}"') for name in "abcde")
    assert texts(read(ORDERED + regions)) == ["d", "c", "a", "b", "e"]


def test_regions_inside_regions_follow_their_own_unless_the_order_names_them():
    inner = region(line(text("inner")), 'id="i"')
    outer = region(line(text("outer")) + inner, 'id="o"')
    assert texts(read(outer + region(line(text("last")), 'id="l"'))) == ["outer", "inner", "last"]
    refs = "".join(f'<RegionRefIndexed index="{n}" regionRef="{name}"/>' for n, name in enumerate("oli"))
    order = f'<ReadingOrder><OrderedGroup id="g">{refs}</OrderedGroup></ReadingOrder>'
    assert texts(read(order + outer + region(line(text("last")), 'id="l"'))) == ["outer", "last", "inner"]


def test_tables_are_read_by_row_and_column_in_both_dialects():
    cells = [(1, 0, "c"), (0, 1, "b"), (0, 0, "a")]
    transkribus = "".join(region(line(text(t)), f'row="{r}" col="{c}"', "TableCell") for r, c, t in cells)
    assert texts(read(region(transkribus, "", "TableRegion"))) == ["a", "b", "c"]
    role = '<Roles><TableCellRole rowIndex="{}" columnIndex="{}"/></Roles>'
    prima = "".join(region(role.format(r, c) + line(text(t))) for r, c, t in cells)
    assert texts(read(region(prima, "", "TableRegion"))) == ["a", "b", "c"]


@pytest.mark.parametrize("number", ['custom="readingOrder {{index:{};}}"', 'index="{}"'])
def test_lines_are_read_by_their_numbers_if_all_have_one(number: str):
    lines = [line(text(name), number.format(n)) for n, name in [(2, "c"), (0, "a"), (1, "b")]]
    assert texts(read(region("".join(lines)))) == ["a", "b", "c"]
    assert texts(read(region("".join([*lines, line(text("d"))])))) == ["c", "a", "b", "d"]


def test_regions_without_reading_order_are_read_by_their_custom_numbers():
    regions = "".join(region(line(text(t)), f'custom="readingOrder {{index:{n};}}"') for n, t in [(1, "b"), (0, "a")])
    assert texts(read(regions)) == ["a", "b"]


@pytest.mark.parametrize(
    ("attributes", "upright", "direction"),
    [
        ('readingDirection="right-to-left"', False, "rtl"),
        ('readingDirection="left-to-right" textLineOrder="top-to-bottom"', False, "ltr"),
        ('readingDirection="top-to-bottom" textLineOrder="right-to-left"', True, "ttb"),
        ('textLineOrder="right-to-left"', True, "ttb"),
        ('readingDirection="left-to-right" textLineOrder="right-to-left"', False, "ltr"),
        ('orientation="-90"', True, "ttb"),
        ("", False, None),
    ],
)
def test_lines_keep_their_direction(attributes: str, upright: bool, direction: str | None):
    box = coords(0, 0, 20, 300) if upright else coords(0, 0, 300, 20)
    page = read(region(f"<TextLine>{box}{text('one two')}</TextLine>", attributes))
    assert page.blocks[0].lines[0].direction == direction


def test_words_of_a_line_that_is_turned_upwards_begin_at_its_foot():
    page = read(region(f"<TextLine>{coords(0, 0, 20, 300)}{text('one two')}</TextLine>", 'orientation="90"'))
    one, two = words(page)
    assert one.box is not None
    assert two.box is not None
    assert one.box.bottom == 300
    assert two.box.y == 0


def test_words_stay_in_the_order_of_the_file():
    page = read(region(line(word("first", 300) + word("second", 10)), 'readingDirection="right-to-left"'))
    assert texts(page) == ["first", "second"]


def relation(source: str, target: str, kind: str = "join") -> str:
    refs = f'<SourceRegionRef regionRef="{source}"/><TargetRegionRef regionRef="{target}"/>'
    return f'<Relations><Relation type="{kind}">{refs}</Relation></Relations>'


def hyphens(page: Page) -> list[tuple[str, Hyphen | None]]:
    return [(w.text, w.hyphen) for w in page.words()]


def test_a_join_of_words_marks_both_halves():
    body = region(line(word("Ver", name="w1")) + line(word("such", name="w2")))
    assert hyphens(read(relation("w1", "w2") + body)) == [("Ver", Hyphen(1)), ("such", Hyphen(2))]
    assert hyphens(read(relation("w1", "w2", "link") + body)) == [("Ver", None), ("such", None)]


def test_a_join_of_lines_or_regions_marks_their_last_and_first_words():
    lines = line(word("the") + word("Ver", 60), 'id="l1"') + line(word("such") + word("goes", 60), 'id="l2"')
    marks = [mark for _, mark in hyphens(read(relation("l1", "l2") + region(lines)))]
    assert marks == [None, Hyphen(1), Hyphen(2), None]
    initial = region(line(word("D")), 'id="r1"') + region(line(word("er")), 'id="r2"')
    assert [mark for _, mark in hyphens(read(relation("r1", "r2") + initial))] == [Hyphen(1), Hyphen(2)]
    assert [mark for _, mark in hyphens(read(relation("r1", "gone") + initial))] == [None, None]


def test_a_soft_hyphen_at_a_lines_end_is_a_marked_hyphen_and_nothing_elsewhere():
    page = read(region(line(text("so\u00adft Ver\u00ad")) + line(text("such"))))
    assert hyphens(page) == [("soft", None), ("Ver-", Hyphen(1)), ("such", None)]


def test_a_line_that_has_only_a_base_line_gets_half_a_lines_distance_above_and_below():
    lines = "".join(f'<TextLine><Baseline points="10,{y} 210,{y}"/>{text("word")}</TextLine>' for y in (100, 140, 180))
    page = read(region(lines))
    assert page.blocks[0].lines[1].box == Box(10, 120, 200, 40)
    assert all(w.estimated for w in page.words())
    assert traps(page) == ["baseline-only"]


def test_languages_are_inherited_and_given_as_tags():
    body = region(line(word("ein") + word("le", more='language="French"'), 'primaryLanguage="German"'))
    page = read(body, page='primaryLanguage="Latin"')
    assert page.language == "la"
    assert [w.language for w in page.words()] == ["de", "fr"]
    assert read(region(line(word("ein")), 'primaryLanguage="German"')).language == "de"


def test_text_in_any_kind_of_region_is_kept():
    assert texts(read(region(region(line(text("inside"))), "", "AdvertRegion"))) == ["inside"]


def test_a_page_without_text_is_a_page():
    assert texts(read(region("", "", "ImageRegion"))) == []


def test_prefixes_and_strange_namespaces_are_read():
    data = page_xml(region(line(word("one"))), namespace="http://example.org/p")
    (page,) = read_page_xml(data, "p.xml")
    assert (texts(page), traps(page)) == (["one"], ["namespace"])
    prefixed = page_xml(region(line(word("one")))).decode().replace("<", "<pc:").replace("<pc:/", "</pc:")
    prefixed = prefixed.replace("<pc:?", "<?").replace("xmlns=", "xmlns:pc=")
    (page,) = read_page_xml(prefixed.encode(), "p.xml")
    assert (texts(page), traps(page)) == (["one"], [])


@pytest.mark.parametrize(
    ("data", "trap"),
    [
        (b"<alto/>", "not-page-xml"),
        (b"<PcGts/>", "no-page"),
        (page_xml("x")[:-20], "truncated"),
        (page_xml(region(line(text("a " * 50_001)))), "text-too-long"),
        (page_xml(region(line(text("a " * 30_000)) * 2)), "too-many-words"),
    ],
)
def test_what_is_no_page_of_ocr_is_refused_by_name(data: bytes, trap: str):
    with pytest.raises(Unreadable) as caught:
        list(read_page_xml(data, "p.xml"))
    assert caught.value.trap == trap

"""ALTO of all versions: each trap in miniature."""

from collections.abc import Iterator

import pytest
from lxml import etree

from ingest.readers.alto import read_alto
from ingest.traps import Unreadable
from ingest.xml import Document, stream_pages
from lectern.words import Box, Hyphen, Word
from tests.ingest.files import V3, alto, alto_page, string, text_lines, texts


def words_of(*lines: str) -> list[Word]:
    return list(alto_page(text_lines(*lines)).words())


@pytest.mark.parametrize(
    ("namespace", "warned"),
    [
        (V3, False),
        ("http://www.loc.gov/standards/alto/ns-v4#", False),
        ("http://schema.ccs-gmbh.com/ALTO", False),
        ("http://bibnum.bnf.fr/ns/alto_prod", False),
        ("", False),
        ("urn:my-own", True),
    ],
)
def test_any_namespace_is_read_and_a_strange_one_reported(namespace: str, warned: bool):
    page = alto_page(text_lines(string("word")), namespace=namespace)
    assert texts(page) == ["word"]
    assert any(w.startswith("namespace: ") for w in page.warnings) is warned


def test_prefixed_elements_and_attributes_are_read():
    data = b"""<a:alto xmlns:a="http://www.loc.gov/standards/alto/ns-v2#" xmlns:d="urn:d"><a:Layout>
    <a:Page d:WIDTH="100" d:HEIGHT="200"><a:PrintSpace><a:TextBlock><a:TextLine>
    <a:String d:CONTENT="word" d:HPOS="1" d:VPOS="2" d:WIDTH="3" d:HEIGHT="4"/>
    </a:TextLine></a:TextBlock></a:PrintSpace></a:Page></a:Layout></a:alto>"""
    (page,) = read_alto(data, "p.xml")
    assert (page.width, next(page.words()).box) == (100, Box(1, 2, 3, 4))


@pytest.mark.parametrize(
    ("said", "unit", "warned"),
    [("pixel", "pixel", False), ("mm10", "mm10", False), ("inch1200", "inch1200", False), ("", "pixel", False),
     ("mm", "pixel", True)],
)  # fmt: skip
def test_units(said: str, unit: str, warned: bool):
    page = alto_page("", unit=said)
    assert (page.unit, any(w.startswith("unit: ") for w in page.warnings)) == (unit, warned)


@pytest.mark.parametrize("size", ["", 'WIDTH="" HEIGHT=""', 'WIDTH="foo" HEIGHT="bar"', 'WIDTH="0" HEIGHT="0"'])
def test_a_page_without_size_takes_its_print_spaces(size: str):
    page = alto_page("", page=size)
    assert (page.width, page.height) == (900, 1300)
    assert page.warnings[0].startswith("page-size: ")


def test_coordinates_may_be_fractions_negative_nought_or_missing():
    line = (
        '<String CONTENT="a" HPOS="0" VPOS="0" WIDTH="5.5" HEIGHT="6e0"/>'
        '<String CONTENT="b" HPOS="-3" VPOS="1" WIDTH="5" HEIGHT="6"/>'
        '<String CONTENT="c" HPOS="1.6478e" VPOS="1" WIDTH="5" HEIGHT="6"/>'
        '<String CONTENT="d" HPOS="" VPOS="" WIDTH="" HEIGHT=""/>'
        '<String CONTENT="e" HPOS="NaN" VPOS="1" WIDTH="1" HEIGHT="1"/>'
    )
    assert [word.box for word in words_of(line)] == [Box(0, 0, 5.5, 6), Box(-3, 1, 5, 6), None, None, None]


@pytest.mark.parametrize("points", ["10,20 50,20 50,40", "10 20 50 20 50 40"])
def test_a_polygon_stands_in_for_a_missing_box(points: str):
    shape = f'<String CONTENT="a"><Shape><Polygon POINTS="{points}"/></Shape></String>'
    assert words_of(shape)[0].box == Box(10, 20, 40, 20)


@pytest.mark.parametrize(
    ("first", "sign", "printed"),
    [
        ("gov", '<HYP CONTENT="-"/>', "gov-"),
        ("gov", '<HYP CONTENT="&#173;"/>', "gov-"),
        ("gov", "<HYP/>", "gov-"),
        ("gov", '<HYP CONTENT="¬"/>', "gov¬"),
        ("gov", '<HYP CONTENT="172"/>', "gov¬"),
        ("gov-", '<HYP CONTENT="-"/>', "gov-"),
        ("gov&#173;", '<HYP CONTENT="&#173;"/>', "gov-"),
        ("gov⸗", '<HYP CONTENT="-"/>', "gov⸗"),
    ],
)
def test_a_hyphen_element_ends_its_word_with_one_sign(first: str, sign: str, printed: str):
    (word,) = words_of(string(first) + sign)
    assert (word.text, word.hyphen) == (printed, Hyphen(1))


def test_marked_halves_know_their_whole():
    one = string("gov", more='SUBS_TYPE="HypPart1" SUBS_CONTENT="government"') + '<HYP CONTENT="-"/>'
    two = string("ernment", more='SUBS_TYPE="HypPart2" SUBS_CONTENT="government"')
    first, second = words_of(one, two)
    assert (first.text, first.hyphen, second.hyphen) == ("gov-", Hyphen(1, "government"), Hyphen(2, "government"))


def test_halves_without_hyphen_element_are_left_as_printed():
    (word,) = words_of(string("gov", more='SUBS_TYPE="HypPart1" SUBS_CONTENT="government"'))
    assert (word.text, word.hyphen) == ("gov", Hyphen(1, "government"))


def test_a_soft_hyphen_ends_a_line_and_vanishes_elsewhere():
    words = words_of(string("a&#173;b") + string("c&#173;") + string("ver&#173;"))
    assert [(word.text, word.hyphen) for word in words] == [("ab", None), ("c", None), ("ver-", Hyphen(1))]


def test_abbreviations_and_other_readings_are_alternatives():
    (word,) = words_of(
        '<String CONTENT="Dr." HPOS="1" VPOS="1" WIDTH="1" HEIGHT="1" SUBS_TYPE="Abbreviation" SUBS_CONTENT="Doctor">'
        "<ALTERNATIVE>Or.</ALTERNATIVE><ALTERNATIVE>Or.</ALTERNATIVE></String>"
    )
    assert (word.alternatives, word.hyphen) == (("Or.", "Doctor"), None)


@pytest.mark.parametrize(
    ("attribute", "confidence"),
    [('WC="0.54"', 0.54), ('WC="0"', 0.0), ("", None), ('WC="x"', None), ('WC="7"', 1.0), ('CC="0 0 9"', None)],
)
def test_only_word_confidence_counts(attribute: str, confidence: float | None):
    assert words_of(string("a", more=attribute))[0].confidence == confidence


def test_a_string_that_is_a_whole_line_is_split_by_characters():
    words = words_of(string("le Roy de France"))
    assert [word.text for word in words] == ["le", "Roy", "de", "France"]
    assert all(word.estimated for word in words)
    assert [round(word.box.x) for word in words if word.box] == [10, 40, 80, 110]


def test_a_line_without_a_box_on_its_string_shares_the_lines_box():
    words = words_of('<String CONTENT="ab cd"/>')
    assert [round(word.box.x) for word in words if word.box] == [10, 310]


def test_text_that_runs_leftwards_is_shared_out_from_the_right():
    words = words_of(string("שלום עולם"))
    assert words[0].box is not None
    assert words[1].box is not None
    assert words[0].box.x > words[1].box.x


def test_whole_line_strings_can_be_halves():
    one = string("le gou", more='SUBS_TYPE="HypPart1" SUBS_CONTENT="gouverne"')
    two = string("verne bien", more='SUBS_TYPE="HypPart2" SUBS_CONTENT="gouverne"')
    assert [word.hyphen.part if word.hyphen else 0 for word in words_of(one, two)] == [0, 1, 2, 0]


def test_margins_and_nested_blocks_are_read():
    inner = text_lines(string("nested"))
    data = alto(f"<ComposedBlock><ComposedBlock>{inner}</ComposedBlock></ComposedBlock>").replace(
        b"<PrintSpace", f"<TopMargin>{text_lines(string('head'))}</TopMargin><PrintSpace".encode(), 1
    )
    (page,) = read_alto(data, "p.xml")
    assert texts(page) == ["head", "nested"]


BLOCKS = "".join(
    f'<TextBlock ID="b{n}" {{{n}}}><TextLine ID="l{n}">{string(name)}</TextLine></TextBlock>'
    for n, name in enumerate(["one", "two", "three"])
)


def test_reading_order_goes_before_the_order_of_the_file_and_may_be_partial():
    head = '<ReadingOrder><OrderedGroup><ElementRef REF="l2"/><ElementRef REF="b0"/></OrderedGroup></ReadingOrder>'
    assert texts(alto_page(BLOCKS.format("", "", ""), head=head)) == ["three", "one", "two"]


def test_the_first_of_several_reading_orders_counts():
    groups = '<OrderedGroup><ElementRef REF="b1"/></OrderedGroup><OrderedGroup><ElementRef REF="b2"/></OrderedGroup>'
    head = f"<ReadingOrder><UnorderedGroup>{groups}</UnorderedGroup></ReadingOrder>"
    assert texts(alto_page(BLOCKS.format("", "", ""), head=head)) == ["two", "one", "three"]


@pytest.mark.parametrize(
    ("following", "expected"),
    [
        (("", 'IDNEXT="b0"', 'IDNEXT="b1"'), ["three", "two", "one"]),
        (('IDNEXT="b2"', "", ""), ["one", "two", "three"]),  # not a whole chain
        (('IDNEXT="b1"', 'IDNEXT="b0"', ""), ["one", "two", "three"]),  # a circle
    ],
)
def test_a_whole_chain_of_blocks_is_followed_and_no_other(following: tuple[str, str, str], expected: list[str]):
    assert texts(alto_page(BLOCKS.format(*following))) == expected


def test_two_pages_in_one_file_are_two_pages():
    data = alto(text_lines(string("one"))).replace(b"</Layout>", b'<Page WIDTH="5" HEIGHT="6"/></Layout>')
    assert [(texts(page), page.width) for page in read_alto(data, "p.xml")] == [(["one"], 1000), ([], 5)]


def test_language_of_all_blocks_is_the_pages():
    body = text_lines(string("Haus")).replace("<TextBlock", '<TextBlock language="ger"')
    page = alto_page(body)
    assert (page.language, next(page.words()).language) == ("de", None)
    assert alto_page(body.replace("ger", "hbo"), page='LANG="unknown" WIDTH="1" HEIGHT="1"').language == "hbo"


def test_empty_strings_and_empty_pages_are_no_error():
    assert texts(alto_page(text_lines(string(""), string("  ")))) == []
    assert alto_page("").blocks == []


@pytest.mark.parametrize(
    ("data", "trap"),
    [
        (b"<mets/>", "not-alto"),
        (b"<PcGts/>", "not-alto"),
        (b"<alto><Layout/></alto>", "no-page"),
        (alto(text_lines(string("x" * 70_000))), "text-too-long"),
        (alto(text_lines(*[string("w " * 30_000)] * 2)), "too-many-words"),
    ],
)
def test_what_is_no_page_of_ocr_is_refused_by_name(data: bytes, trap: str):
    with pytest.raises(Unreadable, match=r"p\.xml") as caught:
        list(read_alto(data, "p.xml"))
    assert caught.value.trap == trap


def test_pages_are_freed_while_a_file_is_read(monkeypatch: pytest.MonkeyPatch):
    page = f'<Page WIDTH="9" HEIGHT="9">{"<TextBlock/>" * 400}</Page>'
    seen: list[int] = []

    def spied(document: Document, *tags: str) -> Iterator[etree._Element]:
        for element in stream_pages(document, *tags):
            seen.append(len(list(element.getroottree().iterfind(".//Page"))))
            yield element

    monkeypatch.setattr("ingest.readers.alto.stream_pages", spied)
    data = f"<alto><Layout>{page * 300}</Layout></alto>".encode()
    assert sum(1 for _ in read_alto(data, "p.xml")) == 300
    assert max(seen) < 100, "only the pages of the chunk that was read last are there"
    assert seen[-1] <= 2

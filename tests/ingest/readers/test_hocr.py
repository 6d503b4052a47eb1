"""hOCR as it occurs: each trap in miniature."""

import pytest

from ingest.readers.hocr import read_hocr
from ingest.readers.properties import box_of, confidence_of, parse_title
from ingest.traps import MAX_PAGE_WORDS, Unreadable
from lectern.words import Box, Hyphen
from tests.ingest.files import hocr, hocr_line, hocr_page, texts

WORD = '<span class="ocrx_word" title="bbox 1 2 31 22; x_wconf {conf}">{text}</span>'


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("bbox 1 2 3 4;ppageno 7", {"bbox": ["1", "2", "3", "4"], "ppageno": ["7"]}),
        ('image "C:\\scans\\a;b.tif"; bbox 0 0 9 9', {"image": ["C:\\scans\\a;b.tif"], "bbox": ["0", "0", "9", "9"]}),
        ("image 'my page.png' ; x_foo", {"image": ["my page.png"], "x_foo": []}),
        ('image "never closed; bbox 1 2 3 4', {"image": []}),
        ("", {}),
    ],
)
def test_title_properties_respect_quotes(title: str, expected: dict[str, list[str]]):
    found = parse_title(title)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("title", "box"),
    [
        ("bbox 10 20 30 50", Box(10, 20, 20, 30)),
        ("bbox 30 50 10 20", Box(10, 20, 20, 30)),
        ("bbox -1.5 2 3 4", Box(-1.5, 2, 4.5, 2)),
        ("bbox 0 0 0 0", None),
        ("bbox 1 2 3", None),
        ("bbox a b c d", None),
        ("x_wconf 3", None),
    ],
)
def test_boxes_are_corners_in_any_order(title: str, box: Box | None):
    assert box_of(parse_title(title)) == box


@pytest.mark.parametrize(
    ("title", "confidence"),
    [("x_wconf 93", 0.93), ("x_wconf 85.6", 0.856), ("x_wconf 0", 0.0), ("x_wconf 150", 1.0), ("x_wconf ?", None),
     ("x_confs 50 70", 0.6), ("nlp 3.2", None)],
)  # fmt: skip
def test_confidence_is_a_share_and_nought_is_not_missing(title: str, confidence: float | None):
    assert confidence_of(parse_title(title)) == (None if confidence is None else pytest.approx(confidence))


def test_words_lines_and_page_of_plain_hocr():
    page = hocr_page(
        hocr_line("Down", "the") + hocr_line("hole", top=130), title='image "a b.png"; bbox 0 0 800 900; ppageno 3'
    )
    assert texts(page) == ["Down", "the", "hole"]
    assert (page.width, page.height, page.image_name) == (800, 900, "a b.png")
    assert [len(line.words) for line in page.lines()] == [2, 1]
    assert next(page.words()).box == Box(50, 100, 40, 20)


def test_a_page_may_begin_at_ten_ten_or_have_no_box():
    page = hocr_page("", title="bbox 10 10 810 910")
    assert (page.x, page.y, page.width, page.height) == (10, 10, 800, 900)
    assert hocr_page("", title="file a.png").width is None


def test_entity_names_of_html_keep_their_letters():
    assert texts(hocr_page(hocr_line("Caf&eacute;", "&amp;", "&lt;"))) == ["Café", "&", "<"]


def test_html_that_is_no_xml_is_read_and_reported():
    page = hocr_page(hocr_line("one", "A & B") + "<br>" + hocr_line("two"), head="<meta name='x' content='y'>")
    assert texts(page) == ["one", "A", "&", "B", "two"]
    assert page.warnings[0].startswith("recovered: ")


def test_crossing_tags_lose_no_word():
    body = '<p class="ocr_par"><b>' + hocr_line("one") + "</p></b>" + hocr_line("two")
    assert texts(hocr_page(body)) == ["one", "two"]


def test_stray_signs_of_bad_ocr_swallow_nothing():
    body = hocr_line("!<!--,,,>", "a", "<?x", "b", "<3", "c") + "<br>"
    assert [t for t in texts(hocr_page(body)) if len(t) == 1] == ["a", "b", "c"]


def test_classes_are_members_of_a_list_and_elements_may_be_any():
    body = '<p class="x ocr_line"><em title="bbox 1 2 3 4" class="a ocrx_word b"><strong>bo</strong>ld</em></p>'
    assert texts(hocr_page(body)) == ["bold"]


def test_nested_word_classes_give_the_word_once():
    body = '<span class="ocr_line" title="bbox 0 0 99 9"><span class="ocr_word" title="bbox 0 0 50 9">'
    body += '<span class="ocrx_word" title="bbox 1 1 49 8">once</span></span></span>'
    page = hocr_page(body)
    assert texts(page) == ["once"]
    assert next(page.words()).box == Box(1, 1, 48, 7)


@pytest.mark.parametrize("name", ["ocrx_line", "ocr_header", "ocr_footer", "ocr_caption", "ocr_textfloat"])
def test_headers_captions_and_floats_are_lines_too(name: str):
    page = hocr_page(f'<p class="{name}" title="bbox 0 0 9 9">{WORD.format(conf=1, text="x")}</p>')
    assert [len(line.words) for line in page.lines()] == [1]


def test_a_word_outside_of_any_line_makes_its_own():
    page = hocr_page(WORD.format(conf=1, text="alone") + hocr_line("in", "line"))
    assert [[word.text for word in line.words] for line in page.lines()] == [["alone"], ["in", "line"]]


def test_lines_without_words_are_split_by_characters():
    page = hocr_page('<span class="ocr_line" title="bbox 100 10 210 30">ab cde fghi</span>')
    assert texts(page) == ["ab", "cde", "fghi"]
    boxes = [word.box or Box(0, 0, 0, 0) for word in page.words()]
    assert [(round(box.x), round(box.w), box.h) for box in boxes] == [(100, 20, 20), (130, 30, 20), (170, 40, 20)]
    assert all(word.estimated for word in page.words())


def test_a_paragraph_without_lines_keeps_its_words_and_its_box():
    page = hocr_page('<p class="ocr_par" title="bbox 5 6 105 206">some words</p>')
    assert texts(page) == ["some", "words"]
    assert page.blocks[0].box == Box(5, 6, 100, 200)


def test_areas_and_paragraphs_do_not_double_words():
    body = '<div class="ocr_carea" title="bbox 0 0 9 9"><div class="ocrx_block"><p class="ocr_par">'
    assert texts(hocr_page(f"{body}{hocr_line('once')}</p></div></div>")) == ["once"]


def test_characters_with_boxes_are_joined_without_blanks():
    letters = " ".join(f'<span class="ocrx_cinfo" title="bbox 0 0 1 1">{c}</span>' for c in "word")
    assert texts(hocr_page(WORD.format(conf=1, text=letters))) == ["word"]


def test_empty_words_are_left_out_and_words_with_blanks_are_split():
    body = WORD.format(conf=1, text=" ") + WORD.format(conf=1, text="") + WORD.format(conf=50, text="two words")
    words = list(hocr_page(body).words())
    assert [(word.text, word.estimated, word.confidence) for word in words] == [
        ("two", True, 0.5),
        ("words", True, 0.5),
    ]


def test_an_empty_page_is_a_page():
    assert list(hocr_page("").words()) == []


def test_first_choice_is_the_text_and_the_others_are_alternatives():
    choice = '<span class="alternatives"><ins>cat</ins><del>cot</del><del>eat</del></span>'
    (word,) = hocr_page(WORD.format(conf=1, text=choice)).words()
    assert (word.text, word.alternatives) == ("cat", ("cot", "eat"))


@pytest.mark.parametrize(
    "line", [hocr_line("a", "ver&shy;"), hocr_line("a", "ver").replace("</span></span>", "</span>&shy;<br/></span>")]
)
def test_a_soft_hyphen_at_a_lines_end_marks_a_first_half(line: str):
    last = list(hocr_page(line + hocr_line("bunden", top=130)).words())[1]
    assert (last.text, last.hyphen) == ("ver-", Hyphen(1))


def test_soft_hyphens_elsewhere_vanish():
    words = list(hocr_page(hocr_line("Dampf&shy;schiff", "un&shy;", "fein")).words())
    assert [(word.text, word.hyphen) for word in words] == [("Dampfschiff", None), ("un", None), ("fein", None)]


def test_a_line_without_words_may_end_in_a_soft_hyphen():
    page = hocr_page('<span class="ocr_line" title="bbox 0 0 90 9">ganz ver&shy;</span>')
    assert list(page.words())[-1].hyphen == Hyphen(1)


def test_languages_are_inherited_but_not_from_the_template():
    body = f'<p class="ocr_par" lang="deu">{hocr_line("Haus")}</p>{hocr_line("maison")}'
    data = hocr(body).replace(b"<html ", b'<html lang="en" ').replace(b"<div ", b'<div lang="fra" ')
    (page,) = read_hocr(data, "p.hocr")
    assert page.language == "fr"
    assert [word.language for word in page.words()] == ["de", None]


def test_many_pages_come_in_order_with_their_labels():
    pages = "".join(
        f'<div class="ocr_page" title="bbox 0 0 {n}00 99; lpageno {n}">{hocr_line(f"w{n}")}</div>' for n in range(1, 6)
    )
    found = list(read_hocr(f"<html><body>{pages}</body></html>".encode(), "book.hocr"))
    assert [(page.name, page.width, texts(page)) for page in found] == [
        (str(n), n * 100, [f"w{n}"]) for n in range(1, 6)
    ]


def test_pages_are_read_one_at_a_time():
    pages = "".join(f'<div class="ocr_page" title="bbox 0 0 9 9">{hocr_line(*["w"] * 300)}</div>' for _ in range(100))
    reader = read_hocr(f"<html><body>{pages}</body></html>".encode(), "book.hocr")
    assert len(texts(next(reader))) == 300
    assert sum(1 for _ in reader) == 99


def test_html_that_is_not_hocr_is_refused_with_a_remedy():
    with pytest.raises(Unreadable, match="no element of class ocr_page") as caught:
        list(read_hocr(b"<html><body><p>Hello</p></body></html>", "index.html"))
    assert caught.value.trap == "no-page"


def test_a_page_of_too_many_words_is_refused():
    line = f'<span class="ocr_line" title="bbox 0 0 9 9">{"a " * 30_000}</span>'
    with pytest.raises(Unreadable, match=str(MAX_PAGE_WORDS)) as caught:
        hocr_page(line * 2)
    assert caught.value.trap == "too-many-words"


def test_an_element_that_holds_a_book_is_refused():
    with pytest.raises(Unreadable) as caught:
        hocr_page(WORD.format(conf=1, text="x" * 70_000))
    assert caught.value.trap == "text-too-long"

"""XML from strangers: nothing is expanded, nothing is fetched, nothing is lost in silence."""

from pathlib import Path

import pytest

from ingest.pieces import check_size
from ingest.readers.alto import read_alto
from ingest.readers.hocr import read_hocr
from ingest.traps import MAX_FILE_BYTES, Unreadable
from ingest.xml import attributes, examine, load, local_name, parse_tree, split_documents
from tests.ingest.files import alto, hocr, hocr_line, string, text_lines, texts

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE alto [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<alto><Layout><Page><String CONTENT="&c;"/></Page></Layout></alto>"""


def trap_of(call: object) -> str:
    with pytest.raises(Unreadable) as caught:
        list(call())  # type: ignore[operator]
    assert caught.value.remedy
    return caught.value.trap


@pytest.mark.parametrize(
    "data",
    [
        BILLION_LAUGHS,
        b'<!DOCTYPE alto [<!ENTITY e "x">]><alto><Layout><Page><String CONTENT="&e;"/></Page></Layout></alto>',
        b'<!DOCTYPE alto [<!ENTITY e SYSTEM "file:///etc/passwd">]><alto>&e;</alto>',
        b'<!DOCTYPE alto [<!ENTITY % p SYSTEM "http://localhost:1/x.dtd"> %p;]><alto/>',
        b"<!DOCTYPE alto [<!ELEMENT alto ANY>]><alto/>",
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE alto [<!ENTITY e "x">]><alto/>'.encode("utf-16"),
        b'<!-- <alto> --><!DOCTYPE alto [<!ENTITY e "x">]><alto/>',
    ],
)
def test_a_document_type_that_declares_anything_is_refused(data: bytes):
    assert trap_of(lambda: read_alto(data, "page.xml")) == "doctype-declares"


def test_entities_of_a_file_that_is_not_well_formed_are_refused_too():
    data = b'<?xml version="1.0" encoding="UTF-7"?><!DOCTYPE alto [<!ENTITY e "x">]><alto>&e;</alto>'
    assert trap_of(lambda: read_alto(data, "page.xml")) in {"doctype-declares", "not-well-formed"}


def test_entities_declared_in_hocr_are_refused():
    data = b'<!DOCTYPE html [<!ENTITY e "x">]>' + hocr(hocr_line("&amp;e;"))
    assert trap_of(lambda: read_hocr(data, "page.hocr")) == "doctype-declares"


def test_a_bare_xhtml_document_type_is_allowed():
    public = b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/x.dtd">'
    (page,) = read_hocr(public + hocr(hocr_line("word")), "page.hocr")
    assert texts(page) == ["word"]


def test_a_file_cut_in_the_middle_is_named_with_what_to_do():
    data = alto(text_lines(string("word")))
    with pytest.raises(Unreadable, match=r"p3\.xml ends in the middle.*Copy the file again") as caught:
        list(read_alto(data[: len(data) // 2 + 120], "p3.xml"))
    assert caught.value.trap == "truncated"


def test_hocr_that_is_no_xml_and_has_no_end_is_truncated_not_half_read():
    data = hocr(hocr_line("one", "two") + "<br>" + hocr_line("three"))
    cut = data[: data.index(b"three")]
    assert trap_of(lambda: read_hocr(cut, "p.hocr")) == "truncated"


@pytest.mark.parametrize("data", [b"", b"  \n ", b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_be_empty(data: bytes):
    assert trap_of(lambda: read_alto(data, "p.xml")) == "empty-file"


def test_a_file_that_is_gone_or_too_large_is_refused(tmp_path: Path):
    assert trap_of(lambda: [load(tmp_path / "none.xml", "none.xml")]) == "file-unreadable"
    large = tmp_path / "large.xml"
    with large.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(Unreadable, match=r"large\.xml is larger than 256 MB.*ocr_max_bytes") as caught:
        check_size(large, "large.xml")
    assert caught.value.trap == "file-too-large"
    check_size(large, "large.xml", MAX_FILE_BYTES + 1)


def test_blank_lines_and_a_mark_before_the_declaration_do_no_harm():
    assert texts(next(read_alto(b"\n \n" + alto(text_lines(string("word"))), "p.xml"))) == ["word"]
    assert texts(next(read_alto(b"\xef\xbb\xbf" + alto(text_lines(string("word"))), "p.xml"))) == ["word"]


def test_utf16_is_read_by_its_mark():
    text = alto(text_lines(string("Ωραίο"))).decode().replace("UTF-8", "UTF-16")
    assert texts(next(read_alto(text.encode("utf-16"), "p.xml"))) == ["Ωραίο"]


def test_utf8_that_is_declared_latin1_is_read_as_utf8_and_real_latin1_as_latin1():
    declared = alto(text_lines(string("Täg"))).decode().replace("UTF-8", "ISO-8859-1")
    assert texts(next(read_alto(declared.encode("utf-8"), "p.xml"))) == ["Täg"]
    assert texts(next(read_alto(declared.encode("latin-1"), "p.xml"))) == ["Täg"]


def test_html_without_any_charset_may_be_windows_1252():
    data = hocr(hocr_line("naïve")).decode().encode("windows-1252")
    assert texts(next(read_hocr(data, "p.hocr"))) == ["naïve"]


def test_bare_ampersands_in_alto_are_kept_and_reported():
    data = alto(text_lines(string("A&B"), string("x")))
    (page,) = read_alto(data, "p.xml")
    assert texts(page) == ["A&B", "x"]
    assert page.warnings[0].startswith("recovered: ")


def test_control_characters_do_not_reach_words():
    data = alto(text_lines(string("a\x0bb")))
    assert texts(next(read_alto(data, "p.xml"))) == ["ab"]


def test_files_put_one_after_another_are_pages_in_order():
    data = alto(text_lines(string("first"))) + b"\n" + alto(text_lines(string("second")))
    assert len(split_documents(data)) == 2
    assert [texts(page) for page in read_alto(data, "both.xml")] == [["first"], ["second"]]


def test_garbage_is_refused_not_read_as_nothing():
    assert trap_of(lambda: read_alto(b"%PDF-1.7 rubbish", "p.xml")) in {"not-well-formed", "not-alto"}
    assert trap_of(lambda: read_hocr(b"%PDF-1.7 rubbish", "p.hocr")) == "no-page"


def test_depth_beyond_reason_is_refused_not_recursed_into():
    deep = "<ComposedBlock>" * 5000 + "</ComposedBlock>" * 5000
    assert trap_of(lambda: read_alto(alto(deep), "p.xml")) == "too-deep"


def test_names_are_local_whatever_the_namespace():
    root = parse_tree(examine(b'<x:alto xmlns:x="urn:a" x:ID="1" B="2"/>', "p.xml", html=False))
    assert local_name(root) == "alto"
    assert attributes(root) == {"ID": "1", "B": "2"}

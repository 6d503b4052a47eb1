"""Files made to keep a reader busy, and the borders of what is told from a file's content."""

import time
from pathlib import Path

import pytest

from ingest.formats import count_pages
from ingest.sniff import Kind, root_name, sniff

_SIZE = 1_200_000
_PIECE = 1 << 20  # bytes that are read at a time
PAGE = b"<div class='ocr_page'>"
HARMLESS = b"<html><body>" + PAGE + b"<p class='ocr_par'><span class='ocrx_word'>word</span></p>" * (_SIZE // 60)


def seconds(path: Path, data: bytes) -> float:
    """Return the processor time of looking at a file in every way; the better of two."""
    path.write_bytes(data)
    taken = []
    for _ in range(2):
        began = time.process_time()
        sniff(path)
        for kind in (Kind.HOCR, Kind.ALTO):
            count_pages(path, kind)
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.parametrize(
    "data",
    [
        b"<!--" * 300_000,
        b"<html>" + b"<!--" * 300_000,
        b"<html><a " + b"class=" * 200_000,
        b"<a " + b"class=" * 40_000,
        b"<html>ocr_page" + b"<a class=" * 130_000,
        b"<html><a ocr_page " + b"""class='x class="y """ * 63_000,
        b"<html><a ocr_page class" + b" " * _SIZE,
        b"<html>ocr_page" + b"<" * _SIZE,
        b"<html>ocr_page" + b'"a' * (_SIZE // 2),
        b"<html>ocr_page" + b">" * _SIZE,
        b"<?" * (_SIZE // 2),
        b"<!DOCTYPE[" * (_SIZE // 10),
        b"<!DOCTYPE x>" * (_SIZE // 12),
        b"<" + b"a" * _SIZE,
    ],
    ids=lambda data: data[:24].decode(),
)
def test_no_file_takes_longer_than_its_size_warrants(tmp_path: Path, data: bytes):
    # Before, these took minutes; a harmless file of this size takes about 10 ms.
    harmless = max(seconds(tmp_path / "a.hocr", HARMLESS), 0.01)
    assert seconds(tmp_path / "b.hocr", data) < 100 * harmless


def test_twice_the_comments_take_no_more_than_a_few_times_as_long(tmp_path: Path):
    once, twice = (seconds(tmp_path / "a.hocr", b"<html>" + b"<!--" * n) for n in (150_000, 300_000))
    assert twice < 6 * max(once, 0.01)


@pytest.mark.parametrize("kind", [Kind.HOCR, Kind.ALTO])
@pytest.mark.parametrize("shift", range(-30, 10, 3))
def test_a_comment_is_left_out_wherever_the_reads_meet(tmp_path: Path, kind: Kind, shift: int):
    page = PAGE if kind is Kind.HOCR else b"<Page>"
    start = b"<x>" + page
    filler = b" " * (_PIECE + shift - len(start))
    for comment, several in ((b"<!-- " + page + b" -->", False), (b"<!-- -->" + page, True), (b"<!--" + page, False)):
        (tmp_path / "a.xml").write_bytes(start + filler + comment + b"</x>")
        assert (count_pages(tmp_path / "a.xml", kind) > 1) is several


def test_a_comment_longer_than_a_read_hides_the_pages_in_it_and_none_after_it(tmp_path: Path):
    long = b"<!-- " + (PAGE + b"</div>") * (3 * _PIECE // 28) + b" -->"
    (tmp_path / "a.hocr").write_bytes(b"<html>" + PAGE + long)
    assert count_pages(tmp_path / "a.hocr", Kind.HOCR) < 2
    (tmp_path / "a.hocr").write_bytes(b"<html>" + PAGE + long + PAGE)
    assert count_pages(tmp_path / "a.hocr", Kind.HOCR) > 1


@pytest.mark.parametrize(
    ("tag", "pages"),
    [
        (b'<div title="a<b" class="x ocr_page y">', True),
        (b"<div class = 'ocr_page' id=q>", True),
        (b"<div class=ocr_page>", True),
        (b"<div data-class='ocr_page'>", True),
        (b'<div class="ocr_pages">', False),
        (b'<div class="x" title="ocr_page">', False),
        (b"class='ocr_page'>", False),
        (b"<p>class='ocr_page'</p>", False),
    ],
)
def test_a_page_is_a_tag_whose_class_says_so(tmp_path: Path, tag: bytes, pages: bool):
    (tmp_path / "a.hocr").write_bytes(b"<html>" + tag * 2)
    assert (count_pages(tmp_path / "a.hocr", Kind.HOCR) > 1) is pages


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"<div class='x ocrx_word'>", Kind.HOCR),
        (b"<div class = ocr_line>", Kind.HOCR),
        (b"<div class='y' class=\"a 'ocr_page'\">", Kind.OTHER),
        (b"<div class='ocr_pagex'>", Kind.OTHER),
        (b"<div class='x'>ocr_page</div>", Kind.OTHER),
        (b"<div class>ocr_page</div>", Kind.OTHER),
    ],
)
def test_hocr_is_known_by_its_classes(tmp_path: Path, text: bytes, kind: Kind):
    (tmp_path / "a.html").write_bytes(b"<html>" + text)
    assert sniff(tmp_path / "a.html")[0] is kind


@pytest.mark.parametrize(
    ("head", "root"),
    [
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <a> -->\n<!doctype alto [<!ENTITY x '>'> ]>\n<alto>", "alto"),
        (b"<!DOCTYPE html><!-- [ --><html>", "html"),
        (b"<!-- <alto>", ""),
        (b"<?xml <alto>", ""),
        (b"<!DOCTYPE alto [", ""),
        (b"words <alto>", ""),
        (b"<?a?> words <?b?><alto>", ""),
    ],
)
def test_the_root_is_the_first_element_behind_the_prolog(head: bytes, root: str):
    assert root_name(head) == root


def test_a_root_of_any_length_makes_a_short_message(tmp_path: Path):
    (tmp_path / "a.xml").write_bytes(b"<" + b"a" * 60_000 + b"/>")
    assert len(sniff(tmp_path / "a.xml")[1]) < 100

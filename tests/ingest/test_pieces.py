"""Files in chunks: what is cut between two of them is seen whole all the same."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.mending import hocr_by_page, mend_html, mend_xml, name_by_number
from ingest.pieces import CHUNK, Piece, piece_of, split_at_declarations
from ingest.readers.alto import read_alto
from ingest.readers.hocr import read_hocr
from ingest.traps import Unreadable
from lectern.errors import InputError
from tests.ingest.files import alto, hocr, hocr_line, string, text_lines, texts

_PEAK = """
import re, sys
from pathlib import Path
from ingest.readers.hocr import read_hocr
for path in map(Path, sys.argv[1:]):
    pages = sum(1 for _ in read_hocr(path, path.name))
    peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    print(pages, int(peak) // 1024)
"""


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
@pytest.mark.parametrize(
    ("mend", "text", "expected"),
    [
        (name_by_number, b"a&shy;b&eacute;&amp;&nothing;", b"a&#173;b&#233;&amp;&nothing;"),
        (mend_xml, b"A & B &amp; \x01C &#1; &#38;", b"A &amp; B &amp; C  &#38;"),
        (mend_html, b"<b>1<3 <?x <!-- gone -->here<!-- open", b"<b>1&lt;3 &lt;?x here&lt;!-- open"),
    ],
)
def test_mending_does_not_depend_on_where_chunks_end(mend, text: bytes, expected: bytes, size: int):
    chunks = [text[i : i + size] for i in range(0, len(text), size)]
    assert b"".join(mend(chunks)) == expected


@given(st.lists(st.binary(max_size=12)))
def test_cutting_html_by_pages_loses_no_byte(chunks: list[bytes]):
    assert b"".join(piece for piece, _ in hocr_by_page(chunks)) == b"".join(chunks)


def test_a_declaration_across_two_chunks_still_begins_a_document(tmp_path: Path):
    first = alto(text_lines(string("first")))
    padding = b"\n" * (CHUNK - len(first) - 3)
    path = tmp_path / "both.xml"
    path.write_bytes(b"\n" + first + padding + alto(text_lines(string("second"))) + b"\n" * CHUNK)
    assert len(split_at_declarations(piece_of(path, "both.xml"))) == 2
    assert [texts(page) for page in read_alto(path, "both.xml")] == [["first"], ["second"]]


def test_head_and_tail_of_a_piece_end_where_it_does():
    piece = Piece(b"0123456789", 2, 8)
    assert (piece.head(3), piece.tail(3), piece.head(99), piece.tail(99)) == (b"234", b"567", b"234567", b"234567")


def test_a_page_of_broken_html_whose_elements_are_not_closed_does_not_swallow_the_next():
    page = '<div class="x ocr_page" title="bbox 0 0 9 9"><b><i>'
    data = f"<html><body>{page}{hocr_line('one')}{page}{hocr_line('two')}</div></body></html>".encode()
    assert [texts(page) for page in read_hocr(data, "p.hocr")] == [["one"], ["two"]]


@pytest.mark.parametrize("fault", ["", "<br>"])
def test_memory_does_not_grow_with_the_length_of_a_file(tmp_path: Path, fault: str):
    page = '<div class="ocr_page" title="bbox 0 0 999 999">' + hocr_line(*["word"] * 400) + fault + "</div>\n"
    for name, count in (("small", 100), ("large", 1300)):
        with (tmp_path / name).open("w") as file:
            file.writelines(["<html><body>", *[page] * count, "</body></html>"])
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(tmp_path / "small"), str(tmp_path / "large")],
        check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    (few, before), (many, after) = (map(int, line.split()) for line in done.stdout.splitlines())
    assert (few, many) == (100, 1300)
    assert after - before < 15, f"{before} MB, then {after} MB for {(tmp_path / 'large').stat().st_size} bytes"


def test_markup_without_end_is_refused_before_its_tree_is_built():
    body = "<i a='' b=''/>" * 1_100_000
    with pytest.raises(Unreadable) as caught:
        list(read_hocr(hocr(body), "p.hocr"))
    assert caught.value.trap == "too-much-markup"


_SEEDS = [
    hocr(
        hocr_line("one", "A &amp; B", "Caf&eacute;") + '<p class="ocr_par"><em>x</em></p>',
        head="<meta charset='utf-8'/>",
    ),
    alto(text_lines(string("gov", more='SUBS_TYPE="HypPart1" SUBS_CONTENT="government"') + "<HYP/>", string("a b"))),
    alto(text_lines(string("Ωραίο"))).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(_SEEDS),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 40), st.binary(max_size=6)), max_size=6),
)
def test_whatever_befalls_a_file_it_is_read_or_refused_by_name(seed: bytes, changes: list[tuple[int, int, bytes]]):
    data = seed
    for place, length, new in changes:
        at = place % (len(data) + 1)
        data = data[:at] + new + data[at + length :]
    for read in (read_hocr, read_alto):
        with suppress(InputError):
            for page in read(data, "page"):
                assert all(word.text for word in page.words())

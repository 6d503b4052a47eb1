"""Garbled text is reported, and clean text is not."""

from pathlib import Path

import pytest

from ingest.doubts import text_doubts
from ingest.leaves import read_pages
from ingest.sniff import Kind, sniff
from lectern.words import Box
from tests.ingest.files import alto, page_of, string, text_lines


def traps(*words: str) -> list[str]:
    page = page_of(words)
    found = [text.partition(": ")[0] for text in text_doubts(page)]
    assert [word.text for word in page.words()] == list(words)  # nothing is mended in silence
    return found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["plain", "Text"], []),
        (["Täglich", "Ãhnlich", "français", "naïve", "«Âme»", "CAFÉ"], []),
        (["TÃ¤glich", "fÃ¼r", "schÃ¶n", "Wort"], ["mojibake"]),
        (["TÃ¤glich", "once"], []),  # one is a misreading
        (["a�b", "c�", "�"], ["mojibake"]),
        (["A&amp;B", "&lt;", "x"], ["escaped-twice"]),
        (["A&B", "&c;"], []),
        (["םולש", "םילשורי", "ךלמ", "לארשי"], ["visual-order"]),
        (["שלום", "ירושלים", "מלך", "ישראל"], []),
    ],
)
def test_signs_of_garbled_text_are_reported(words: list[str], found: list[str]):
    assert traps(*words) == found


def test_doubts_are_warnings_of_the_page_whatever_its_format(tmp_path: Path):
    path = tmp_path / "p.xml"
    path.write_bytes(alto(text_lines(string("A&amp;amp;B"))))
    (page,) = read_pages(path, Kind.ALTO)
    assert [(w.text, w.box is not None) for w in page.words()] == [("A&amp;B", True)]
    assert page.warnings[0].startswith("escaped-twice: ")
    assert next(page.words()).box != Box(0, 0, 0, 0)


@pytest.mark.corpus
def test_hebrew_of_the_corpus_is_in_the_order_of_speech(corpus: Path):
    path = corpus / "alto" / "v4" / "hebrew_bsb00084914_00007.xml"
    for page in read_pages(path, sniff(path)[0]):
        assert not any(text.startswith(("visual-order", "mojibake")) for text in page.warnings)

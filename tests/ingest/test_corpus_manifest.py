"""Every OCR file that the corpus' manifest names: stated pages and words are read, or the file is refused by name.

The manifest counts elements. What is read differs where elements hold no text or several words, so both are counted
here: the elements by their names in the bytes, the words by the second reader of the golden set.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from ingest.leaves import read_pages
from ingest.sniff import sniff
from ingest.traps import Unreadable
from tests.golden.second_reader import READERS
from tests.load.corpus_report import Entry, entries

pytestmark = pytest.mark.corpus

REFUSED = {"alto/invalid/corrupt_truncated.xml": "truncated"}

# What `invalid` files are read as, with these warnings.
WARNED = {
    "alto/invalid/hebrew_bad_dims.xml": {"page-size"},
    "alto/invalid/hebrew_bad_mu.xml": {"unit"},
    "alto/invalid/hebrew_bad_image.xml": set[str](),
    "alto/invalid/missing_coords.xml": set[str](),
}

# Where our words are not those of the second reader: how many ours are, and why that is right.
DEVIATIONS = {
    "hocr/hocr_broken_pis.html": (641, "the second reader loses words behind stray instructions"),
    "other-ocr/miniocr/miniocr_nopagedims.xml": (26916, "the second reader joins words that no blank parts otherwise"),
    "other-ocr/abbyy/184853.v8.xml": (550, "`Mai-Un-` is one word: a hyphen alone begins none"),
}

# Elements that the manifest does not count.
UNCOUNTED = {"hocr/hocr_broken_comment.html": 15}  # they stand behind a comment that nothing closes

# Elements of the stated kind, by format; a stated 0 means that words are in lines.
_ELEMENTS = {
    "alto": re.compile(rb"<(?:\w+:)?String\b"),
    "hocr": re.compile(rb"class\s*=\s*[\"'][^\"']*\bocrx_word\b"),
    "page": re.compile(rb"<(?:\w+:)?Word\b"),
    "miniocr": re.compile(rb"<w\b"),
}


def _name(entry: Entry, corpus: Path) -> str:
    return entry.path.relative_to(corpus).as_posix()


def test_stated_pages_and_words_are_read(corpus: Path):
    problems: list[tuple[object, ...]] = []
    seen: Counter[str] = Counter()
    for entry in entries(corpus):
        name = _name(entry, corpus)
        if name in REFUSED:
            continue
        seen[entry.kind] += 1
        data = entry.path.read_bytes()
        pages = list(read_pages(entry.path, sniff(entry.path)[0]))
        words = sum(1 for page in pages for _ in page.words())
        second = READERS[entry.kind](data)
        wanted = sum(len(line.words) for page in second for line in page.lines)
        elements = len(_ELEMENTS[entry.kind].findall(data)) if entry.kind in _ELEMENTS else 0
        if len(pages) != int(entry.pages or len(second)):
            problems.append((name, "pages", len(pages), entry.pages))
        if int(entry.words or 0) not in {0, elements - UNCOUNTED.get(name, 0)}:
            problems.append((name, "elements", elements, entry.words))
        if words != DEVIATIONS.get(name, (wanted, ""))[0] or (not words and entry.words != "0"):
            problems.append((name, "words", words, wanted))
    assert problems == []
    assert seen == {"alto": 96, "hocr": 131, "page": 25, "abbyy": 8, "miniocr": 2, "annotations": 4}


@pytest.mark.parametrize(("name", "trap"), REFUSED.items())
def test_what_is_invalid_is_refused_by_name(name: str, trap: str, corpus: Path):
    path = corpus / name
    with pytest.raises(Unreadable, match=re.escape(path.name)) as caught:
        list(read_pages(path, sniff(path)[0]))
    assert caught.value.trap == trap


@pytest.mark.parametrize(("name", "traps"), WARNED.items())
def test_what_is_odd_is_read_with_a_warning_of_its_own(name: str, traps: set[str], corpus: Path):
    path = corpus / name
    pages = list(read_pages(path, sniff(path)[0]))
    assert {text.partition(":")[0] for page in pages for text in page.warnings} == traps
    assert all(list(page.words()) for page in pages)


def test_every_file_that_is_called_invalid_is_spoken_of_here(corpus: Path):
    named = {path.relative_to(corpus).as_posix() for path in (corpus / "alto" / "invalid").iterdir()}
    assert named == REFUSED.keys() | WARNED.keys()

"""OCR made for measuring: pages of real prose, or of words drawn by Zipf's law, as ALTO and as hOCR."""

import lzma
import random
from collections.abc import Iterator
from html import escape
from itertools import accumulate, islice
from pathlib import Path

PAGE_WORDS = 300
_LINE_WORDS = 10
_VOCABULARY = 200_000
_SYLLABLES = [c + v for c in "bcdfglmnprstv" for v in ("a", "e", "i", "o", "u", "an", "en", "or")]


def prose(corpus: Path) -> Iterator[str]:
    """Yield the words of a hundred French novels, over and over."""
    while True:
        with lzma.open(corpus / "text" / "eltec-fra.txt.xz", "rt", encoding="utf-8") as file:
            for line in file:
                yield from line.split()


def zipf(seed: int = 1) -> Iterator[str]:
    """Yield made-up words, the n-th of them about as often as 1/n."""
    draw = random.Random(seed)
    words = ["".join(draw.choices(_SYLLABLES, k=draw.randint(1, 4))) for _ in range(_VOCABULARY)]
    weights = list(accumulate(1 / n for n in range(1, _VOCABULARY + 1)))
    while True:
        yield from draw.choices(words, cum_weights=weights, k=10_000)


def pages(words: Iterator[str], count: int, size: int = PAGE_WORDS) -> Iterator[list[list[str]]]:
    """Yield pages: lists of lines of words."""
    for _ in range(count):
        page = list(islice(words, size))
        yield [page[i : i + _LINE_WORDS] for i in range(0, len(page), _LINE_WORDS)]


def _placed(lines: list[list[str]]) -> Iterator[tuple[int, list[tuple[str, int, int]]]]:
    """Yield every line's top, and its words with left edge and width, in pixels."""
    for n, line in enumerate(lines):
        left, placed = 150, []
        for word in line:
            width = 18 * len(word)
            placed.append((escape(word), left, width))
            left += width + 20
        yield 200 + 50 * n, placed


def alto(lines: list[list[str]]) -> str:
    """Return a page as an ALTO 4 file."""
    body = "".join(
        f'<TextLine ID="l{top}" HPOS="150" VPOS="{top}" WIDTH="1800" HEIGHT="40">'
        + '<SP WIDTH="20"/>'.join(
            f'<String ID="s{top}_{left}" CONTENT="{word}" HPOS="{left}" VPOS="{top}" WIDTH="{width}" HEIGHT="40" '
            'WC="0.95"/>'
            for word, left, width in placed
        )
        + "</TextLine>\n"
        for top, placed in _placed(lines)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description>'
        "<MeasurementUnit>pixel</MeasurementUnit></Description><Layout>"
        f'<Page ID="p" WIDTH="2100" HEIGHT="3000"><PrintSpace><TextBlock ID="b">{body}</TextBlock></PrintSpace></Page>'
        "</Layout></alto>\n"
    )


def hocr_page(lines: list[list[str]], n: int) -> str:
    """Return a page as an element of an hOCR file, as Tesseract writes it."""
    body = "".join(
        f"<span class='ocr_line' id='line_{n}_{top}' "
        f'title="bbox 150 {top} 1950 {top + 40}; baseline 0 -9; x_size 40">\n'
        + "\n".join(
            f"<span class='ocrx_word' id='word_{n}_{top}_{left}' "
            f"title='bbox {left} {top} {left + width} {top + 40}; x_wconf 95'>{word}</span>"
            for word, left, width in placed
        )
        + "</span>\n"
        for top, placed in _placed(lines)
    )
    return (
        f"<div class='ocr_page' id='page_{n}' title='image \"p{n}.tif\"; bbox 0 0 2100 3000; ppageno {n}'>"
        f"<div class='ocr_carea' title='bbox 150 200 1950 2800'><p class='ocr_par' lang='fra'>{body}</p></div></div>\n"
    )


HOCR_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head><title></title>'
    "<meta name='ocr-system' content='tesseract 5'/></head><body>\n"
)
HOCR_END = "</body></html>\n"


def write_alto_folder(folder: Path, texts: Iterator[list[list[str]]]) -> Path:
    """Write a folder of ALTO files, one a page; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, lines in enumerate(texts, start=1):
        (folder / f"p{n:05}.xml").write_text(alto(lines), encoding="utf-8")
    return folder


def write_hocr_volume(path: Path, texts: Iterator[list[list[str]]]) -> Path:
    """Write one hOCR file of many pages; returns its path."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HOCR_HEAD)
        file.writelines(hocr_page(lines, n) for n, lines in enumerate(texts))
        file.write(HOCR_END)
    return path

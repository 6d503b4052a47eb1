"""Small OCR files and pictures, made by the tests themselves."""

from collections.abc import Sequence
from pathlib import Path

from ingest.readers.alto import read_alto
from ingest.readers.hocr import read_hocr
from lectern.words import Block, Box, Hyphen, Line, Page, Word

V3 = "http://www.loc.gov/standards/alto/ns-v3#"


def alto(
    body: str, *, unit: str = "pixel", page: str = 'WIDTH="1000" HEIGHT="1400"', namespace: str = V3, head: str = ""
) -> bytes:
    """Return an ALTO file of one page, whose print space holds `body`."""
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="{namespace}"><Description><MeasurementUnit>{unit}</MeasurementUnit></Description>{head}
<Layout><Page ID="p" {page}><PrintSpace HPOS="0" VPOS="0" WIDTH="900" HEIGHT="1300">{body}</PrintSpace></Page></Layout>
</alto>"""
    return text.encode()


def text_lines(*lines: str) -> str:
    """Return a TextBlock of lines: each text is the inside of a TextLine."""
    inner = "".join(
        f'<TextLine HPOS="10" VPOS="{30 * n}" WIDTH="500" HEIGHT="20">{t}</TextLine>' for n, t in enumerate(lines)
    )
    return f'<TextBlock ID="b" HPOS="0" VPOS="0" WIDTH="600" HEIGHT="200">{inner}</TextBlock>'


def string(content: str, x: float = 10, more: str = "") -> str:
    """Return a String element of 10 units a character."""
    return f'<String CONTENT="{content}" HPOS="{x}" VPOS="5" WIDTH="{10 * len(content)}" HEIGHT="15" {more}/>'


def hocr(body: str, *, title: str = "bbox 0 0 1000 1400", head: str = "") -> bytes:
    """Return a well-formed hOCR file of one page."""
    page = f"<div class=\"ocr_page\" title='{title}'>{body}</div>"
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><head>{head}</head><body>{page}</body></html>'.encode()


def hocr_line(*words: str, top: int = 100) -> str:
    """Return an ocr_line of ocrx_words, 10 pixels a character."""
    spans, x = [], 50
    for word in words:
        spans.append(f'<span class="ocrx_word" title="bbox {x} {top} {x + 10 * len(word)} {top + 20}">{word}</span>')
        x += 10 * (len(word) + 1)
    return f'<span class="ocr_line" title="bbox 50 {top} {x} {top + 20}">{" ".join(spans)}</span>'


def alto_page(body: str, **options: str) -> Page:
    """Return the one page of an ALTO file with this print space."""
    (page,) = read_alto(alto(body, **options), "page.xml")
    return page


def hocr_page(body: str, **options: str) -> Page:
    """Return the one page of an hOCR file with this body."""
    (page,) = read_hocr(hocr(body, **options), "page.hocr")
    return page


def texts(page: Page) -> list[str]:
    """Return the words of a page as printed."""
    return [word.text for word in page.words()]


def page_of(*lines: Sequence[str | Word]) -> Page:
    """Return a page of one block; a text becomes a word of ten pixels a character."""
    made = []
    for number, line in enumerate(lines):
        words = [w if isinstance(w, Word) else Word(w, Box(20 * i, 30 * number, 10, 20)) for i, w in enumerate(line)]
        made.append(Line(words))
    return Page([Block(made)], 1000, 1400)


def half(text: str, part: int, whole: str | None = None) -> Word:
    """Return a word that the file marks as a half of a hyphenated one."""
    assert part in (1, 2)
    return Word(text, Box(0, 0, 10, 10), hyphen=Hyphen(1 if part == 1 else 2, whole))


def write_picture(path: Path, width: int = 100, height: int = 140) -> None:
    """Write a grey picture."""
    from image.engine import vips

    path.parent.mkdir(parents=True, exist_ok=True)
    (vips().Image.black(width, height) + 200).cast("uchar").write_to_file(str(path))

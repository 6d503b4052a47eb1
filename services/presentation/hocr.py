"""A page of the word model as hOCR, in canvas pixels: XHTML, so that readers of XML and of HTML both take it."""

from itertools import count

from lxml import etree

from lectern.catalogue import CanvasRow
from lectern.running import gap
from lectern.words import Block, Box, Line, Page, Word, union
from services.presentation.printable import printable

MEDIA_TYPE = "text/vnd.hocr+html"
PROFILE = "http://kba.cloud/hocr-spec/1.2/"
_NAMESPACE = "http://www.w3.org/1999/xhtml"
_ABLE = "ocr_page ocr_carea ocr_line ocrx_word ocrp_wconf ocrp_lang"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def hocr(page: Page, canvas: CanvasRow, canvas_id: str, language: str = "") -> bytes:
    """Return a page as an hOCR document: areas, lines and words with confidence and language (PR3-40).

    `language` is that of a page which states none. Boxes are canvas pixels. There is no script in it, and no style.
    """
    root = etree.fromstring(f'<html xmlns="{_NAMESPACE}"/>')
    head = _below(root, "head")
    _below(head, "meta", charset="utf-8")
    _below(head, "meta", name="ocr-system", content="lectern")
    _below(head, "meta", name="ocr-capabilities", content=_ABLE)
    _below(head, "title").text = printable(canvas.label) or str(canvas.n)
    named = printable(canvas_id).replace('"', "%22")  # a property ends at the next quote
    title = f'image "{named}"; bbox 0 0 {canvas.width} {canvas.height}; ppageno {canvas.n - 1}'
    sheet = _below(_below(root, "body"), "div", id=f"page_{canvas.n}", title=title)
    sheet.set("class", "ocr_page")
    _speak(sheet, page.language or language)
    words = count(1)
    for block in page.blocks:
        if any(line.words for line in block.lines):
            _add_block(sheet, block, words)
    return etree.tostring(root, encoding="UTF-8", doctype="<!DOCTYPE html>")


def _below(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_NAMESPACE}}}{tag}", attributes)


def _speak(element: etree._Element, language: str | None) -> None:
    if language:
        element.set("lang", language)
        element.set(_XML_LANG, language)


def _add_block(sheet: etree._Element, block: Block, words: "count[int]") -> None:
    boxes = [line.box for line in block.lines if line.box is not None]
    area = _below(sheet, "div", title=_bbox(union(boxes) if boxes else None))
    area.set("class", "ocr_carea")
    for line in block.lines:
        if line.words:
            _add_line(area, line, words)


def _add_line(area: etree._Element, line: Line, words: "count[int]") -> None:
    element = _below(area, "span", title=_bbox(line.box))
    element.set("class", "ocr_line")
    if line.direction == "rtl":
        element.set("dir", "rtl")
    elif line.direction == "ttb":
        element.set("style", "writing-mode:vertical-rl")
    before: etree._Element | None = None
    for place, word in enumerate(line.words):
        if before is not None:
            before.tail = gap(line.words[place - 1].text, word.text)
        before = _word(element, word, next(words))
    if before is not None:
        before.tail = "\n"


def _word(line: etree._Element, word: Word, number: int) -> etree._Element:
    properties = [_bbox(word.box)] if word.box is not None else []
    if word.confidence is not None:
        properties.append(f"x_wconf {100 * word.confidence:.0f}")
    element = _below(line, "span", id=f"word_{number}", title="; ".join(properties))
    element.set("class", "ocrx_word")
    _speak(element, word.language)
    element.text = printable(_printed(word))
    return element


def _printed(word: Word) -> str:
    """Return a word's text; a hyphen that is known to split it is a soft one, as hOCR says."""
    split = word.hyphen is not None and word.hyphen.part == 1 and len(word.text) > 1 and word.text.endswith("-")
    return word.text[:-1] + "\N{SOFT HYPHEN}" if split else word.text


def _bbox(box: Box | None) -> str:
    return "" if box is None else f"bbox {box.x:.0f} {box.y:.0f} {box.right:.0f} {box.bottom:.0f}"

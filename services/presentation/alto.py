"""A page of the word model as ALTO 4, in canvas pixels."""

from collections.abc import Iterator

from lxml import etree

from lectern.catalogue import CanvasRow
from lectern.running import gap
from lectern.words import Block, Box, Line, Page, Word, union
from services.presentation.printable import printable

MEDIA_TYPE = "application/xml"
PROFILE = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"  # viewers look for how it begins (PR3-43)
_NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_EMPTY = (
    f'<alto xmlns="{_NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    f'xsi:schemaLocation="{_NAMESPACE} {PROFILE}" SCHEMAVERSION="4.4"/>'
)
_BREAKS = "-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{NOT SIGN}\N{DOUBLE OBLIQUE HYPHEN}="


def alto(page: Page, canvas: CanvasRow, canvas_id: str, language: str = "") -> bytes:
    """Return a page as an ALTO 4.4 document: blocks, lines, words with confidence, language and halves (PR3-40).

    `language` is that of a page which states none. Boxes are canvas pixels. A page without words has no block.
    """
    root = etree.fromstring(_EMPTY)
    description = _below(root, "Description")
    _below(description, "MeasurementUnit").text = "pixel"
    _below(_below(description, "sourceImageInformation"), "documentIdentifier").text = printable(canvas_id)
    size = {"WIDTH": str(canvas.width), "HEIGHT": str(canvas.height)}
    sheet = _below(_below(root, "Layout"), "Page", ID=f"page-{canvas.n}", PHYSICAL_IMG_NR=str(canvas.n), **size)
    if canvas.label:
        sheet.set("PRINTED_IMG_NR", printable(canvas.label))
    if spoken := page.language or language:
        sheet.set("LANG", spoken)
    space = _below(sheet, "PrintSpace", HPOS="0", VPOS="0", **size)
    for number, block in enumerate((block for block in page.blocks if any(line.words for line in block.lines)), 1):
        _add_block(space, block, number)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _below(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_NAMESPACE}}}{tag}", attributes)


def _add_block(space: etree._Element, block: Block, number: int) -> None:
    boxes = [line.box for line in block.lines if line.box is not None]
    element = _below(space, "TextBlock", ID=f"block-{number}", **_place(union(boxes) if boxes else None))
    for line in block.lines:
        if line.words:
            _add_line(element, line)


def _add_line(block: etree._Element, line: Line) -> None:
    element = _below(block, "TextLine", **_place(line.box))
    if line.direction is not None:
        element.set("BASEDIRECTION", line.direction)
    for place, word in enumerate(line.words):
        if place and gap(line.words[place - 1].text, word.text):
            _below(element, "SP")
        if place + 1 == len(line.words):
            _add_last(element, word)
        else:
            _add_string(element, word, word.text)


def _add_last(line: etree._Element, word: Word) -> None:
    """Add the last word of a line; the sign that splits it is an element of its own."""
    sign = word.text[-1:]
    if word.hyphen is None or word.hyphen.part != 1 or not sign or sign not in _BREAKS or len(word.text) < 2:
        _add_string(line, word, word.text)
        return
    _add_string(line, word, word.text[:-1])
    _below(line, "HYP", CONTENT=sign)


def _add_string(line: etree._Element, word: Word, text: str) -> None:
    element = _below(line, "String", CONTENT=printable(text), **_place(word.box), **dict(_told(word)))
    for other in word.alternatives:
        _below(element, "ALTERNATIVE").text = printable(other)


def _told(word: Word) -> Iterator[tuple[str, str]]:
    """Yield what is known of a word beside its text and place."""
    if word.hyphen is not None:
        yield "SUBS_TYPE", f"HypPart{word.hyphen.part}"
        if word.hyphen.whole:
            yield "SUBS_CONTENT", printable(word.hyphen.whole)
    if word.confidence is not None:
        yield "WC", f"{word.confidence:.3g}"
    if word.language:
        yield "LANG", word.language


def _place(box: Box | None) -> dict[str, str]:
    if box is None:
        return {}
    return {"HPOS": f"{box.x:.0f}", "VPOS": f"{box.y:.0f}", "WIDTH": f"{box.w:.0f}", "HEIGHT": f"{box.h:.0f}"}

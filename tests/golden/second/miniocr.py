"""MiniOCR by the list of traps, section 5."""

import re

from tests.golden.second.markup import Node, decode, faulty, tree
from tests.golden.second.model import Box, Line, Page, Refused, Word, around, number

_OR = "\N{LEFT RIGHT OPEN-HEADED ARROW}"


def read_miniocr(data: bytes) -> list[Page]:
    text = decode(data)
    # An id that begins with a digit is no fault that would cost a word.
    if faulty(text) and not re.search(r"</ocr\s*>\s*$", text):
        raise Refused("truncated")
    return [_page(node) for node in tree(text).walk("p")]


def _page(node: Node) -> Page:
    page = Page()
    sides = [number(side) for side in (node.get("wh") or "").split()]
    size = (sides[0], sides[1]) if len(sides) == 2 else (None, None)
    boxes = [_numbers(word) for word in node.walk("w")]
    given = [value for box in boxes if box for value in box]
    written = " ".join((w.get("x") or w.get("box") or "") for w in node.walk("w"))
    page.relative = "." in written and all(value <= 1 for value in given)
    page.width, page.height = size
    scale = (size[0] or 1, size[1] or 1) if page.relative else (1, 1)
    for line in node.walk("l"):
        page.lines.append(_line(page, line, scale))
    return page


def _numbers(node: Node) -> Box | None:
    values = [number(part) for part in (node.get("x") or node.get("box") or "").split()]
    good = [value for value in values if value is not None]
    return (good[0], good[1], good[2], good[3]) if len(good) == len(values) == 4 else None


def _line(page: Page, node: Node, scale: tuple[float, float]) -> Line:
    line, glued = Line(), False
    for child in node.children:
        if isinstance(child, str):
            glued = False
            continue
        values = _numbers(child)
        box = None
        if values:
            x, y, w, h = values
            box = x * scale[0], y * scale[1], (x + w) * scale[0], (y + h) * scale[1]
        texts = [text.strip() for text in child.text().split(_OR)]
        word = Word(texts[0], box, alternatives=texts[1:])
        if box is None and (child.get("x") or child.get("box")):
            page.warnings.add("box")
        if word.text.endswith("\u00ad"):
            word.text = word.text.rstrip("\u00ad").rstrip("-") + "-"
        if word.text and glued:
            last = line.words[-1]
            last.text, last.box = last.text + word.text, around([b for b in (last.box, box) if b])
        elif word.text:
            line.words.append(word)
        elif child.text() and not line.words and page.lines and page.lines[-1].words:
            line.words.append(_second_half(page.lines[-1].words[-1], word))
        glued = bool(line.words)
    return line


def _second_half(first: Word, second: Word) -> Word:
    """Share a word, which the file gives whole on its first half, between its two boxes by their widths."""
    whole = first.text
    if first.box and second.box:
        widths = [box[2] - box[0] for box in (first.box, second.box)]
        cut = min(max(round(len(whole) * widths[0] / sum(widths)), 1), len(whole) - 1)
        first.text, second.text = whole[:cut], whole[cut:]
        first.part, second.part, first.whole, second.whole = 1, 2, whole, whole
        first.estimated = second.estimated = True
    return second

"""ABBYY FineReader XML by the list of traps, section 6."""

import gzip
import re

from tests.golden.second.markup import Node, decode, faulty, tree
from tests.golden.second.model import Box, Line, Page, Refused, Word, around, number, pieces

_LANGUAGES = {
    "English": "en",
    "EnglishUnitedStates": "en",
    "German": "de",
    "GermanStandard": "de",
    "OldGerman": "de",
}


def read_abbyy(data: bytes) -> list[Page]:
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    text = decode(data)
    mended = faulty(text)
    if mended and not re.search(r"</(\w+:)?document\s*>\s*$", text):
        raise Refused("truncated")
    pages = [_page(node) for node in tree(text).walk("page")]
    known = re.search(r"FineReader(6|8|9|10|11)-schema", text)
    for page in pages:
        page.warnings |= set() if known else {"namespace"}
    return pages


def _sides(node: Node) -> Box | None:
    left, top, right, bottom = (number(node.get(side)) for side in "ltrb")
    if left is None or top is None or right is None or bottom is None:
        return None
    return left, top, right, bottom


def _page(node: Node) -> Page:
    page = Page(width=number(node.get("width")), height=number(node.get("height")))
    if node.get("originalCoords") not in ("1", "true"):
        page.warnings.add("coordinates-uncertain")
    for block in node.walk("block"):
        box = _sides(block)
        if box and next(block.walk("line"), None):
            page.blocks.append(box)
        page.lines += [_line(line, box) for line in block.walk("line")]
    return page


def _line(node: Node, block: Box | None) -> Line:
    line = Line([], _sides(node), block)
    groups: list[list[tuple[Node, str | None]]] = [[]]
    for formatting in node.nodes("formatting"):
        language = _LANGUAGES.get(formatting.get("lang") or "")
        characters = formatting.nodes("charParams")
        if not characters:
            words = pieces(formatting.text(), line.box)
            for word in words:
                word.language = language
            line.words += words
        for character in characters:
            begins = character.get("wordStart") in ("1", "true") or character.get("wordFirst") in ("1", "true")
            if not character.text().strip() or begins:
                groups.append([])
            if character.text().strip():
                groups[-1].append((character, language))
    line.words += [_word(group) for group in groups if group]
    if line.words and line.words[-1].text[-1] in "¬\u00ad":
        line.words[-1].part, line.words[-1].text = 1, line.words[-1].text.replace("\u00ad", "-")
    return line


def _word(group: list[tuple[Node, str | None]]) -> Word:
    boxes = [box for node, _ in group if (box := _sides(node))]
    trusts = [number(node.get("charConfidence")) for node, _ in group]
    good = [trust for trust in trusts if trust is not None and 0 <= trust <= 100]
    word = Word("".join(node.text() for node, _ in group), around(boxes), language=group[0][1])
    word.confidence = sum(good) / len(good) / 100 if good else None
    return word

"""ALTO by the list of traps, section 3."""

import re

from tests.golden.second.markup import Node, decode, documents, faulty, tree
from tests.golden.second.model import Box, Line, Page, Refused, Word, around, extent, number, pieces

_KNOWN = re.compile(r"(?i)^$|loc\.gov/standards/alto|ccs-gmbh\.com|bibnum\.bnf\.fr")
_LANGUAGES = {"ger": "de", "deu": "de", "fra": "fr", "fre": "fr", "eng": "en", "ces": "cs"}
_SIGNS = "-‐‑¬⸗="
_AREAS = ("TopMargin", "LeftMargin", "RightMargin", "BottomMargin", "PrintSpace")


def read_alto(data: bytes) -> list[Page]:
    pages: list[Page] = []
    for text in documents(decode(data)):
        pages += _document(text, data)
    if not pages:
        raise Refused("no-page")
    return pages


def _document(text: str, data: bytes) -> list[Page]:
    mended = faulty(text) or bool(b"\x00" in data[:4] and re.search(r'encoding="UTF-8"', text))
    if "<" not in text:
        raise Refused("not-ocr")
    if mended and not re.search(r"</(\w+:)?alto\s*>\s*$", text):
        raise Refused("truncated")
    root = tree(text)
    space = re.search(r"""<(?:(\w+):)?alto\b[^>]*?\sxmlns(?::\w+)?\s*=\s*["']([^"']*)""", text)
    unit = next((node.text().strip() for node in root.walk("MeasurementUnit")), "pixel")
    followed = [n.get("REF") for order in root.walk("ReadingOrder") for n in order.walk("ElementRef")]
    pages = []
    for node in root.walk("Page"):
        page = _page(node, unit, followed)
        if mended:
            page.warnings.add("recovered")
        if space and not _KNOWN.search(space[2]):
            page.warnings.add("namespace")
        pages.append(page)
    return pages


def _page(node: Node, unit: str, order: list[str | None]) -> Page:
    page = Page(width=number(node.get("WIDTH")), height=number(node.get("HEIGHT")))
    page.rotation = number(node.get("ROTATION")) or 0
    page.unit = unit if unit in ("pixel", "mm10", "inch1200") else "pixel"
    if page.unit != unit:
        page.warnings.add("unit")
    if not page.width or not page.height:
        _size_from_areas(page, node)
    blocks = _ordered(list(node.walk("TextBlock")), order)
    for block in blocks:
        box = _box(block)
        if box:
            page.blocks.append(box)
        for line in block.nodes("TextLine"):
            found = _line(line, _language(node, None), _language(block, None))
            found.block = box
            page.lines.append(found)
    return page


def _size_from_areas(page: Page, node: Node) -> None:
    boxes = [box for area in node.nodes(*_AREAS) if (box := _box(area))]
    around_all = around(boxes)
    page.width = page.height = None
    if around_all and node.nodes("PrintSpace") and _box(node.nodes("PrintSpace")[0]):
        page.width, page.height = around_all[2], around_all[3]
        page.warnings.add("page-size")


def _ordered(blocks: list[Node], order: list[str | None]) -> list[Node]:
    by_id = {block.get("ID"): block for block in blocks}
    if order and set(order) >= set(by_id):
        return [by_id[name] for name in order if name in by_id]
    nexts = {block.get("ID"): block.get("IDNEXT") for block in blocks if block.get("IDNEXT")}
    starts = [name for name in by_id if name not in nexts.values()]
    if not nexts or len(starts) != 1 or len(by_id) != len(blocks):
        return blocks
    chain, name = [], starts[0]
    while name in by_id and name not in chain:
        chain.append(name)
        name = nexts.get(name)
    return [by_id[name] for name in chain] if len(chain) == len(blocks) else blocks


def _box(node: Node) -> Box | None:
    sides = [number(node.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    x, y, w, h = sides
    if x is not None and y is not None and w is not None and h is not None and w >= 0 and h >= 0 and w + h > 0:
        return x, y, x + w, y + h
    for shape in node.nodes("Shape"):
        for polygon in shape.walk("Polygon"):
            values = [number(part) for part in re.split(r"[,\s]+", (polygon.get("POINTS") or "").strip())]
            good = [value for value in values if value is not None]
            if len(good) == len(values) and len(good) >= 4 and len(good) % 2 == 0:
                return extent(list(zip(good[::2], good[1::2], strict=True)))
    return None


def _language(node: Node, inherited: str | None) -> str | None:
    said = node.get("LANG") or node.get("language")
    return _LANGUAGES.get(said.lower(), said.lower()) if said else inherited


def _line(node: Node, of_page: str | None, of_block: str | None) -> Line:
    line = Line(box=_box(node))
    language = _language(node, of_block or of_page)
    strings = node.nodes("String", "HYP", "SP")
    for place, string in enumerate(strings):
        if string.name != "String":
            continue
        after = strings[place + 1] if place + 1 < len(strings) else None
        hyp = after if after is not None and after.name == "HYP" else None
        line.words += _words(string, hyp, _language(string, language))
    return line


def _words(node: Node, hyp: Node | None, language: str | None) -> list[Word]:
    words = pieces(node.get("CONTENT") or "", _box(node))
    trust = number(node.get("WC"))
    for word in words:
        word.language = language
        word.confidence = None if trust is None else min(max(trust, 0.0), 1.0)
    if len(words) == 1:
        words[0].alternatives = [a.text().strip() for a in node.nodes("ALTERNATIVE")]
    if words:
        _mark(words[0] if node.get("SUBS_TYPE") == "HypPart2" else words[-1], node, hyp)
    return words


def _mark(word: Word, node: Node, hyp: Node | None) -> None:
    kind, whole = node.get("SUBS_TYPE"), node.get("SUBS_CONTENT")
    if kind == "Abbreviation" and whole:
        word.alternatives.append(whole)
    elif kind == "HypPart2":
        word.part, word.whole = 2, whole
    elif kind == "HypPart1" or hyp is not None:
        word.part, word.whole = 1, whole
        if hyp is not None and word.text[-1] not in _SIGNS:
            word.text += {"172": "¬"}.get(hyp.get("CONTENT") or "", "-")

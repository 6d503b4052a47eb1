"""PAGE-XML by the list of traps, section 4."""

import re
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from tests.golden.second.markup import Node, decode, faulty, tree
from tests.golden.second.model import Box, Line, Page, Refused, Word, extent, number, pieces

_LANGUAGES = {"german": "de", "french": "fr", "english": "en"}
_DIRECTIONS = {"right-to-left": "rtl", "top-to-bottom": "ttb"}


def read_page_xml(data: bytes) -> list[Page]:
    text = decode(data)
    mended = faulty(text)
    if mended and not re.search(r"</(\w+:)?PcGts\s*>\s*$", text):
        raise Refused("truncated")
    root = tree(text)
    pages = [_page(node) for node in root.walk("Page")]
    if not pages:
        raise Refused("no-page")
    space = re.search(r"""xmlns(?::\w+)?\s*=\s*["']([^"']*)""", text)
    if space and "primaresearch.org/PAGE" not in space[1] and space[1]:
        pages[0].warnings.add("namespace")
    return pages


def _page(node: Node) -> Page:
    page = Page(width=number(node.get("imageWidth")), height=number(node.get("imageHeight")))
    for region in _ordered(node):
        _region(page, region, _language(node, None), _DIRECTIONS.get(node.get("readingDirection") or ""))
    _baselines(page, node)
    _relations(page, node)
    if any(not _points(coords) for coords in node.walk("Coords")):
        page.warnings.add("points")
    return page


def _is_region(node: Node) -> bool:
    return node.name.endswith("Region")


def _ordered(page: Node) -> list[Node]:
    regions = [child for child in page.nodes() if _is_region(child)]
    wanted = [ref for order in page.nodes("ReadingOrder") for ref in _references(order)]
    unique = len({region.get("id") for region in regions}) == len(regions)
    if not wanted or not unique:
        return regions
    by_id = {region.get("id"): region for region in regions}
    first = [by_id[ref] for ref in wanted if ref in by_id]
    return first + [region for region in regions if region not in first]


def _references(node: Node) -> Iterator[str]:
    children = node.nodes()
    if all(number(child.get("index")) is not None for child in children):
        children = sorted(children, key=lambda child: number(child.get("index")) or 0)
    for child in children:
        if child.get("regionRef"):
            yield child.get("regionRef") or ""
        yield from _references(child)


def _language(node: Node, inherited: str | None) -> str | None:
    said = node.get("language") or node.get("primaryLanguage")
    return _LANGUAGES.get(said.lower()) if said else inherited


def _region(page: Page, node: Node, language: str | None, direction: str | None) -> None:
    box, language = _box(node), _language(node, language)
    direction = _DIRECTIONS.get(node.get("readingDirection") or "", direction)
    if box:
        page.blocks.append(box)
    lines = [*node.nodes("TextLine"), *(line for cell in node.nodes("TableCell") for line in cell.nodes("TextLine"))]
    if any(_levels_differ(line) for line in lines):
        page.warnings.add("levels-differ")
    found = [_line(line, box, language, direction) for line in lines]
    inner = [child for child in node.nodes() if _is_region(child)]
    if not any(line.words for line in found) and not inner:
        texts, _ = _choice(node)
        found = [Line(pieces(t, None), None, box, direction) for t in (texts[0] if texts else "").splitlines()]
        for line in found:
            for word in line.words:
                word.language = language
    page.lines += found
    if node.name == "TableRegion":
        inner.sort(key=_cell)
    for child in inner:
        _region(page, child, language, direction)


def _cell(node: Node) -> tuple[float, float]:
    role = next(node.walk("TableCellRole"), None)
    return (number(role.get("rowIndex")) or 0, number(role.get("columnIndex")) or 0) if role else (1e9, 0)


def _box(node: Node) -> Box | None:
    for coords in node.nodes("Coords"):
        points = _points(coords)
        box = extent(points) if points else None
        return box if box and (box[2] > box[0] or box[3] > box[1]) else None
    return None


def _points(node: Node) -> list[tuple[float, float]]:
    pairs = [(p.get("x"), p.get("y")) for p in node.nodes("Point")]
    if node.get("points"):
        pairs = [(a, b) for a, _, b in (pair.partition(",") for pair in (node.get("points") or "").split())]
    numbers = [(number(a), number(b)) for a, b in pairs]
    good = [(x, y) for x, y in numbers if x is not None and y is not None]
    return good if len(good) == len(numbers) else []


def _choice(node: Node) -> tuple[list[str], float | None]:
    """Return the texts of an element, the one that counts first, and the confidence of that one."""
    found = []
    for place, equiv in enumerate(node.nodes("TextEquiv")):
        texts = [t.text() for name in ("Unicode", "PlainText") for t in equiv.nodes(name) if t.text().strip()]
        if texts:
            index = number(equiv.get("index"))
            found.append((-1 if index is None else index, place, texts[0], number(equiv.get("conf"))))
    found.sort()
    return [text for _, _, text, _ in found], found[0][3] if found else None


def _line(node: Node, block: Box | None, language: str | None, direction: str | None) -> Line:
    line = Line([], _box(node), block, direction)
    language = _language(node, language)
    boxes: list[Box | None] = []
    for word in node.nodes("Word"):
        texts, trust = _choice(word)
        boxes.append(_box(word))
        of_word = pieces(texts[0], _box(word), direction) if texts else []
        for each in of_word:
            each.language, each.confidence = _language(word, language), trust
        if len(of_word) == 1:
            of_word[0].alternatives = [text.strip() for text in texts[1:]]
        line.words += of_word
    texts, trust = _choice(node)
    tokens = texts[0].split() if texts else []
    if line.words and len(tokens) == len(line.words):
        for each, token in zip(line.words, tokens, strict=True):
            each.text = token
    elif not line.words and tokens and len(tokens) == len(boxes):
        line.words = [Word(token, box, language=language) for token, box in zip(tokens, boxes, strict=True)]
    elif not line.words and tokens:
        line.words = pieces(texts[0], line.box, direction)
        for each in line.words:
            each.language, each.confidence = language, trust
    if line.words and line.words[-1].text.endswith("\u00ad"):
        line.words[-1].part, line.words[-1].text = 1, line.words[-1].text.removesuffix("\u00ad") + "-"
    return line


def _levels_differ(node: Node) -> bool:
    """Return whether a line and its words, if both have text, say different things."""
    words = [texts[0] for word in node.nodes("Word") if (texts := _choice(word)[0])]
    of_line = _choice(node)[0]
    return bool(words and of_line) and " ".join(words).split() != of_line[0].split()


def _baselines(page: Page, node: Node) -> None:
    """Give lines that have a baseline only a box as high as the lines are apart."""
    nodes = [n for n in node.walk("TextLine")]
    flat = {id(n): extent(_points(b)) for n in nodes for b in n.nodes("Baseline")}
    heights = sorted(box[1] for box in flat.values() if box)
    gaps = [b - a for a, b in pairwise(heights)]
    for n, line in zip(nodes, page.lines, strict=False):
        box = flat.get(id(n))
        if line.box is None and box and gaps:
            half = median(gaps) / 2
            page.warnings.add("baseline-only")
            line.box = box[0], box[1] - half, box[2], box[3] + half
            texts, _ = _choice(n)
            line.words = pieces(texts[0], line.box, line.direction) if texts else line.words


def _relations(page: Page, node: Node) -> None:
    names = [n.get("id") for n in node.walk("TextLine")]
    by_name = dict(zip(names, page.lines, strict=False))
    for relation in node.walk("Relation"):
        ends = [by_name.get(ref.get("regionRef")) for ref in relation.nodes("SourceRegionRef", "DestinationRegionRef")]
        if relation.get("type") == "join" and len(ends) == 2 and all(end and end.words for end in ends):
            ends[0].words[-1].part, ends[1].words[0].part = 1, 2  # type: ignore[union-attr]

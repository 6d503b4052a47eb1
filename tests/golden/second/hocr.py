"""hOCR by the list of traps, section 2, with the HTML parser of the standard library."""

import re
from html.parser import HTMLParser

from tests.golden.second.markup import Node, decode, documents, faulty
from tests.golden.second.model import Box, Line, Page, Refused, Word, number, pieces

_WORDS = {"ocrx_word", "ocr_word"}
_LINES = {"ocr_line", "ocrx_line", "ocr_header", "ocr_footer", "ocr_caption", "ocr_textfloat"}
_BLOCKS = {"ocr_carea", "ocrx_block", "ocr_par"}
_VOID = {"br", "meta", "link", "img", "hr", "input"}
_LANGUAGES = {"ces": "cs", "deu": "de", "eng": "en", "fra": "fr"}


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = Node("")
        self.stack = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p" and self.stack[-1].name == "p":
            self.stack.pop()
        node = Node(tag, {name.split(":")[-1]: value or "" for name, value in attrs})
        self.stack[-1].children.append(node)
        if tag not in _VOID:
            self.stack.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.stack.pop()

    def handle_endtag(self, tag: str) -> None:
        names = [node.name for node in self.stack]
        if tag in names[1:]:
            del self.stack[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if self.stack[-1].name not in ("script", "style"):
            self.stack[-1].children.append(data)

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self.handle_data(data.removeprefix("CDATA["))


def read_hocr(data: bytes) -> list[Page]:
    pages: list[Page] = []
    for text in documents(decode(data)):
        pages += _document(text)
    return pages


def _document(text: str) -> list[Page]:
    fault = faulty(_numbered(text))
    if re.search(r"(?i)<html\b", text) and not re.search(r"(?i)</html\s*>", text):
        raise Refused("truncated")
    if fault:
        text = re.sub(r"<!--(?!.*?-->)", "&lt;!--", text, flags=re.DOTALL)
        text = re.sub(r"<\?(?!xml\s)", "&lt;?", text)
    parser = _Tree()
    parser.feed(text)
    parser.close()
    found = []
    for node, language, direction in _inherit(parser.top, None, None, "ocr_page"):
        page = _page(node, language, direction)
        if fault:
            page.warnings.add("recovered")
        found.append((_ordinal(node), page))
    if all(n is not None for n, _ in found) and len({n for n, _ in found}) == len(found):
        found.sort(key=lambda pair: pair[0] or 0)
    if not found:
        raise Refused("no-page")
    return [page for _, page in found]


def _numbered(text: str) -> str:
    """Return the text with the entity names of HTML as characters: those are no fault."""
    known = re.compile(r"&(?!amp;|lt;|gt;|quot;|apos;)([A-Za-z][A-Za-z0-9]*);")
    from html.entities import name2codepoint

    return known.sub(lambda m: chr(name2codepoint[m[1]]) if m[1] in name2codepoint else m[0], text)


def _classes(node: Node) -> set[str]:
    return set((node.get("class") or "").split())


def _lang(node: Node, inherited: str | None) -> str | None:
    said = node.get("lang")
    return _LANGUAGES.get(said, said) if said else inherited


def _way(node: Node, inherited: str | None) -> str | None:
    said = node.get("dir")
    return inherited if not said else said if said == "rtl" else None


def _inherit(node: Node, language: str | None, direction: str | None, wanted: str):
    for child in node.nodes():
        lang, way = _lang(child, language), _way(child, direction)
        if wanted in _classes(child):
            yield child, lang, way
        else:
            yield from _inherit(child, lang, way, wanted)


def _properties(node: Node) -> dict[str, list[str]]:
    """Return the properties of a title: quotes hide blanks and semicolons."""
    found: dict[str, list[str]] = {}
    for statement in re.findall(r"""(?:"[^"]*"|'[^']*'|[^;"'])+""", node.get("title") or ""):
        parts = [a or b or c for a, b, c in re.findall(r""""([^"]*)"|'([^']*)'|(\S+)""", statement)]
        if parts:
            found.setdefault(parts[0], parts[1:])
    return found


def _bbox(node: Node) -> Box | None:
    values = [number(part) for part in _properties(node).get("bbox", [])]
    sides = [value for value in values if value is not None]
    if len(sides) != 4 or len(values) != 4:
        return None
    x0, y0, x1, y1 = sides
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _ordinal(node: Node) -> float | None:
    said = _properties(node).get("ppageno")
    return number(said[0]) if said else None


def _page(node: Node, language: str | None, direction: str | None) -> Page:
    page, box = Page(), _bbox(node)
    if box:
        page.width, page.height, page.origin = box[2] - box[0], box[3] - box[1], (box[0], box[1])
    _fill(page, node, None, language, direction)
    return page


def _fill(page: Page, node: Node, block: Box | None, language: str | None, direction: str | None) -> None:
    for child in node.nodes():
        lang, way = _lang(child, language), _way(child, direction)
        classes = _classes(child)
        box = block
        if classes & _BLOCKS:
            box = _bbox(child) or block
            if _bbox(child):
                page.blocks.append(_bbox(child))  # type: ignore[arg-type]
        if classes & _LINES:
            page.lines.append(_line(child, box, lang, way))
        elif classes & _WORDS:
            words = _word(child, lang)
            page.lines.append(Line(words, None, box, way))
        else:
            _fill(page, child, box, lang, way)


def _line(node: Node, block: Box | None, language: str | None, direction: str | None) -> Line:
    line = Line([], _bbox(node), block, direction)
    words = list(_word_nodes(node, language))
    for place, (word, lang) in enumerate(words):
        last = place + 1 == len(words)
        line.words += _word(word, lang, soft_after=last and node.text().rstrip().endswith("\u00ad"))
    if not words:
        line.words = pieces(node.text(), line.box, direction)
        for word in line.words:
            word.language = language
            if word.text.endswith("\u00ad") and word is line.words[-1]:
                _split(word)
    return line


def _word_nodes(node: Node, language: str | None):
    for child in node.nodes():
        lang = _lang(child, language)
        if _classes(child) & _WORDS:
            yield child, lang
        else:
            yield from _word_nodes(child, lang)


def _word(node: Node, language: str | None, soft_after: bool = False) -> list[Word]:
    inner = [child for child, _ in _word_nodes(node, None)]
    core = inner[0] if inner else node
    options = [n for n in core.walk("ins", "del") if n.name == "del"]
    text = _text(core)
    words = pieces(text, _bbox(core) or _bbox(node))
    trust = _trust(core)
    for word in words:
        word.language, word.confidence = language, trust
    if len(words) == 1:
        words[0].alternatives = [option.text().strip() for option in options]
    if words and (words[-1].text.endswith("\u00ad") or soft_after):
        _split(words[-1])
    return words


def _split(word: Word) -> None:
    """A soft hyphen is invisible but at a line's end, where it is printed."""
    bare = word.text.removesuffix("\u00ad")
    word.part, word.text = 1, bare if bare.endswith(("-", "¬", "⸗")) else bare + "-"


def _trust(node: Node) -> float | None:
    properties = _properties(node)
    said = number((properties.get("x_wconf") or [""])[0])
    if said is not None:
        return min(max(said / 100, 0.0), 1.0)
    each = [value for part in properties.get("x_confs", []) if (value := number(part)) is not None]
    if not each:
        return None
    return min(max(sum(each) / len(each) / (1 if max(each) <= 1 else 100), 0.0), 1.0)


def _text(node: Node) -> str:
    """Return a word's text: first choices only, and characters of character spans side by side."""
    out = []
    spelled = any("ocrx_cinfo" in _classes(child) for child in node.nodes())
    for child in node.children:
        if isinstance(child, str):
            out.append("" if spelled and not child.strip() else child)
        elif child.name != "del":
            out.append(_text(child))
    return "".join(out)

"""Text with a little markup in it (HTML bodies, caption tags) as plain lines. In one pass, whatever it repeats."""

import re
from html import unescape

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_LONE_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BREAKS = re.compile(r"\r\n?|\n|\x85|\u2028|\u2029")
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)[^<>]*>|<!--|<[!?][^<>]*>")
_BREAKING = re.compile(
    "address|article|blockquote|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6r]|header|li|main|ol|p|pre|section|table|"
    "tbody|td|tfoot|th|thead|tr|ul"
)
_HIDDEN = frozenset({"script", "style", "template", "head"})
_LOOKS_LIKE_HTML = re.compile(r"</[A-Za-z][A-Za-z0-9]*>|<(?:br|p|div|span)\b[^<>]*>", re.IGNORECASE)


def lines_of(text: str) -> list[str]:
    """Return the lines of a plain text, each without control characters and without blanks around it; no empty one."""
    text = _LONE_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
    return [line for piece in _BREAKS.split(text) if (line := " ".join(_CONTROLS.sub("", piece).split()))]


def looks_like_html(text: str) -> bool:
    """Return whether a text of unsaid format holds tags that HTML has."""
    return "<" in text and _LOOKS_LIKE_HTML.search(text) is not None


def html_lines(text: str) -> list[str]:
    """Return the lines of an HTML text as they are seen: paragraphs, cells and breaks part them."""
    pieces: list[str] = []
    hidden, at = "", 0
    while (tag := _TAG.search(text, at)) is not None:
        if not hidden:
            pieces.append(_BREAKS.sub(" ", text[at : tag.start()]))
        at = tag.end()
        if tag.group() == "<!--":
            end = text.find("-->", at)
            at = end + 3 if end >= 0 else len(text)
            continue
        name, ends = (tag["name"] or "").lower(), bool(tag["end"])
        if name in _HIDDEN:
            hidden = "" if ends and name == hidden else hidden or ("" if ends else name)
        elif _BREAKING.fullmatch(name) and not hidden:
            pieces.append("\n")
    if not hidden:
        pieces.append(_BREAKS.sub(" ", text[at:]))
    return lines_of(unescape("".join(pieces)))

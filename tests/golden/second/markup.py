"""A tree out of XML by regular expressions, forgiving enough for the small files of the golden set."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from xml.parsers import expat

from tests.golden.second.model import Refused

DEEPEST = 256
_TOKEN = re.compile(
    r"""<!--.*?-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?.*?\?>|<!DOCTYPE[^>\[]*(?P<subset>\[)?[^>]*>
    |<(?P<end>/?)(?:[\w.-]+:)?(?P<name>[\w.-]+)
     (?P<attributes>(?:\s+[^\s=<>"']+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(?P<empty>/?)>""",
    re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""(?:[\w.-]+:)?([\w.-]+)\s*=\s*("[^"]*"|'[^']*')""")


@dataclass
class Node:
    """An element: local name, attributes by local name, and children that are nodes or texts."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)

    def nodes(self, *names: str) -> list["Node"]:
        """Return child elements, of these names if any are given."""
        return [c for c in self.children if isinstance(c, Node) and (not names or c.name in names)]

    def walk(self, *names: str) -> Iterator["Node"]:
        """Yield descendants of these names in document order."""
        for child in self.nodes():
            if child.name in names:
                yield child
            yield from child.walk(*names)

    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text() for c in self.children)


def decode(data: bytes) -> str:
    """Return the text of a file: a mark wins over the declaration, and UTF-8 over a wrong one."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        said = re.search(rb"""(?:encoding|charset)\s*=\s*["']?([\w-]+)""", data[:1000])
        return data.decode(said[1].decode() if said else "latin-1", "replace")


def documents(text: str) -> list[str]:
    """Return the documents of a file, cut where an XML declaration stands."""
    parts = re.split(r"(?=<\?xml\s)", text)
    return [part for part in parts if part.strip()]


def faulty(text: str) -> bool:
    """Return whether a document is not well-formed XML; raises Refused for one that declares anything."""
    if re.search(r"<!DOCTYPE[^>]*\[", text):
        raise Refused("doctype-declares")
    parser = expat.ParserCreate("utf-8")
    try:
        parser.Parse(re.sub(r"^\s*(<\?xml[^>]*\?>)?", "", text, count=1).encode(), True)
    except expat.ExpatError:
        return True
    return False


def tree(text: str) -> Node:
    """Return a node that holds the root element; an end tag ends the nearest open element of its name."""
    top = Node("")
    stack, at = [top], 0
    for token in _TOKEN.finditer(text):
        _add_text(stack[-1], text[at : token.start()])
        at = token.end()
        if token["cdata"] is not None:
            stack[-1].children.append(token["cdata"])
        elif token["name"] and token["end"]:
            opened = [node.name for node in stack]
            if token["name"] in opened[1:]:
                del stack[len(opened) - 1 - opened[::-1].index(token["name"]) :]
        elif token["name"]:
            node = Node(token["name"], _attributes(token["attributes"]))
            stack[-1].children.append(node)
            if not token["empty"]:
                stack.append(node)
            if len(stack) > DEEPEST:
                raise Refused("too-deep")
    return top


def _attributes(text: str) -> dict[str, str]:
    return {name: re.sub(r"\s", " ", unescape(value[1:-1])) for name, value in _ATTRIBUTE.findall(text)}


def _add_text(node: Node, text: str) -> None:
    if text:
        node.children.append(unescape(text))

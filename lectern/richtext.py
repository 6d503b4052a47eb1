"""HTML as IIIF allows it in descriptions: well-formed, from `<` to `>`, and few tags (PR3-07)."""

import re
from xml.sax.saxutils import escape, quoteattr

from lxml import etree, html
from markupsafe import Markup

ALLOWED = frozenset({"a", "b", "br", "i", "img", "p", "small", "span", "sub", "sup"})
_ATTRIBUTES = {"a": ("href",), "img": ("src", "alt")}
_GONE = frozenset({"script", "style", "template", "head", "title", "iframe", "object", "svg", "math"})
_ADDRESS = re.compile(r"(?:https?://|mailto:)\S+", re.IGNORECASE)
_DEEPEST = 30  # elements in one another


def is_html(text: str) -> bool:
    """Return whether viewers take a text for HTML: it begins with `<` and ends with `>`."""
    return text.startswith("<") and text.endswith(">")


def bare(text: str) -> str:
    """Return a text without its markup, if it is HTML to viewers; as it is otherwise."""
    return Markup(text).striptags() if is_html(text) else text


def not_html(text: str) -> str:
    """Return a text that is meant as it stands so that no viewer takes it for HTML, with a blank at its end."""
    return f"{text} " if is_html(text) else text


def require_allowed(text: str) -> None:
    """Return if HTML is as IIIF allows it; raises ValueError, whose words say what is wrong and what to do."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(f"<div>{text}</div>", parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(
            f"is taken for HTML, as it begins with < and ends with >, and is not well-formed ({error.msg}): close "
            "every tag, or put a blank at the end if it is plain text"
        ) from error
    for element in root.iterdescendants():
        if not isinstance(element.tag, str):
            raise ValueError("has a comment or an instruction in its HTML: take it out")
        if element.tag not in ALLOWED:
            raise ValueError(f"has the tag <{element.tag}>: IIIF allows {', '.join(sorted(ALLOWED))}")
        for name, value in element.attrib.items():
            if name not in _ATTRIBUTES.get(element.tag, ()):
                raise ValueError(f"has {name!s} at <{element.tag}>: IIIF allows href at a, src and alt at img")
            if name != "alt" and _ADDRESS.fullmatch(str(value)) is None:
                raise ValueError(f"leads to {value!s}: write a whole address, with http or https")


def cleaned(text: str) -> str:
    """Return HTML that somebody else wrote as IIIF allows it: other tags are left out, what they hold is kept.

    What is not well-formed is read as browsers read it. Empty if nothing is left.
    """
    root = html.fragment_fromstring(text, create_parent="span")
    inner = _inner(root, 0).strip()
    return inner if not inner or (is_html(inner) and _is_one(inner)) else f"<span>{inner}</span>"


def _is_one(text: str) -> bool:
    """Return whether HTML is one element with all in it, as `<a>one</a>, <a>two</a>` is not."""
    try:
        etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return False
    return True


def _inner(element: html.HtmlElement, depth: int) -> str:
    pieces = [escape(element.text or "")]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _GONE and depth < _DEEPEST:
            pieces.append(_element(child, depth + 1))
        pieces.append(escape(child.tail or ""))
    return "".join(pieces)


def _element(element: html.HtmlElement, depth: int) -> str:
    tag, inner = str(element.tag), _inner(element, depth)
    if tag not in ALLOWED:
        return inner
    told = {name: element.get(name) for name in _ATTRIBUTES.get(tag, ())}
    kept = {name: value for name, value in told.items() if value and (name == "alt" or _ADDRESS.fullmatch(value))}
    if tag == "img" and "src" not in kept:
        return escape(kept.get("alt", ""))
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in kept.items())
    return f"<{tag}{attributes}/>" if tag in {"br", "img"} else f"<{tag}{attributes}>{inner}</{tag}>"

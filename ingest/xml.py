"""XML and HTML from strangers: well-formed or not is settled first, entities are never expanded, nothing is fetched.

A first pass by expat, which keeps nothing, says whether a file is well-formed and refuses any document type
that declares something. Only then is a tree built, page by page for hOCR.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from itertools import pairwise
from pathlib import Path
from typing import Literal
from xml.parsers import expat

from lxml import etree

from ingest.traps import MAX_FILE_BYTES, Unreadable

_CHUNK = 1 << 20
_HEAD = 4096
_TAIL = 4096
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_BARE_AMPERSAND = re.compile(rb"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_META_CHARSET = re.compile(rb"""<meta[^>]*?charset\s*=\s*["']?\s*([A-Za-z0-9._-]+)""", re.IGNORECASE)
_SECOND_DECLARATION = re.compile(rb"<\?xml\s+version")
_NO_TAG = re.compile(rb"<(?!/?[A-Za-z]|!--|!DOCTYPE|\?xml)", re.IGNORECASE)
_OPEN_COMMENT = re.compile(rb"<!--(?!(?:(?!<!--).)*?-->)", re.DOTALL)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CUT_SHORT = frozenset(
    {
        expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    }
)
_COPY_AGAIN = "Copy the file again from where it was made, then ingest again."

Form = Literal["xml", "recovered-xml", "html"]


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of one document, known to be harmless, and how they are to be parsed.

    `fault` is what keeps it from being well-formed XML, empty if it is. `encoding` overrides what the
    document says of itself, None if that is to be believed.
    """

    name: str
    data: bytes
    form: Form
    encoding: str | None
    fault: str = ""


def load(source: Path | bytes, name: str) -> bytes:
    """Return a file's bytes without blanks before the XML declaration.

    Raises Unreadable for a file that is missing, empty or larger than 256 MB.
    """
    if isinstance(source, Path):
        try:
            if source.stat().st_size > MAX_FILE_BYTES:
                raise Unreadable("file-too-large", f"{name} is larger than 256 MB.", "Split it into pages.")
            source = source.read_bytes()
        except OSError as error:
            raise Unreadable(
                "file-unreadable", f"{name} cannot be read: {error.strerror}.", "Check its rights."
            ) from error
    data = source.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not data:
        raise Unreadable("empty-file", f"{name} is empty.", _COPY_AGAIN)
    return data


def split_documents(data: bytes) -> list[bytes]:
    """Return the documents of a file: several where somebody put XML files one after another."""
    starts = [match.start() for match in _SECOND_DECLARATION.finditer(data)]
    if len(starts) < 2:
        return [data]
    edges = [0, *starts[1:], len(data)]
    return [part for a, b in pairwise(edges) if (part := data[a:b].strip())]


def examine(data: bytes, name: str, *, html: bool) -> Document:
    """Return a document with the way to parse it; `html` allows HTML's entity names and HTML as a second attempt.

    Raises Unreadable for a document type that declares anything (entities are how XML is made to explode)
    and for a file that ends before its end.
    """
    encoding = _encoding(data, html=html)
    checked = _name_by_number(data) if html else data
    fault, cut_short = _fault(checked, name, encoding)
    if not fault:
        return Document(name, checked, "xml", encoding)
    ended = _has_end(data)
    if ended is False or (cut_short and not ended):
        raise Unreadable("truncated", f"{name} ends in the middle ({fault}).", _COPY_AGAIN)
    if html:
        return Document(name, _mend_html(data), "html", encoding or "utf-8", fault)
    mended = data if data[:2] in _WIDE_MARKS else _CONTROL.sub(b"", _BARE_AMPERSAND.sub(b"&amp;", data))
    return Document(name, mended, "recovered-xml", encoding, fault)


def _encoding(data: bytes, *, html: bool) -> str | None:
    """Return the encoding to insist on: UTF-8 where a file says Latin-1 and is UTF-8 all the same."""
    if data[:2] in _WIDE_MARKS:
        return None
    head = data[:_HEAD]
    declared = _DECLARED.match(head) or (_META_CHARSET.search(head) if html else None)
    name = declared.group(1).decode().lower() if declared else "utf-8"
    if name in {"utf-8", "utf8"}:
        return None if not html else "utf-8" if _is_utf8(data) else "windows-1252"
    if not data.isascii() and _is_utf8(data):
        return "utf-8"
    return name if html else None


def _mend_html(data: bytes) -> bytes:
    """Return HTML in which stray signs of bad OCR (`<?`, `<!--` that nothing closes) are text, and swallow nothing."""
    if data[:2] in _WIDE_MARKS:
        return data
    mended = _NO_TAG.sub(b"&lt;", data)
    return _OPEN_COMMENT.sub(b"&lt;!--", mended) if b"<!--" in mended else mended


def _is_utf8(data: bytes) -> bool:
    """Return whether the bytes are UTF-8; keeps no decoded copy of a large file."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _name_by_number(data: bytes) -> bytes:
    """Return the bytes with HTML's entity names as numbers: `&shy;` means nothing in XML, and is not to be lost."""

    def number(match: re.Match[bytes]) -> bytes:
        name = match.group(1).decode()
        letters = "" if name in _XML_NAMES else html5.get(f"{name};", "")
        return "".join(f"&#{ord(letter)};" for letter in letters).encode() or match.group()

    return data if data[:2] in _WIDE_MARKS else _NAMED.sub(number, data)


def _fault(data: bytes, name: str, encoding: str | None) -> tuple[str, bool]:
    """Return what keeps a document from being well-formed, and whether that is its sudden end."""
    parser = expat.ParserCreate(encoding, " ")

    def refuse(*_: object) -> None:
        raise _declares(name)

    def on_doctype(_name: str, _system: str | None, _public: str | None, has_subset: int) -> None:
        if has_subset:
            refuse()

    parser.StartDoctypeDeclHandler = on_doctype
    parser.EntityDeclHandler = refuse
    try:
        for start in range(0, len(data), _CHUNK):
            parser.Parse(data[start : start + _CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        place = f"line {error.lineno}, column {error.offset + 1}"
        return f"{expat.ErrorString(error.code)}, {place}", error.code in _CUT_SHORT
    except (LookupError, ValueError) as error:
        return f"{error}", False
    return "", False


def _declares(name: str) -> Unreadable:
    return Unreadable(
        "doctype-declares",
        f"{name} declares entities or elements in its document type.",
        "Remove everything between [ and ] after <!DOCTYPE.",
    )


def _has_end(data: bytes) -> bool | None:
    """Return whether the root element that begins a file also ends it; None where no known one begins it."""
    head, tail = data[:_HEAD].lower(), data[-_TAIL:].lower()
    root = re.search(rb"<((?:[a-z0-9_]+:)?(?:html|alto))[\s>]", head)
    return None if root is None else b"</" + root.group(1) in tail


def parse_tree(document: Document) -> etree._Element:
    """Return the root element of a whole document; raises Unreadable where even recovery finds none."""
    parser = etree.XMLParser(
        encoding=document.encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=document.form == "recovered-xml",
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document.data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _not_xml(document, error) from error
    if root is None:
        raise _not_xml(document, document.fault)
    # Where the first pass stopped before the document type, this is the check that counts.
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and declared.entities():  # type: ignore[union-attr] # the stubs do not know it
        raise _declares(document.name)
    return root


def stream_elements(document: Document, name: str | None = None) -> Iterator[etree._Element]:
    """Yield every element as it ends, so that a caller can use and clear a page before the next one is parsed.

    With a local name only elements of that name are yielded; among many others that is far quicker.
    """
    parser = _pull_parser(document, None if name is None else "{*}" + name)
    try:
        for start in range(0, len(document.data), _CHUNK):
            parser.feed(document.data[start : start + _CHUNK])
            yield from _ended(parser)
        parser.close()
        yield from _ended(parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _not_xml(document, error) from error


def _pull_parser(document: Document, tag: str | None) -> etree.XMLPullParser | etree.HTMLPullParser:
    if document.form == "html":
        return etree.HTMLPullParser(
            ("end",), tag=tag, encoding=document.encoding, huge_tree=False, remove_comments=True
        )
    return etree.XMLPullParser(
        ("end",),
        tag=tag,
        encoding=document.encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _ended(parser: etree.XMLPullParser | etree.HTMLPullParser) -> Iterator[etree._Element]:
    for _, element in parser.read_events():
        if isinstance(element, etree._Element) and isinstance(element.tag, str):
            yield element


def _not_xml(document: Document, error: object) -> Unreadable:
    return Unreadable("not-well-formed", f"{document.name} cannot be parsed: {error}.", _COPY_AGAIN)


def local_name(element: etree._Element) -> str:
    """Return an element's name without namespace or prefix, empty for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attributes(element: etree._Element) -> dict[str, str]:
    """Return an element's attributes by local name: some files put even those into a namespace."""
    return {str(key).rpartition("}")[2]: str(value) for key, value in element.attrib.items()}

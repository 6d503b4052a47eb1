"""XML and HTML from strangers: well-formed or not is settled first, entities are never expanded, nothing is fetched.

A first pass by expat, which keeps nothing, says whether a file is well-formed and refuses any document type
that declares something. Only then is a tree built, where a file has pages page by page. All of it works on
chunks: of a file of any length one page is held at a time.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.parsers import expat

from lxml import etree

from ingest.mending import hocr_by_page, mend_html, mend_xml, name_by_number
from ingest.pieces import Piece, is_utf8, piece_of, split_at_declarations
from ingest.traps import MAX_MARKUP, Unreadable

_HEAD = 4096
_TAIL = 4096
_DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_META_CHARSET = re.compile(rb"""<meta[^>]*?charset\s*=\s*["']?\s*([A-Za-z0-9._-]+)""", re.IGNORECASE)
_ROOT_TO_END = re.compile(rb"<((?:[a-z0-9_]+:)?(?:html|alto))[\s>]")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_EIGHT_BIT = "windows-1252"
_UTF8 = frozenset({"utf-8", "utf8"})
_SEVEN_BIT = frozenset({"us-ascii", "ascii"})
_CUT_SHORT = frozenset(
    {
        expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    }
)
_MAX_ATTRIBUTES = 1_000
_COPY_AGAIN = "Copy the file again from where it was made, then ingest again."

Form = Literal["xml", "recovered-xml", "html"]
Mend = Callable[[Iterable[bytes]], Iterable[bytes]]


def _as_is(chunks: Iterable[bytes]) -> Iterable[bytes]:
    return chunks


@dataclass(frozen=True, slots=True)
class Document:
    """One document, known to be harmless, and how it is to be parsed.

    `fault` is what keeps it from being well-formed XML, empty if it is. `encoding` overrides what the
    document says of itself, None if that is to be believed. `mend` repairs its bytes.
    """

    name: str
    piece: Piece
    form: Form
    encoding: str | None
    fault: str = ""
    mend: Mend = _as_is

    def chunks(self) -> Iterable[bytes]:
        """Yield the bytes as they are to be parsed. Raises OSError."""
        return self.mend(self.piece.chunks())


def load(source: Path | bytes, name: str) -> Piece:
    """Return a file without blanks before the XML declaration; how large it may be, `check_size` says.

    Raises Unreadable for a file that is missing or empty.
    """
    return piece_of(source, name)


def split_documents(data: Piece | bytes) -> list[Piece]:
    """Return the documents of a file: several where somebody put XML files one after another."""
    return split_at_declarations(_piece(data))


def _piece(data: Piece | bytes) -> Piece:
    return Piece(data, 0, len(data)) if isinstance(data, bytes) else data


def examine(data: Piece | bytes, name: str, *, html: bool) -> Document:
    """Return a document with the way to parse it; `html` allows HTML's entity names and HTML as a second attempt.

    Raises Unreadable for a document type that declares anything (entities are how XML is made to explode)
    and for a file that ends before its end.
    """
    piece = _piece(data)
    wide = piece.head(2) in _WIDE_MARKS
    encoding = None if wide else _encoding(piece, html=html)
    mend: Mend = name_by_number if html and not wide else _as_is
    fault, cut_short = _fault(mend(piece.chunks()), name, encoding)
    if not fault:
        return Document(name, piece, "xml", encoding, mend=mend)
    ended = _has_end(piece)
    if ended is False or (cut_short and not ended):
        raise Unreadable("truncated", f"{name} ends in the middle ({fault}).", _COPY_AGAIN)
    if html:
        return Document(name, piece, "html", encoding or "utf-8", fault, _as_is if wide else mend_html)
    if encoding is None and not wide and not is_utf8(piece.chunks()):
        encoding = _EIGHT_BIT if _declared(piece.head(_HEAD), html=False) in _UTF8 | _SEVEN_BIT else None
    return Document(name, piece, "recovered-xml", encoding, fault, _as_is if wide else mend_xml)


def _encoding(piece: Piece, *, html: bool) -> str | None:
    """Return the encoding to insist on: UTF-8 where a file says Latin-1 and is UTF-8 all the same."""
    name = _declared(piece.head(_HEAD), html=html)
    if name in _UTF8:
        return None if not html else "utf-8" if is_utf8(piece.chunks()) else _EIGHT_BIT
    if is_utf8(piece.chunks()):
        return "utf-8"
    return name if html else None


def _declared(head: bytes, *, html: bool) -> str:
    declared = _DECLARED.match(head) or (_META_CHARSET.search(head) if html else None)
    return declared.group(1).decode().lower() if declared else "utf-8"


def _fault(chunks: Iterable[bytes], name: str, encoding: str | None) -> tuple[str, bool]:
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
        for chunk in chunks:
            parser.Parse(chunk, False)
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


def _has_end(piece: Piece) -> bool | None:
    """Return whether the root element that begins a file also ends it; None where no known one begins it."""
    root = _ROOT_TO_END.search(piece.head(_HEAD).lower())
    return None if root is None else b"</" + root.group(1) in piece.tail(_TAIL).lower()


def parse_tree(document: Document) -> etree._Element:
    """Return the root element of a whole document; raises Unreadable where even recovery finds none."""
    parser = etree.XMLParser(encoding=document.encoding, **_harmless(document))  # type: ignore[arg-type]
    try:
        for chunk in _measured(document, _Held()):
            parser.feed(chunk)
        root: etree._Element | None = parser.close()
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _not_xml(document, error) from error
    if root is None:
        raise _not_xml(document, document.fault)
    _check_declarations(root, document)
    return root


def stream_pages(
    document: Document, *tags: str, is_page: Callable[[etree._Element], bool] | None = None
) -> Iterator[etree._Element]:
    """Yield the elements that are pages as they end; each is freed, and what is before it, when the next is asked for.

    `tags` are the local names that a page may have, any if none is given. Without `is_page` all those are pages.
    Raises Unreadable where the document cannot be parsed on, or holds too much before a page ends.
    """
    held = _Held()
    for element in _stream(document, held, tags):
        if is_page is None or is_page(element):
            yield element
            _forget(element)
            held.forget()


@dataclass(slots=True)
class _Held:
    """How many tags, attributes and references of a document are in memory; a chunk may be counted to two pages."""

    marks: int = 0
    last: int = 0

    def take(self, chunk: bytes) -> int:
        self.last = chunk.count(b"<") + chunk.count(b"=") + chunk.count(b"&")
        self.marks += self.last
        return self.marks

    def forget(self) -> None:
        self.marks = self.last


def _measured(document: Document, held: _Held) -> Iterator[bytes]:
    for chunk in document.chunks():
        if held.take(chunk) > MAX_MARKUP:
            raise Unreadable(
                "too-much-markup",
                f"{document.name} has more than {MAX_MARKUP:,} tags and attributes on one page.",
                "This is no page of OCR; split it into pages, or leave out the boxes of single letters.",
            )
        yield chunk


def _stream(document: Document, held: _Held, tags: Iterable[str]) -> Iterator[etree._Element]:
    names = [f"{{*}}{tag}" for tag in tags] or None
    checked = False
    try:
        parser = _pull_parser(document, names)
        for piece, begins in _pieces(document, held):
            if begins:
                yield from _rest(parser)
                parser = _pull_parser(document, names)
            parser.feed(piece)
            for element in _ended(parser):
                if not checked:
                    _check_declarations(element, document)
                    checked = True
                yield element
        yield from _rest(parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _not_xml(document, error) from error


def _pieces(document: Document, held: _Held) -> Iterable[tuple[bytes, bool]]:
    """Return a document's bytes for the parser, and whether a new one is to take over: with every page of HTML.

    libxml2's parser of HTML keeps all that it was ever fed, and an open element would hold the next pages.
    """
    chunks = _measured(document, held)
    return hocr_by_page(chunks) if document.form == "html" else ((chunk, False) for chunk in chunks)


def _rest(parser: etree.XMLPullParser | etree.HTMLPullParser) -> Iterator[etree._Element]:
    # What stands before the first page of HTML may be nothing to parse.
    with suppress(etree.XMLSyntaxError) if isinstance(parser, etree.HTMLPullParser) else nullcontext():
        parser.close()
    yield from _ended(parser)


def _pull_parser(document: Document, tags: list[str] | None) -> etree.XMLPullParser | etree.HTMLPullParser:
    if document.form == "html":
        return etree.HTMLPullParser(
            ("end",), tag=tags, encoding=document.encoding, huge_tree=False, remove_comments=True
        )
    return etree.XMLPullParser(("end",), tag=tags, encoding=document.encoding, **_harmless(document))  # type: ignore[arg-type]


def _harmless(document: Document) -> dict[str, bool]:
    """Return the settings under which a parser expands nothing and fetches nothing."""
    return {
        "resolve_entities": False,
        "load_dtd": False,
        "no_network": True,
        "huge_tree": False,
        "recover": document.form == "recovered-xml",
        "remove_comments": True,
        "remove_pis": True,
    }


def _check_declarations(element: etree._Element, document: Document) -> None:
    """Refuse declared entities where the first pass stopped before the document type."""
    declared = element.getroottree().docinfo.internalDTD
    if declared is not None and declared.entities():  # type: ignore[attr-defined] # the stubs do not know it
        raise _declares(document.name)


def _ended(parser: etree.XMLPullParser | etree.HTMLPullParser) -> Iterator[etree._Element]:
    for _, element in parser.read_events():
        if isinstance(element, etree._Element) and isinstance(element.tag, str):
            yield element


def _forget(element: etree._Element) -> None:
    """Free a page that was read, and what stands before it."""
    element.clear(keep_tail=True)  # type: ignore[call-arg] # the stubs are older
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _not_xml(document: Document, error: object) -> Unreadable:
    if "xcessive depth" in str(error):
        return Unreadable(
            "too-deep", f"{document.name} has elements too deep in one another.", "This is no page of OCR."
        )
    return Unreadable("not-well-formed", f"{document.name} cannot be parsed: {error}.", _COPY_AGAIN)


def local_name(element: etree._Element) -> str:
    """Return an element's name without namespace or prefix, empty for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attributes(element: etree._Element) -> dict[str, str]:
    """Return an element's attributes by local name: some files put even those into a namespace."""
    keys: list[str] = element.keys()  # type: ignore[assignment] # always text
    if len(keys) > _MAX_ATTRIBUTES:  # to ask for the values takes time by the square of their number
        raise Unreadable(
            "too-many-attributes",
            f"One element has more than {_MAX_ATTRIBUTES} attributes.",
            "This is no page of OCR; leave it out.",
        )
    if "}" in "".join(keys):
        keys = [key.rpartition("}")[2] for key in keys]
    return dict(zip(keys, element.values(), strict=True))  # type: ignore[arg-type]

"""Reads hOCR, page by page: of a file of any length only one page's elements are held at a time."""

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from ingest.pieces import changed
from ingest.readers.hocr_words import language_of, read_words
from ingest.readers.properties import box_of, parse_title
from ingest.traps import MAX_PAGES, MAX_TEXT_LENGTH, Unreadable, warning
from ingest.xml import Document, examine, load, local_name, split_documents, stream_pages
from lectern.words import Page

_OPEN_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)\s[^<>]*$")


def read_hocr(source: Path | bytes, name: str) -> Iterator[Page]:
    """Yield the pages of an hOCR file in document order, boxes in its own pixels.

    A file that is not well-formed XML is read as HTML, and every page carries the warning `recovered`.
    Raises Unreadable for a file that cannot be read, also after some pages of it.
    """
    count = 0
    for part in split_documents(load(source, name)):
        document = examine(part, name, html=True)
        for page in _pages(document):
            count += 1
            if count > MAX_PAGES:
                raise Unreadable("too-many-pages", f"{name} has more than {MAX_PAGES} pages.", "Split the file.")
            yield page
    if not count:
        raise Unreadable(
            "no-page", f"{name} has no element of class ocr_page.", "Ingest hOCR or ALTO; other HTML has no word boxes."
        )


def _pages(document: Document) -> Iterator[Page]:
    for element in stream_pages(document, *_page_tags(document), is_page=_is_page):
        page = _read_page(element, document.name)
        if document.form != "xml":
            page.warnings.append(warning("recovered", f"not well-formed ({document.fault}): read as HTML"))
        yield page


def _is_page(element: etree._Element) -> bool:
    return "ocr_page" in (element.get("class") or "").split()


def _page_tags(document: Document) -> set[str]:
    """Return the names of the elements that may be pages, nearly always div alone; empty if any might be one."""
    tags: set[str] = set()
    for text in changed(document.chunks(), bytes, b"<", MAX_TEXT_LENGTH):
        place = text.find(b"ocr_page")
        while place >= 0:
            tag = _OPEN_TAG.match(text, max(0, text.rfind(b"<", 0, place)), place)
            if tag is None:
                return set()
            name = tag.group(1).decode()
            tags.add(name.lower() if document.form == "html" else name)
            place = text.find(b"ocr_page", place + 1)
    return tags


def _read_page(element: etree._Element, name: str) -> Page:
    properties = parse_title(element.get("title") or "")
    page = Page(language=_inherited_language(element))
    box = box_of(properties)
    if box is not None and box.w and box.h:
        page.x, page.y, page.width, page.height = box
    page.name = " ".join(properties.get("lpageno", []))
    page.image_name = next((" ".join(properties[key]) for key in ("image", "file") if properties.get(key)), "")
    read_words(page, element, name)
    return page


def _inherited_language(element: etree._Element) -> str | None:
    """Return the page's language; what stands on `html` is the template's, not the text's."""
    place: etree._Element | None = element
    while place is not None and local_name(place) not in {"body", "html"}:
        if found := language_of(place):
            return found
        place = place.getparent()
    return None

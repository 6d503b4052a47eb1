"""Reads hOCR, page by page: of a file of any length only one page's elements are held at a time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lxml import etree

from ingest.readers.hocr_words import language_of, read_words
from ingest.readers.page_numbers import MAX_HELD, NumberedPage, PageTags, in_turn, page_tags
from ingest.readers.properties import Properties, box_of, parse_title
from ingest.traps import MAX_PAGES, Unreadable, warning
from ingest.xml import Document, examine, load, local_name, split_documents, stream_pages
from lectern.words import Page

_FAR_APART = warning("page-order", "the pages' numbers tell another order, too far from the file's to be held to")


def read_hocr(source: Path | bytes, name: str) -> Iterator[Page]:
    """Yield the pages of an hOCR file, boxes in its own pixels, by ppageno where that tells an order.

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
    """Yield the pages of a document in the order of their numbers, where those are complete and no two the same."""
    tags = page_tags(document)
    if tags.in_capitals and document.form == "xml":
        document = replace(document, form="html")
    turns = tags.turns()
    pages = _numbered_pages(document, tags)
    if turns is None:
        yield from (page for _, page in pages)
    elif tags.held(turns) <= MAX_HELD:
        yield from in_turn(pages, turns)
    else:
        for _, page in pages:
            page.warnings.append(_FAR_APART)
            yield page


def _numbered_pages(document: Document, tags: PageTags) -> Iterator[NumberedPage]:
    names = {name.lower() for name in tags.names} if document.form == "html" else tags.names
    for element in stream_pages(document, *names, is_page=_is_page):
        properties = parse_title(element.get("title") or "")
        page = _read_page(element, properties, document.name)
        if document.fault:
            page.warnings.append(warning("recovered", f"not well-formed ({document.fault}): read as HTML"))
        number = "".join(properties.get("ppageno", [])[:1])
        yield int(number) if number.isdecimal() else None, page


def _is_page(element: etree._Element) -> bool:
    return "ocr_page" in (element.get("class") or "").split()


def _read_page(element: etree._Element, properties: Properties, name: str) -> Page:
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

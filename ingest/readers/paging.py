"""Pages of a file of any length, one at a time: of what was read already nothing is kept."""

from collections.abc import Iterator

from lxml import etree

from ingest.xml import Document, stream_elements


def stream_pages(document: Document, name: str) -> Iterator[etree._Element]:
    """Yield the elements of a local name as they end, each to be used before the next is asked for.

    Raises Unreadable where the document cannot be parsed on.
    """
    for element in stream_elements(document, name):
        yield element
        _forget(element)


def _forget(element: etree._Element) -> None:
    """Free an element that was read, and what stands before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]

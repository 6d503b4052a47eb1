"""The order in which a PAGE-XML page is read: groups of references, tables by row and column, numbers on elements."""

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from ingest.numbers import number
from ingest.xml import attributes, local_name

_CUSTOM_INDEX = re.compile(r"readingOrder\s*\{[^}]*?index\s*:\s*(\d{1,9})")
_LAST = float("inf")


def referenced_ids(page: etree._Element) -> list[str]:
    """Return the ids that a page's ReadingOrder names, groups within groups laid out flat, each id once."""
    order = next((child for child in page if local_name(child) == "ReadingOrder"), None)
    return [] if order is None else list(dict.fromkeys(_references(order)))


def _references(group: etree._Element) -> Iterator[str]:
    members = [
        child for child in group if local_name(child).startswith(("RegionRef", "OrderedGroup", "UnorderedGroup"))
    ]
    if local_name(group).startswith("Ordered"):
        members.sort(key=lambda child: _number_of(child, "index"))
    for member in members:
        if reference := attributes(member).get("regionRef"):
            yield reference
        yield from _references(member)


def _number_of(element: etree._Element, name: str) -> float:
    found = number(attributes(element).get(name, ""))
    return _LAST if found is None else found


def in_table_order(cells: Sequence[etree._Element]) -> list[etree._Element]:
    """Return the cells of a table by row and column; what says neither follows in its own order."""
    return sorted(cells, key=_place_in_table)


def _place_in_table(cell: etree._Element) -> tuple[float, float]:
    if local_name(cell) == "TableCell":
        return _number_of(cell, "row"), _number_of(cell, "col")
    role = next((child for child in cell.iterfind("{*}Roles/{*}TableCellRole")), None)
    return (_LAST, _LAST) if role is None else (_number_of(role, "rowIndex"), _number_of(role, "columnIndex"))


def in_stated_order(elements: Sequence[etree._Element]) -> list[etree._Element]:
    """Return regions or lines by the numbers they carry if all do (and no two the same), else as they stand.

    The number is the attribute `index`, or `readingOrder {index:n;}` in `custom`, as Transkribus writes it.
    """
    numbers = [_stated(element) for element in elements]
    if None in numbers or len(set(numbers)) < len(numbers):
        return list(elements)
    ranked = sorted(zip(numbers, range(len(elements)), strict=True), key=lambda pair: (pair[0] or 0.0, pair[1]))
    return [elements[place] for _, place in ranked]


def _stated(element: etree._Element) -> float | None:
    values = attributes(element)
    if (own := number(values.get("index", ""))) is not None:
        return own
    match = _CUSTOM_INDEX.search(values.get("custom", ""))
    return float(match.group(1)) if match else None

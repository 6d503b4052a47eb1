"""What a METS file says of pictures: their sizes in pixels (MIX) and the order of pages. It is not OCR."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree

from ingest.geometry import Size
from ingest.names import base_name
from ingest.pieces import check_size
from ingest.traps import Unreadable
from ingest.xml import attributes, examine, load, local_name, parse_tree

_LARGEST_SIDE = 1_000_000


@dataclass(frozen=True, slots=True)
class Mets:
    """Picture sizes by base name, and for every page, in order, the base names that its files have."""

    sizes: dict[str, Size] = field(default_factory=dict)
    pages: tuple[tuple[str, ...], ...] = ()

    @property
    def order(self) -> tuple[str, ...]:
        """Return all base names in page order, each once."""
        return tuple(dict.fromkeys(name for page in self.pages for name in page))


def read_mets(source: Path | bytes, name: str) -> Mets:
    """Return sizes and page order; raises Unreadable for a file that cannot be read or is no METS.

    Files are known by their base names, wherever METS says they lie.
    """
    if isinstance(source, Path):
        check_size(source, name)
    root = parse_tree(examine(load(source, name), name, html=False))
    mets = next((element for element in root.iter("{*}mets")), None)
    if mets is None:
        raise Unreadable("not-mets", f"{name} has no mets element.", "Leave it out, or make it again.")
    sizes = _mix_sizes(mets)
    names, admin = _files(mets)
    by_page = [[file for file in _file_ids(div) if file in names] for div in _page_divs(mets)]
    pages = tuple(tuple(dict.fromkeys(names[file] for file in files)) for files in by_page if files)
    found: dict[str, Size] = {}
    for files in by_page or [[file] for file in names]:
        size = next((sizes[key] for file in files for key in admin[file] if key in sizes), None)
        if size is not None:
            for file in files:
                found.setdefault(names[file], size)
    return Mets(found, pages)


def _mix_sizes(mets: etree._Element) -> dict[str, Size]:
    """Return picture sizes by the id of the technical metadata section, and of the section around it."""
    sizes: dict[str, Size] = {}
    for section in mets.iter("{*}amdSec", "{*}techMD"):
        size = _mix_size(section)
        if size is not None and (key := attributes(section).get("ID")):
            sizes[key] = size
    return sizes


def _mix_size(section: etree._Element) -> Size | None:
    """Return the first picture size below a section."""
    sides: dict[str, int] = {}
    for element in section.iter():
        name = local_name(element).lower()
        if name in {"imagewidth", "imageheight"} and name not in sides:
            text = (element.text or "").strip()
            if text.isdecimal() and 0 < int(text) <= _LARGEST_SIDE:
                sides[name] = int(text)
    if len(sides) < 2:
        return None
    return sides["imagewidth"], sides["imageheight"]


def _files(mets: etree._Element) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return by file id: the base name of its address, and the metadata sections it names."""
    names: dict[str, str] = {}
    admin: dict[str, list[str]] = {}
    for element in mets.iter("{*}file"):
        values = attributes(element)
        located = next((place for place in element if local_name(place) == "FLocat"), None)
        href = attributes(located).get("href", "") if located is not None else ""
        stem = base_name(posixpath.basename(unquote(urlsplit(href).path)))
        if stem and values.get("ID"):
            names[values["ID"]] = stem
            admin[values["ID"]] = values.get("ADMID", "").split()
    return names, admin


def _page_divs(mets: etree._Element) -> list[etree._Element]:
    """Return the divs that stand for pages: those with files, of the physical map if there is one, by ORDER."""
    maps = list(mets.iter("{*}structMap"))
    physical = [each for each in maps if attributes(each).get("TYPE", "").upper() == "PHYSICAL"]
    divs = [div for each in (physical or maps)[:1] for div in each.iter("{*}div") if _is_page(div)]
    orders = [attributes(div).get("ORDER", "") for div in divs]
    if all(order.isdecimal() for order in orders) and len(set(orders)) == len(orders):
        divs.sort(key=lambda div: int(attributes(div)["ORDER"]))
    return divs


def _is_page(div: etree._Element) -> bool:
    return any(local_name(child) == "fptr" for child in div) and "PAGE" in attributes(div).get("TYPE", "PAGE").upper()


def _file_ids(div: etree._Element) -> Iterator[str]:
    for child in div:
        if local_name(child) == "fptr":
            for element in child.iter():
                if file := attributes(element).get("FILEID"):
                    yield file

"""What a METS file says of an object: its pages in order, the files and sizes (MIX) of each, labels and structure.

It is not OCR, and nothing that it names is opened here: `ingest.mets_pages` looks for the files among those that
lie beside it.
"""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from lxml import etree

from ingest.description import Said
from ingest.geometry import Size
from ingest.mets_description import named, read_whole
from ingest.mets_structure import MAX_LABEL, Section, file_ids, said_label, sections_of
from ingest.names import base_name
from ingest.traps import MAX_PAGES, Unreadable
from ingest.xml import attributes, examine, load, local_name, parse_tree
from lectern.errors import InputError

MAX_METS_BYTES = 64 * 1024 * 1024  # its tree and what is made of it take some fifteen times as much
_LARGEST_SIDE = 1_000_000
_LONGEST_USE = 500  # characters of what a file and the groups around it are said to be for
Order = Literal["ORDER", "document", "files"]


@dataclass(frozen=True, slots=True)
class MetsFile:
    """A file as METS names it: the address, which may lead anywhere, and the USE of its groups with its MIME type."""

    href: str
    use: str = ""

    @property
    def place(self) -> tuple[str, ...]:
        """Return the parts of the address' path, decoded: `file://./a/b%20c.xml` is ("a", "b c.xml")."""
        return tuple(part for part in _path_of(self.href).split("/") if part not in {"", "."})

    @property
    def name(self) -> str:
        """Return the base name by which the file is known, wherever it is said to lie."""
        return base_name(posixpath.basename(_path_of(self.href)))

    @property
    def relative(self) -> bool:
        """Return whether the address is a path relative to the METS file."""
        try:
            parts = urlsplit(self.href)
        except ValueError:
            return False
        here = parts.scheme == "file" and parts.netloc == "."
        return here or (not parts.scheme and not parts.netloc and not parts.path.startswith("/"))


@dataclass(frozen=True, slots=True)
class MetsPage:
    """One page: its files in the order that METS names them, and what it is called."""

    files: tuple[MetsFile, ...]
    label: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the base names of its files, each once."""
        return tuple(dict.fromkeys(file.name for file in self.files))


@dataclass(frozen=True, slots=True)
class Mets:
    """What a METS file tells.

    Picture sizes by base name; pages in order, and what told that order; structure; METS files that it points to; what
    is said of the object as a whole.
    """

    sizes: dict[str, Size] = field(default_factory=dict)
    pages: tuple[MetsPage, ...] = ()
    ordered_by: Order = "files"
    label: str = ""
    sections: tuple[Section, ...] = ()
    pointers: tuple[str, ...] = ()
    description: Said = field(default_factory=Said)

    @property
    def order(self) -> tuple[str, ...]:
        """Return all base names in page order, each once."""
        return tuple(dict.fromkeys(name for page in self.pages for name in page.names))


def _path_of(href: str) -> str:
    try:
        return unquote(urlsplit(href).path).replace("\\", "/")
    except ValueError:  # `http://[`: no address, and no name
        return ""


def read_mets(source: Path | bytes, name: str) -> Mets:
    """Return what a METS file says; raises Unreadable for one that cannot be read, is no METS or has too many pages.

    METS inside another document (an OAI-PMH answer) is found; of several, the first counts.
    """
    try:
        return _read(source, name)
    except (InputError, OSError, MemoryError):
        raise
    except Exception as error:  # what was not foreseen costs this file, not the run
        raise Unreadable(
            "reader-fault", f"{name} cannot be read: {type(error).__name__}: {error}.", "Please report the file."
        ) from error


def _read(source: Path | bytes, name: str) -> Mets:
    data = load(source, name)
    if data.end - data.start > MAX_METS_BYTES:
        raise Unreadable(
            "file-too-large", f"{name} is larger than {MAX_METS_BYTES >> 20} MB.", "Make one METS file of each volume."
        )
    root = parse_tree(examine(data, name, html=False))
    mets = next(root.iter("{*}mets"), None)
    if mets is None:
        raise Unreadable("not-mets", f"{name} has no mets element.", "Leave it out, or make it again.")
    files, admin = _files(mets)
    maps = _Maps.of(mets)
    divs, ordered_by = _page_divs(maps.physical, files)
    groups = [[key for key in file_ids(div) if key in files] for div in divs] or _by_name(files)
    if len(groups) > MAX_PAGES:
        raise Unreadable("too-many-pages", f"{name} has {len(groups)} pages.", f"Up to {MAX_PAGES} can be taken in.")
    told = _page_numbers(mets)
    labels = [_label(div, told) for div in divs] or [""] * len(groups)
    pages = [MetsPage(tuple(files[key] for key in group), label) for group, label in zip(groups, labels, strict=True)]
    numbers = _numbers(groups, divs, maps.physical)
    structure = maps.logical if maps.logical is not None else maps.physical
    said = named(read_whole(mets, maps.logical, maps.physical), _label_of(mets, maps.logical))
    return Mets(
        _sizes(_mix_sizes(mets), files, admin, groups),
        tuple(pages),
        ordered_by,
        said.label[:MAX_LABEL],
        () if structure is None else sections_of(structure, _links(mets), numbers, inner_only=maps.logical is None),
        tuple(href for element in mets.iter("{*}mptr") if (href := attributes(element).get("href", ""))),
        said,
    )


@dataclass(frozen=True, slots=True)
class _Maps:
    """The map of pages and the map of parts, where there are any."""

    physical: etree._Element | None
    logical: etree._Element | None

    @classmethod
    def of(cls, mets: etree._Element) -> "_Maps":
        """Return the maps of a METS; a map without a type is one of pages."""
        maps = [each for each in mets if local_name(each) == "structMap"]
        kinds = [attributes(each).get("TYPE", "").strip().upper() for each in maps]
        physical = [each for each, kind in zip(maps, kinds, strict=True) if kind == "PHYSICAL"]
        logical = [each for each, kind in zip(maps, kinds, strict=True) if kind == "LOGICAL"]
        other = [each for each, kind in zip(maps, kinds, strict=True) if kind not in {"PHYSICAL", "LOGICAL"}]
        pages = next((each for each in [*physical, *other, *logical] if _candidates(each)), None)
        return cls(pages, next((each for each in logical if each is not pages), None))


def _mix_sizes(mets: etree._Element) -> dict[str, Size]:
    """Return the first picture size in each section of technical metadata, by its id: techMD, and amdSec around it."""
    sizes: dict[str, Size] = {}
    around: list[dict[str, int]] = []  # of each section that is open: the sides found so far
    for event, element in etree.iterwalk(mets, events=("start", "end")):
        name = local_name(element)
        if name in {"amdSec", "techMD"}:
            if event == "start":
                around.append({})
                continue
            sides = around.pop()
            if len(sides) == 2 and (key := attributes(element).get("ID")):
                sizes[key] = sides["imagewidth"], sides["imageheight"]
            if around:
                around[-1] = sides | around[-1]
        elif around and event == "start" and name.lower() in {"imagewidth", "imageheight"}:
            side = _side(element.text or "")
            around[-1] |= {name.lower(): side} if side and name.lower() not in around[-1] else {}
    return sizes


def _side(text: str) -> int:
    """Return the length of a side in pixels, 0 for what cannot be one."""
    digits = text.strip().lstrip("0")
    if not digits.isdecimal() or len(digits) > len(str(_LARGEST_SIDE)):
        return 0
    return side if (side := int(digits)) <= _LARGEST_SIDE else 0


def _sizes(
    mix: Mapping[str, Size],
    files: Mapping[str, MetsFile],
    admin: Mapping[str, list[str]],
    groups: Iterable[list[str]],
) -> dict[str, Size]:
    """Return for the base names of each page the first size that one of its files has."""
    found: dict[str, Size] = {}
    for group in groups:
        size = next((mix[key] for file in group for key in admin[file] if key in mix), None)
        if size is not None:
            for file in group:
                found.setdefault(files[file].name, size)
    return found


def _files(mets: etree._Element) -> tuple[dict[str, MetsFile], dict[str, list[str]]]:
    """Return by file id: the file, and the metadata sections it names."""
    files: dict[str, MetsFile] = {}
    admin: dict[str, list[str]] = {}
    uses = [""]  # of the groups around, the innermost last
    for event, element in etree.iterwalk(mets, events=("start", "end"), tag=("{*}fileGrp", "{*}file")):
        group = local_name(element) == "fileGrp"
        if event == "end":
            if group:
                uses.pop()
            continue
        values = attributes(element)
        if group:
            uses.append(_joined(values.get("USE") or values.get("ID", ""), uses[-1]))
            continue
        located = next((place for place in element if local_name(place) == "FLocat"), None)
        href = attributes(located).get("href", "").strip() if located is not None else ""
        file = MetsFile(href, _joined(values.get("USE", ""), values.get("MIMETYPE", ""), uses[-1]))
        if file.name and values.get("ID"):
            files[values["ID"]] = file
            admin[values["ID"]] = values.get("ADMID", "").split()
    return files, admin


def _joined(*words: str) -> str:
    """Return in lower case what a file is said to be for: USE (else ID) of it and of the groups around, and MIME."""
    return " ".join(word[:_LONGEST_USE] for word in words if word)[:_LONGEST_USE].lower()


def _by_name(files: Mapping[str, MetsFile]) -> list[list[str]]:
    """Return the files of each base name, in document order: all that is left where no map tells of pages."""
    groups: dict[str, list[str]] = {}
    for key, file in files.items():
        groups.setdefault(file.name, []).append(key)
    return list(groups.values())


def _page_divs(pages: etree._Element | None, files: Mapping[str, MetsFile]) -> tuple[list[etree._Element], Order]:
    """Return the divs that stand for pages, by ORDER if every one has its own number, else as they come."""
    if pages is None:
        return [], "files"
    divs = [div for div in _candidates(pages) if any(key in files for key in file_ids(div))]
    orders = [attributes(div).get("ORDER", "").strip() for div in divs]
    if divs and all(_is_number(order) for order in orders) and len(set(map(int, orders))) == len(orders):
        numbered = sorted(zip(map(int, orders), range(len(divs)), strict=True))
        return [divs[place] for _, place in numbered], "ORDER"
    return divs, "document" if divs else "files"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9


def _candidates(pages: etree._Element) -> list[etree._Element]:
    """Return the divs with files that are called pages; if none is, those with files and no div inside."""
    divs = [div for div in pages.iter("{*}div") if any(local_name(child) == "fptr" for child in div)]
    called = [div for div in divs if "PAGE" in attributes(div).get("TYPE", "").upper()]
    return called or [div for div in divs if not any(local_name(child) == "div" for child in div)]


def _page_numbers(mets: etree._Element) -> dict[str, str]:
    """Return page numbers by the id of the description (MODS) that tells them, as American newspapers do."""
    numbers: dict[str, str] = {}
    around: list[str] = []  # the ids of the descriptions that are open
    for event, element in etree.iterwalk(mets, events=("start", "end"), tag=("{*}dmdSec", "{*}detail")):
        if local_name(element) == "dmdSec":
            if event == "start":
                around.append(attributes(element).get("ID", ""))
            else:
                around.pop()
        elif event == "start" and around and "page" in attributes(element).get("type", "").lower():
            number = next((child.text for child in element if local_name(child) == "number"), None)
            if number:
                numbers.setdefault(around[-1], number.strip()[:MAX_LABEL])
    return numbers


def _label(div: etree._Element, told: Mapping[str, str]) -> str:
    """Return what a page is called: its div's label, else the number in its description."""
    keys = attributes(div).get("DMDID", "").split()
    return said_label(div) or next((told[key] for key in keys if key in told), "")


def _numbers(
    groups: list[list[str]], divs: list[etree._Element], pages: etree._Element | None
) -> dict[str, tuple[int, ...]]:
    """Return page numbers (from 1) by the ids that structure may name: of files, of pages, of divs around pages."""
    numbers: dict[str, set[int]] = {}
    for n, group in enumerate(groups, start=1):
        for key in group:
            numbers.setdefault(key, set()).add(n)
    for n, div in enumerate(divs, start=1):
        for around in [div, *div.iterancestors("{*}div")]:
            if key := attributes(around).get("ID", ""):
                numbers.setdefault(key, set()).add(n)
    if pages is not None and (key := attributes(pages).get("ID", "")):
        numbers.setdefault(key, set()).update(range(1, len(groups) + 1))
    return {key: tuple(sorted(found)) for key, found in numbers.items()}


def _label_of(mets: etree._Element, logical: etree._Element | None) -> str:
    """Return LABEL of METS, else of the one outermost part; empty if neither has one."""
    outermost = [] if logical is None else [div for div in logical if local_name(div) == "div"]
    whole = attributes(outermost[0]) if len(outermost) == 1 else {}
    said = (attributes(mets).get("LABEL", ""), whole.get("LABEL", ""))
    return next((" ".join(text.split())[:MAX_LABEL] for text in said if text.strip()), "")


def _links(mets: etree._Element) -> dict[str, list[str]]:
    """Return by id of a div the ids that smLink leads to."""
    links: dict[str, list[str]] = {}
    for element in mets.iter("{*}smLink"):
        values = attributes(element)
        if values.get("from") and values.get("to"):
            links.setdefault(values["from"], []).append(values["to"])
    return links

"""The parts of a book or an issue as the logical map of METS tells them: chapters, articles, covers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from ingest.xml import attributes, local_name

MAX_SECTIONS = 10_000
MAX_DEPTH = 16  # of parts in parts; what lies deeper belongs to the last one
MAX_LABEL = 1000  # characters: some machines write an article's whole first column there
# What a page is set from, not what a reader looks for; without a label of their own these are no parts.
_SETTING = frozenset(
    {
        *("body", "body_content", "content", "paragraph", "heading", "headline", "title", "running_title", "caption"),
        *("text", "textblock", "composedblock", "block", "column", "line", "printspace", "footnote", "page_number"),
        *("image", "graphicalelement", "illustration_block", "table", "page", "physsequence"),
    }
)
_WORD_ENDS = re.compile(r"[_\-.\s]+|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Section:
    """A part: its label, what kind it is, its pages (from 1, in order) and the place of the part around it, or None."""

    label: str
    kind: str
    pages: tuple[int, ...]
    parent: int | None = None


@dataclass(slots=True)
class _Part:
    """A div that became a part, with the pages that it and all in it cover."""

    label: str
    kind: str
    pages: set[int] = field(default_factory=set)
    parts: list["_Part"] = field(default_factory=list)


def said_label(div: etree._Element) -> str:
    """Return the label of a div: ORDERLABEL, the printed page number, else LABEL; empty for one like ` - `."""
    values = attributes(div)
    for key in ("ORDERLABEL", "LABEL"):
        label = " ".join(values.get(key, "").split())
        if any(character.isalnum() for character in label):
            return label[:MAX_LABEL]
    return ""


def file_ids(div: etree._Element) -> Iterator[str]:
    """Yield the ids of the files that a div points to itself, not those of divs inside it."""
    for child in div:
        if local_name(child) != "fptr":
            continue
        walk = etree.iterwalk(child, events=("start",))
        for _, element in walk:
            if local_name(element) == "div":
                walk.skip_subtree()
            elif file := attributes(element).get("FILEID"):
                yield file


def sections_of(
    structure: etree._Element,
    links: Mapping[str, Sequence[str]],
    numbers: Mapping[str, tuple[int, ...]],
    *,
    inner_only: bool = False,
) -> tuple[Section, ...]:
    """Return the parts of a map, each before the parts inside it; those that cover no page are left out.

    `links` leads from ids of divs to ids of pages or of what is around pages (smLink), `numbers` from these, and from
    ids of files, to page numbers. With `inner_only` the map is one of pages, whose outermost div is the object itself.
    """
    root = _Part("", "")
    for div in structure:
        if local_name(div) == "div":
            _gather(div, root, _Reader(links, numbers, inner_only), 0)
    sections: list[Section] = []
    _list(root, None, sections)
    return tuple(sections)


@dataclass(frozen=True, slots=True)
class _Reader:
    links: Mapping[str, Sequence[str]]
    numbers: Mapping[str, tuple[int, ...]]
    inner_only: bool

    def pages(self, div: etree._Element) -> set[int]:
        """Return the pages that a div names itself, by links or by files."""
        found: set[int] = set()
        for key in self.links.get(attributes(div).get("ID", ""), ()):
            found.update(self.numbers.get(key, ()))
        for key in file_ids(div):
            found.update(self.numbers.get(key, ()))
        return found

    def label(self, div: etree._Element, outermost: bool) -> str:
        """Return what a div is called as a part, empty if it is none."""
        values = attributes(div)
        kind = values.get("TYPE", "")
        if self.inner_only and (outermost or "PAGE" in kind.upper() or not _has_divs(div)):
            return ""
        label = " ".join((values.get("LABEL") or values.get("ORDERLABEL", "")).split())[:MAX_LABEL]
        if label or not kind or kind.lower() in _SETTING:
            return label
        return " ".join(word for word in _WORD_ENDS.split(kind.partition(":")[2] or kind) if word).capitalize()


def _has_divs(div: etree._Element) -> bool:
    return any(local_name(child) == "div" for child in div)


def _gather(div: etree._Element, around: _Part, reader: _Reader, depth: int) -> None:
    """Add a div to the part around it: as a part of its own if it has a name, else by its pages only."""
    label = reader.label(div, outermost=next(div.iterancestors("{*}div"), None) is None)
    part = _Part(label, attributes(div).get("TYPE", "")) if label and depth < MAX_DEPTH else around
    part.pages |= reader.pages(div)
    for child in div:
        if local_name(child) == "div":
            _gather(child, part, reader, depth + (part is not around))
    if part is not around:
        around.pages |= part.pages
        if part.pages:
            around.parts.append(_without_echo(part))


def _without_echo(part: _Part) -> _Part:
    """Return a part without one inside it that only says the same again: newspaper, volume and issue of one label."""
    if len(part.parts) == 1 and _plain(part.parts[0].label) == _plain(part.label):
        part.parts = part.parts[0].parts
    return part


def _plain(label: str) -> str:
    return "".join(character for character in label.casefold() if character.isalnum())


def _list(around: _Part, parent: int | None, sections: list[Section]) -> None:
    for part in around.parts:
        sections.append(Section(part.label, part.kind, tuple(sorted(part.pages)), parent))
        _list(part, len(sections) - 1, sections)

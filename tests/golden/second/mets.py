"""METS by the list of traps, section 6: which files are the pages, in which order, and what the parts are called."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from tests.golden.second.markup import Node, decode, faulty, tree
from tests.golden.second.model import Refused, number


@dataclass
class Issue:
    """Files of pages in order with their labels, and ranges: a label and the places of its pages (from 1)."""

    files: list[Path] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    ranges: list[tuple[str, list[int]]] = field(default_factory=list)


def read_mets(folder: Path) -> Issue:
    text = decode((folder / "mets.xml").read_bytes())
    faulty(text)
    root = tree(text)
    mets = next(root.walk("mets"), None)
    if mets is None:
        raise Refused("not-mets")
    files = {node.get("ID") or "": _local(folder, node) for node in mets.walk("file")}
    pages = _physical(mets)
    divs = [(div, [ref.get("FILEID") or "" for ref in div.walk("fptr", "area")]) for div in pages]
    issue = Issue()
    if not divs:
        issue.files = [path for path in files.values() if path]
        issue.labels = [""] * len(issue.files)
        return issue
    places: dict[str, int] = {}
    for div, ids in divs:
        path = next((files[name] for name in ids if files.get(name)), None)
        if path is None:
            continue
        issue.files.append(path)
        issue.labels.append(div.get("ORDERLABEL") or "")
        for name in [div.get("ID") or "", *ids]:
            places[name] = len(issue.files)
    issue.ranges = _ranges(mets, places)
    return issue


def _local(folder: Path, node: Node) -> Path | None:
    """Return the OCR file that an entry means, if it lies in the folder: found by its own name."""
    href = next((locat.get("href") or "" for locat in node.nodes("FLocat")), "")
    name = unquote(href).replace("\\", "/").rsplit("/", 1)[-1]
    found = [path for path in sorted(folder.rglob("*.xml")) if path.name == name and path.name != "mets.xml"]
    return found[0] if found else None


def _physical(mets: Node) -> list[Node]:
    maps = [node for node in mets.walk("structMap") if (node.get("TYPE") or "").upper() == "PHYSICAL"]
    divs = [div for node in maps for div in node.walk("div") if (div.get("TYPE") or "").lower() == "page"]
    orders = [number(div.get("ORDER")) for div in divs]
    if divs and all(order is not None for order in orders):
        divs.sort(key=lambda div: number(div.get("ORDER")) or 0)
    return divs


def _ranges(mets: Node, places: dict[str, int]) -> list[tuple[str, list[int]]]:
    links = [(link.get("from"), link.get("to") or "") for link in mets.walk("smLink")]
    ranges = []
    for node in mets.walk("structMap"):
        if (node.get("TYPE") or "").upper() != "LOGICAL":
            continue
        for div in node.walk("div"):
            inner = {part.get("ID") for part in [div, *div.walk("div")]} - {None}
            ids = [to for start, to in links if start in inner]
            ids += [area.get("FILEID") or "" for area in div.walk("area")]
            found = sorted({places[name] for name in ids if name in places})
            if div.get("LABEL") and found:
                ranges.append((re.sub(r"\s+", " ", div.get("LABEL") or ""), found))
    return ranges

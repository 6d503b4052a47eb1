"""What an ingest would make of a path, told beforehand: pages with their files, what is left out, what to mend.

Nothing is written, no picture is decoded, no OCR is parsed.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.formats import FORMATS, count_pages
from ingest.manifest import ForeignManifest
from ingest.matching import Leaf, match
from ingest.placing import place_by_manifest
from ingest.sniff import Kind
from ingest.survey import Survey, survey
from ingest.traps import Unreadable, failure_entry
from ingest.wishes import Wishes
from lectern.catalogue import LedgerEntry, ObjectRow
from lectern.home import Home
from lectern.ids import object_id as make_object_id

_TOLD_BY_NAME = "not-ocr"  # the ledger sums these files up; a plan names every one


@dataclass(frozen=True, slots=True)
class PlannedPage:
    """One page to be. Files are named from the source on; `page` and `image_page` count from 0 inside theirs."""

    n: int
    name: str
    image: str | None
    image_page: int
    ocr: str | None
    page: int
    format: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """An object to be. `left_out` gives a reason for every file of which nothing would be on the shelf.

    `entries` is what the ledger would say before any page is read; `replaces` the object that is there now.
    """

    object: str
    original_id: str
    source: str
    label: str
    policy: str
    pages: tuple[PlannedPage, ...]
    left_out: tuple[tuple[str, str], ...]
    entries: tuple[LedgerEntry, ...]
    replaces: ObjectRow | None = None

    @property
    def failures(self) -> int:
        """Return the number of files that are known to be unreadable."""
        return sum(entry.level == "failure" for entry in self.entries)

    @property
    def warnings(self) -> int:
        """Return the number of warnings."""
        return sum(entry.level == "warning" for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which files are page n; the number of pages of OCR files that have not just one; and notes for the ledger."""

    leaves: tuple[Leaf, ...]
    counts: Mapping[Path, int]
    notes: tuple[LedgerEntry, ...]


def plan(source: Path, wishes: Wishes, home: Home, before: ObjectRow | None = None) -> Plan:
    """Return what an ingest of a path would make; `before` is the object that has its id now.

    Raises InputError when there is nothing to ingest.
    """
    found = survey(source, home.path)
    arranged = arrange(found, wishes.manifest)
    name = wishes.name or found.name
    root = source if source.is_dir() else source.parent
    failures = _broken(found, arranged.leaves)
    notes = [entry for entry in arranged.notes if entry.trap != _TOLD_BY_NAME]
    manifest_label = wishes.manifest.label if wishes.manifest else ""
    return Plan(
        object=make_object_id(name),
        original_id=name,
        source=str(source),
        label=wishes.label or found.description.label or manifest_label or (before.label if before else name),
        policy=wishes.policy,
        pages=tuple(_page(leaf, found, root) for leaf in arranged.leaves),
        left_out=tuple(_left_out(found, arranged.leaves, root)),
        entries=(*notes, *failures),
        replaces=before,
    )


def arrange(found: Survey, manifest: ForeignManifest | None) -> Arrangement:
    """Return which files are page n; with a given manifest, n is the number of its canvas."""
    counts = page_counts(found.ocr)
    if found.leaves:
        return Arrangement(tuple(found.leaves), counts, tuple(found.notes))
    matching = match(found.images, list(found.ocr), counts, found.order)
    notes = (*found.notes, *matching.notes)
    if manifest is None:
        return Arrangement(matching.leaves, counts, notes)
    placing = place_by_manifest(matching.leaves, manifest.canvases)
    return Arrangement(placing.leaves, counts, (*notes, *placing.notes))


def page_counts(ocr: Mapping[Path, Kind]) -> dict[Path, int]:
    """Return the number of pages of those OCR files that seem to have several."""
    counts = {}
    for path, kind in ocr.items():
        with suppress(OSError):  # the reader will say so
            if kind in FORMATS and (count := count_pages(path, kind)) > 1:
                counts[path] = count
    return counts


def _page(leaf: Leaf, found: Survey, root: Path) -> PlannedPage:
    return PlannedPage(
        leaf.n,
        leaf.name,
        _inside(leaf.image, root) if leaf.image else None,
        leaf.image_page,
        _inside(leaf.ocr, root) if leaf.ocr else None,
        leaf.page,
        _format(found.ocr.get(leaf.ocr)) if leaf.ocr else None,
    )


def _format(kind: Kind | None) -> str:
    """Return a format's name; of a file that is none, what it seems to be."""
    return FORMATS[kind].name if kind in FORMATS else str(kind or "unknown")


def _inside(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _left_out(found: Survey, leaves: Sequence[Leaf], root: Path) -> list[tuple[str, str]]:
    """Return the files that no page has, each with the reason."""
    used = {path for leaf in leaves for path in (leaf.image, leaf.ocr)}
    unused = [path for path in (*found.images, *found.ocr) if path not in used]
    told = [(_inside(path, root), "another file or no canvas takes its place") for path in unused]
    for (folder, looks_like), names in found.others.items():
        at = "" if folder == root.name else f"{folder}/"
        told += [(f"{at}{name}", f"neither OCR nor a picture ({looks_like})") for name in names]
    return told


def _broken(found: Survey, leaves: Sequence[Leaf]) -> list[LedgerEntry]:
    """Return failures of files that are named like OCR and are none: the readers will refuse them."""
    return [
        failure_entry(
            Unreadable(
                "not-ocr",
                f"{leaf.ocr.name} is no OCR that Lectern reads.",
                "Replace it by the page's OCR, or take it away.",
            ),
            leaf.name,
        )
        for leaf in leaves
        if leaf.ocr is not None and found.ocr.get(leaf.ocr) is Kind.BROKEN
    ]

"""What an ingest would make of a path, told beforehand: pages with their files, what is left out, what to mend.

Nothing is written. Of pictures the head is read, OCR is not parsed: that a file breaks off is found by an ingest only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.arranging import arrange
from ingest.finding import found_at, origin_wished
from ingest.formats import FORMATS
from ingest.geometry import SHAPE_TOLERANCE, Size
from ingest.manifest import ForeignManifest
from ingest.matching import Leaf
from ingest.names import shown
from ingest.origins import note_replaced
from ingest.pictures import size_of
from ingest.refusing import no_ocr
from ingest.scratch import Scratch, place_in_archive
from ingest.sniff import Kind
from ingest.survey import Survey
from ingest.traps import failure_entry
from ingest.unused import unused_files
from ingest.wishes import Wishes
from lectern.catalogue import LedgerEntry, ObjectRow
from lectern.errors import InputError
from lectern.home import Home
from lectern.ids import object_id as make_object_id

_TOLD_BY_NAME = frozenset({"not-ocr", "empty-file"})  # the ledger sums these files up; a plan names every one


@dataclass(frozen=True, slots=True)
class PlannedPage:
    """One page to be. Files are named from the source on; `page` and `image_page` count from 0 inside theirs.

    `size` is the picture's, in pixels; None where there is none, or none that can be decoded. `more` are other files
    that its words come from.
    """

    n: int
    name: str
    image: str | None
    image_page: int
    ocr: str | None
    page: int
    format: str | None
    size: Size | None = None
    more: tuple[str, ...] = ()


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


def plan(source: Path, wishes: Wishes, home: Home, before: ObjectRow | None = None) -> Plan:
    """Return what an ingest of a path would make; `before` is the object that has its id now.

    Raises InputError when there is nothing to ingest.
    """
    # Nothing is written to the home, which need not be there: archives are unpacked elsewhere, to look into them.
    with TemporaryDirectory(prefix="lectern-") as folder, Scratch(Path(folder)) as scratch:
        found = found_at(source, home, scratch, wishes)
        found.notes += note_replaced(home, before, origin_wished(source, wishes))
        return _planned(source, found, wishes.settled(before), before)


def _planned(source: Path, found: Survey, wishes: Wishes, before: ObjectRow | None) -> Plan:
    arranged = arrange(found, wishes.manifest)
    name = wishes.name or found.name
    root = source if source.is_dir() else source.parent
    sizes, torn = _sizes(found, arranged.leaves)
    bent = [] if wishes.manifest is None else _bent(arranged.leaves, sizes, wishes.manifest)
    notes = [entry for entry in arranged.notes if entry.level != "info" or entry.trap not in _TOLD_BY_NAME]
    manifest_label = wishes.manifest.label if wishes.manifest else ""
    return Plan(
        object=make_object_id(name),
        original_id=name,
        source=shown(str(source)),
        label=wishes.label or found.description.label or manifest_label or (before.label if before else name),
        policy=wishes.policy,
        pages=tuple(_page(leaf, found, root, sizes.get(leaf.n)) for leaf in arranged.leaves),
        left_out=tuple(_left_out(found, arranged.leaves, root)),
        entries=(*notes, *bent, *torn, *_broken(found, arranged.leaves)),
        replaces=before,
    )


def _page(leaf: Leaf, found: Survey, root: Path, size: Size | None) -> PlannedPage:
    return PlannedPage(
        leaf.n,
        leaf.name,
        _picture(leaf.image, found, root) if leaf.image else None,
        leaf.image_page,
        _inside(leaf.ocr, root) if leaf.ocr else None,
        leaf.page,
        _format(found.ocr.get(leaf.ocr)) if leaf.ocr else None,
        size,
        tuple(_inside(path, root) for path in leaf.more),
    )


def _format(kind: Kind | None) -> str:
    """Return a format's name; of a file that is none, what it seems to be."""
    return FORMATS[kind].name if kind in FORMATS else str(kind or "unknown")


def _picture(path: Path, found: Survey, root: Path) -> str:
    distant = found.distant.get(path)
    return shown(str(distant.reference)) if distant else _inside(path, root)


def _inside(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else shown(place_in_archive(path))


def _left_out(found: Survey, leaves: Sequence[Leaf], root: Path) -> list[tuple[str, str]]:
    """Return the files that no page has, each with the reason."""
    told = [(_picture(path, found, root), reason) for path, reason in unused_files(found, leaves)]
    for (folder, looks_like), names in found.others.items():
        at = "" if folder == root.name else f"{folder}/"
        told += [(f"{at}{name}", f"neither OCR nor a picture: {looks_like}") for name in names]
    return told


def _sizes(found: Survey, leaves: Sequence[Leaf]) -> tuple[dict[int, Size], list[LedgerEntry]]:
    """Return the sizes of pictures by page, and failures of those that cannot be decoded."""
    sizes: dict[int, Size] = {}
    failures: list[LedgerEntry] = []
    for leaf in leaves:
        distant = found.distant.get(leaf.image) if leaf.image is not None else None
        if distant is not None:
            sizes |= {leaf.n: distant.size} if distant.size else {}
            failures += [failure_entry(distant.trouble, leaf.name)] if distant.trouble else []
        elif leaf.image is not None:
            try:
                with found.bounds.held(leaf.image) as held:
                    sizes[leaf.n] = size_of(held, leaf.image_page)
            except InputError as error:
                failures.append(failure_entry(error, leaf.name))
    return sizes, failures


def _bent(leaves: Sequence[Leaf], sizes: Mapping[int, Size], manifest: ForeignManifest) -> list[LedgerEntry]:
    """Return warnings of pictures that have another shape than their canvas."""
    notes = []
    for leaf in leaves:
        canvas, size = manifest.canvases[leaf.n - 1].size, sizes.get(leaf.n)
        if canvas and size and abs(size[0] * canvas[1] / (size[1] * canvas[0]) - 1) > SHAPE_TOLERANCE:
            message = (
                f"the picture is {size[0]} x {size[1]}, the manifest's canvas {canvas[0]} x {canvas[1]}: their shapes "
                "differ by more than 2 %. Another picture, a cut or a turned one?"
            )
            notes.append(LedgerEntry("warning", "canvas-shape-differs", message, leaf.name))
    return notes


def _broken(found: Survey, leaves: Sequence[Leaf]) -> list[LedgerEntry]:
    """Return failures of files that are named like OCR and are none: the readers will refuse them."""
    return [
        failure_entry(no_ocr(leaf.ocr), leaf.name)
        for leaf in leaves
        if leaf.ocr is not None and found.ocr.get(leaf.ocr) is Kind.BROKEN
    ]

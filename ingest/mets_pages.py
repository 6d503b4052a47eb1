"""Which of the files at hand are which page of a METS file. Pure: paths in, leaves out, nothing is opened.

Only files that the survey found are ever taken, so no address of a METS file, whatever it says, leads anywhere else.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.matching import Leaf, match, note_lonely
from ingest.mets import Mets, MetsFile, MetsPage
from ingest.mets_structure import MAX_SECTIONS, Section
from ingest.names import base_name, same_form
from ingest.path_ends import PathEnds, ends_of
from ingest.sniff import Kind
from ingest.traps import warning, warning_entry
from lectern.catalogue import LedgerEntry

# What the USE of a group says of its pictures and of its texts, best first; the order of trial, no more than that.
_BETTER_PICTURES = ("master", "max", "archiv", "preservation", "original")
_WORSE_PICTURES = ("min", "bin", "crop", "deskew", "pdf", "download")
_WORST_PICTURES = ("thumb", "small")
_BETTER_TEXTS = ("gt", "fulltext", "alto", "content", "text")
_WORSE_TEXTS = ("seg", "img", "bin", "deskew")
_WORDS = re.compile(r"[a-z]+")
_ORDERS = {
    "ORDER": "ORDER in the physical map",
    "document": "the physical map as it is written: ORDER is not given for every page, or not a number of its own",
    "files": "the file groups: there is no physical map with files",
}


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """The files of an object: its folder, that of the METS file in it, pictures and OCR, and pages where not one."""

    root: Path
    here: Path
    images: Sequence[Path]
    ocr: Mapping[Path, Kind]
    counts: Mapping[Path, int] = field(default_factory=dict)  # of OCR files
    picture_pages: Mapping[Path, tuple[int, ...]] = field(default_factory=dict)  # the pages of pictures


@dataclass(frozen=True, slots=True)
class MetsPlacing:
    """Leaves in METS order, what each is called, the structure in their numbers, and what the ledger is to say."""

    leaves: tuple[Leaf, ...]
    labels: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    notes: tuple[LedgerEntry, ...] = ()


def place_by_mets(mets: Mets, files: LocalFiles) -> MetsPlacing:
    """Return the pages of a METS file that have a file here, numbered from 1, and after them files that it lacks.

    Picture and OCR of a page are told apart by content; a file is known by its base name and, where several have the
    same, by as much of its path as agrees. No leaves come back if not one file of METS is here.
    """
    search = _Search(files)
    leaves: list[Leaf] = []
    labels: list[str] = []
    notes: list[LedgerEntry] = []
    numbers: dict[int, int] = {}
    for place, page in enumerate(mets.pages, start=1):
        leaf = search.leaf(page, len(leaves) + 1)
        if leaf is None:
            text = f"page {place} of the METS file ({page.names[0]}) has no file here"
            notes.append(warning_entry(warning("mets-page-missing", text), page.names[0]))
        else:
            numbers[place] = leaf.n
            leaves.append(leaf)
            labels.append(page.label)
    if not leaves:
        return MetsPlacing((), notes=tuple(notes))
    notes = [*_told(mets, files), *notes, *note_lonely(leaves)]
    if len(mets.sections) > MAX_SECTIONS:
        text = f"the METS file has {len(mets.sections)} parts; the first {MAX_SECTIONS} become ranges"
        notes.append(warning_entry(warning("too-many-parts", text), None))
    more, others = _not_named(mets, files, search.used, len(leaves))
    return MetsPlacing(
        (*leaves, *more), tuple(labels), _renumbered(mets.sections[:MAX_SECTIONS], numbers), (*notes, *others)
    )


def _told(mets: Mets, files: LocalFiles) -> list[LedgerEntry]:
    told = [LedgerEntry("info", "mets-order", f"The order of pages is that of {_ORDERS[mets.ordered_by]}.")]
    outside = [file.href for page in mets.pages for file in page.files if _leads_out(file, files)]
    if outside:
        message = (
            f"{len(outside)} addresses of the METS file lead out of the object's folder ({outside[0][:200]}); nothing "
            "is opened there, files are looked for by name."
        )
        told.append(LedgerEntry("warning", "mets-outside", message))
    return told


def note_unused_pages(leaves: Sequence[Leaf], counts: Mapping[Path, int]) -> list[LedgerEntry]:
    """Return warnings of files that METS names for fewer pages than they have."""
    used = Counter(path for leaf in leaves for path in {leaf.ocr, leaf.image})
    told = [
        (path.name, f"{path.name} has {count} pages; METS names it for {used[path]}.")
        for path, count in counts.items()
        if 0 < used[path] < count
    ]
    return [LedgerEntry("warning", "more-pages", message, name) for name, message in told]


def _leads_out(file: MetsFile, files: LocalFiles) -> bool:
    """Return whether a relative address climbs out of the folder; of an absolute one only the name counts."""
    root = same_form(files.root.as_posix())
    return file.relative and posixpath.relpath(_resolved(file, files), root).split("/")[0] == ".."


def _resolved(file: MetsFile, files: LocalFiles) -> str:
    return same_form(posixpath.normpath("/".join([files.here.as_posix(), *file.place])))


class _Search:
    """Looks for the files of page after page; a file is used for as many pages as it has."""

    def __init__(self, files: LocalFiles) -> None:
        self._files = files
        self.used: Counter[Path] = Counter()
        # Those that can be read are tried before those that cannot, of whichever address they may be the file.
        broken = {path for path, kind in files.ocr.items() if kind is Kind.BROKEN}
        self._images = [ends_of(files.images, _base, self._is_free)]
        self._ocr = [
            ends_of([path for path in files.ocr if path not in broken], _base, self._is_free),
            ends_of([path for path in files.ocr if path in broken], _base, self._is_free),
        ]

    def leaf(self, page: MetsPage, n: int) -> Leaf | None:
        """Return page `n`, None if none of its files is here."""
        image = self._first(sorted(page.files, key=_picture_rank), self._images)
        ocr = self._first(sorted(page.files, key=_text_rank), self._ocr)
        named = image or ocr
        if named is None:
            return None
        image_page = self._files.picture_pages.get(image, (0,))[self._take(image)] if image else 0
        # A PDF is a picture and a text in one file: then it is the same page of both.
        at = 0 if ocr is None else self.used[ocr] - 1 if ocr == image else self._take(ocr)
        return Leaf(n, base_name(named.name), image, ocr, at, image_page)

    def _take(self, path: Path) -> int:
        """Return how many pages of a file were used before this one."""
        self.used[path] += 1
        return self.used[path] - 1

    def _first(self, named: Sequence[MetsFile], here: Sequence[Mapping[str, PathEnds]]) -> Path | None:
        """Return the first file that is here and not used up."""
        for ends in here:
            for file in named:
                if file.name in ends:
                    whole = _resolved(file, self._files) if file.relative else ""
                    if (path := ends[file.name].find(file.place, whole)) is not None:
                        return path
        return None

    def _is_free(self, path: Path) -> bool:
        return self.used[path] < self._pages(path)

    def _pages(self, path: Path) -> int:
        return max(self._files.counts.get(path, 1), len(self._files.picture_pages.get(path, ())), 1)


def _base(path: Path) -> str:
    return base_name(path.name)


def _picture_rank(file: MetsFile) -> int:
    if _is_for(file, _WORST_PICTURES):
        return 3
    if _is_for(file, _WORSE_PICTURES):
        return 2
    return 0 if _is_for(file, _BETTER_PICTURES) else 1


def _text_rank(file: MetsFile) -> int:
    if _is_for(file, _WORSE_TEXTS):
        return 2
    return 0 if _is_for(file, _BETTER_TEXTS) else 1


def _is_for(file: MetsFile, purposes: tuple[str, ...]) -> bool:
    return any(word.startswith(purposes) for word in _WORDS.findall(file.use))


def _not_named(
    mets: Mets, files: LocalFiles, used: Mapping[Path, int], pages: int
) -> tuple[list[Leaf], list[LedgerEntry]]:
    """Return leaves for the files that are no page of METS, to come last, and what is to be said of unused ones."""
    named = set(mets.order)
    unused = [path for path in [*files.images, *files.ocr] if not used.get(path)]
    others = dict.fromkeys(path for path in unused if base_name(path.name) in named)
    strange = dict.fromkeys(path for path in unused if path not in others)
    notes = []
    if others:
        names = ", ".join(f"{path.parent.name}/{path.name}" for path in list(others)[:3])
        message = f"{len(others)} other files of pages of the METS file are not used: {names}" + (
            ", …" if len(others) > 3 else ""
        )
        notes.append(LedgerEntry("info", "mets-other-files", f"{message}."))
    if not strange:
        return [], notes
    found = match(
        [path for path in files.images if path in strange],
        [path for path in files.ocr if path in strange],
        files.counts,
        picture_pages=files.picture_pages,
    )
    names = ", ".join(dict.fromkeys(path.name for path in list(strange)[:3]))
    message = f"{len(found.leaves)} pages are not in the METS file ({names}); they come last."
    notes.append(LedgerEntry("warning", "not-in-mets", message))
    return [replace(leaf, n=pages + leaf.n) for leaf in found.leaves], [*notes, *found.notes]


def _renumbered(sections: Sequence[Section], numbers: Mapping[int, int]) -> tuple[Section, ...]:
    """Return sections in leaf numbers; the pages without a file are gone from them."""
    return tuple(
        replace(section, pages=tuple(numbers[page] for page in section.pages if page in numbers))
        for section in sections
    )

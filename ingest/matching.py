"""Which picture goes with which OCR page, by base name in natural order. Pure: lists in, lists out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.names import base_name, natural_key
from lectern.catalogue import LedgerEntry


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page to be: number from 1, base name, picture, OCR file, and which page of either file it is (from 0).

    `more` are further files, of one page each, with text of the same canvas (annotations in several pages).
    """

    n: int
    name: str
    image: Path | None = None
    ocr: Path | None = None
    page: int = 0
    image_page: int = 0
    more: tuple[Path, ...] = ()

    @property
    def texts(self) -> tuple[Path, ...]:
        """Return all files that its words come from."""
        return () if self.ocr is None else (self.ocr, *self.more)


@dataclass(frozen=True, slots=True)
class Matching:
    """Leaves in order, and what the ledger is to say of files that found no place."""

    leaves: tuple[Leaf, ...]
    notes: tuple[LedgerEntry, ...] = ()


@dataclass(slots=True)
class _Notes:
    entries: list[LedgerEntry] = field(default_factory=list)

    def warn(self, trap: str, message: str, page: str | None = None) -> None:
        self.entries.append(LedgerEntry("warning", trap, message, page))


def match(
    images: Sequence[Path], ocr: Sequence[Path], counts: Mapping[Path, int], order: Sequence[str] = ()
) -> Matching:
    """Return the pages of an object from its picture files and its OCR files.

    `counts` gives the pages of OCR files that have not just one. Files are paired by base name; one file of
    many pages is paired with the pictures in order, and so are files none of whose names agree, if there are
    as many of the one as of the other. `order` puts base names first that it lists (a METS file's order).
    """
    notes = _Notes()
    pictures = _one_per_name(images, "picture", notes)
    texts = _one_per_name(ocr, "OCR file", notes)
    if any(counts.get(path, 1) != 1 for path in texts.values()):
        pairs = _by_position(_sorted(pictures, order), _sorted(texts, order), counts, notes)
    elif pictures and texts and not pictures.keys() & texts.keys():
        pairs = _by_count(_sorted(pictures, order), _sorted(texts, order), notes)
    else:
        names = _names_in_order([*pictures, *texts], order)
        pairs = [(name, pictures.get(name), texts.get(name), 0) for name in names]
    leaves = [Leaf(n, name, image, text, page) for n, (name, image, text, page) in enumerate(pairs, start=1)]
    if pictures and texts and not any(counts.get(path, 1) != 1 for path in texts.values()):
        _note_lonely(leaves, notes)
    return Matching(tuple(leaves), tuple(notes.entries))


_Pair = tuple[str, Path | None, Path | None, int]


def _names_in_order(names: Sequence[str], order: Sequence[str]) -> list[str]:
    rank = {name: place for place, name in enumerate(order)}
    return sorted(dict.fromkeys(names), key=lambda name: (rank.get(name, len(rank)), natural_key(name)))


def _sorted(files: Mapping[str, Path], order: Sequence[str]) -> list[Path]:
    return [files[name] for name in _names_in_order(list(files), order)]


def _one_per_name(files: Sequence[Path], what: str, notes: _Notes) -> dict[str, Path]:
    """Return one file for each base name: of several, the one in the folder that covers most pages."""
    folders: dict[Path, list[Path]] = defaultdict(list)
    for path in files:
        folders[path.parent].append(path)
    ranked = sorted(folders, key=lambda folder: (-len(folders[folder]), natural_key(str(folder))))
    chosen: dict[str, Path] = {}
    for folder in ranked:
        for path in sorted(folders[folder], key=lambda path: natural_key(path.name)):
            name = base_name(path.name)
            if name in chosen:
                used = chosen[name]
                notes.warn(
                    "second-file",
                    f"{path.parent.name}/{path.name} is not used: {used.parent.name}/{used.name} is the {what} of "
                    "that page.",
                    name,
                )
            else:
                chosen[name] = path
    return chosen


def _by_position(
    pictures: Sequence[Path], texts: Sequence[Path], counts: Mapping[Path, int], notes: _Notes
) -> list[_Pair]:
    pages = [(path, page) for path in texts for page in range(counts.get(path, 1))]
    if pictures and len(pictures) != len(pages):
        notes.warn(
            "count-mismatch",
            f"There are {len(pictures)} pictures and {len(pages)} pages of OCR; they were matched in order from the "
            "first. Remove what does not belong, or give every page an OCR file with its picture's name.",
        )
    pairs: list[_Pair] = []
    for place in range(max(len(pictures), len(pages))):
        picture = pictures[place] if place < len(pictures) else None
        text, page = pages[place] if place < len(pages) else (None, 0)
        single = text is not None and counts.get(text, 1) == 1
        name = base_name(picture.name) if picture else base_name(text.name) if text and single else str(place + 1)
        pairs.append((name, picture, text, page))
    return pairs


def _by_count(pictures: Sequence[Path], texts: Sequence[Path], notes: _Notes) -> list[_Pair]:
    if len(pictures) == len(texts):
        notes.warn(
            "matched-in-order",
            "No OCR file has the name of a picture; as there are as many of the one as of the other, they were "
            "matched in order. Give them the same names to be sure.",
        )
        return [(base_name(p.name), p, t, 0) for p, t in zip(pictures, texts, strict=True)]
    notes.warn(
        "no-names-agree",
        f"No OCR file has the name of a picture, and there are {len(pictures)} pictures and {len(texts)} OCR files. "
        "Give them the same names and ingest again.",
    )
    return [(base_name(p.name), p, None, 0) for p in pictures] + [(base_name(t.name), None, t, 0) for t in texts]


def _note_lonely(leaves: Sequence[Leaf], notes: _Notes) -> None:
    if any(entry.trap == "no-names-agree" for entry in notes.entries):
        return
    for leaf in leaves:
        if leaf.ocr is None:
            notes.warn("no-ocr", "The picture has no OCR file of its name; its page has no text.", leaf.name)
        elif leaf.image is None:
            notes.warn("no-picture", "The OCR file has no picture of its name; its page has only text.", leaf.name)

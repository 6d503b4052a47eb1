"""Which picture goes with which OCR page, by base name in natural order. Pure: lists in, lists out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.names import base_name, natural_key
from ingest.variants import base_and_kind, note_variants
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
    images: Sequence[Path],
    ocr: Sequence[Path],
    counts: Mapping[Path, int],
    picture_pages: Mapping[Path, Sequence[int]] | None = None,
    of_canvases: Collection[Path] = (),
) -> Matching:
    """Return the pages of an object from its picture files and its OCR files.

    `counts` gives the number of pages of OCR files that have not just one, `picture_pages` which pages of such a
    picture file are meant. OCR files `of_canvases` say themselves what canvas they are of: none of them is left out
    for its name, which others may have in other folders. Files are paired by base name; one file of many pages is
    paired with the pictures in order (or one picture file of many with the texts), and so are files none of whose
    names agree, if there are as many of the one as of the other.
    """
    notes = _Notes()
    pictures = _one_per_name(images, "picture", notes)
    texts = _one_per_name(ocr, "OCR file", notes, of_canvases, pictures)
    further = sorted(set(of_canvases) & set(ocr) - set(texts.values()), key=_whole_path)
    in_order = sorted([*texts.values(), *further], key=_whole_path) if further else _sorted(texts)
    several = {path: pages for path in pictures.values() if (pages := (picture_pages or {}).get(path))}
    agree = bool(pictures.keys() & texts.keys())
    by_position = any(counts.get(path, 1) != 1 for path in texts.values()) and not (agree and several)
    by_position = by_position or (bool(several) and not agree)
    if by_position:
        sheets = [(path, page) for path in _sorted(pictures) for page in several.get(path, (0,))]
        pairs = _by_position(sheets, in_order, counts, several, notes)
    elif pictures and texts and not pictures.keys() & texts.keys():
        pairs = _by_count(_sorted(pictures), in_order, notes)
    else:
        pairs = _by_name(pictures, texts, counts, several, notes)
        pairs += [(f"{text.parent.name}/{base_name(text.name)}", None, text, 0, 0) for text in further]
        if further and not pictures:
            pairs.sort(key=lambda pair: _whole_path(pair[2] or Path()))
    leaves = [Leaf(n, *pair) for n, pair in enumerate(pairs, start=1)]
    if not by_position and not any(entry.trap == "no-names-agree" for entry in notes.entries):
        notes.entries += note_lonely(leaves)
    if not pictures:
        notes.entries += note_variants(texts.values())
    return Matching(tuple(leaves), tuple(notes.entries))


_Pair = tuple[str, Path | None, Path | None, int, int]


def _by_name(
    pictures: Mapping[str, Path],
    texts: Mapping[str, Path],
    counts: Mapping[Path, int],
    several: Mapping[Path, Sequence[int]],
    notes: _Notes,
) -> list[_Pair]:
    pairs = []
    names = _names_in_order([*pictures, *texts])
    for name in names:
        files = (pictures.get(name), texts.get(name))
        made = _of_one_name(name, *files, counts=counts, several=several, notes=notes)
        pairs += made if len(made) == 1 or len(names) > 1 else [(str(n), *p[1:]) for n, p in enumerate(made, 1)]
    return pairs


def _of_one_name(
    name: str,
    picture: Path | None,
    text: Path | None,
    *,
    counts: Mapping[Path, int],
    several: Mapping[Path, Sequence[int]],
    notes: _Notes,
) -> list[_Pair]:
    """Return the pages of a picture file and an OCR file of one name, in order."""
    sheets = several.get(picture, (0,)) if picture is not None else ()
    pages = range(counts.get(text, 1)) if text is not None else range(0)
    if picture is not None and text is not None and len(sheets) != len(pages):
        notes.warn(
            "count-mismatch",
            f"{picture.name} has {len(sheets)} pages and {text.name} {len(pages)}; they were matched in order from the "
            "first. Remove what does not belong.",
            name,
        )
    count = max(len(sheets), len(pages))
    return [
        (
            name if count == 1 else f"{name}, {place + 1}",
            picture if place < len(sheets) else None,
            text if place < len(pages) else None,
            place if place < len(pages) else 0,
            sheets[place] if place < len(sheets) else 0,
        )
        for place in range(count)
    ]


def _names_in_order(names: Iterable[str]) -> list[str]:
    return sorted(dict.fromkeys(names), key=natural_key)


def _sorted(files: Mapping[str, Path]) -> list[Path]:
    return [files[name] for name in _names_in_order(files)]


def _whole_path(path: Path) -> tuple[object, ...]:
    return tuple(natural_key(part) for part in path.parts)


def _one_per_name(
    files: Sequence[Path],
    what: str,
    notes: _Notes,
    of_canvases: Collection[Path] = (),
    pictures: Collection[str] = (),
) -> dict[str, Path]:
    """Return one file for each base name: of several, the one in the folder, and of the kind, that has most pages.

    A file of a picture's whole name goes before one that has a word more (`p1.gt.xml`).
    """
    sorts: dict[tuple[Path, str], list[tuple[str, Path]]] = defaultdict(list)
    for path in files:
        name, kind = base_and_kind(path, pictures)
        sorts[path.parent, kind].append((name, path))
    ranked = sorted(sorts, key=lambda sort: (bool(sort[1]), -len(sorts[sort]), natural_key(str(sort[0])), sort[1]))
    chosen: dict[str, Path] = {}
    for sort in ranked:
        for name, path in sorted(sorts[sort], key=lambda named: natural_key(named[1].name)):
            used = chosen.setdefault(name, path)
            if used is not path and path not in of_canvases:
                notes.warn(
                    "second-file",
                    f"{path.parent.name}/{path.name} is not used: {used.parent.name}/{used.name} is the {what} of "
                    f"that page. To have the other, take {used.name} away.",
                    name,
                )
    return chosen


def _by_position(
    pictures: Sequence[tuple[Path, int]],
    texts: Sequence[Path],
    counts: Mapping[Path, int],
    several: Mapping[Path, Sequence[int]],
    notes: _Notes,
) -> list[_Pair]:
    pages = [(path, page) for path in texts for page in range(counts.get(path, 1))]
    if pictures and pages and len(pictures) != len(pages):
        notes.warn(
            "count-mismatch",
            f"There are {len(pictures)} pictures and {len(pages)} pages of OCR; they were matched in order from the "
            "first. Remove what does not belong, or give every page an OCR file with its picture's name.",
        )
    pairs: list[_Pair] = []
    for place in range(max(len(pictures), len(pages))):
        picture, sheet = pictures[place] if place < len(pictures) else (None, 0)
        text, page = pages[place] if place < len(pages) else (None, 0)
        if picture is not None and picture not in several:
            name = base_name(picture.name)
        elif picture is None and text is not None and counts.get(text, 1) == 1:
            name = base_name(text.name)
        else:
            name = str(place + 1)
        pairs.append((name, picture, text, page, sheet))
    return pairs


def _by_count(pictures: Sequence[Path], texts: Sequence[Path], notes: _Notes) -> list[_Pair]:
    if len(pictures) == len(texts):
        notes.warn(
            "matched-in-order",
            "No OCR file has the name of a picture; as there are as many of the one as of the other, they were "
            "matched in order. Give them the same names to be sure.",
        )
        return [(base_name(p.name), p, t, 0, 0) for p, t in zip(pictures, texts, strict=True)]
    notes.warn(
        "no-names-agree",
        f"No OCR file has the name of a picture, and there are {len(pictures)} pictures and {len(texts)} OCR files. "
        "Give them the same names and ingest again.",
    )
    alone = [(base_name(p.name), p, None, 0, 0) for p in pictures]
    return alone + [(base_name(t.name), None, t, 0, 0) for t in texts]


def note_lonely(leaves: Sequence[Leaf]) -> list[LedgerEntry]:
    """Return warnings of pages that lack a picture or OCR, where the object has both."""
    notes = _Notes()
    if all(leaf.ocr is None for leaf in leaves) or all(leaf.image is None for leaf in leaves):
        return []
    for leaf in leaves:
        if leaf.ocr is None:
            notes.warn("no-ocr", "The picture has no OCR file of its name; its page has no text.", leaf.name)
        elif leaf.image is None:
            notes.warn("no-picture", "The OCR file has no picture of its name; its page has only text.", leaf.name)
    return notes.entries

"""What becomes of PDFs, of picture files with many pages, and of METS, once all files of an object are known."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ingest.formats import count_pages
from ingest.found import Survey
from ingest.matching import Matching, match
from ingest.mets import Mets
from ingest.mets_pages import LocalFiles, note_unused_pages, place_by_mets
from ingest.names import base_name
from ingest.pdf import has_text
from ingest.pictures import picture_pages
from ingest.sniff import Kind
from ingest.traps import NoPages, Unreadable, failure_entry
from lectern.catalogue import LedgerEntry
from lectern.description import first_text


def take_pdfs(found: Survey) -> None:
    """Use PDFs for what the object lacks, pictures or words or both, and note which images of other files are pages.

    A PDF that cannot be opened is a failure in the notes, one without text a warning.
    """
    pages = {path: told for path in found.pdfs if (told := _pages(found, path))}
    if pages and found.images and found.ocr:
        names = ", ".join(path.name for path in list(pages)[:3])
        message = f"{names}: not used, as there are pictures and OCR beside {'it' if len(pages) == 1 else 'them'}."
        found.notes.append(LedgerEntry("info", "pdf-not-used", message))
        return
    for path in (path for path in found.images if path not in found.distant):
        if len(told := _pages(found, path)) > 1:
            found.picture_pages[path] = told
    texts = {} if found.ocr else {path: has_text(path) for path in pages}
    if not found.images:
        found.images += pages
        found.picture_pages |= {path: told for path, told in pages.items() if len(told) > 1}
    if any(texts.values()):  # pages without words, too: so that texts and pictures agree in number
        found.ocr |= dict.fromkeys(pages, Kind.PDF)
    found.notes += [_no_text(path) for path, told in texts.items() if not told]


def matching_of(found: Survey, counts: Mapping[Path, int]) -> Matching:
    """Return the pages that METS tells of, else those that names or numbers tell; `counts` are pages of OCR files."""
    if found.pages:
        both = {path: len(pages) for path, pages in found.picture_pages.items()} | dict(counts)
        return Matching(found.pages, tuple(note_unused_pages(found.pages, both)))
    of_canvases = {path for path, kind in found.ocr.items() if kind is Kind.ANNOTATIONS}
    return match(found.images, list(found.ocr), counts, found.picture_pages, of_canvases)


def _pages(found: Survey, path: Path) -> tuple[int, ...]:
    try:
        with found.bounds.held(path) as held:
            return picture_pages(held)
    except Unreadable as error:
        found.notes.append(failure_entry(error, base_name(path.name)))
    except OSError as error:
        found.notes.append(LedgerEntry("failure", "file-unreadable", f"{path.name}: {error.strerror}."))
    return ()


def _no_text(path: Path) -> LedgerEntry:
    message = f"{path.name} has no text layer: its pages are pictures only. Run OCR over it (OCRmyPDF, say)."
    return LedgerEntry("warning", "no-text-layer", message)


def use_mets(found: Survey, root: Path) -> None:
    """Put the pages of an object in the order of its METS file, with its labels and structure.

    A METS file without pages (the anchor of a work in volumes) says so in the notes; raises NoPages when there is
    nothing else. Of two with pages neither counts, but for the sizes of pictures.
    """
    whole = {path: mets for path, mets in found.mets_files.items() if mets.pages}
    for path, mets in found.mets_files.items():
        if mets.pointers:
            found.notes.append(_points_elsewhere(path, mets))
        if not mets.pages and not whole and not (found.images or found.ocr):
            raise NoPages(
                "mets-without-pages",
                f"{path.name} tells of no page of its own"
                + (f", only of {len(mets.pointers)} other METS files." if mets.pointers else "."),
                "Nothing was done. Ingest the METS file of each volume or issue.",
            )
    if len(whole) > 1:
        names = ", ".join(path.name for path in list(whole)[:3])
        message = f"There are {len(whole)} METS files ({names}); their order is not used. Name one as what to ingest."
        found.notes.append(LedgerEntry("warning", "several-mets", message))
        found.mets = Mets({name: size for mets in whole.values() for name, size in mets.sizes.items()})
    for path, mets in whole.items() if len(whole) == 1 else ():
        _place(found, root, path, mets)


def _place(found: Survey, root: Path, path: Path, mets: Mets) -> None:
    found.mets = mets
    root = root if path.is_relative_to(root) else path.parent  # out of an archive
    files = LocalFiles(root, path.parent, found.images, found.ocr, _shared(found, mets), found.picture_pages)
    placing = place_by_mets(mets, files)
    found.notes += placing.notes
    found.pages, found.sections = placing.leaves, placing.sections
    said = found.description
    of_mets = mets.description
    found.description = replace(
        said,
        label=said.label or mets.label,
        summary=said.summary or first_text(of_mets.more.summary),
        rights=said.rights or of_mets.rights,
        languages=said.languages or of_mets.languages,
        page_labels=_merged(said.page_labels, placing.labels),
        more=said.more.over(of_mets.more),
    )


def _shared(found: Survey, mets: Mets) -> dict[Path, int]:
    """Return the pages of OCR files that several pages of METS name: a book in one file."""
    names = Counter(name for page in mets.pages for name in page.names)
    shared = [path for path, kind in found.ocr.items() if names[base_name(path.name)] > 1 and kind is not Kind.BROKEN]
    return {path: count_pages(path, found.ocr[path]) for path in shared}


def _merged(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Return labels, those of `second` where `first` says nothing."""
    length = max(len(first), len(second))
    pairs = zip(*(labels + ("",) * (length - len(labels)) for labels in (first, second)), strict=True)
    return tuple(one or other for one, other in pairs)


def _points_elsewhere(path: Path, mets: Mets) -> LedgerEntry:
    message = (
        f"{path.name} points to {len(mets.pointers)} other METS files ({mets.pointers[0][:200]}); they were not "
        "opened. Ingest each on its own."
    )
    return LedgerEntry("info", "mets-pointer", message)

"""What lies in a folder: pictures, OCR, METS, a description, and files that are none of these."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.archives import Limits, Unpacker
from ingest.bounds import bounds_of, link_outside
from ingest.description import FILE_NAME, read_description
from ingest.formats import FORMATS
from ingest.found import AnnotationSource, Survey
from ingest.mets import read_mets
from ingest.names import base_name, is_text, natural_key, same_form, shown
from ingest.readers.annotations import OTHER_ANNOTATIONS
from ingest.scratch import Scratch
from ingest.sniff import Kind, sniff
from ingest.sources import take_pdfs, use_mets
from ingest.strange import EMPTY, remedy_of
from ingest.traps import MAX_DEPTH, MAX_FILE_BYTES, Unreadable, failure_entry
from lectern.catalogue import LedgerEntry
from lectern.errors import InputError

__all__ = ["Survey", "object_name", "survey"]

_MOST_NAMED = 20  # files of a kind in a folder


def object_name(source: Path) -> str:
    """Return the name that an object gets from its path: the folder's, or the file's without its suffixes.

    Raises InputError when there is nothing at the path, or a pipe or a device.
    """
    if not source.exists():
        raise InputError(f"There is no file or folder {source}.", "Check the path.")
    path = source.resolve()
    if not is_text(path.name):
        raise _bad_name(path.name)
    if path.is_dir():
        return same_form(path.name)
    if not path.is_file():  # whoever opens a pipe or a device waits for what may never come, or gets no end of it
        what = f"{shown(str(source))} is neither a file nor a folder; it was not opened."
        raise Unreadable("not-a-file", what, "Write what comes out of it into a file, and give that.")
    try:
        return same_form(path.parent.name) if sniff(path)[0] is Kind.METS else base_name(path.name)
    except OSError as error:
        raise _unreadable(source, error) from error


def _unreadable(source: Path, error: OSError) -> InputError:
    return InputError(f"{source} cannot be read: {error.strerror}.", "Check who may read it.")


def _bad_name(name: str) -> Unreadable:
    return Unreadable(
        "name-encoding",
        f"The name {shown(name)}, or that of its folder, is in another encoding than UTF-8; it was not read.",
        "Rename it (`convmv -f latin1 -t utf8 --notest` does so for old names), then ingest again.",
    )


def survey(
    source: Path,
    home: Path | None = None,
    scratch: Scratch | None = None,
    largest: int = MAX_FILE_BYTES,
    take_pictures: Callable[[Survey], None] | None = None,
) -> Survey:
    """Return what there is to ingest at a path: a folder, a METS file in one, or a single OCR file or picture.

    A zip file is a folder, here and inside one, and a gzip file the file in it. They are unpacked into `scratch`, which
    must last as long as the files are needed, and may have `largest` bytes each. `take_pictures` gives an object its
    pictures where they lie elsewhere.

    Links that lead out of the folder, or into `home`, are refused by name and never read. Raises InputError when
    there is nothing.
    """
    found = Survey(object_name(source), unpacker=Unpacker(scratch, Limits(file=largest)) if scratch else None)
    root = source if source.is_dir() else source.parent
    if source.is_dir():
        _survey_folder(found, source, home)
    elif sniff(source)[0] is Kind.ARCHIVE:
        _survey_archive(found, source)
    elif sniff(source)[0] is Kind.METS:
        _survey_folder(found, root, home)
        found.mets_files = {source: read_mets(source, source.name)}
    else:
        _sort_in(found, source)
    _note_others(found)
    _set_annotations_aside(found)
    if take_pictures is not None:
        take_pictures(found)
    take_pdfs(found)
    use_mets(found, root)
    if not found.images and not found.ocr:
        raise _nothing(source, found)
    return found


def _nothing(source: Path, found: Survey) -> InputError:
    """Return what to raise where there is neither picture nor OCR: what there is instead, and what to give."""
    remedy = "Give a folder of page pictures and/or OCR files, a METS file, a PDF or one OCR file."
    if source.is_file() and len(found.others) == 1 and not found.notes[1:]:  # the file itself, or the one packed in it
        ((_, looks_like),) = found.others
        return InputError(
            f"{source} is neither a picture nor OCR that Lectern reads: it is {looks_like}.",
            remedy_of(looks_like) or remedy,
        )
    looked = "; ".join(entry.message for entry in found.notes[:3])
    return InputError(
        f"There is nothing to ingest at {source}: neither a picture nor OCR that Lectern reads."
        + (f" {looked}" if looked else ""),
        "Give the folder that holds the METS file and the files it names." if found.mets_files else remedy,
    )


def _survey_folder(found: Survey, folder: Path, home: Path | None) -> None:
    try:
        found.bounds = bounds_of(folder, home)
    except OSError as error:
        raise _unreadable(folder, error) from error
    for path in sorted(_files(folder, 0), key=lambda path: natural_key(str(path))):
        if not is_text(str(path.relative_to(folder))):
            found.notes.append(failure_entry(_bad_name(path.name), shown(base_name(path.name))))
        elif path.is_dir():
            found.notes.append(_folder_left_out(path.relative_to(folder)))
        elif path.is_symlink() and not found.bounds.stays_inside(path):
            found.notes.append(_refused_link(path))
        elif path.name == FILE_NAME and path.parent == folder:
            with found.bounds.held(path) as held:
                found.description = read_description(held)
        else:
            _sort_in(found, path)


def _survey_archive(found: Survey, path: Path) -> None:
    """Take in an archive's files, and its description where a folder would have it: beside the other files."""
    files = _unpacked(found, path)
    top = Path(os.path.commonpath([file.parent for file in files])) if files else path.parent
    for file in files:
        if file.name == FILE_NAME and file.parent == top:
            found.description = read_description(file)
        else:
            _sort_in(found, file)


def _unpacked(found: Survey, path: Path) -> list[Path]:
    """Return the files of an archive in the order of their names."""
    if found.unpacker is None:
        found.others[path.parent.name, "an archive that was not unpacked"].append(path.name)
        return []
    try:
        found.bounds.check(path)
    except Unreadable as error:
        found.notes.append(failure_entry(error, base_name(path.name)))
        return []
    unpacked = found.unpacker.unpack(path)
    found.notes += unpacked.entries
    return sorted(unpacked.files, key=lambda file: natural_key(str(file)))


def _files(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the files below a folder, and folders that are not entered: linked ones, and those too deep.

    Hidden ones are left alone. Raises InputError.
    """
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        raise _unreadable(folder, error) from error
    for path in entries:
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink() and depth < MAX_DEPTH:
            yield from _files(path, depth + 1)
        elif path.is_file() or path.is_dir():
            yield path


def _folder_left_out(place: Path) -> LedgerEntry:
    message = (
        f"the folder {place.as_posix()} was not looked into: links to folders are not followed, nor folders more than "
        f"{MAX_DEPTH} deep. Put its files further up if they belong to the object."
    )
    return LedgerEntry("warning", "folder-left-out", message)


def _refused_link(path: Path) -> LedgerEntry:
    return failure_entry(link_outside(path.name), base_name(path.name))


def _sniffed(found: Survey, path: Path) -> tuple[Kind, str] | None:
    """Return what a file is, as `sniff` does; None for one that cannot be read, which is noted."""
    try:
        with found.bounds.held(path) as held:
            return sniff(held)
    except OSError as error:
        found.notes.append(LedgerEntry("warning", "file-unreadable", f"{path.name}: {error.strerror}.", None))
    except Unreadable as error:
        found.notes.append(failure_entry(error, base_name(path.name)))
    return None


def _sort_in(found: Survey, path: Path) -> None:
    sniffed = _sniffed(found, path)
    if sniffed is None:
        return
    kind, looks_like = sniffed
    match kind:
        case Kind.IMAGE:
            found.images.append(path)
        case Kind.PDF:
            found.pdfs.append(path)
        case _ if kind is Kind.BROKEN or kind in FORMATS:
            found.ocr[path] = kind
        case Kind.ARCHIVE:
            for file in _unpacked(found, path):
                _sort_in(found, file)
        case Kind.METS:
            try:
                with found.bounds.held(path) as held:
                    found.mets_files[path] = read_mets(held, path.name)
            except Unreadable as error:
                found.notes.append(LedgerEntry("warning", error.trap, str(error), None))
        case Kind.OTHER:
            _sort_in_other(found, path, looks_like)


def _sort_in_other(found: Survey, path: Path, looks_like: str) -> None:
    if looks_like == OTHER_ANNOTATIONS:
        found.annotations.append(AnnotationSource(path.name, path))
    else:
        found.others[path.parent.name, looks_like].append(path.name)


def _note_others(found: Survey) -> None:
    """Report files that are none of ours, one entry for those of a kind in a folder."""
    for (folder, looks_like), names in found.others.items():
        which = ", ".join(names[:_MOST_NAMED])
        which += f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        message = f"{folder}/{which}: neither OCR nor a picture but {looks_like}; left out. {remedy_of(looks_like)}"
        trap = "empty-file" if looks_like == EMPTY else "not-ocr"
        found.notes.append(LedgerEntry("info", trap, message.strip(), None))


def _set_annotations_aside(found: Survey) -> None:
    """Take annotations for no page's text where there is OCR by page: most are made from it.

    Those that say something else are kept beside it, and so are comments in files that are a page's text.
    """
    annotations = [path for path, kind in found.ocr.items() if kind is Kind.ANNOTATIONS]
    found.annotations += [AnnotationSource(path.name, path) for path in annotations]
    if all(kind in {Kind.ANNOTATIONS, Kind.CAPTIONS, Kind.BROKEN} for kind in found.ocr.values()):
        return
    for path in annotations:
        del found.ocr[path]

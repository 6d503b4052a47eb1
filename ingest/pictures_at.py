"""The pictures of an object at a source of the settings: which there are, and how large they are.

Storage that can be listed is; a plain web server is asked for the names that the object's other files have. Of each
picture the head is read, the whole only where that does not tell the size. Nothing is kept here and nothing converted.
"""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from image.origin import OriginDown, OriginGone, PictureRefused
from image.tiff import first_directory, first_size
from ingest.distant import Distant
from ingest.found import Survey
from ingest.geometry import Size
from ingest.names import base_name, natural_key
from ingest.pictures import size_of
from ingest.remote import Head, Remote
from ingest.s3 import keys_below
from ingest.sniff import is_pdf
from ingest.traps import Unreadable
from lectern.catalogue import LedgerEntry
from lectern.errors import InputError
from lectern.picture_sources import Reference, S3Source

_HEAD_BYTES = 1 << 16
_AT_ONCE = 8
_MOST_NAMES = 20_000
_ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2", ".jpx", ".j2k", ".webp", ".gif", ".avif", ".heif")
NAME, OBJECT = "{name}", "{object}"
_BRACES = re.compile(r"\{[^{}/]*\}")


@dataclass(frozen=True)
class PicturesAt:
    """Where the pictures of an object are: a source, and a folder there, or a template with {name} in it."""

    remote: Remote
    place: str

    @property
    def text(self) -> str:
        """Return it as the command line gives it."""
        return f"{self.remote.name}:{self.place}"

    @property
    def name(self) -> str:
        """Return the name of an object that is made of these pictures alone: the folder's."""
        return self.place.rstrip("/").rpartition("/")[2] or self.remote.name

    def take_into(self, found: Survey) -> None:
        """Make the pictures at the source those of an object, in place of any that its folder holds.

        Raises InputError when the source cannot be asked, or has no picture there.
        """
        self._check_template()
        keys = self._named(found) if NAME in self.place else dict.fromkeys(self._listed(), "")
        with ThreadPoolExecutor(_AT_ONCE) as pool, TemporaryDirectory(prefix="lectern-") as folder:
            asked = pool.map(lambda key: self._looked_at(key, Path(folder)), keys)
            named = zip(asked, keys.values(), strict=True)
            pictures = [replace(distant, name=name) for distant, name in named if distant is not None]
        if not pictures:
            raise InputError(
                f"There is no picture at {self.text}.", "Check the name of the source, the folder and the template."
            )
        if found.images:
            message = f"{len(found.images)} pictures of the folder are not used: those at {self.text} are."
            found.notes.append(LedgerEntry("info", "pictures-elsewhere", message))
        found.distant = {picture.path: picture for picture in pictures}
        found.images = list(found.distant)

    def _check_template(self) -> None:
        """Raise InputError for a word in braces that stands for nothing; keys of a bucket may have braces."""
        odd = next((word for word in _BRACES.findall(self.place) if word != NAME), None)
        if odd and (NAME in self.place or not isinstance(self.remote.source, S3Source)):
            raise InputError(
                f"{odd} in {self.text} is no word of a template.", f"{NAME} is a page's name, {OBJECT} the object's."
            )

    def _listed(self) -> list[str]:
        source, folder = self.remote.source, self.place.rstrip("/") or "folder"
        if not isinstance(source, S3Source):
            raise InputError(
                f"The source {self.remote.name} is a web server, which lists nothing.",
                f"Name its pictures by a template: --pictures {self.remote.name}:{folder}/{NAME}.jpg",
            )
        keys = [key for key in keys_below(self.remote.name, source, self.place) if key.lower().endswith(_ENDINGS)]
        return sorted(keys, key=natural_key)

    def _named(self, found: Survey) -> dict[str, str]:
        """Return the keys to ask for, each with the name of its page."""
        names = [*(base_name(path.name) for path in found.ocr), *_names_in(found)]
        each = list(dict.fromkeys(names))
        if not each:
            raise InputError(
                f"There are no names to fill into {self.text}: they are those of OCR files, or of a METS.",
                "Give the folder of the OCR or METS too: lectern ingest FOLDER --pictures …",
            )
        if len(each) > _MOST_NAMES:
            raise InputError(f"There are more than {_MOST_NAMES:,} names to ask for.", "Ingest it in parts.")
        return {self.place.replace(NAME, name): name for name in each}

    def _looked_at(self, key: str, folder: Path) -> Distant | None:
        """Return what is known of a picture, None if there is none. Raises InputError when the source is down."""
        reference = Reference(self.remote.name, key)
        try:
            head = self.remote.head(key, _HEAD_BYTES)
            return Distant(reference, _state_of(head), self._size(key, head, folder))
        except OriginGone:
            return None
        except OriginDown as error:
            raise InputError(error.detail, f"Nothing was done. {error.remedy}") from error
        except PictureRefused as error:
            return Distant(reference, trouble=Unreadable("source-refused", error.detail, error.remedy))
        except InputError as error:
            trap = error.trap if isinstance(error, Unreadable) else "image-broken"
            detail = error.detail.replace(_file_name(key), str(reference))
            return Distant(reference, trouble=Unreadable(trap, detail, error.remedy))

    def _size(self, key: str, head: Head, folder: Path) -> Size:
        """Return width and height in pixels. Raises Unreadable, InputError, and what asking the source does."""
        name = str(Reference(self.remote.name, key))
        if is_pdf(head.data):
            raise Unreadable("not-a-picture", f"{name} is a PDF.", "Put its pages there as pictures.")
        if head.total is not None and head.total > self.remote.source.max_bytes:
            raise PictureRefused(
                f"{name} is larger than {self.remote.source.max_bytes} bytes.",
                f"Raise max_bytes of [sources.{self.remote.name}], or make it smaller.",
            )
        place = folder / _file_name(key)
        try:
            place.write_bytes(head.data)
            try:
                return size_of(place)
            except InputError:
                if len(head.data) < _HEAD_BYTES:
                    raise
            if (size := self._size_by_directory(key, head, place)) is not None:
                return size
            with place.open("wb") as file:
                self.remote.get(key, None, file)
            return size_of(place)
        finally:
            place.unlink(missing_ok=True)

    def _size_by_directory(self, key: str, head: Head, place: Path) -> Size | None:
        """Return the size that a TIFF's directory tells, which may lie anywhere; None where that is not to be had.

        `place` holds the head of the file.
        """
        begin = first_directory(place)
        if not begin or head.total is None or begin >= head.total:
            return None
        part = self.remote.part(key, begin, min(_HEAD_BYTES, head.total - begin))
        if part is None:
            return None
        with place.open("r+b") as file:  # what is not fetched is a hole
            file.truncate(head.total)
            file.seek(begin)
            file.write(part)
        return first_size(place)


def _file_name(key: str) -> str:
    """Return what a picture's file is called while it is looked at: no key is too long for it, and no two share it."""
    return f"{sha256(key.encode()).hexdigest()}{Path(key).suffix}"


def _names_in(found: Survey) -> Iterator[str]:
    for mets in found.mets_files.values():
        yield from mets.order


def _state_of(head: Head) -> str:
    told: Iterable[object] = (head.validators.etag, head.validators.last_modified, head.total)
    return " ".join(map(str, told)) if any(told) else sha256(head.data).hexdigest()

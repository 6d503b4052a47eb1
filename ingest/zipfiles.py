"""What is looked at in a zip file before anything of it is unpacked: its table of members, their names and kinds."""

import calendar
import re
import stat
import struct
import zipfile
from pathlib import Path, PurePosixPath

from ingest.traps import Unreadable

_END = b"PK\x05\x06"
_END_LENGTH = 22
_LONGEST_COMMENT = 1 << 16
_LOCATOR = b"PK\x06\x07"
_LOCATOR_LENGTH = 20
_LARGEST_TABLE = 16 * 1024 * 1024
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1 | 0x40 | 0x2000
# The others (bzip2, LZMA) may ask for gigabytes of memory.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_AGAIN = "Pack the archive again, from the files themselves."


def check_table(path: Path) -> None:
    """Raise Unreadable where a zip file has no table of members, or one that is larger than 16 MB.

    That table is read in one piece. Raises OSError.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        start = max(0, size - _END_LENGTH - _LONGEST_COMMENT - _LOCATOR_LENGTH)
        file.seek(start)
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < _END_LENGTH:
            raise Unreadable("archive-broken", f"{path.name} ends in the middle.", "Copy the archive again.")
        table = struct.unpack_from("<I", tail, at + 12)[0]
        locator = at - _LOCATOR_LENGTH
        if locator >= 0 and tail.startswith(_LOCATOR, locator):
            file.seek(min(struct.unpack_from("<Q", tail, locator + 8)[0], size))
            record = file.read(56)
            table = struct.unpack_from("<Q", record, 40)[0] if len(record) == 56 else _LARGEST_TABLE + 1
    if table > _LARGEST_TABLE:
        raise Unreadable("archive-too-many", f"{path.name} has a table of members of {table} bytes.", "Split it.")


def place_of(info: zipfile.ZipInfo) -> PurePosixPath:
    """Return where a member belongs, relative to the archive's own folder.

    Raises Unreadable for one that would lie elsewhere, is a link or a device, is encrypted, or is packed in a way
    that is not read.
    """
    name = name_of(info)
    text = name.replace("\\", "/")
    if _DRIVE.match(text) or text.startswith("/") or ".." in text.split("/") or _CONTROL.search(text):
        raise Unreadable("archive-path", f"{name!r} leads out of its archive.", _AGAIN)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise Unreadable("archive-link", f"{name} is a link or a device, not a file.", _AGAIN)
    if info.flag_bits & _ENCRYPTED:
        raise Unreadable("archive-encrypted", f"{name} is encrypted.", "Pack it again without a password.")
    if info.compress_type not in _METHODS:
        raise Unreadable("archive-method", f"{name} is packed in a way that Lectern does not read.", _AGAIN)
    place = PurePosixPath(text)
    if not place.parts:
        raise Unreadable("archive-path", f"{name!r} is no name of a file.", _AGAIN)
    return place


def name_of(info: zipfile.ZipInfo) -> str:
    """Return a member's name: many archives have it in UTF-8 and forget to say so."""
    if not info.flag_bits & _UTF8_NAME:
        try:
            return info.filename.encode("cp437").decode("utf-8")
        except ValueError:
            pass
    return info.filename


def is_hidden(name: str) -> bool:
    """Return whether a member is one of those that are left alone in folders too: `.DS_Store`, `__MACOSX`."""
    parts = name.replace("\\", "/").split("/")
    return ".." not in parts and any(part.startswith((".", "__MACOSX")) and part != "." for part in parts)


def seconds_of(info: zipfile.ZipInfo) -> int:
    """Return a member's time, in seconds and as if it were UTC: it says no zone, and is only to stay the same."""
    try:
        return max(0, calendar.timegm((*info.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0

"""Records on the disk: of an ingest that is under way (or was killed), and of the object as it is published."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ingest.beside import Beside
from ingest.records import PageRecord, from_header
from ingest.underway import HEAD
from lectern.catalogue import LedgerEntry
from lectern.pack import PackFile
from search.analysis import Profile
from search.packing import page_block

SECTION = "records"
BESIDE = "beside_source"


class Spool:
    """The records of one ingest, in a file that grows page by page; a torn end is cut off when it is opened.

    What was added stays when the process is killed. Only places are held in memory.
    """

    def __init__(self, path: Path) -> None:
        """Open a spool, or begin one. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file: BinaryIO = path.open("a+b")
        self._places: dict[str, int] = {}
        self._end = 0
        self._length = path.stat().st_size
        for place, record in self._read():
            self._places[record.key] = place
        self._file.truncate(self._end)
        self._length = self._end

    def _read(self) -> Iterator[tuple[int, PageRecord]]:
        self._file.seek(0)
        while (record := self._next()) is not None:
            place, self._end = self._end, self._file.tell()
            yield place, record

    def _next(self) -> PageRecord | None:
        """Return the record at the file's position, None where there is no whole one."""
        head = self._file.read(HEAD.size)
        if len(head) < HEAD.size:
            return None
        length, words, checksum = HEAD.unpack(head)
        # A torn end may be anything, zeros among it, and say that gigabytes follow.
        if not length or length + words > self._length - self._file.tell():
            return None
        data = self._file.read(length + words)
        return _record(data[:length], data[length:]) if zlib.crc32(data) == checksum else None

    def add(self, record: PageRecord) -> None:
        """Keep a record. Raises OSError."""
        header = json.dumps(record.header()).encode()
        data = header + record.block
        self._file.seek(self._end)
        self._file.write(HEAD.pack(len(header), len(record.block), zlib.crc32(data)) + data)
        self._file.flush()  # to the system, which keeps it when this process is killed
        self._places[record.key] = self._end
        self._end = self._length = self._file.tell()

    def get(self, key: str) -> PageRecord | None:
        """Return the record of a key, None if there is none."""
        place = self._places.get(key)
        if place is None:
            return None
        self._file.seek(place)
        return self._next()

    def __len__(self) -> int:
        return len(self._places)

    def close(self, *, done: bool) -> None:
        """Close the file; it goes when the ingest is done, and stays for the next try when it is not."""
        self._file.close()
        if done:
            self._path.unlink(missing_ok=True)


class Published:
    """The records in the pack of an object as it is published."""

    def __init__(self, pack: PackFile | None) -> None:
        self._pack = pack
        self._headers = read_headers(pack) if pack else []
        self._places = {str(header.get("key")): n for n, header in enumerate(self._headers)}
        self.beside = read_source(pack) if pack else Beside()

    @property
    def keys(self) -> list[str]:
        """Return the keys of all pages in order."""
        return [str(header.get("key")) for header in self._headers]

    def has_analysis(self, profile: Profile) -> bool:
        """Return whether the pack was indexed just so, by a release that folds and stems as this one."""
        return self._pack is not None and profile.is_of(self._pack.header)

    def get(self, key: str) -> PageRecord | None:
        """Return the record of a key, None if there is none."""
        place = self._places.get(key)
        if place is None or self._pack is None:
            return None
        header = self._headers[place]
        block = bytes(page_block(self._pack, place)) if header.get("ocr") else b""
        return from_header(header, block)


def read_source(pack: PackFile) -> Beside:
    """Return what a pack keeps of where its annotations are from: the key and the entries, without annotations."""
    section = pack.section(BESIDE)
    if not len(section):
        return Beside()
    found = json.loads(bytes(section))
    return Beside(str(found["key"]), (), tuple(LedgerEntry(*entry) for entry in found["entries"]))


def source_section(beside: Beside) -> dict[str, bytes]:
    """Return the section of a pack that `read_source` reads, none for an object without any annotations."""
    if not beside.key:
        return {}
    entries = [[entry.level, entry.trap, entry.message, entry.page] for entry in beside.entries]
    return {BESIDE: json.dumps({"key": beside.key, "entries": entries}).encode()}


def _record(header: bytes, block: bytes) -> PageRecord | None:
    """Return a record, None for one that another release wrote."""
    try:
        return from_header(json.loads(header), block)
    except (TypeError, ValueError):
        return None


def read_headers(pack: PackFile) -> list[dict[str, object]]:
    """Return what a pack keeps of its pages besides their words; empty for a pack of before there was such."""
    section = pack.section(SECTION)
    if not len(section):
        return []
    found: list[dict[str, object]] = json.loads(zlib.decompress(section))
    return found


def headers_section(records: list[dict[str, object]]) -> bytes:
    """Return the section of a pack that `read_headers` reads."""
    return zlib.compress(json.dumps(records).encode())

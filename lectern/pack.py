"""The pack: one immutable file per object and generation that holds its words and its index (DESIGN section 3).

Layout: magic, length of the directory, directory (JSON), then the sections one after another. The directory
gives every section's place and the file's whole length; a torn file is refused at open. The `index` section
holds Whoosh's files, which contain pickles: it carries an HMAC under the home's key and is handed out only
when that matches. A pack may hold others (parts): sections whose names begin with the part's name and a dot.
"""

import hashlib
import hmac
import json
import mmap
import os
import secrets
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import IO, Any

from lectern.disk import sync
from lectern.errors import PackError

FORMAT = 1
_MAGIC = b"LECTERN\x01"
_LENGTH = struct.Struct("<I")
_INDEX = "index"
_CHUNK = 1 << 20
_REMEDY = "`lectern reindex` makes it anew from the words it holds, or ingest the object again."


def _index_mac(key: bytes, pieces: Iterable[bytes | memoryview]) -> str:
    found = hmac.new(key, digestmod=hashlib.sha256)
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


Section = bytes | list[bytes] | IO[bytes]


def _pieces(section: Section) -> Iterator[bytes]:
    if isinstance(section, bytes):
        yield section
    elif isinstance(section, list):
        yield from section
    else:
        section.seek(0)
        yield from iter(lambda: section.read(_CHUNK), b"")


def _checksum(pieces: Iterable[bytes | memoryview]) -> int:
    found = 0
    for piece in pieces:
        found = zlib.crc32(piece, found)
    return found


def pack_pieces(header: Mapping[str, Any], sections: Mapping[str, Section], key: bytes) -> Iterator[bytes]:
    """Yield the bytes of a pack in pieces; a section is bytes, pieces of them, or an open file that holds them."""
    directory: dict[str, Any] = {"format": FORMAT, "header": dict(header)}
    offset, places = 0, {}
    for name, data in sections.items():
        places[name] = [offset, length := sum(map(len, _pieces(data)))]
        offset += length
    mac = _index_mac(key, _pieces(sections.get(_INDEX, b"")))
    parts = {name: _index_mac(key, _pieces(data)) for name, data in sections.items() if name.endswith(f".{_INDEX}")}
    checks = {name: _checksum(_pieces(data)) for name, data in sections.items()}
    directory |= {"sections": places, "length": offset, "index_mac": mac, "checksums": checks}
    directory |= {"part_macs": parts} if parts else {}
    encoded = json.dumps(directory).encode()
    yield _MAGIC + _LENGTH.pack(len(encoded)) + _LENGTH.pack(zlib.crc32(encoded)) + encoded
    for data in sections.values():
        yield from _pieces(data)


def write_sections(path: Path, header: Mapping[str, Any], sections: Mapping[str, Section], key: bytes) -> None:
    """Write a pack beside its place, flush it and its folder to disk, then move it there in one step.

    A section is bytes, pieces of them, or an open file that holds them. `key` is the home's index key (32 bytes or
    more). Raises OSError; then nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Processes of several machines may have one number, and write the same part of an object at the same time.
    beside = path.with_name(f".{path.name}.{os.getpid()}{secrets.randbelow(10**12):012}")
    try:
        with beside.open("wb") as file:
            file.writelines(pack_pieces(header, sections, key))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


class PackFile:
    """An open pack: a memory map and the places of its sections. Closed when nothing refers to it any more."""

    def __init__(self, path: Path) -> None:
        """Open a pack; raises PackError when the file is missing, torn, or of another format."""
        self.path = path
        self._part = ""
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise PackError(f"The index file {path.name} cannot be opened: {error}.", _REMEDY) from error
        self._view = memoryview(self._map)
        self._directory, self._start = self._read_directory()
        if self._directory["format"] != FORMAT:
            raise PackError(f"The index file {path.name} has format {self._directory['format']}.", _REMEDY)
        if len(self._view) != self._start + self._directory["length"]:
            raise PackError(f"The index file {path.name} is not whole.", _REMEDY)

    def __len__(self) -> int:
        return len(self._view)

    def _read_directory(self) -> tuple[dict[str, Any], int]:
        start = len(_MAGIC) + 2 * _LENGTH.size
        try:
            length, checksum = struct.unpack_from("<II", self._view, len(_MAGIC))
            encoded = bytes(self._view[start : start + length])
            if bytes(self._view[: len(_MAGIC)]) != _MAGIC or zlib.crc32(encoded) != checksum:
                raise ValueError("not a pack")
            directory: dict[str, Any] = json.loads(encoded)
            if not {"format", "header", "sections", "length", "index_mac"} <= directory.keys():
                raise ValueError("an incomplete directory")
        except (struct.error, ValueError, AttributeError) as error:
            raise PackError(f"The index file {self.path.name} is not a pack.", _REMEDY) from error
        return directory, start + length

    def verify(self) -> None:
        """Return for a pack whose sections are as they were written; raises PackError for one that a disk has spoilt.

        Searching does not ask: it would have to read the whole file. Packs of before there were checksums pass.
        """
        for name in self.spoilt():
            raise PackError(f"The index file {self.path.name} is spoilt (its {name}).", "Ingest the object again.")

    def spoilt(self) -> Iterator[str]:
        """Yield the names of sections that are not as they were written, those of parts with the part's name before."""
        whole = copy(self)
        whole._part = ""
        for name, checksum in self._directory.get("checksums", {}).items():
            if _checksum([whole.section(name)]) != checksum:
                yield name

    @property
    def header(self) -> dict[str, Any]:
        """Return what the builder wrote of the whole: counts, analysis profile and version."""
        header: dict[str, Any] = self._directory["header"]
        for name in self._part.split(".")[:-1]:
            header = header["parts"][name]
        return header

    def part(self, name: str) -> "PackFile | None":
        """Return a pack within this one, with a header and an index of its own; None if it has none of that name."""
        if name not in self.header.get("parts", {}):
            return None
        found = copy(self)
        found._part = f"{self._part}{name}."
        return found

    def section(self, name: str) -> memoryview:
        """Return a section as a slice of the map, without copying; empty if the pack has none of that name."""
        offset, length = self._directory["sections"].get(self._part + name, (0, 0))
        begin = self._start + offset
        return self._view[begin : begin + length]

    def sections(self) -> Iterator[tuple[str, memoryview]]:
        """Yield every section of the whole pack by its name, those of its parts too."""
        for name, (offset, length) in self._directory["sections"].items():
            yield name, self._view[self._start + offset : self._start + offset + length]

    def numbers(self, name: str) -> memoryview:
        """Return a section of 32-bit unsigned numbers as a sequence of integers."""
        return self.section(name).cast("I")

    def blocks(self, pages: Sequence[int]) -> Sequence[bytes | memoryview]:
        """Return the words of pages (from 0), encoded; all that are shown together are asked for at once."""
        offsets, held = self.numbers("block_offsets"), self.section("blocks")
        return [held[offsets[page] : offsets[page + 1]] for page in pages]

    @property
    def is_at_hand(self) -> bool:
        """Return whether its words are in it, so that one page after the other is quickly had."""
        return True

    def trusted_index(self, key: bytes) -> memoryview | None:
        """Return the index section if it was written under this key; None if it was not, or is not there."""
        section = self.section(_INDEX)
        macs = self._directory.get("part_macs", {})
        mac = macs.get(self._part + _INDEX, "") if self._part else self._directory["index_mac"]
        if not len(section) or not hmac.compare_digest(_index_mac(key, [section]), mac):
            return None
        return section


def numbers(values: "list[int] | array[int]") -> bytes:
    """Return 32-bit little-endian numbers as `PackFile.numbers` reads them."""
    return array("I", values).tobytes()

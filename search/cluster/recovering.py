"""An object's pack made whole again from what the cluster has of it: words are never read from OCR again for that."""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from lectern.errors import PackError
from lectern.pack import PackFile, Section, write_sections
from search.cluster.documents import TEXT
from search.cluster.reading import ObjectInCluster
from search.remarks import PART

_AT_ONCE = 200  # pages in one answer


def recover_pack(source: ObjectInCluster, path: Path, key: bytes) -> PackFile:
    """Return the pack of a generation, written to its place without an index.

    `key` is the home's index key. Raises PackError when the cluster does not have all of it or what it has is spoilt,
    StoreUnavailable and Overloaded, and OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        beside = Path(folder) / "header.pack"
        beside.write_bytes(source.header_pack())
        header = PackFile(beside)
        header.verify()
        sections: dict[str, Section] = {name: bytes(section) for name, section in header.sections()}
        with _words(header, source, TEXT, Path(folder)) as text, _words(header, source, PART, Path(folder)) as remarks:
            sections["blocks"] = text
            if header.part(PART) is not None:
                sections[f"{PART}.blocks"] = remarks
            write_sections(path, header.header, sections, key)
    return PackFile(path)


def _words(header: PackFile, source: ObjectInCluster, part: str, folder: Path) -> IO[bytes]:
    """Return an open file with the words of a part; raises PackError if they are not those that the pack had."""
    own = header.part(part) if part else header
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by whoever asked
    if own is None:
        return file
    try:
        for block in _blocks(source, part, int(own.header["pages"])):
            file.write(block)
        if file.tell() != own.numbers("block_offsets")[-1]:
            raise PackError(f"The words of {source.key} in the cluster are not those it had.", "Ingest it again.")
    except BaseException:
        with suppress(OSError):
            file.close()
        raise
    return file


def _blocks(source: ObjectInCluster, part: str, pages: int) -> Iterator[bytes]:
    for start in range(0, pages, _AT_ONCE):
        yield from source.blocks(part, range(start, min(start + _AT_ONCE, pages)))

"""Where Whoosh's files live while an object is built (memory) and while it is searched (slices of the pack's map)."""

import io
import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from whoosh.filedb.filestore import RamStorage, Storage
from whoosh.filedb.structfile import BufferFile

_LENGTH = struct.Struct("<I")


class MemoryStorage(RamStorage):  # type: ignore[misc] # Whoosh has no types
    """Whoosh's memory storage, its temporary files in memory too: the original shares one fixed name in /tmp."""

    def temp_storage(self, name: str | None = None) -> "MemoryStorage":
        """Return a storage for the writer's temporary files."""
        del name
        return MemoryStorage()

    def destroy(self) -> None:
        """Forget all files."""
        self.files.clear()


def join_files(files: Mapping[str, bytes]) -> list[bytes]:
    """Return files as the pieces of one section: a directory of their lengths, then their bytes."""
    directory = json.dumps({name: len(data) for name, data in files.items()}).encode()
    return [_LENGTH.pack(len(directory)), directory, *files.values()]


class _Cursor(io.RawIOBase):
    """A file over a slice of the map: reads copy only what is asked for."""

    def __init__(self, view: memoryview) -> None:
        super().__init__()
        self._view = view
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        end = len(self._view) if size is None or size < 0 else self._at + size
        data = bytes(self._view[self._at : end])
        self._at += len(data)
        return data

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._view)}[whence]
        self._at = base + offset
        return self._at


class SliceFile(BufferFile):  # type: ignore[misc]
    """Whoosh's view of a slice; unlike its parent it does not copy the slice when it is opened."""

    def __init__(self, view: memoryview, name: str) -> None:
        self._buf = view
        self._name = name
        self.file = _Cursor(view)
        self.onclose = None
        self.is_real = False
        self.is_closed = False

    def subset(self, position: int, length: int, name: str | None = None) -> "SliceFile":
        """Return a file over a part of this one."""
        return SliceFile(self._buf[position : position + length], name or self._name)


class SliceStorage(Storage):  # type: ignore[misc]
    """A read-only storage over the index section of a pack."""

    readonly = True
    supports_mmap = False

    def __init__(self, section: memoryview) -> None:
        (length,) = _LENGTH.unpack_from(section)
        start = _LENGTH.size + length
        self._files: dict[str, memoryview] = {}
        for name, size in json.loads(bytes(section[_LENGTH.size : start])).items():
            self._files[name] = section[start : start + size]
            start += size

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def list(self) -> list[str]:
        """Return the names of all files."""
        return list(self._files)

    def file_exists(self, name: str) -> bool:
        """Return whether there is such a file."""
        return name in self._files

    def file_length(self, name: str) -> int:
        """Return a file's length in bytes."""
        return len(self._files[name])

    def file_modified(self, name: str) -> int:
        """Return a constant: a pack never changes."""
        del name
        return -1

    def open_file(self, name: str, **kwargs: Any) -> SliceFile:
        """Return a file opened for reading; raises NameError as Whoosh expects."""
        del kwargs
        if name not in self._files:
            raise NameError(name)
        return SliceFile(self._files[name], name)

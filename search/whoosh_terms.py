"""Finds a term in Whoosh's term file without Whoosh's own steps: a query asks a thousand objects for thirty terms each.

The file is a hash table (whoosh.filedb.filetables): 256 tables of slots, each a hash and where its key lies, then the
keys with their values. A value is a fixed head and, in our indexes, the one posting itself, pickled by Whoosh.
"""

import pickle
import struct
from hashlib import md5
from typing import Any

from lectern.errors import PackError

_SLOT = struct.Struct("!Iq")  # hash, place of the key
_LENGTHS = struct.Struct("!ii")  # of key and value
_FIELD = struct.Struct("!H")
_HEAD = struct.Struct("!BfIBBfII")  # of a value; its first number says whether the posting is in it
_MD5 = 0  # the only hash that Whoosh writes term files with


class TermFile:
    """The terms of one open Whoosh segment."""

    def __init__(self, terms: Any) -> None:
        """Take the terms reader of a segment; raises ValueError if its file is of a kind that Whoosh does not write."""
        table = terms._tindex
        if table.hashtype != _MD5:
            raise ValueError(f"a term file with hash {table.hashtype}")
        self._tables: list[tuple[int, int]] = table.tables
        self._bytes = memoryview(table.dbfile._buf)
        self._fields: dict[str, bytes] = {name: _FIELD.pack(n) for name, n in terms._fieldmap.items()}

    def posting(self, field: str, term: bytes) -> bytes | None:
        """Return what the index holds of a term in its one document; None if the term is not in the field.

        Raises PackError if the posting is elsewhere than in the term file, where every pack that we write has it.
        """
        number = self._fields.get(field)
        place = None if number is None else self._place(number + term)
        if place is None:
            return None
        if not self._bytes[place]:
            raise PackError("The index keeps its postings in another way.", "`lectern reindex` makes it anew.")
        # A pickle is opened here as Whoosh does it: the whole section is under the home's key (lectern.pack).
        _, _, (posting,) = pickle.loads(self._bytes[place + _HEAD.size :])
        return bytes(posting)

    def _place(self, key: bytes) -> int | None:
        """Return where the value of a key begins."""
        hashed = int.from_bytes(md5(key, usedforsecurity=False).digest()[-4:], "big")
        start, slots = self._tables[hashed & 255]
        slot = (hashed >> 8) % slots if slots else 0
        for _ in range(slots):
            found, place = _SLOT.unpack_from(self._bytes, start + slot * _SLOT.size)
            if not place:
                return None
            if found == hashed:
                length: int = _LENGTHS.unpack_from(self._bytes, place)[0]
                begin: int = place + _LENGTHS.size
                if length == len(key) and self._bytes[begin : begin + length] == key:
                    return begin + length
            slot = (slot + 1) % slots
        return None

"""gzip, unpacked piece by piece."""

import zlib
from collections.abc import Iterable, Iterator

MAGIC = b"\x1f\x8b"
_PIECE = 1 << 16
_WITH_HEADER = 31


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what gzip holds in pieces of at most 64 KB: a bomb meets its reader's limit before it can grow.

    Several one behind the other are one file. Raises ValueError for what is no gzip, and for half of one.
    """
    unzip = zlib.decompressobj(_WITH_HEADER)
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if unzip.eof:
                    unzip = zlib.decompressobj(_WITH_HEADER)
                yield unzip.decompress(rest, _PIECE)
                rest = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
    except zlib.error as error:
        raise ValueError(f"it is no gzip ({error})") from error
    if not unzip.eof:
        raise ValueError("it ends in the middle")

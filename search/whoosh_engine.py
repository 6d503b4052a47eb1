"""Whoosh as the engine of one object: one document per object, fed with finished tokens (docs/decisions/0003).

No text reaches a Whoosh analyzer or parser; hits are read from the postings, which is both the fastest and the
only exact way (shared measurements in docs/decisions/0003). `whoosh_terms` reads them where Whoosh wrote them.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3TermInfo
from whoosh.fields import FieldType, Schema
from whoosh.formats import Format
from whoosh.index import FileIndex

from search.analysis import STEM_SIGN
from search.engine import Occurrences, Query
from search.tokenizing import Kind, Postings
from search.whoosh_storage import MemoryStorage, SliceStorage, join_files
from search.whoosh_terms import TermFile

_BUILD_MEGABYTES = 256
_STEMS, _WORDS = (Kind.STEM,), tuple(kind for kind in Kind if kind is not Kind.STEM)
# One document: every posting list has one entry, which lies better in the term table than in a block of its own
# (a tenth smaller and quicker to build). Whoosh's writer calls `set_inline`, its class defines `set_inlined`.
_INLINE = 2
W3TermInfo.set_inline = W3TermInfo.set_inlined


class PositionsFormat(Format):  # type: ignore[misc] # Whoosh has no types
    """Keeps positions as plain 32-bit numbers."""

    def decode_positions(self, value: bytes) -> "array[int]":
        """Return the positions of one posting."""
        positions: array[int] = array("I")
        positions.frombytes(value)
        return positions

    def decode_frequency(self, value: bytes) -> int:
        """Return the number of positions of one posting."""
        return len(value) // 4


class TokensField(FieldType):  # type: ignore[misc]
    """A field of finished tokens."""

    indexed = True
    stored = False
    scorable = False
    unique = False
    vector = None
    analyzer = None
    multitoken_query = None

    def __init__(self) -> None:
        self.format = PositionsFormat()

    def index(self, value: "dict[str, array[int]]", **kwargs: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield what the writer stores of every term, and let go of it: tokens are taken as they are."""
        del kwargs
        while value:
            term, positions = value.popitem()
            yield term.encode(), len(positions), float(len(positions)), positions.tobytes()


def _schema() -> Schema:
    return Schema(**{str(kind): TokensField() for kind in Kind})


@cache
def _read_schema() -> Schema:
    """Return the one schema of all open indexes: reading changes nothing in it."""
    return _schema()


def build_index(postings: Postings) -> list[bytes]:
    """Return the pieces of a pack's index section: a Whoosh segment made in memory.

    The postings are used up: of a large book they are not to be in memory twice.
    """
    storage = MemoryStorage()
    writer = storage.create_index(_schema()).writer(
        limitmb=_BUILD_MEGABYTES, compound=False, codec=W3Codec(inlinelimit=_INLINE)
    )
    try:
        writer.add_document(**{str(kind): terms for kind, terms in postings.items() if terms})
        writer.commit()
    except BaseException:
        writer.cancel()
        raise
    return join_files(storage.files)


class WhooshIndex:
    """An open index of one object. Safe for threads: a Whoosh reader is not, but only its term file is read."""

    def __init__(self, section: memoryview) -> None:
        reader = FileIndex(SliceStorage(section), schema=_read_schema()).reader()
        self._terms = TermFile(reader._terms)

    def spans(self, terms: Iterable[str], query: Query | None = None) -> Mapping[str, Sequence[Occurrences]]:
        """Return all occurrences of every term; a term that does not occur has none."""
        del query
        return {term: self._occurrences(term) for term in terms}

    def _occurrences(self, term: str) -> list[Occurrences]:
        found, encoded = [], term.encode()
        for kind in _STEMS if term.startswith(STEM_SIGN) else _WORDS:
            posting = self._terms.posting(kind.value, encoded)
            if posting is not None:
                positions: array[int] = array("I")
                positions.frombytes(posting)
                found.append(Occurrences(kind, positions))
        return found

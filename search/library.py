"""The open packs of a process: opened at first use, shared by its threads, closed when long unused."""

from collections import OrderedDict
from functools import cached_property
from threading import Lock

import structlog

from lectern.catalogue import ObjectRow
from lectern.home import Home
from lectern.pack import PackFile
from lectern.wordblock import PageWords
from lectern.words import Join
from search.analysis import Profile, profile_of
from search.engine import EmptyIndex, ObjectIndex
from search.expanding import expand
from search.packing import INDEX_KEY, index_of_words, page_words, read_joins
from search.syntax import Pattern
from search.terms import SEGMENTS, TermTable
from search.tokentable import TokenTable
from search.whoosh_engine import WhooshIndex

_log = structlog.get_logger("lectern.search")


class PackHandle:
    """One open pack. Its parts are read at first use; all of them may be used by several threads."""

    def __init__(self, pack: PackFile, key: bytes) -> None:
        """Take an open pack; raises PackError if its analysis is not ours."""
        self._pack = pack
        self._key = key
        self._opening = Lock()
        self._index: ObjectIndex | None = None
        self.counts: dict[str, int] = {}  # of suggested words that were counted by a search
        self.profile: Profile = profile_of(pack.header)

    @property
    def pages(self) -> int:
        """Return the number of pages."""
        return int(self._pack.header["pages"])

    @cached_property
    def tokens(self) -> TokenTable:
        """Return the map of tokens, words, lines and pages."""
        return TokenTable(self._pack)

    @cached_property
    def terms(self) -> TermTable:
        """Return the object's own term table."""
        return TermTable(self._pack)

    @cached_property
    def segments(self) -> TermTable:
        """Return the words of scripts without spaces, to be suggested."""
        return TermTable(self._pack, SEGMENTS)

    @cached_property
    def joins(self) -> dict[int, Join]:
        """Return the hyphenated words by the words (over the object) of their first halves."""
        return {join.first: join for join in read_joins(self._pack)}

    def page(self, n: int) -> PageWords:
        """Return the words of page `n` (from 1, as canvases are counted)."""
        return page_words(self._pack, n - 1)

    def expand(self, pattern: Pattern) -> frozenset[str]:
        """Return the surface words of this object that a pattern stands for."""
        return expand(pattern, self.terms, self.index.similar)

    @property
    def index(self) -> ObjectIndex:
        """Return the engine's index; one that was not written under this home's key is made anew in memory."""
        with self._opening:
            if self._index is None:
                self._index = self._open_index()
            return self._index

    def _open_index(self) -> ObjectIndex:
        if not self._pack.header["tokens"]:
            return EmptyIndex()
        section = self._pack.trusted_index(self._key)
        if section is None:
            _log.error("index not under this home's key; built in memory", pack=self._pack.path.name)
            section = memoryview(index_of_words(self._pack, self.profile))
        return WhooshIndex(section)


class Library:
    """The packs of a home, the least used closed first once `limit` are open."""

    def __init__(self, home: Home, limit: int) -> None:
        self._home = home
        self._limit = limit
        self._open: OrderedDict[tuple[str, int], PackHandle] = OrderedDict()
        self._lock = Lock()

    def open(self, row: ObjectRow) -> PackHandle:
        """Return the pack that an object's row names; raises PackError when it cannot be read."""
        place = (row.id, row.generation)
        with self._lock:
            handle = self._open.get(place)
            if handle is not None:
                self._open.move_to_end(place)
                return handle
        handle = PackHandle(PackFile(self._home.pack_file(*place)), self._home.key(INDEX_KEY))
        with self._lock:
            # Another thread may have been quicker; all must share one handle, and so one lock.
            handle = self._open.setdefault(place, handle)
            self._drop_older(row)
            while len(self._open) > self._limit:
                self._open.popitem(last=False)
        return handle

    def _drop_older(self, row: ObjectRow) -> None:
        """Let go of older generations; whoever still searches one keeps it until he is done."""
        for object_id, generation in list(self._open):
            if object_id == row.id and generation < row.generation:
                del self._open[object_id, generation]

    def __len__(self) -> int:
        return len(self._open)

"""The open packs of a process: opened at first use, shared by its threads, closed when long unused."""

import resource
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from itertools import count
from threading import Lock
from typing import Any, Self
from weakref import finalize

import structlog

from lectern.catalogue import ObjectRow
from lectern.errors import PackError
from lectern.home import Home
from lectern.keys import INDEX_KEY
from lectern.noted import looked_up, watch
from lectern.pack import PackFile
from lectern.wordblock import PageWords
from lectern.words import Join
from search.analysis import Profile, profile_of
from search.engine import EmptyIndex, Engine, ObjectIndex
from search.expanding import expand
from search.leaf import Leaf
from search.packing import index_of_words, page_words, read_joins, words_of_pages
from search.pagecache import PageCache
from search.parts import Ranges, open_part, part_path
from search.remarks import PART, Remark, canvas_of_row, canvases_of_row, from_row, read_rows
from search.syntax import Pattern
from search.terms import SEGMENTS, TermTable
from search.tokentable import TokenTable
from search.whoosh_engine import WhooshIndex

DEFAULT_BYTES = 16 << 30
_KEPT_FREE = 256  # files for connections, stores and logs
_MOST = 1_000_000
_AT_ONCE = 64  # pages whose words are asked for together
_Key = tuple[str, Ranges | None]  # an object, and the pages of a part of it
_numbers = count()  # of packs, as this process opens them

_log = structlog.get_logger("lectern.search")


class _Tables:
    """What is read of a pack at first use."""

    def __init__(self, pack: PackFile) -> None:
        self._pack = pack

    @cached_property
    def tokens(self) -> TokenTable:
        return TokenTable(self._pack)

    @cached_property
    def terms(self) -> TermTable:
        return TermTable(self._pack)

    @cached_property
    def segments(self) -> TermTable:
        return TermTable(self._pack, SEGMENTS)

    @cached_property
    def joins(self) -> Mapping[int, Join]:
        return {join.first: join for join in read_joins(self._pack)}


class PackHandle:
    """One open pack. Its parts are read at first use; all of them may be used by several threads."""

    def __init__(self, pack: PackFile, engine: Engine, shown: PageCache[Leaf] | None = None) -> None:
        """Take an open pack, what finds words in it, and what keeps the pages shown last.

        Raises PackError if its analysis is not ours.
        """
        self._pack = pack
        self._tables = _Tables(pack)
        self._engine = engine
        self._opening = Lock()
        self._index: ObjectIndex | None = None
        self._shown = PageCache[Leaf]() if shown is None else shown
        self._number = next(_numbers)
        finalize(self, self._shown.forget, self._number).atexit = False  # once nobody searches it any more
        self.counts: dict[str, int] = {}  # of suggested words that were counted by a search
        self.profile: Profile = profile_of(pack.header)

    @property
    def bytes(self) -> int:
        """Return the size of the pack, which is mapped as a whole."""
        return len(self._pack)

    @property
    def header(self) -> Mapping[str, Any]:
        """Return what is said of the whole: counts, and how its words are folded."""
        return self._pack.header

    @property
    def pages(self) -> int:
        """Return the number of pages."""
        return int(self._pack.header["pages"])

    @property
    def tokens(self) -> TokenTable:
        """Return the map of tokens, words, lines and pages."""
        return self._tables.tokens

    @property
    def terms(self) -> TermTable:
        """Return the object's own term table."""
        return self._tables.terms

    @property
    def segments(self) -> TermTable:
        """Return the words of scripts without spaces, to be suggested."""
        return self._tables.segments

    @property
    def joins(self) -> Mapping[int, Join]:
        """Return the hyphenated words by the words (over the object) of their first halves."""
        return self._tables.joins

    def page(self, n: int) -> PageWords:
        """Return the words of page `n` (from 1, as canvases are counted)."""
        return self.leaf(n - 1).words

    def leaf(self, page: int) -> Leaf:
        """Return a page (from 0) with where its words are in the object; kept decoded, as it may be asked for again."""
        read = self._pack
        return self._shown.page((self._number, page), lambda: Leaf(page, page_words(read, page), self.tokens))

    @property
    def is_at_hand(self) -> bool:
        """Return whether its words lie here, so that nobody needs to say beforehand which pages he will ask for."""
        return self._pack.is_at_hand

    def have(self, pages: Iterable[int]) -> None:
        """Have pages (from 0) at hand, as they are about to be shown: those that lie elsewhere come together."""
        if self.is_at_hand:
            return
        wanted = self.lacking(pages)
        self.take_in(dict(zip(wanted, words_of_pages(self._pack, wanted), strict=True)))

    def lacking(self, pages: Iterable[int]) -> list[int]:
        """Return those pages (from 0) whose words would have to be fetched from elsewhere."""
        if self.is_at_hand:
            return []
        return [page for page in dict.fromkeys(pages) if (self._number, page) not in self._shown]

    def take_in(self, fetched: Mapping[int, PageWords]) -> None:
        """Have the words of pages (from 0) at hand that were fetched together with those of other objects."""
        for page, words in fetched.items():
            self._shown.page((self._number, page), lambda: Leaf(page, words, self.tokens))  # noqa: B023 - asked at once

    def pages_in_turn(self, numbers: Sequence[int]) -> Iterator[PageWords]:
        """Yield the words of pages (from 1) one after the other, some dozens of which are fetched together."""
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            self.have(n - 1 for n in some)
            yield from map(self.page, some)

    def verify(self) -> None:
        """Return for a pack that is as it was written; raises PackError for one that a disk has spoilt."""
        self._pack.verify()

    def expand(self, pattern: Pattern) -> frozenset[str]:
        """Return the surface words of this object that a pattern stands for."""
        return expand(pattern, self.terms)

    @cached_property
    def beside(self) -> "BesideHandle | None":
        """Return the annotations beside the text, None if there are none."""
        part = self._pack.part(PART)
        return None if part is None else BesideHandle(part, self._engine, self._shown, read_rows(self._pack))

    def knowing(self, index: ObjectIndex) -> Self:
        """Return a handle like this one, with another index."""
        other = copy(self)  # what is read at first use is read once for both
        other._index = index
        return other

    @property
    def index(self) -> ObjectIndex:
        """Return the engine's index of it."""
        with self._opening:
            if self._index is None:
                self._index = self._engine(self._pack, self.profile) if self.header["tokens"] else EmptyIndex()
            return self._index


class BesideHandle(PackHandle):
    """The annotations beside the text of one open pack; the words of each are a page of it."""

    def __init__(self, pack: PackFile, engine: Engine, shown: PageCache[Leaf], rows: list[list[Any]]) -> None:
        super().__init__(pack, engine, shown)
        self._rows = rows
        self._remarks: dict[int, Remark] = {}
        self.canvases: Sequence[int] = [canvas_of_row(row) for row in rows]  # (from 0) where each is found; ascending

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def places(self) -> Mapping[int, Sequence[int]]:
        """Return the annotations (from 0) about each canvas (from 0) that some are about, all its targets counted."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for place, row in enumerate(self._rows):
            for canvas in canvases_of_row(row):
                found[canvas].append(place)
        return dict(found)

    def remark(self, place: int) -> Remark:
        """Return an annotation (from 0) without its text."""
        found = self._remarks.get(place)
        if found is None:
            found = self._remarks[place] = from_row(self._rows[place], "")
        return found

    def text(self, place: int) -> str:
        """Return the whole text of an annotation (from 0); its lines are parted by line ends."""
        return self.page(place + 1).spaced()


def whoosh(key: bytes) -> Engine:
    """Return what opens the index in a pack; one that was not written under the home's key is made anew in memory."""

    def opened(pack: PackFile, profile: Profile) -> ObjectIndex:
        section = pack.trusted_index(key)
        if section is None:
            _log.error("index not under this home's key; built in memory", pack=pack.path.name)
            section = memoryview(index_of_words(pack, profile))
        return WhooshIndex(section)

    return opened


class Library:
    """The packs of a home, and parts of them, one generation of each object; the least used is closed first.

    Open are at most `limit`, fewer if the process may not have as many files; and at most `most_bytes` of them are
    mapped, that is within reach: how much of that is in memory is the system's affair.
    """

    def __init__(self, home: Home, limit: int, most_bytes: int = DEFAULT_BYTES) -> None:
        self._home = home
        self._limit = max(1, min(limit, files_to_spare()))
        self._most_bytes = most_bytes
        self._bytes = 0
        self._shown = PageCache[Leaf]()
        self._open: OrderedDict[_Key, tuple[int, PackHandle]] = OrderedDict()
        self._lock = Lock()
        watch("packs", self)

    def open(self, row: ObjectRow, pages: Ranges | None = None) -> PackHandle:
        """Return the pack that an object's row names, or the part of it with the words of some pages alone.

        Raises PackError when it cannot be read, StoreUnavailable when the part cannot be made.
        """
        key = (row.id, pages)
        found = self._known(key, row.generation)
        looked_up("packs", found)
        if found is not None:
            return found
        handle = self._opened(row) if pages is None else self._opened_part(row, pages)
        with self._lock:
            generation, known = self._open.get(key, (-1, handle))
            if generation == row.generation:
                return known  # another thread was quicker; all must share one handle, and so one lock
            # Who asks for an older generation began before the newer one was there, and is soon done with it.
            if generation < row.generation:
                self._keep(key, row.generation, handle)
        return handle

    def prepare(self, rows: Iterable[ObjectRow]) -> None:
        """Have at hand what opening objects takes, of all at once where it is kept elsewhere. Nothing is opened."""

    def header(self, row: ObjectRow) -> Mapping[str, Any]:
        """Return what an object's pack says of the whole, also of one that was made with an analysis not ours."""
        return self._pack(row).header

    def require(self, row: ObjectRow) -> None:
        """Return if an object can be opened; raises PackError if not. Nothing is kept open by that."""
        self._pack(row)

    def _opened(self, row: ObjectRow) -> PackHandle:
        return PackHandle(self._pack(row), whoosh(self._home.key(INDEX_KEY)), self._shown)

    def _pack(self, row: ObjectRow) -> PackFile:
        return PackFile(self._home.pack_file(row.id, row.generation))

    def _opened_part(self, row: ObjectRow, pages: Ranges) -> PackHandle:
        """Return a part, which lies in this home whatever the engine: it is made of the words of the whole."""
        pack = open_part(self._home, row.id, row.generation, pages, lambda: self._whole(row))
        return PackHandle(pack, whoosh(self._home.key(INDEX_KEY)), self._shown)

    def _whole(self, row: ObjectRow) -> PackFile:
        """Return what parts are made of, each time anew: raises PackError for an object that was removed meanwhile."""
        return self._pack(row)

    def _forget(self, row: ObjectRow) -> None:
        """Let go of what is kept here of an object and was spoilt, if it can be had again."""

    def verify(self, row: ObjectRow, pages: Ranges | None = None) -> None:
        """Return if a pack is as it was written; raises PackError if not: what can be had anew is, at the next need."""
        try:
            self.open(row, pages).verify()
        except PackError:
            with self._lock:
                self._drop((row.id, pages))
            if pages is not None:
                part_path(self._home, row.id, row.generation, pages).unlink(missing_ok=True)
            else:
                self._forget(row)
            raise

    def _known(self, key: _Key, wanted: int) -> PackHandle | None:
        with self._lock:
            generation, handle = self._open.get(key, (-1, None))
            if generation != wanted:
                return None
            self._open.move_to_end(key)
            return handle

    def _drop(self, key: _Key) -> None:
        if key in self._open:
            self._bytes -= self._open.pop(key)[1].bytes

    def _keep(self, key: _Key, generation: int, handle: PackHandle) -> None:
        """Keep a pack open in place of its older generation; whoever still searches that one keeps it until then."""
        self._drop(key)
        self._open[key] = generation, handle
        self._bytes += handle.bytes
        while len(self._open) > 1 and (len(self._open) > self._limit or self._bytes > self._most_bytes):
            _, (_, oldest) = self._open.popitem(last=False)
            self._bytes -= oldest.bytes

    def opened(self) -> list[tuple[_Key, PackHandle]]:
        """Return what is open now, the longest unused first: objects, and the pages of a part of each."""
        with self._lock:
            return [(key, handle) for key, (_, handle) in self._open.items()]

    def __len__(self) -> int:
        return len(self._open)


def files_to_spare() -> int:
    """Return how many packs this process may open, one file each, and have enough left for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if soft == resource.RLIM_INFINITY else max(1, soft - min(_KEPT_FREE, soft // 2))

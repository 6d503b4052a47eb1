"""Parts: packs that hold the words of some pages of an object alone, for readers who may not know the others.

What a reader may not read is not in the index that he asks: neither answers nor their time can tell of it (TH-78,
TH-82). A part is made of the words in the object's pack at first need, and is a pack like any other. Its other pages
are empty, so that pages keep their numbers; no phrase and no words near one another reach over them (TH-84).
"""

import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from itertools import accumulate, tee
from pathlib import Path
from threading import Lock

from lectern.errors import PackError, StoreUnavailable
from lectern.home import Home
from lectern.keys import INDEX_KEY
from lectern.pack import PackFile
from lectern.wordblock import PageWords
from lectern.words import Join
from search.analysis import profile_of
from search.packing import PackBuilder, blocks_of_pages, read_joins, read_remarks
from search.tokenizing import pages_with_joins

Ranges = tuple[tuple[int, int], ...]  # pages (from 0) in order, parted by others: first and last of each stretch

_MOST = 16  # parts of one object; the longest unused go
_LEFT_SECONDS = 600  # a part that is not done by then was left by a process that was killed
_SPOILT = (ValueError, LookupError, zlib.error, struct.error)
_making = Lock()  # one at a time in a process: whoever asks for the same one waits for it


def part_path(home: Home, object_id: str, generation: int, pages: Ranges) -> Path:
    """Return where the part of some pages of an object lies."""
    mark = sha256(repr(pages).encode()).hexdigest()[:32]
    return home.parts_folder(object_id) / f"{generation}.{mark}.pack"


def open_part(
    home: Home, object_id: str, generation: int, pages: Ranges, whole: Callable[[], PackFile] | None = None
) -> PackFile:
    """Return the open part of some pages of an object, made now if it is not there, or not as it should be.

    `whole` opens the object's pack each time anew, that of the home if it is not told. Raises PackError when it cannot
    be read, StoreUnavailable when the part cannot be written: the object's own pack never stands in for it.
    """
    opened = whole or (lambda: PackFile(home.pack_file(object_id, generation)))
    path = part_path(home, object_id, generation, pages)
    try:
        return _open(home, path)
    except PackError:
        with _making:
            with suppress(PackError):
                return _open(home, path)  # another thread was quicker
            _make(home, object_id, generation, pages, opened)
            return _open(home, path)


def _open(home: Home, path: Path) -> PackFile:
    """Return an open part; raises PackError for one that this release or this home would make otherwise."""
    pack = PackFile(path)
    profile_of(pack.header)
    if pack.header["tokens"] and pack.trusted_index(home.key(INDEX_KEY)) is None:
        raise PackError(f"The part {path.name} was not made under this home's key.", "It is made anew when asked.")
    with suppress(OSError):
        os.utime(path)
    return pack


def _make(home: Home, object_id: str, generation: int, pages: Ranges, opened: Callable[[], PackFile]) -> None:
    path = part_path(home, object_id, generation, pages)
    whole = opened()
    try:
        _write(home, object_id, generation, pages, whole)
        try:
            opened()
        except PackError:  # the object was removed meanwhile, its parts too
            path.unlink(missing_ok=True)
            raise
        _bound(path)
    except OSError as error:
        raise StoreUnavailable(
            f"The part of {object_id} that may be searched cannot be written: {error.strerror or error}.",
            "Make room on the disk of the home, and see that the service may write to its `index` folder.",
        ) from error
    except _SPOILT:
        whole.verify()
        raise


def _write(home: Home, object_id: str, generation: int, pages: Ranges, whole: PackFile) -> None:
    count = int(whole.header["pages"])
    shown = frozenset(page for first, last in pages for page in range(first, min(last + 1, count)))
    path, profile = part_path(home, object_id, generation, pages), profile_of(whole.header)
    blocks, read = tee(blocks_of_pages(whole, sorted(shown)))
    own = iter(pages_with_joins((PageWords(block).text() for block in read), list(_joins(whole, shown))))
    with PackBuilder(home, object_id, generation, profile, path=path) as builder:
        for n in range(count):
            if n in shown:
                builder.add(next(blocks), *next(own))
            else:
                builder.skip()
        remarks = [remark for remark in read_remarks(whole) if all(each.n - 1 in shown for each in remark.targets)]
        builder.finish(remarks=remarks)


def _joins(whole: PackFile, shown: frozenset[int]) -> Iterator[Join]:
    """Yield the joins that lie on pages shown, from the first half to the second, with the words of these counted."""
    begins = whole.numbers("page_words")
    words = [0] * len(begins)  # how many words of pages not shown stand before a page
    words[1:] = accumulate(0 if n in shown else begins[n + 1] - begins[n] for n in range(len(begins) - 1))
    page = 0
    for join in read_joins(whole):
        while begins[page + 1] <= join.first:
            page += 1
        last = page
        while begins[last + 1] <= join.second:
            last += 1
        if all(n in shown for n in range(page, last + 1)):
            yield Join(join.first - words[page], join.second - words[last], join.whole, join.marked)


def _bound(path: Path) -> None:
    """Remove parts of an object beyond the sixteen used last, and what was left half-written; who has one keeps it."""
    parts = [each for each in path.parent.glob("[0-9]*.pack") if each != path]
    with suppress(FileNotFoundError):  # another process removes some, too
        parts.sort(key=lambda each: each.stat().st_mtime)
        for each in parts[: max(0, len(parts) + 1 - _MOST)]:
            each.unlink(missing_ok=True)
        for each in path.parent.glob(".*.pack.*"):
            if each.stat().st_mtime < time.time() - _LEFT_SECONDS:
                each.unlink(missing_ok=True)

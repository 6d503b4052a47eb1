"""How far an ingest has come that is under way or was killed, told from what it left on the disk. Looking only."""

import fcntl
import json
import os
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.keeping import lock_path, spool_path, under_way_path
from lectern.home import Home

HEAD = struct.Struct("<III")  # before a record: length of the header and of the words, CRC-32 of both


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An ingest that has not come to its end: `read` of `pages` pages are done. `running`, or it was killed."""

    object: str
    pages: int
    read: int
    source: str
    running: bool


def note_under_way(home: Home, object_id: str, *, pages: int, known: int, source: str) -> None:
    """Write down that an ingest of so many pages begins, of which `known` are done already. Raises OSError."""
    place = under_way_path(home, object_id)
    told = {"pages": pages, "elsewhere": known - records_in(spool_path(home, object_id)), "source": source}
    place.write_text(json.dumps(told), "utf-8")


def find_under_way(home: Home, object_id: str) -> UnderWay | None:
    """Return how far the ingest of an object is, None if none is under way."""
    try:
        told = json.loads(under_way_path(home, object_id).read_text("utf-8"))
        pages, elsewhere, source = int(told["pages"]), int(told["elsewhere"]), str(told["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    read = min(max(elsewhere + records_in(spool_path(home, object_id)), 0), pages)
    return UnderWay(object_id, pages, read, source, _is_held(lock_path(home, object_id)))


def all_under_way(home: Home) -> list[UnderWay]:
    """Return all ingests that have not come to their end, by object id."""
    end = under_way_path(home, "").name
    places = sorted(under_way_path(home, "").parent.glob(f"*{end}"))
    return [found for place in places if (found := find_under_way(home, place.name.removesuffix(end)))]


def records_in(spool: Path) -> int:
    """Return the number of whole records in a spool, without looking into them; 0 if there is none."""
    count = 0
    with suppress(OSError), spool.open("rb") as file:
        left = os.fstat(file.fileno()).st_size
        while len(head := file.read(HEAD.size)) == HEAD.size:
            header, words, _ = HEAD.unpack(head)
            left -= HEAD.size + header + words
            if not header or left < 0:
                break
            file.seek(header + words, os.SEEK_CUR)
            count += 1
    return count


def _is_held(lock: Path) -> bool:
    """Return whether a process holds a lock."""
    with suppress(FileNotFoundError), lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False

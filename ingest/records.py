"""What is kept of a page that is done: enough to publish it again without opening its files.

A record's key tells all that it was made from, so a page whose key is known is not read a second time.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ingest.digests import digests_of
from ingest.leaves import Outcome, Task, work
from ingest.traps import changed_meanwhile, failure_entry
from lectern import __version__
from lectern.catalogue import LedgerEntry
from lectern.wordblock import encode_page
from lectern.words import Page

SAME = "+"  # ends the keys of pages that nothing tells apart
READING = 2  # raised when a reader or the geometry gives other words or boxes for the same file


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A page that is done. Sizes are canvas pixels, None for a leaf of which nothing could be used.

    `image` is the name of its pyramid, a file of `image_bytes`, or a reference to a picture that stays elsewhere, and
    `ocr` the name of the file that its words come from, both None where there is none. `block` holds the words as a
    pack does, empty for a page without text.
    """

    key: str
    name: str
    width: int | None = None
    height: int | None = None
    scale_by: str = ""
    image: str | None = None
    image_bytes: int = 0
    ocr: str | None = None
    label: str = ""
    language: str | None = None
    words: int = 0
    entries: tuple[LedgerEntry, ...] = ()
    block: bytes = b""

    @property
    def placed(self) -> bool:
        """Return whether the page has a canvas."""
        return self.width is not None

    @property
    def readable(self) -> bool:
        """Return whether there are words or a picture."""
        return self.ocr is not None or self.image is not None

    @property
    def failed(self) -> bool:
        """Return whether a file of the page could not be read: then it is tried again the next time."""
        return any(entry.level == "failure" for entry in self.entries)

    def header(self) -> dict[str, Any]:
        """Return everything but the words, as JSON can hold it."""
        found = {
            name: value
            for name in self.__slots__
            if name not in {"block", "entries"} and (value := getattr(self, name))
        }
        entries = [[entry.level, entry.trap, entry.message, entry.page] for entry in self.entries]
        return found | ({"entries": entries} if entries else {})


def from_header(header: Mapping[str, Any], block: bytes) -> PageRecord:
    """Return a record as it was; raises TypeError and ValueError for what never was one."""
    values = dict(header)
    entries = tuple(LedgerEntry(*entry) for entry in values.pop("entries", ()))
    return PageRecord(**values, entries=entries, block=block)


def record_of(outcome: Outcome, task: Task, key: str) -> PageRecord:
    """Return what is kept of a leaf that is done."""
    page, canvas, leaf = outcome.page, outcome.canvas, outcome.leaf
    pyramid = task.pyramid if outcome.image is not None else None
    distant = str(task.distant.reference) if task.distant and outcome.image is not None else None
    return PageRecord(
        key,
        leaf.name,
        canvas.width if canvas else None,
        canvas.height if canvas else None,
        canvas.scale_by if canvas else "",
        pyramid.name if pyramid else distant,
        pyramid.stat().st_size if pyramid else 0,
        leaf.ocr.name if leaf.ocr is not None and page is not None else None,
        page.name if page else "",
        page.language if page else None,
        sum(len(line.words) for line in page.lines()) if page else 0,
        tuple(outcome.entries),
        encode_page(page) if page else b"",
    )


def make_record(job: tuple[Task, str]) -> PageRecord:
    """Return the record of a task under its key; runs in worker processes.

    Files that change while they are read are a failure: their words would be kept under the digests of others.
    """
    task, key = job
    outcome = work(task)
    if key_of(task, digests_of(task.leaf.texts, task.bounds)) != key.rstrip(SAME):
        outcome.entries.append(failure_entry(changed_meanwhile(f"The OCR of {task.leaf.name}"), task.leaf.name))
    return record_of(outcome, task, key)


def empty_block() -> bytes:
    """Return the block of a page without words."""
    return encode_page(Page())


def key_of(task: Task, ocr: str) -> str:
    """Return the key of a leaf's record; `ocr` holds the digests of the files that its words come from."""
    made_from: list[object] = [
        READING,
        __version__,
        task.leaf.name,
        task.leaf.page,
        task.leaf.ocr.name if task.leaf.ocr else None,
        ocr,
        task.pyramid.name if task.pyramid else None,
        asdict(task.reduced) if task.reduced else None,
        task.mets,
        task.given,
        task.language,
    ]
    if task.distant is not None:
        made_from.append(task.distant.key)
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:32]

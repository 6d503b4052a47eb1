"""How the shelf and its ingest stand, in a few numbers: asked for by whoever watches, so cheap and bounded."""

from typing import NamedTuple

from lectern.database import Database

NEWEST = 100_000  # entries of the ledger that are looked at, the newest

_SHELF = "SELECT count(*), coalesce(sum(pages), 0), coalesce(sum(words), 0), coalesce(max(modified), 0) FROM objects"
_LEDGER = (
    "SELECT level, trap, count(*) FROM (SELECT level, trap FROM ledger ORDER BY id DESC LIMIT ?) AS newest "
    "WHERE level IN ('failure', 'warning') GROUP BY level, trap"
)
_WAITING = "SELECT state, count(*), min(at) FROM pending GROUP BY state"
_HELD = 'SELECT count(*), coalesce(min(at), 0) FROM leases WHERE "until" > ?'


class Waiting(NamedTuple):
    """How many there are, and since when the oldest is there (seconds since 1970 UTC; 0 if there is none)."""

    number: int
    since: float


class Figures(NamedTuple):
    """The numbers of a catalogue, at a time of its own clock. Times are seconds since 1970 UTC, 0 for never.

    `modified` is when an object was changed last. `ledger` counts the newest entries by level and trap, `underway` the
    objects that are being written, and `pending` the generations that the cluster has not caught up with, by why.
    """

    at: float
    objects: int
    pages: int
    words: int
    modified: int
    ledger: dict[tuple[str, str], int]
    underway: Waiting
    pending: dict[str, Waiting]


def figures_of(database: Database, now: float) -> Figures:
    """Return the numbers of a catalogue at `now` (seconds since 1970 UTC); raises StoreUnavailable."""
    ((objects, pages, words, modified),) = database.rows(_SHELF)
    ledger = {(level, trap): count for level, trap, count in database.rows(_LEDGER, (NEWEST,))}
    ((held, since),) = database.rows(_HELD, (now,))
    pending = {state: Waiting(count, float(at)) for state, count, at in database.rows(_WAITING)}
    return Figures(now, objects, int(pages), int(words), modified, ledger, Waiting(held, since), pending)

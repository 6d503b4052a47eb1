"""The catalogue: objects, their canvases and images, and the ledger of what ingest did.

The row of an object names the generation of its pack. Committing that row is the switch: readers see the
old object or the new one, whole (DESIGN section 3).
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, union

from lectern import catalogue_tables as known
from lectern.catalogue_figures import Figures, figures_of
from lectern.catalogue_pending import Key, Pending, Waiting, note, note_changed, switch
from lectern.catalogue_survey import Survey
from lectern.clock import Clock, seconds, utc_now
from lectern.database import Database
from lectern.database_kept import Rows
from lectern.errors import NotFound
from lectern.home import Home
from lectern.leases import Leases

_AT_ONCE = 500  # ids in one statement
BY_TIME = "time"  # what `scale_by` says of a canvas whose words have times in place of boxes
_FIND = f"SELECT {', '.join(known.objects.c.keys())} FROM objects WHERE id = ?"
_HEADINGS = {
    "sqlite": "SELECT object, json_extract(description, '$.label'), json_extract(description, '$.nav_date')"
    " FROM descriptions",
    "postgresql": "SELECT object, description::json->>'label', description::json->>'nav_date' FROM descriptions",
}
# No number comes twice: those that are asked for are a set.
_SIZES = {
    dialect: "SELECT c.n, c.canvas, c.width, c.height FROM objects o JOIN canvases c ON c.object = o.id"
    f" WHERE o.id = ? AND c.n IN ({numbers}) AND o.generation = ? AND o.modified = ?"
    for dialect, numbers in {
        "sqlite": "SELECT value FROM json_each(?)",
        "postgresql": "SELECT value::bigint FROM json_array_elements_text(?::json)",
    }.items()
}


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One digitised book, issue or letter. Times are seconds since 1970 UTC.

    `viewing_direction` is which way the pages turn, as IIIF names it, empty where nobody said.
    """

    id: str
    original_id: str
    label: str
    generation: int = 0
    summary: str = ""
    rights: str = ""
    languages: tuple[str, ...] = ()
    viewing_direction: str = ""
    collections: tuple[str, ...] = ()
    policy: str = "open"
    pages: int = 0
    words: int = 0
    created: int = 0
    modified: int = 0

    @property
    def only_language(self) -> str:
        """Return the language of all text that states none: the object's, if it has just one, else empty."""
        return self.languages[0] if len(self.languages) == 1 else ""


class CanvasSize(NamedTuple):
    """The id of a canvas, as in `CanvasRow`, with its size in pixels."""

    canvas: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CanvasRow:
    """One canvas. `canvas` is its id (a path for our own, see `urls.canvas_path`); sizes are canvas pixels.

    `image` is the pyramid's path under the home's images folder, None without a picture. `scale_by` says
    what the OCR's boxes were scaled by. `borrowed` is the picture that somebody else serves for it, as the JSON text
    of a Presentation 3 content resource with its services, empty where there is none.
    """

    n: int
    canvas: str
    width: int
    height: int
    label: str = ""
    image: str | None = None
    ocr: str | None = None
    words: int = 0
    scale_by: str = ""
    borrowed: str = ""

    def has_picture(self, elsewhere: bool) -> bool:
        """Return whether there is a picture: in the home, or with `elsewhere` at another image server."""
        return self.image is not None or (elsewhere and self.scale_by != BY_TIME)


@dataclass(frozen=True, slots=True)
class RangeRow:
    """A part of an object, `r` from 1: a chapter, an article. `kind` is what its source calls that.

    `canvases` are the numbers of those it covers, in order; `parent` is the number of the range around it, which comes
    before it and covers them too.
    """

    r: int
    parent: int | None
    label: str
    kind: str
    canvases: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What happened to one page (or, with page None, to the object): `trap` is a stable name, `message` the reason."""

    level: Literal["info", "warning", "failure"]
    trap: str
    message: str
    page: str | None = None
    at: float = field(default=0.0)


Outcome = Literal["read", "empty", "no-text", "failed"]


@dataclass(frozen=True, slots=True)
class PageState:
    """What became of one page in the newest ingest. `place` counts all pages from 1, `n` is its canvas' number.

    A page without canvas was left out. `read` has words, `empty` none in its OCR, `no-text` has no OCR; `reason`
    says why a page `failed`. `warnings` counts warnings by trap.
    """

    place: int
    name: str
    n: int | None
    state: Outcome
    words: int = 0
    reason: str = ""
    warnings: dict[str, int] = field(default_factory=dict)


class Replaced(Exception):
    """The row of an object that was read before is no more: the object was published anew, or removed."""


class Catalogue:
    """Reads and writes the catalogue. Every method raises StoreUnavailable when the store cannot be used.

    Over PostgreSQL an object's row and the epoch may be two seconds old, if another process changed them.
    """

    def __init__(self, home: Home, clock: Clock = utc_now) -> None:
        self._database = Database(home.server or home.catalogue_file, known.SCHEMA)
        self._clock = clock
        self.pending = Pending(self._database)
        self.leases = Leases(self._database, clock)
        self.survey = Survey(self._database)
        self._epoch: Rows = []  # as seen last

    def figures(self) -> Figures:
        """Return how the shelf and its ingest stand, in a few numbers."""
        return figures_of(self._database, self.leases.now())

    def close(self) -> None:
        """Close the store's connections."""
        self._database.close()

    def find(self, object_id: str, *, newest: bool = False) -> ObjectRow | None:
        """Return the object, or None; over PostgreSQL as it was two seconds ago, unless the `newest` is wanted."""
        rows = self._database.rows(_FIND, (object_id,), kept=not newest)
        return _object(_from_driver(rows[0])) if rows else None

    def get(self, object_id: str, *, newest: bool = False) -> ObjectRow:
        """Return the object as `find` does; raises NotFound."""
        row = self.find(object_id, newest=newest)
        if row is None:
            raise no_such_object(object_id)
        return row

    def some(self, ids: Collection[str]) -> dict[str, ObjectRow]:
        """Return those of some objects that there are, by id."""
        found: dict[str, ObjectRow] = {}
        wanted = list(ids)
        with self._database.read() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                query = select(known.objects).where(known.objects.c.id.in_(wanted[start : start + _AT_ONCE]))
                rows = connection.execute(query).mappings().all()
                found |= {row["id"]: _object(row) for row in rows}
        return found

    def objects(self) -> list[ObjectRow]:
        """Return all objects, by label."""
        with self._database.read() as connection:
            rows = (
                connection.execute(select(known.objects).order_by(known.objects.c.label, known.objects.c.id))
                .mappings()
                .all()
            )
        return [_object(row) for row in rows]

    def ids(self, start: str = "", most: int = 1000) -> list[str]:
        """Return up to `most` ids that begin with `start`, of objects and of ingests that failed, in order."""
        columns = (known.objects.c.id, known.ledger.c.object)
        wanted = [select(c.label("id")).where(c >= start, c < start + "\U0010ffff") for c in columns]
        with self._database.read() as connection:
            return list(connection.execute(union(*wanted).order_by("id").limit(most)).scalars())

    def canvases(self, object_id: str, numbers: Collection[int] | None = None) -> list[CanvasRow]:
        """Return the canvases of an object in order; with `numbers` only those (from 1)."""
        query = select(known.canvases).where(known.canvases.c.object == object_id).order_by(known.canvases.c.n)
        if numbers is not None:
            if not numbers:
                return []
            query = query.where(known.canvases.c.n.in_(numbers))
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [_canvas(row) for row in rows]

    def canvases_at(
        self, rows: Mapping[str, ObjectRow], places: Collection[tuple[str, int]]
    ) -> dict[tuple[str, int], CanvasSize]:
        """Return canvases of several objects by object and number (from 1), as they belong to the objects' rows.

        Raises Replaced if a row is no more, or has no such canvas: one statement sees one commit, so a row that was
        read before and its canvases are never of two states.
        """
        wanted: dict[str, list[int]] = {}
        for name, n in places:
            wanted.setdefault(name, []).append(n)
        found: dict[tuple[str, int], CanvasSize] = {}
        for name, numbers in wanted.items():
            state = rows[name].generation, rows[name].modified
            told = self._database.rows(_SIZES[self._database.dialect], (name, json.dumps(numbers), *state))
            if len(told) < len(numbers):
                self._database.forget()
                raise Replaced(name)
            for n, canvas, width, height in told:
                found[name, n] = CanvasSize(canvas, width, height)
        return found

    def canvas(self, object_id: str, n: int) -> CanvasRow | None:
        """Return canvas `n` (from 1), or None."""
        query = select(known.canvases).where(known.canvases.c.object == object_id, known.canvases.c.n == n)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _canvas(row)

    def ranges(self, object_id: str) -> list[RangeRow]:
        """Return the ranges of an object, each before those inside it."""
        query = select(known.ranges).where(known.ranges.c.object == object_id).order_by(known.ranges.c.r)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [RangeRow(r["r"], r["parent"], r["label"], r["kind"], tuple(r["canvases"])) for r in rows]

    def description(self, object_id: str) -> str:
        """Return what is said of an object beyond its row, as JSON text; empty where nothing is."""
        query = select(known.descriptions.c.description).where(known.descriptions.c.object == object_id)
        with self._database.read() as connection:
            return connection.execute(query).scalar() or ""

    def headings(self) -> dict[str, tuple[str, str]]:
        """Return what a list may tell of objects beyond their rows: (labels as JSON text, date), each empty if not."""
        rows = self._database.rows(_HEADINGS[self._database.dialect])
        return {name: (label or "", date or "") for name, label, date in rows if (label, date) != (None, None)}

    def epoch(self) -> int:
        """Return a number that grows with every change of the catalogue.

        An object's row that is asked for afterwards is at least as new.
        """
        return self._database.kept(("epoch",), self._newest_epoch)[0][0] or 0

    def _newest_epoch(self) -> Rows:
        """Return the epoch as a row; rows that were kept before it are forgotten first, so that none is older."""
        rows = self._database.rows("SELECT max(value) FROM epoch")
        if rows != self._epoch:
            self._database.forget()
            self._epoch = rows
        return rows

    def next_generation(self) -> int:
        """Return the generation that the next pack to be written may take.

        It is drawn from the epoch, which only grows: a removed and re-made object never meets its old packs.
        """
        with self._database.write() as connection:
            return _advance(connection)

    def publish(
        self,
        row: ObjectRow,
        canvases: Sequence[CanvasRow],
        entries: Iterable[LedgerEntry] = (),
        pages: Iterable[PageState] = (),
        ranges: Sequence[RangeRow] = (),
        *,
        description: str = "",
        before: ObjectRow | None = None,
        in_cluster: bool = False,
    ) -> ObjectRow:
        """Make an object visible with canvases, ranges, description and ledger in one commit; returns the row as kept.

        A policy that was set since the row `before` was read stays, whatever `row` says. Documents `in_cluster` that
        say another policy, or other collections, than the row as kept are not counted until they say so too.
        Its `modified` grows with every publishing, in the same second too: with the generation it tells one state of
        an object from every other.
        `row.generation` names a pack that is on disk already. Raises BeingWritten, with nothing changed, when this
        process held the object and another has taken it over.
        """
        now = seconds(self._clock())
        with self._database.write() as connection:
            self.leases.require(connection, row.id)
            columns = known.objects.c
            query = select(columns.created, columns.modified, columns.generation, columns.policy, columns.collections)
            present = connection.execute(query.where(columns.id == row.id)).first()
            created, modified, generation, policy, collections = present or (0, 0, None, row.policy, ())
            kept = replace(row, created=created or now, modified=max(now, modified + 1))
            if before is not None and policy != before.policy:
                kept = replace(kept, policy=policy)
            key = Key(row.id, row.generation)
            switch(connection, None if generation is None else Key(row.id, generation), key, now)
            said = (policy, tuple(collections)) if generation == row.generation else (row.policy, row.collections)
            if in_cluster and said != (kept.policy, kept.collections):
                note(connection, key, Waiting.CHANGED, now)
            _clear(connection, row.id)
            connection.execute(insert(known.objects), _columns(kept))
            if canvases:
                connection.execute(insert(known.canvases), [{"object": row.id, **asdict(c)} for c in canvases])
            if ranges:
                connection.execute(insert(known.ranges), [{"object": row.id, **_range_columns(r)} for r in ranges])
            if description:
                connection.execute(insert(known.descriptions), {"object": row.id, "description": description})
            self._replace_ledger(connection, row.id, entries, pages)
            _advance(connection)
        return kept

    def set_policy(self, object_id: str, policy: str, *, in_cluster: bool = False) -> None:
        """Put an object under another policy; raises NotFound.

        With documents `in_cluster` these are not counted until they say so too and `pending` is told.
        """
        columns = known.objects.c
        with self._database.write() as connection:
            query = select(columns.generation).where(columns.id == object_id)
            generation = connection.execute(query).scalar()
            if generation is None:
                raise no_such_object(object_id)
            if in_cluster:
                note_changed(connection, Key(object_id, generation), seconds(self._clock()))
            connection.execute(known.objects.update().where(known.objects.c.id == object_id).values(policy=policy))
            _advance(connection)

    def remove(self, object_id: str, *, in_cluster: bool = False) -> ObjectRow:
        """Take an object out of the catalogue; files, and documents `in_cluster`, go later.

        Returns what was removed; raises NotFound.
        """
        with self._database.write() as connection:
            found = connection.execute(select(known.objects).where(known.objects.c.id == object_id)).mappings().first()
            if found is None:
                raise no_such_object(object_id)
            row = _object(found)
            if in_cluster:
                note(connection, Key(object_id, row.generation), Waiting.GOING, seconds(self._clock()))
            self.leases.require(connection, object_id)
            self.leases.forget(connection, object_id)
            _clear(connection, object_id)
            for table in (known.ledger, known.pages):
                connection.execute(delete(table).where(table.c.object == object_id))
            _advance(connection)
        return row

    def note(self, object_id: str, entries: Iterable[LedgerEntry], pages: Iterable[PageState] = ()) -> None:
        """Write a ledger for an object that could not be published; what is published stays as it is."""
        with self._database.write() as connection:
            self.leases.require(connection, object_id)
            self._replace_ledger(connection, object_id, entries, pages)

    def ledger(self, object_id: str | None = None) -> list[tuple[str, LedgerEntry]]:
        """Return (object id, entry) of the newest ingest of one object or of all, in the order written."""
        query = select(known.ledger).order_by(known.ledger.c.object, known.ledger.c.id)
        if object_id is not None:
            query = query.where(known.ledger.c.object == object_id)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [(r["object"], LedgerEntry(r["level"], r["trap"], r["message"], r["page"], r["at"])) for r in rows]

    def pages(self, object_id: str) -> list[PageState]:
        """Return what became of every page in the newest ingest, in order; empty for an object of an older release."""
        query = select(known.pages).where(known.pages.c.object == object_id).order_by(known.pages.c.place)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [PageState(**{key: value for key, value in row.items() if key != "object"}) for row in rows]

    def _replace_ledger(
        self, connection: Connection, object_id: str, entries: Iterable[LedgerEntry], pages: Iterable[PageState]
    ) -> None:
        for table in (known.ledger, known.pages):
            connection.execute(delete(table).where(table.c.object == object_id))
        states = [{"object": object_id, **asdict(page)} for page in pages]
        if states:
            connection.execute(insert(known.pages), states)
        now = self._clock().timestamp()
        rows = [{"object": object_id, **asdict(replace(e, at=e.at or now))} for e in entries]
        if rows:
            connection.execute(insert(known.ledger), rows)


def no_such_object(object_id: str) -> NotFound:
    """Return the error of an object that is not there, or that the reader may not know to be (TH-85)."""
    return NotFound(f"There is no object {object_id!r}.", "The shelf and `lectern status` list what there is.")


def no_such_canvas(row: ObjectRow, n: int) -> NotFound:
    """Return the error of a canvas number that an object does not have."""
    return NotFound(f"The object {row.id!r} has no canvas {n}.", f"Its canvases are 1 to {row.pages}.")


def _advance(connection: Connection) -> int:
    """Return the next value of the epoch, and keep it."""
    value: int = (connection.execute(select(func.max(known.epoch.c.value))).scalar() or 0) + 1
    connection.execute(delete(known.epoch))
    connection.execute(insert(known.epoch), {"id": 1, "value": value})
    return value


def _clear(connection: Connection, object_id: str) -> None:
    for table in (known.descriptions, known.ranges, known.canvases):
        connection.execute(delete(table).where(table.c.object == object_id))
    connection.execute(delete(known.objects).where(known.objects.c.id == object_id))


def _range_columns(row: RangeRow) -> dict[str, Any]:
    return {**asdict(row), "canvases": list(row.canvases)}


def _columns(row: ObjectRow) -> dict[str, Any]:
    return {**asdict(row), "languages": list(row.languages), "collections": list(row.collections)}


def _from_driver(row: Sequence[Any]) -> dict[str, Any]:
    """Return the columns of an object as SQLAlchemy gives them."""
    values = dict(zip(known.objects.c.keys(), row, strict=True))
    return values | {name: json.loads(values[name]) for name in ("languages", "collections")}


def _object(row: Mapping[Any, Any]) -> ObjectRow:
    values = dict(row)
    values["languages"] = tuple(values["languages"])
    values["collections"] = tuple(values["collections"])
    return ObjectRow(**values)


def _canvas(row: Mapping[Any, Any]) -> CanvasRow:
    values = dict(row)
    del values["object"]
    return CanvasRow(**values)

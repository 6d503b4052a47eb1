"""The catalogue from above: sums, and lists a page at a time, for whoever looks after tens of thousands of objects."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select, union

from lectern import catalogue_tables as known
from lectern.database import Database


@dataclass(frozen=True, slots=True)
class Totals:
    """All objects together. `failures` and `warnings` are entries of the ledger; `failing` counts their objects."""

    objects: int
    pages: int
    words: int
    failures: int
    warnings: int
    failing: int


@dataclass(frozen=True, slots=True)
class ObjectLine:
    """One object of a list. `published` is False for one of which only a failed ingest is known; times as in ObjectRow.

    `failures` and `warnings` are entries of the ledger of its newest ingest.
    """

    id: str
    label: str
    policy: str
    pages: int
    words: int
    modified: int
    published: bool
    failures: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """An object that a process holds to write it: `machine`, and its number there."""

    object: str
    machine: str
    process: str


class Survey:
    """Reads sums and lists. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def totals(self) -> Totals:
        """Return the sums over all objects and the ledger."""
        objects = known.objects.c
        sums = select(
            func.count(), func.coalesce(func.sum(objects.pages), 0), func.coalesce(func.sum(objects.words), 0)
        )
        levels = select(known.ledger.c.level, func.count(), func.count(known.ledger.c.object.distinct())).where(
            known.ledger.c.level != "info"
        )
        with self._database.read() as connection:
            count, pages, words = connection.execute(sums.select_from(known.objects)).one()
            told = {row[0]: (row[1], row[2]) for row in connection.execute(levels.group_by(known.ledger.c.level))}
        failures, failing = told.get("failure", (0, 0))
        return Totals(int(count), int(pages), int(words), failures, told.get("warning", (0, 0))[0], failing)

    def under_policies(self) -> dict[str, int]:
        """Return how many objects were put under each policy by their ingest or `lectern policy set`."""
        query = select(known.objects.c.policy, func.count()).group_by(known.objects.c.policy)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def store_bytes(self) -> int:
        """Return what the whole database takes on a PostgreSQL server, in bytes."""
        with self._database.read() as connection:
            return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())

    def lately(self, most: int) -> list[ObjectLine]:
        """Return the objects that were published last, the newest first."""
        query = select(known.objects).order_by(known.objects.c.modified.desc(), known.objects.c.id).limit(most)
        return self._lines(query)

    def count(self, text: str = "", *, failing: bool = False) -> int:
        """Return how many objects `page` finds in all."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(_found(text, failing))).scalar_one())

    def page(self, text: str = "", *, failing: bool = False, start: int = 0, most: int = 50) -> list[ObjectLine]:
        """Return objects by id, from the one after `start` others on: those whose id or label has a text in it.

        Case does not matter (of letters beyond ASCII, to SQLite it does). `failing` are those with a failure in the
        ledger, published or not; without it, those that were never published are there too.
        """
        names = _found(text, failing)
        with self._database.read() as connection:
            ids = list(connection.execute(select(names.c.id).order_by(names.c.id).offset(start).limit(most)).scalars())
        found = {line.id: line for line in self._lines(select(known.objects).where(known.objects.c.id.in_(ids)), ids)}
        return [found[name] for name in ids if name in found]

    def held(self, now: float) -> list[Held]:
        """Return what is being written by processes that were heard of lately; `now` is the store's own time."""
        query = select(known.leases.c.object, known.leases.c.holder).where(known.leases.c.until > now)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(known.leases.c.object)).all()
        return [Held(name, *holder.rsplit(":", 2)[:2]) for name, holder in rows]

    def _lines(self, query: Select[tuple[object, ...]], ids: Collection[str] | None = None) -> list[ObjectLine]:
        """Return the objects that a query finds, and lines for those of `ids` that it does not."""
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
            names = [row["id"] for row in rows] if ids is None else list(ids)
            columns = known.ledger.c
            levels = select(columns.object, columns.level, func.count()).where(columns.object.in_(names))
            counts = {
                (row[0], row[1]): row[2] for row in connection.execute(levels.group_by(columns.object, columns.level))
            }
        shown = [(r["id"], r["label"], r["policy"], r["pages"], r["words"], r["modified"], True) for r in rows]
        there = {row["id"] for row in rows}
        shown += [(name, "", "", 0, 0, 0, False) for name in names if name not in there]
        return [
            ObjectLine(*line, counts.get((line[0], "failure"), 0), counts.get((line[0], "warning"), 0))
            for line in shown
        ]


def _found(text: str, failing: bool) -> Subquery:
    """Return the ids of objects, and of what only the ledger knows, as a table."""
    objects, ledger = known.objects.c, known.ledger.c
    published = select(objects.id.label("id")).where(*_has(text, objects.id, objects.label))
    noted = select(ledger.object.label("id")).where(*_has(text, ledger.object))
    if failing:
        failed = select(ledger.object).where(ledger.level == "failure")
        published, noted = published.where(objects.id.in_(failed)), noted.where(ledger.level == "failure")
    else:
        noted = noted.where(ledger.object.not_in(select(objects.id)))
    return union(published, noted).subquery()


def _has(text: str, *columns: ColumnElement[str]) -> list[ColumnElement[bool]]:
    if not text:
        return []
    return [or_(*(column.icontains(text, autoescape=True) for column in columns))]

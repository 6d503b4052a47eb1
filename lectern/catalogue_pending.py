"""Keys whose documents in a cluster are not to be counted: the cluster's state is not the catalogue's yet.

A key names one generation of an object. It is put here in the same transaction as the change that makes it wait, and
taken out when the cluster has caught up; who asks the cluster about collections leaves these keys out.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from lectern.catalogue_tables import objects
from lectern.catalogue_tables import pending as table
from lectern.database import Database

_ALL = "SELECT object, generation, state, at FROM pending ORDER BY object, generation"


class Waiting(StrEnum):
    """Why the documents of a key are not counted."""

    COMING = "coming"  # they are being loaded, and no row of the catalogue names them yet
    GOING = "going"  # no row names them any more, and they are to be removed
    CHANGED = "changed"  # they are under another policy, or in other collections, than they say


class Key(NamedTuple):
    """One generation of an object; as a text it is what documents have in their field `key`."""

    object: str
    generation: int

    def __str__(self) -> str:
        return f"{self.object}@{self.generation}"


class Wait(NamedTuple):
    """A key that waits, why, and since when (seconds since 1970 UTC)."""

    key: Key
    state: Waiting
    at: int


class Pending:
    """The keys that wait. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Wait]:
        """Return what waits just now, by object and generation."""
        rows = self._database.rows(_ALL)
        return [Wait(Key(name, generation), Waiting(state), at) for name, generation, state, at in rows]

    def begin(self, key: Key, now: int) -> None:
        """Note that documents are about to be loaded, before the first of them is."""
        with self._database.write() as connection:
            note(connection, key, Waiting.COMING, now)

    def done(self, keys: Iterable[Key]) -> None:
        """Note that the cluster has caught up: documents were removed, or say what the catalogue says."""
        with self._database.write() as connection:
            for key in keys:
                clear(connection, key)

    def settled(self, wait: Wait, policy: str, collections: Iterable[str]) -> bool:
        """Note that documents have been told of a change; returns False, and notes nothing, if there was another since.

        `policy` and `collections` are what they have been told. No change counts for a key whose row is no more.
        """
        with self._database.write() as connection:
            if _is_otherwise(connection, wait.key, policy, collections):
                return False
            connection.execute(delete(table).where(_is(wait.key), table.c.state == str(wait.state)))
        return True

    def differs(self, key: Key, policy: str, collections: Iterable[str], now: int) -> bool:
        """Return whether an object is under another policy, or in others, than its documents say; these wait then."""
        with self._database.write() as connection:
            found = _is_otherwise(connection, key, policy, collections)
            if found:
                note(connection, key, Waiting.CHANGED, now)
        return found


def note(connection: Connection, key: Key, state: Waiting, now: int) -> None:
    """Put a key among those that wait, in the transaction of what makes it wait; for the newest of several reasons."""
    clear(connection, key)
    values = {"object": key.object, "generation": key.generation, "state": str(state), "at": now}
    connection.execute(insert(table), values)


def note_changed(connection: Connection, key: Key, now: int) -> None:
    """Note that documents do not say what the catalogue does; of those still coming whoever loads them sees to that."""
    state = connection.execute(select(table.c.state).where(_is(key))).scalar()
    if state != Waiting.COMING:
        note(connection, key, Waiting.CHANGED, now)


def clear(connection: Connection, key: Key) -> bool:
    """Take a key out; returns whether it was there."""
    return connection.execute(delete(table).where(_is(key))).rowcount > 0


def switch(connection: Connection, before: Key | None, after: Key, now: int) -> None:
    """Let a key be counted in place of the one before it, which is to be removed, in the transaction that publishes it.

    Nothing if `after` was not begun: then no cluster has documents of it. Nothing if it is published again: what its
    documents do not say yet they still do not say.
    """
    if before != after and clear(connection, after) and before is not None:
        clear(connection, before)
        note(connection, before, Waiting.GOING, now)


def _is_otherwise(connection: Connection, key: Key, policy: str, collections: Iterable[str]) -> bool:
    """Return whether a key's row says another policy or other collections; False if it is no row's any more."""
    current = objects.c.id == key.object, objects.c.generation == key.generation
    row = connection.execute(select(objects.c.policy, objects.c.collections).where(*current)).first()
    return row is not None and (row.policy, list(row.collections)) != (policy, list(collections))


def _is(key: Key) -> ColumnElement[bool]:
    return and_(table.c.object == key.object, table.c.generation == key.generation)

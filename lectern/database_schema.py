"""What a store's tables are, in which version, and how a store comes to have them.

A store that is empty gets the tables as they are; an older one is brought up to them by the migrations (Alembic). Both
happen in one write, which every other process waits for.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, delete, insert

from lectern.errors import ConfigurationError

_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one store. `version` is its newest migration, in the folder of its name or in `scripts`."""

    name: str
    tables: MetaData
    version: int
    scripts: Path | None = None

    @property
    def folder(self) -> Path:
        """Return the folder of the migrations: Alembic's env.py, and one file for each version."""
        return self.scripts or _MIGRATIONS / self.name

    @property
    def version_table(self) -> Table:
        """Return the table that says which version a store has, as Alembic makes it."""
        name = f"{self.name}_version"
        return Table(
            name,
            MetaData(),
            Column("version_num", String(32), nullable=False),
            PrimaryKeyConstraint("version_num", name=f"{name}_pkc"),
        )


class Versioned(Protocol):
    """What a kind of database has to know of versions."""

    @property
    def title(self) -> str:
        """Return what the store is called in messages."""

    def version(self, connection: Connection, schema: Schema) -> int:
        """Return the version that a store says it has; 0 for an empty one."""

    def note_version(self, connection: Connection, version: int) -> None:
        """Keep the version where the store keeps it besides Alembic's table, if it does."""


def prepare(
    connection: Connection,
    schema: Schema,
    store: Versioned,
    writing: Callable[[Connection], AbstractContextManager[None]],
) -> None:
    """Bring a store to the newest version; one that has it is left as it is, to the byte.

    Raises ConfigurationError for a newer one, and for one too old to be taken over.
    """
    if _is_current(connection, schema, store):
        return
    from lectern import migrations  # before the write: it takes longer than a small one

    with writing(connection):
        if _is_current(connection, schema, store):  # another process was faster
            return
        if store.version(connection, schema):
            migrations.upgrade(connection, schema)
        else:
            schema.tables.create_all(connection)
            _stamp(connection, schema)
        store.note_version(connection, schema.version)


def require_known(title: str, found: int, schema: Schema) -> None:
    """Return if a store of a version can be used by this release; raises ConfigurationError for a newer one."""
    if found > schema.version:
        raise ConfigurationError(
            f"{title} was written by another version of Lectern (schema {found}, here it is {schema.version}).",
            "Use that version, or go back to a copy of the store from before it.",
        )


def _is_current(connection: Connection, schema: Schema, store: Versioned) -> bool:
    found = store.version(connection, schema)
    require_known(store.title, found, schema)
    return found == schema.version


def _stamp(connection: Connection, schema: Schema) -> None:
    table = schema.version_table
    table.create(connection, checkfirst=True)
    connection.execute(delete(table))
    connection.execute(insert(table), {"version_num": str(schema.version)})

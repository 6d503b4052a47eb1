"""How a store speaks to its database: short writes one after another, reads that never wait (DESIGN section 6).

The database is an SQLite file of the store's own, or a PostgreSQL server; the promises are the same.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from lectern.database_kept import KeptRows, Rows
from lectern.database_schema import Schema, prepare
from lectern.database_server import Server
from lectern.database_sqlite import SqliteFile
from lectern.spans import step

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    from lectern.database_postgresql import PostgresqlStore

Dialect = Literal["sqlite", "postgresql"]


class Database:
    """One store. Opens connections lazily, so it may be made before a fork."""

    def __init__(self, place: Path | Server, schema: Schema, *, private: bool = False) -> None:
        """Take the file or the server, and the store's tables; a `private` file is made for its owner's eyes only."""
        self._store = _store(place, schema, private=private)
        self.dialect: Dialect = "postgresql" if isinstance(place, Server) else "sqlite"
        self._schema = schema
        self._engine: Engine | None = None
        self._opening = threading.Lock()
        self._kept = KeptRows()

    @property
    def engine(self) -> Engine:
        """Return the engine, made at first use; the store is brought to the newest version of its tables then."""
        found = self._engine
        if found is not None:
            return found
        with self._opening:
            if self._engine is None:
                self._engine = self._prepared(self._store.engine())
            return self._engine

    def stored_version(self) -> int:
        """Return the version that the store has just now, 0 for one that has no tables; nothing is brought anywhere.

        Raises StoreUnavailable.
        """
        engine = self._store.engine()
        try:
            with self._translated(), engine.connect() as connection:
                return self._store.version(connection, self._schema)
        finally:
            engine.dispose()

    def _prepared(self, engine: Engine) -> Engine:
        try:
            with self._translated(), engine.connect() as connection:
                prepare(connection, self._schema, self._store, self._writing)
        except BaseException:
            engine.dispose()
            raise
        return engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for reading: every statement sees the newest commit.

        Raises StoreUnavailable when the file is locked, torn or gone, or the server does not answer.
        """
        with step("store.read", store=self._schema.name), self._translated(), self.engine.connect() as connection:
            yield connection

    def rows(self, query: str, parameters: Sequence[object] = (), *, kept: bool = False) -> Rows:
        """Return what a SELECT of our own finds, as SQLite gives it, over a connection that waits for such.

        For what every answer asks: SQLAlchemy's connection, statement and rows take ten times as long as SQLite.
        A parameter's place is a `?`. With `kept` what PostgreSQL found may be two seconds old, but never older than
        this process's own writes. Raises StoreUnavailable as `read` does.
        """
        if kept:
            return self.kept((query, *parameters), lambda: self._fetch(query, parameters))
        return self._fetch(query, parameters)

    def kept(self, question: tuple[object, ...], ask: Callable[[], Rows]) -> Rows:
        """Return what `ask` finds, or over PostgreSQL what it has found to a question at most two seconds ago."""
        return self._kept.get(question, ask) if self._store.keeps_rows else ask()

    def _fetch(self, query: str, parameters: Sequence[object]) -> Rows:
        _ = self._engine or self.engine  # makes missing tables
        try:
            with step("store.read", store=self._schema.name):
                return self._store.fetch(query, parameters)
        except self._store.errors as error:
            raise self._store.unavailable(error) from error

    def forget(self) -> None:
        """Forget rows that are kept: what somebody knows to be old is asked for anew."""
        self._kept.forget()

    def forget_one(self, query: str, parameters: Sequence[object]) -> None:
        """Forget what one question has found, asked as in `rows`."""
        self._kept.forget_one((query, *parameters))

    @contextmanager
    def write(self, *, waits: bool = True, forgets: bool = True) -> Iterator[Connection]:
        """Yield a connection whose writes nobody else's come between; commits at the end, rolls back on any exception.

        What this process keeps is forgotten then; not without `forgets`, for frequent writes that change no kept row.
        Raises StoreUnavailable when the lock cannot be had within five seconds, at once if nobody `waits` for it.
        """
        try:
            with (
                step("store.write", store=self._schema.name),
                self._translated(),
                self.engine.connect() as connection,
                self._writing(connection, waits=waits),
            ):
                yield connection
        finally:
            if forgets:
                self._kept.forget()

    @contextmanager
    def _writing(self, connection: Connection, *, waits: bool = True) -> Iterator[None]:
        self._store.begin(connection, waits=waits)
        try:
            yield
        except BaseException:
            if not connection.invalidated:
                connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")

    def close(self) -> None:
        """Close all connections."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        self._store.close()
        self._kept.forget()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the driver's errors into one that says which store it was."""
        try:
            yield
        except DBAPIError as error:
            raise self._store.unavailable(error.orig) from error
        except PoolExhausted as error:
            raise self._store.unavailable("all connections are in use") from error
        except self._store.errors as error:
            raise self._store.unavailable(error) from error


def _store(place: Path | Server, schema: Schema, *, private: bool) -> "SqliteFile | PostgresqlStore":
    if isinstance(place, Path):
        return SqliteFile(place, private=private)
    from lectern.database_postgresql import PostgresqlStore  # a home without a server need not load it

    return PostgresqlStore(place, schema.name)


def insert_into(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Return an INSERT that can say what happens where a row is there already (`on_conflict_…`)."""
    from sqlalchemy.dialects import postgresql, sqlite

    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)

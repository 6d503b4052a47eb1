"""How a store speaks to SQLite: short immediate writes, reads that never wait (DESIGN section 6)."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateColumn

from lectern.errors import ConfigurationError, StoreUnavailable

_BUSY_MILLISECONDS = 5000


class Database:
    """One SQLite file in WAL mode. Opens connections lazily, so it may be made before a fork."""

    def __init__(self, path: Path, tables: MetaData, version: int, *, private: bool = False) -> None:
        """Take the file, its tables and their version; a `private` file is made for its owner's eyes only."""
        self.path = path
        self._private = private
        self._tables = tables
        self._version = version
        self._engine: Engine | None = None
        self._opening = threading.Lock()
        self._direct = _Direct()

    @property
    def engine(self) -> Engine:
        """Return the engine, made at first use together with missing tables."""
        found = self._engine
        if found is not None:
            return found
        with self._opening:
            if self._engine is None:
                if self._private:
                    _make_private(self.path)
                engine = create_engine(f"sqlite:///{self.path}", pool_size=8, max_overflow=56)
                event.listen(engine, "connect", _prepare_connection)
                self._create_tables(engine)
                self._engine = engine
            return self._engine

    def _create_tables(self, engine: Engine) -> None:
        with _translated(self.path), engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if not self._can_take_over(connection, found):
                raise ConfigurationError(
                    f"{self.path} was written by another version of Lectern (schema {found}).",
                    "Use that version, or set the file aside and ingest again.",
                )
            self._tables.create_all(connection)
            if found != self._version:  # looking into a store is to leave it as it is, to the byte
                connection.exec_driver_sql(f"PRAGMA user_version = {self._version}")
            connection.exec_driver_sql("COMMIT")

    def _can_take_over(self, connection: Connection, found: int) -> bool:
        """Return whether a file of schema `found` can be used; to an older one the columns it lacks are added.

        That needs a default for each of them; nothing is added to a newer file, or if one has none.
        """
        if found in (0, self._version):
            return True
        missing = [
            (table.name, column)
            for table in self._tables.sorted_tables
            if (known := {row[1] for row in connection.exec_driver_sql(f'PRAGMA table_info("{table.name}")')})
            for column in table.columns
            if column.name not in known
        ]
        if found > self._version or any(column.server_default is None for _, column in missing):
            return False
        for name, column in missing:
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f'ALTER TABLE "{name}" ADD COLUMN {definition}')
        return True

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for reading: every statement sees the newest commit.

        Raises StoreUnavailable when the file is locked, torn or gone.
        """
        with _translated(self.path), self.engine.connect() as connection:
            yield connection

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return what a SELECT of our own finds, as SQLite gives it, over a connection that the thread keeps.

        For what every answer asks: SQLAlchemy's connection, statement and rows take ten times as long as SQLite.
        Raises StoreUnavailable as `read` does.
        """
        try:
            connection = self._direct.connection or self._open_direct()
            found: list[tuple[Any, ...]] = connection.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise _unavailable(self.path, error) from error
        return found

    def _open_direct(self) -> sqlite3.Connection:
        with _translated(self.path):
            _ = self.engine  # makes missing tables
        connection = sqlite3.connect(self.path, check_same_thread=False)
        _prepare_connection(connection, None)
        self._direct.connection = connection
        return connection

    @contextmanager
    def write(self, *, waits: bool = True) -> Iterator[Connection]:
        """Yield a connection inside BEGIN IMMEDIATE; commits at the end, rolls back on any exception.

        Raises StoreUnavailable when the lock cannot be had within five seconds, at once if nobody `waits` for it.
        """
        with _translated(self.path), self.engine.connect() as connection:
            _begin(connection, waits=waits)
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def close(self) -> None:
        """Close all connections."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        if self._direct.connection is not None:
            self._direct.connection.close()
        self._direct = _Direct()  # those of other threads are closed when nothing refers to them any more


class _Direct(threading.local):
    """The connection of each thread that asks without SQLAlchemy."""

    connection: sqlite3.Connection | None = None


def _begin(connection: Connection, *, waits: bool) -> None:
    if waits:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")


def _make_private(path: Path) -> None:
    """Make a file for its owner only, if there is none; SQLite gives what it lays beside it the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:  # it is there, or SQLite will say what is wrong
        return


def _prepare_connection(connection: "object", _record: ConnectionPoolEntry | None) -> None:
    """Put a new connection into autocommit (we say BEGIN ourselves) and WAL."""
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _switch_to_wal(cursor: sqlite3.Cursor) -> None:
    """Put a file into WAL mode; SQLite's busy timeout does not cover this, and workers meet at a new file."""
    deadline = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.005)
        else:
            return


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn the driver's errors into one that says which store it was."""
    try:
        yield
    except DBAPIError as error:
        raise _unavailable(path, error.orig) from error


def _unavailable(path: Path, reason: object) -> StoreUnavailable:
    return StoreUnavailable(
        f"The store {path.name} cannot be used: {reason}.",
        f"Check that {path.parent} is there, writable, and not full.",
    )

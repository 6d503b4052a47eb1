"""A store in an SQLite file: WAL mode, immediate writes, a connection that each thread keeps."""

import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from lectern.database_kept import Rows
from lectern.database_schema import Schema
from lectern.errors import StoreUnavailable
from lectern.noted import STORE_ERRORS

_BUSY_MILLISECONDS = 5000
_DURABLE = "FULL"  # half a millisecond on a disk that answers quickly
_LOOSE = "NORMAL"  # a loss of power takes the last writes along, and leaves the file whole


class SqliteFile:
    """One file. A `private` one is made for its owner's eyes only."""

    errors = (sqlite3.Error,)
    keeps_rows = False  # reading them again takes microseconds

    def __init__(self, path: Path, *, private: bool = False) -> None:
        self.path = path
        self._private = private
        self._direct = _Direct()

    @property
    def title(self) -> str:
        """Return the file's name."""
        return self.path.name

    def engine(self) -> Engine:
        """Return a new engine over the file; the file is made with the first connection."""
        if self._private:
            _make_private(self.path)
        engine = create_engine(f"sqlite:///{self.path}", pool_size=8, max_overflow=56)
        event.listen(engine, "connect", _prepare_connection)
        return engine

    def begin(self, connection: Connection, *, waits: bool) -> None:
        """Begin a write; the driver raises when another goes on for five seconds, at once unless it `waits`.

        Who waits for the lock waits for the disk too: what was acknowledged then outlives a loss of power.
        """
        connection.exec_driver_sql(f"PRAGMA synchronous = {_DURABLE if waits else _LOOSE}")
        if waits:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")

    def fetch(self, query: str, parameters: Sequence[object]) -> Rows:
        """Return what a SELECT finds."""
        connection = self._direct.connection or self._open_direct()
        found: Rows = connection.execute(query, parameters).fetchall()
        return found

    def _open_direct(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, check_same_thread=False)
        _prepare_connection(connection, None)
        self._direct.connection = connection
        return connection

    def version(self, connection: Connection, schema: Schema) -> int:  # noqa: ARG002 - a file has the tables of one
        """Return the version that the file's head tells, which is there without any table."""
        found: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        return found

    def note_version(self, connection: Connection, version: int) -> None:
        """Write the version into the file's head."""
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")

    def unavailable(self, reason: object) -> StoreUnavailable:
        """Return the error that says which file it was."""
        STORE_ERRORS.add(self.path.stem)
        return StoreUnavailable(
            f"The store {self.path.name} cannot be used: {reason}.",
            f"Check that {self.path.parent} is there, writable, and not full.",
        )

    def close(self) -> None:
        """Close this thread's connection; those of others are closed when nothing refers to them any more."""
        if self._direct.connection is not None:
            self._direct.connection.close()
        self._direct = _Direct()


class _Direct(threading.local):
    """The connection of each thread that asks without SQLAlchemy."""

    connection: sqlite3.Connection | None = None


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
    cursor.execute(f"PRAGMA synchronous = {_LOOSE}")
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

"""Catalogue and state as they are at one moment, each in an SQLite file of its own, while everything runs.

What lets somebody in is left out of the state: a copy that is brought back must not open again what was closed
meanwhile. Accounts, accepted terms and what counts against guessing stay.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection

from lectern.catalogue_tables import SCHEMA as CATALOGUE
from lectern.database import Database
from lectern.database_copying import copy_table
from lectern.database_schema import Schema
from lectern.errors import StoreUnavailable
from lectern.home import Home
from lectern.state_tables import SCHEMA as STATE
from lectern.state_tables import codes, logins, sessions, steps, tallies, tokens

# A session that was ended since, or a code that was used up or withdrawn, would be good again (TH-28, TH-30).
ENTRANCES = (tokens, sessions, codes, logins, steps, tallies)
_AT_ONE_MOMENT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def snapshot_catalogue(home: Home, target: Path) -> None:
    """Write the catalogue into a new SQLite file, in which nobody holds an object; raises StoreUnavailable."""
    if home.server is None:
        _copy_file(home.catalogue_file, target)
    else:
        _copy_server(home, CATALOGUE, target, ())
    with _direct(target) as file:
        _run_where_there(file, "leases", "UPDATE leases SET until = 0")


def snapshot_state(home: Home, target: Path) -> bool:
    """Write the state without its entrances into a new SQLite file; returns False, and writes none, if there is none.

    Raises StoreUnavailable.
    """
    if home.server is None:
        if not home.state_file.is_file():
            return False
        _copy_file(home.state_file, target)
    else:
        _copy_server(home, STATE, target, {table.name for table in ENTRANCES})
    with _direct(target) as file:
        for table in ENTRANCES:
            _run_where_there(file, table.name, f"DELETE FROM {table.name}")
        file.execute("VACUUM")  # else what was deleted can still be read in it
    return True


def after_restoring(catalogue: Path, now: int) -> None:
    """Number editions on from a number that none has had, in a catalogue that was brought back.

    Kept answers, and documents in a cluster, know the editions that came after the copy was made. `now` is seconds
    since 1970 UTC: a shelf has less than one change a second, year in, year out.
    """
    with _direct(catalogue) as file:
        _run_where_there(file, "epoch", f"UPDATE epoch SET value = max(value, {now:d})")


def require_whole(file: Path) -> None:
    """Return for an SQLite file that is whole; raises StoreUnavailable for one that is not."""
    if found := integrity_problems(file):
        raise StoreUnavailable(f"{file.name} is not whole: {found[0]}.", "Take another copy.")


def integrity_problems(file: Path) -> list[str]:
    """Return what SQLite finds wrong with a file of its own, in its words; nothing is changed."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            told = [str(row[0]) for row in opened.execute("PRAGMA integrity_check(10)")]
            lost = [f"a row of {row[0]} belongs to nothing" for row in opened.execute("PRAGMA foreign_key_check")]
    except sqlite3.Error as error:
        return [str(error)]
    return [line for line in told if line != "ok"] + lost[:10]


def _copy_file(source: Path, target: Path) -> None:
    _make_private(target)
    try:
        with closing(sqlite3.connect(source, timeout=5)) as reading, closing(sqlite3.connect(target)) as writing:
            reading.backup(writing)
    except sqlite3.Error as error:
        raise _not_copied(source.name, error) from error


def _copy_server(home: Home, schema: Schema, target: Path, left_out: "set[str] | tuple[()]") -> None:
    """Write what is at the server into a file that has the same tables, all of it as it is at one moment."""
    _make_private(target)
    source, copy = Database(home.server or target, schema), Database(target, schema, private=True)
    try:
        with _at_one_moment(source) as reading, copy.write() as writing:
            for table in schema.tables.sorted_tables:
                if table.name not in left_out:
                    copy_table(reading, writing, table)
    finally:
        source.close()
        copy.close()


@contextmanager
def _at_one_moment(source: Database) -> Iterator[Connection]:
    with source.read() as connection:
        connection.exec_driver_sql(_AT_ONE_MOMENT)
        try:
            yield connection
        finally:
            if not connection.invalidated:
                connection.exec_driver_sql("ROLLBACK")


@contextmanager
def _direct(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to a copy that nobody else has; it is one file afterwards, without WAL."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            yield connection
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise _not_copied(path.name, error) from error


def _run_where_there(file: sqlite3.Connection, table: str, statement: str) -> None:
    """Run a statement on a table that a store of an earlier release need not have."""
    if file.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone():
        file.execute(statement)


def _make_private(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _not_copied(name: str, error: Exception) -> StoreUnavailable:
    return StoreUnavailable(
        f"The store {name} cannot be copied: {error}.", "Check that the disk is not full; `lectern verify` tells more."
    )

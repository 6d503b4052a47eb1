"""Stores that move: everything in the files of a home goes into the database that takes their place."""

from dataclasses import replace
from hashlib import sha256

from sqlalchemy import Connection, Table, func, insert, select, text

from lectern.catalogue_tables import SCHEMA as CATALOGUE
from lectern.database import Database
from lectern.database_schema import Schema
from lectern.errors import ConfigurationError, InputError
from lectern.home import Home
from lectern.state_tables import SCHEMA as STATE

_ROWS_AT_ONCE = 1000


def copy_stores(home: Home) -> dict[str, int]:
    """Copy catalogue and state of a home's files into its database; returns the number of rows by store.

    Each store is copied whole or not at all; one that is there whole already, from a run that was ended after it, is
    left as it is. Raises ConfigurationError without a database, InputError where there is no file, or where the
    database has something else already.
    """
    if home.server is None:
        raise ConfigurationError("The settings name no database.", "Set database_url; docs/postgresql.md tells how.")
    files = replace(home, server=None)
    if not files.has_catalogue:
        raise InputError(
            f"There is no catalogue in {home.path}.", "Ingest into the database; there is nothing to copy."
        )
    stores = [(files.catalogue_file, CATALOGUE)]
    if files.state_file.is_file():
        stores.append((files.state_file, STATE))
    return {
        schema.name: _copy(Database(path, schema), Database(home.server, schema), schema) for path, schema in stores
    }


def _copy(source: Database, target: Database, schema: Schema) -> int:
    try:
        with source.read() as reading, target.write() as writing:
            tables = schema.tables.sorted_tables
            filled = [table for table in tables if _count(writing, table)]
            if not filled:
                return sum(copy_table(reading, writing, table) for table in tables)
            if all(_mark(reading, table) == _mark(writing, table) for table in tables):
                return 0
            raise InputError(
                f"The database has a {schema.name} already: there are rows in {filled[0].name}.",
                "Name an empty database in database_url.",
            )
    finally:
        source.close()
        target.close()


def _count(connection: Connection, table: Table) -> int:
    count: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return count


def _mark(connection: Connection, table: Table) -> tuple[int, int]:
    """Return what only tables with the same rows have in common, in whichever order these come."""
    count = total = 0
    for row in connection.execute(select(table)):
        said = repr(tuple(row)).replace(r"\x00", "\N{REPLACEMENT CHARACTER}")  # PostgreSQL keeps no NUL
        total += int.from_bytes(sha256(said.encode("utf-8", "surrogatepass")).digest())
        count += 1
    return count, total


def copy_table(reading: Connection, writing: Connection, table: Table) -> int:
    """Copy all rows of a table into an empty one, a thousand at a time; returns their number."""
    count = 0
    streamed = {"yield_per": _ROWS_AT_ONCE}  # PostgreSQL hands over the rest when it is asked for
    for rows in reading.execute(select(table), execution_options=streamed).mappings().partitions():
        writing.execute(insert(table), [dict(row) for row in rows])
        count += len(rows)
    number = table.autoincrement_column
    if count and number is not None and writing.dialect.name == "postgresql":
        # The next row's number comes after those that were copied.
        newest = writing.execute(select(func.max(number))).scalar_one()
        sequence = {"table": f'"{table.name}"', "column": number.name, "newest": newest}
        writing.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :newest)"), sequence)
    return count

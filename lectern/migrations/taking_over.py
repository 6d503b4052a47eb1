"""Stores from before there were migrations: tables and columns that they lack are added."""

from alembic import op
from sqlalchemy import Column, MetaData, Table, inspect

from lectern.errors import ConfigurationError


def take_over(tables: MetaData) -> None:
    """Make the tables that are missing, and in the others the columns that are.

    Raises ConfigurationError if such a column has no default, before anything is changed.
    """
    found = inspect(op.get_bind())
    names = set(found.get_table_names())
    missing: list[tuple[Table, Column[object]]] = []
    for table in tables.sorted_tables:
        if table.name in names:
            known = {column["name"] for column in found.get_columns(table.name)}
            missing += [(table, column) for column in table.columns if column.name not in known]
    if lacking := [column for _, column in missing if column.server_default is None]:
        raise ConfigurationError(
            f"The store was written by another version of Lectern: {lacking[0].table.name} lacks {lacking[0].name}.",
            "Set the file aside and ingest again.",
        )
    for table, column in missing:
        op.add_column(table.name, column._copy())
    tables.create_all(op.get_bind())

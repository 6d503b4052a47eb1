"""Migrations of the stores, from one version to the next, on SQLite and on PostgreSQL (docs/postgresql.md).

Each store has a folder here, with a file for each version in `versions/`: its number is its revision.
"""

import threading
from typing import TYPE_CHECKING

from lectern.database_schema import Schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

_one_at_a_time = threading.Lock()  # Alembic's `op` and `context` are one for the process


def upgrade(connection: "Connection", schema: Schema) -> None:
    """Bring a store to its newest version, within the transaction that the connection is in."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(schema.folder).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=schema.version_table.name)
    with _one_at_a_time:
        command.upgrade(config, "head")


def run() -> None:
    """Run the migrations that Alembic has found: what each store's env.py does."""
    from alembic import context

    context.configure(**context.config.attributes)
    with context.begin_transaction():
        context.run_migrations()

"""Migrations lead to the very tables that a new store is made with, on SQLite and on PostgreSQL, from any version."""

import sqlite3
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from lectern import migrations
from lectern.catalogue import Catalogue, ObjectRow
from lectern.catalogue_tables import SCHEMA as CATALOGUE
from lectern.database import Database
from lectern.database_schema import Schema
from lectern.errors import ConfigurationError
from lectern.home import Home
from lectern.state import State, UserRow
from lectern.state_tables import SCHEMA as STATE

BOTH = pytest.mark.parametrize("schema", [CATALOGUE, STATE], ids=lambda schema: schema.name)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    return tmp_path / "store.db" if request.param == "sqlite" else request.getfixturevalue("empty_database")


def _shape(database: Database):
    """Return what the database says of its tables."""
    with database.read() as connection:
        found = inspect(connection)
        return {
            name: (
                {column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(name)},
                found.get_pk_constraint(name)["constrained_columns"],
                sorted(str(index["column_names"]) for index in found.get_indexes(name)),
                sorted(str(key["referred_table"]) for key in found.get_foreign_keys(name)),
            )
            for name in found.get_table_names()
        }


@BOTH
def test_the_newest_migration_is_the_version_of_the_tables(schema: Schema):
    config = Config()
    config.set_main_option("script_location", str(schema.folder))
    assert ScriptDirectory.from_config(config).get_heads() == [str(schema.version)]


@BOTH
def test_migrations_from_nothing_lead_to_the_tables_of_a_new_store(schema: Schema, place, postgresql):
    new = Database(place, schema)
    if new.dialect == "sqlite":
        other = Database(place.with_name("other.db"), schema)
        shapes = _shape(new), _migrated(other, schema)
    else:
        with postgresql.database() as name:
            other = Database(postgresql.server(name), schema)
            shapes = _shape(new), _migrated(other, schema)
            other.close()
    assert shapes[0] == shapes[1]
    new.close()
    other.close()


def _migrated(database: Database, schema: Schema):
    with database.write() as connection:
        for table in reversed(schema.tables.sorted_tables):
            table.drop(connection)
        connection.exec_driver_sql(f"DELETE FROM {schema.version_table.name}")
        migrations.upgrade(connection, schema)
    return _shape(database)


def test_files_of_the_last_release_without_migrations_are_taken_over_without_loss(tmp_path):
    home = Home(tmp_path)
    catalogue, state = Catalogue(home), State(home)
    row = catalogue.publish(ObjectRow("faust", "ark:/1/faust", "Faust", languages=("de",)), [])
    state.add_user(UserRow("ann", "hash", ("member",), 7))
    for store, file, name, version in (
        (catalogue, home.catalogue_file, "catalogue", 3),
        (state, home.state_file, "state", 2),
    ):
        store.close()
        with sqlite3.connect(file) as connection:
            connection.execute(f"DROP TABLE {name}_version")
            connection.execute(f"PRAGMA user_version = {version}")
        connection.close()
    assert catalogue.get("faust") == row
    assert state.users() == [UserRow("ann", "hash", ("member",), 7)]
    catalogue.close()
    state.close()
    with sqlite3.connect(home.catalogue_file) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (CATALOGUE.version,)
        assert connection.execute("SELECT * FROM catalogue_version").fetchall() == [(str(CATALOGUE.version),)]
    connection.close()


def test_a_file_that_lacks_a_column_without_default_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "catalogue.db") as connection:
        connection.execute("CREATE TABLE objects (id VARCHAR PRIMARY KEY)")
        connection.execute("INSERT INTO objects VALUES ('faust')")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(ConfigurationError, match="lacks original_id"):
        Catalogue(Home(tmp_path)).epoch()
    with sqlite3.connect(tmp_path / "catalogue.db") as connection:
        assert connection.execute("SELECT * FROM objects").fetchall() == [("faust",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone() == (1,)
    connection.close()


def test_a_database_of_another_encoding_is_refused(postgresql):
    postgresql.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(ConfigurationError, match="LATIN1"):
        Catalogue(Home(Path("/nowhere"), postgresql.server("latin"))).epoch()
    postgresql.run("DROP DATABASE latin WITH (FORCE)")

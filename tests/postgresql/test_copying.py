"""A home's stores move into PostgreSQL whole, or not at all, and go on there."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from auth.throttle import WINDOW
from lectern import database_copying
from lectern.catalogue import CanvasRow, Catalogue, LedgerEntry, ObjectRow, PageState, RangeRow
from lectern.catalogue_tables import SCHEMA as CATALOGUE
from lectern.database import Database
from lectern.database_copying import copy_stores
from lectern.database_schema import Schema
from lectern.database_server import Server
from lectern.errors import ConfigurationError, ExitCode, InputError, StoreUnavailable
from lectern.home import Home
from lectern.state import State, UserRow
from lectern.state_codes import CodeRow, CodeStore
from lectern.state_logins import Login, Logins
from lectern.state_sessions import SessionRow, SessionStore, TokenRow
from lectern.state_tables import SCHEMA as STATE
from services.cli import main


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home with something in every table that matters."""
    home = Home(tmp_path)
    catalogue, state = Catalogue(home), State(home)
    for name in ("faust", "egmont"):
        catalogue.publish(
            ObjectRow(name, f"ark:/1/{name}", name.title(), languages=("de", "la"), collections=("plays",), pages=2),
            [CanvasRow(n, f"{name}/{n}", 10, 20, label="ſ", image="a.tif") for n in (1, 2)],
            [LedgerEntry("warning", "no-size", "page 1", "1")],
            [PageState(1, "1.xml", 1, "read", 7, warnings={"no-size": 2})],
            [RangeRow(1, None, "One", "chapter", (1, 2))],
            description='{"label": {"de": ["Faust"]}}',
        )
    state.add_user(UserRow("ann", "hash", ("member",), 7))
    store = SessionStore(state)
    store.put(SessionRow("d", "ann", ("member",), ("t@1",), ("o",), created=0, seen=0, ends=100), idle=10)
    store.put_token(TokenRow("t", "d", "p", 1, "o", 50), now=0)
    CodeStore(state).add(CodeRow("c", "June", ("guest",), 0, 100, 3))
    Logins(state).begin("s", "b", Login("sso", "members", "o", "nonce", "verifier"), 0)
    state.begin_attempt({"account:ann": 10}, 0, WINDOW)
    state.spend("somebody", 1, 10)
    catalogue.close()
    state.close()
    return home


def _rows(place: Path | Server, schema: Schema) -> dict[str, list[tuple[object, ...]]]:
    database = Database(place, schema)
    with database.read() as connection:
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in schema.tables.sorted_tables
        }
    database.close()
    return found


def test_everything_is_there_afterwards_and_goes_on(home: Home, database_server: Server):
    moved = replace(home, server=database_server)
    counts = copy_stores(moved)
    for file, schema in ((home.catalogue_file, CATALOGUE), (home.state_file, STATE)):
        rows = _rows(file, schema)
        assert _rows(database_server, schema) == rows
        assert counts[schema.name] == sum(map(len, rows.values())) > 0
    catalogue, state = Catalogue(moved), State(moved)
    before = catalogue.epoch()
    catalogue.publish(ObjectRow("iphigenie", "i", "I"), [], [LedgerEntry("info", "a", "b")])
    assert catalogue.epoch() > before
    assert state.begin_attempt({"account:ann": 2}, 1, WINDOW)[0] == 0
    assert state.begin_attempt({"account:ann": 2}, 1, WINDOW)[0] > 0
    assert state.spend("another", 1, 10)
    catalogue.close()
    state.close()


def test_a_database_that_has_something_is_left_as_it_is(home: Home, database_server: Server):
    moved = replace(home, server=database_server)
    state = State(moved)
    state.add_user(UserRow("bob", "hash"))
    with pytest.raises(InputError, match="state already"):
        copy_stores(moved)
    assert [user.name for user in state.users()] == ["bob"]
    state.close()


def test_a_run_that_ended_after_the_first_store_goes_on_with_the_other(
    home: Home, database_server: Server, monkeypatch: pytest.MonkeyPatch
):
    moved = replace(home, server=database_server)
    copy = database_copying._copy

    def fails_at_the_state(source: Database, target: Database, schema: Schema) -> int:
        if schema is STATE:
            raise StoreUnavailable("The server is gone.", "Start it.")
        return copy(source, target, schema)

    with monkeypatch.context() as broken:
        broken.setattr(database_copying, "_copy", fails_at_the_state)
        with pytest.raises(StoreUnavailable):
            copy_stores(moved)
    assert copy_stores(moved)[CATALOGUE.name] == 0
    for file, schema in ((home.catalogue_file, CATALOGUE), (home.state_file, STATE)):
        assert _rows(database_server, schema) == _rows(file, schema)


def test_a_catalogue_that_has_changed_since_it_was_copied_is_left_as_it_is(home: Home, database_server: Server):
    moved = replace(home, server=database_server)
    copy_stores(moved)
    catalogue = Catalogue(moved)
    catalogue.set_policy("faust", "closed")
    with pytest.raises(InputError, match="catalogue already"):
        copy_stores(moved)
    assert catalogue.get("faust", newest=True).policy == "closed"
    catalogue.close()


def test_without_a_database_or_a_catalogue_it_says_what_to_do(tmp_path: Path, database_server: Server):
    with pytest.raises(InputError, match="nothing to copy"):
        copy_stores(Home(tmp_path, database_server))
    with pytest.raises(ConfigurationError, match="database_url"):
        copy_stores(Home(tmp_path))
    assert CliRunner().invoke(main, ["--home", str(tmp_path), "stores", "copy"]).exit_code == ExitCode.CONFIGURATION


def test_the_command_copies(home: Home, database_server: Server):
    (home.path / "lectern.toml").write_text(f'database_url = "{database_server.url}"\n')
    result = CliRunner().invoke(main, ["--home", str(home.path), "stores", "copy"])
    assert result.exit_code == ExitCode.OK
    assert "catalogue: 15 rows copied." in result.stderr

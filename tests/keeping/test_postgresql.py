"""A home whose stores are in PostgreSQL: kept in the same form, and brought back into files or into a database."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.backup import back_up
from ingest.backup_source import open_backup
from ingest.engines import Embedded
from ingest.restore import restore
from lectern.catalogue import Catalogue
from lectern.database_copying import copy_stores
from lectern.database_server import Server
from lectern.errors import InputError
from lectern.home import Home
from lectern.state import State
from lectern.state_sessions import SessionRow, SessionStore
from lectern.upgrading import Upgraded, upgrade_stores
from tests.keeping.conftest import done
from tests.postgresql.server import Postgresql


@pytest.fixture
def moved(home: Home, database_server: Server) -> Home:
    """Return a home whose stores were moved into a database."""
    moved = replace(home, server=database_server)
    copy_stores(moved)
    for file in home.path.glob("*.db*"):
        file.unlink()
    return moved


def test_it_comes_back_as_files_and_without_entrances(moved: Home, tmp_path: Path):
    state = State(moved)
    SessionStore(state).put(SessionRow("d", "ann", (), (), (), created=0, seen=0, ends=2**31), idle=10)
    state.close()
    head = back_up(moved, Embedded(moved), tmp_path / "kept")
    assert (head.objects, head.lacking) == (2, ())
    other = tmp_path / "other"
    done(other, "restore", tmp_path / "kept")
    assert done(other, "verify") == ""
    assert "alpha" in done(other, "search", "faust", "alpha")
    counts = State(Home(other)).counts()
    assert (counts["users"], counts["sessions"]) == (1, 0)


def test_it_comes_back_into_an_empty_database_and_over_no_other(moved: Home, tmp_path: Path, postgresql: Postgresql):
    back_up(moved, Embedded(moved), tmp_path / "kept")
    other = tmp_path / "other"
    with open_backup(tmp_path / "kept") as found, pytest.raises(InputError, match="catalogue already"):
        restore(found, other, lambda _: moved.server)
    assert not other.exists()
    with postgresql.database() as name, open_backup(tmp_path / "kept") as found:
        server = postgresql.server(name)
        restore(found, other, lambda _: server)
        assert not list(other.glob("*.db*"))
        catalogue, state = Catalogue(Home(other, server)), State(Home(other, server))
        assert {row.id for row in catalogue.objects()} == {"faust", "egmont"}
        assert [user.name for user in state.users()] == ["ann"]
        catalogue.close()
        state.close()


def test_an_upgrade_makes_the_tables_of_an_empty_database(tmp_path: Path, empty_database: Server):
    home = Home(tmp_path, empty_database)
    assert upgrade_stores(home) == [Upgraded("catalogue", 0, 4), Upgraded("state", 0, 3)]
    assert upgrade_stores(home) == [Upgraded("catalogue", 4, 4), Upgraded("state", 3, 3)]

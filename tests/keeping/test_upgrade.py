"""`lectern upgrade` and starts: one process brings the stores to this release, and a newer home is refused."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lectern import upgrading
from lectern.catalogue import Catalogue
from lectern.errors import ConfigurationError, ExitCode, StoreUnavailable
from lectern.home import Home
from lectern.settings import load_settings
from lectern.upgrading import Upgraded, require_not_newer, upgrade_stores
from services.starting import require_startable
from tests.keeping.conftest import done, lectern
from tests.servers import free_port, settings_free_environment


def _set_version(file: Path, version: int) -> None:
    with sqlite3.connect(file) as opened:
        opened.execute(f"PRAGMA user_version = {version}")
    opened.close()


def _make_older(home: Home) -> None:
    """Take a catalogue back to what a release before migrations had written."""
    with sqlite3.connect(home.catalogue_file) as file:
        file.execute("DROP TABLE catalogue_version")
        file.execute("ALTER TABLE objects DROP COLUMN viewing_direction")
        file.execute("PRAGMA user_version = 3")
    file.close()


def test_it_says_what_it_found_and_did(home: Home):
    assert done(home.path, "upgrade", "--json") == {
        "stores": [{"store": "catalogue", "before": 4, "after": 4}, {"store": "state", "before": 3, "after": 3}],
        "reindex": [],
    }
    _make_older(home)
    result = lectern(home.path, "upgrade")
    assert result.exit_code == 0
    assert "catalogue: schema 4, was 3." in result.stderr
    assert "alpha" in done(home.path, "search", "faust", "alpha")


def test_without_a_home_there_is_nothing_to_do_and_none_is_made(tmp_path: Path):
    assert done(tmp_path / "none", "upgrade", "--json") == {"stores": [], "reindex": []}
    assert not (tmp_path / "none").exists()


def test_of_several_at_once_one_does_it_and_all_succeed(home: Home):
    _make_older(home)
    program = "import sys; from pathlib import Path; from lectern.home import Home; from lectern import upgrading; "
    program += "print(upgrading.upgrade_stores(Home(Path(sys.argv[1])))[0].before)"
    command, env = [sys.executable, "-c", program, str(home.path)], settings_free_environment()
    running = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0] * 3, told
    assert sorted(int(out) for out, _ in told) == [3, 4, 4]


@pytest.mark.parametrize("name", ["catalogue.db", "state.db"])
def test_a_home_of_a_newer_release_is_refused_before_anything_is_changed(home: Home, name: str):
    _make_older(home)
    _set_version(home.path / name, 99)
    for command in ("upgrade", "status"):
        if name == "catalogue.db" or command == "upgrade":
            result = lectern(home.path, command)
            assert result.exit_code == ExitCode.CONFIGURATION
            assert f"{name} was written by another version of Lectern (schema 99" in result.stderr
    with pytest.raises(ConfigurationError, match="schema 99"):
        require_startable(load_settings(home.path, port=free_port()))
    with sqlite3.connect(home.catalogue_file) as file:
        assert file.execute("PRAGMA user_version").fetchone()[0] in (3, 99)
    file.close()


def test_a_store_that_cannot_be_asked_at_a_start_is_left_to_whoever_uses_it(home: Home):
    home.catalogue_file.write_bytes(b"no database at all" * 100)
    require_not_newer(home)


def test_a_store_that_another_machine_holds_is_waited_for(home: Home, monkeypatch: pytest.MonkeyPatch):
    tries: list[int] = []
    upgrade_all = upgrading._upgrade_all

    def held_at_first(places):
        tries.append(1)
        if len(tries) == 1:
            raise StoreUnavailable("It is locked.")
        return upgrade_all(places)

    monkeypatch.setattr(upgrading, "_upgrade_all", held_at_first)
    assert upgrade_stores(home)[0] == Upgraded("catalogue", 4, 4)
    tries.clear()
    with pytest.raises(StoreUnavailable):
        upgrade_stores(home, patience=0)


def test_packs_that_another_release_analysed_are_named(home: Home, monkeypatch: pytest.MonkeyPatch):
    from ingest import engines

    monkeypatch.setattr(engines, "has_our_analysis", lambda pack, profile: "egmont" not in pack.path.name)
    assert done(home.path, "upgrade", "--json")["reindex"] == ["egmont"]
    assert "1 object analysed by another release" in lectern(home.path, "upgrade").stderr
    catalogue = Catalogue(home)
    assert catalogue.get("egmont").pages == 2
    catalogue.close()

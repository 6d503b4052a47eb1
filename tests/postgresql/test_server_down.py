"""PostgreSQL that is down, slow, locked or refuses us: told in time, and work again afterwards (TH-97)."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.database_server import Server
from lectern.errors import StoreUnavailable
from lectern.home import Home
from lectern.state import State, UserRow
from tests.postgresql.server import PASSWORD, Postgresql, postgresql_running
from tests.servers import free_port

NOWHERE = Path("/nowhere")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let limits be short, so that tests need not wait."""
    for name, seconds in (("_LOCK_MILLISECONDS", 300), ("_DOWN_SECONDS", 0.1)):
        monkeypatch.setattr(f"lectern.database_postgresql.{name}", seconds)


@pytest.fixture
def state(database_server: Server) -> Iterator[State]:
    state = State(Home(NOWHERE, database_server))
    state.add_user(UserRow("ann", "hash"))
    yield state
    state.close()


def test_a_server_that_is_not_there_is_told_within_the_time_to_connect():
    store = Catalogue(Home(NOWHERE, Server(f"postgresql://lectern@127.0.0.1:{free_port()}/lectern")))
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable, match="The catalogue in PostgreSQL cannot be used") as caught:
        store.find("faust")
    assert time.monotonic() - begun < 6
    assert (caught.value.status, caught.value.exit_code) == (503, 6)


def test_while_it_is_down_not_every_request_tries_to_connect(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lectern.database_postgresql._DOWN_SECONDS", 60)
    store = Catalogue(Home(NOWHERE, Server(f"postgresql://lectern@127.0.0.1:{free_port()}/lectern")))
    with pytest.raises(StoreUnavailable, match="refused"):
        store.find("faust")
    with pytest.raises(StoreUnavailable, match="a moment ago"):
        store.find("faust")


def test_th_102_a_password_opens_and_no_error_shows_it(postgresql: Postgresql, own_database: str):
    good = Catalogue(Home(NOWHERE, postgresql.guarded(own_database)))
    assert good.find("faust") is None
    good.close()
    for wrong in ("no such word", ""):
        store = Catalogue(Home(NOWHERE, postgresql.guarded(own_database, wrong)))
        with pytest.raises(StoreUnavailable, match="password") as caught:
            store.find("faust")
        assert PASSWORD not in str(caught.value)
        assert not wrong or wrong not in str(caught.value)
    assert PASSWORD not in repr(Home(NOWHERE, postgresql.guarded(own_database)))


def test_a_database_that_is_not_there_is_told(postgresql: Postgresql):
    with pytest.raises(StoreUnavailable, match='"missing" does not exist'):
        State(Home(NOWHERE, postgresql.server("missing"))).check()


def test_connections_that_the_server_has_cut_are_made_anew(postgresql: Postgresql, state: State):
    for _ in range(2):
        assert state.user("ann") is not None
        state.check()
        postgresql.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lectern-%'")
        state.database.forget()
        state.check()
        assert state.user("ann") is not None
        assert state.set_roles("ann", ("member",))


def test_a_write_whose_connection_dies_leaves_nothing_and_holds_up_nobody(postgresql: Postgresql, state: State):
    with pytest.raises(StoreUnavailable), state.database.write() as connection:  # noqa: PT012 - it dies in the middle
        connection.exec_driver_sql("DELETE FROM users")
        postgresql.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'")
        connection.exec_driver_sql("DELETE FROM codes")
    assert state.user("ann") is not None
    assert state.set_roles("ann", ("member",))


def test_a_table_that_somebody_locks_is_told_in_time(postgresql: Postgresql, state: State):
    state.check()
    with psycopg.connect(state._store._store._server.url) as other:  # type: ignore[union-attr]
        other.execute("LOCK TABLE users, sessions")
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            state.user("ann")
        state.database.forget()
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            state.check()
        assert time.monotonic() - begun < 5
        other.rollback()
    state.check()
    assert state.user("ann") is not None


def test_more_threads_than_connections_wait_for_one_another(database_server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lectern.database_postgresql._LOCK_MILLISECONDS", 60_000)
    state = State(Home(NOWHERE, database_server))
    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(lambda _: state.user("ann"), range(200))) == {None}
    state.close()


def test_what_postgresql_cannot_keep_is_replaced(database_server: Server):
    catalogue = Catalogue(Home(NOWHERE, database_server))
    kept = catalogue.publish(ObjectRow("faust", "faust", "a\0b"), [CanvasRow(1, "c", 1, 1, label="\0")])
    assert catalogue.get("faust") == replace(kept, label="a\ufffdb")
    assert catalogue.canvases("faust")[0].label == "\ufffd"
    assert catalogue.find("fau\0st") is None
    catalogue.close()


def test_letters_are_ordered_by_their_code_points(database_server: Server):
    catalogue = Catalogue(Home(NOWHERE, database_server))
    for name, label in (("a", "é"), ("B", "Z"), ("b", "a"), ("c", "z"), ("d", "_")):
        catalogue.publish(ObjectRow(name, name, label), [])
    assert [row.label for row in catalogue.objects()] == ["Z", "_", "a", "z", "é"]
    assert catalogue.ids("b") == ["b"]
    assert catalogue.ids() == ["B", "a", "b", "c", "d"]
    catalogue.close()


def test_a_server_that_stands_still_keeps_nobody_waiting_for_long(monkeypatch: pytest.MonkeyPatch):
    """It keeps no time limit of its own then; ours ends the wait."""
    monkeypatch.setattr("lectern.database_postgresql._ForRows.limit", 0.6)
    monkeypatch.setattr("lectern.database_postgresql._ForStatements.limit", 1.2)
    monkeypatch.setattr("lectern.database_postgresql._CONNECT_SECONDS", 2)
    with postgresql_running() as server:
        server.run("CREATE DATABASE still")
        catalogue = Catalogue(Home(NOWHERE, server.server("still")))
        catalogue.publish(ObjectRow("faust", "faust", "Faust"), [])
        catalogue.epoch()
        pids = [server.process.pid, *(row[0] for row in server.run("SELECT pid FROM pg_stat_activity"))]
        alive = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
        for pid in alive:
            os.kill(pid, signal.SIGSTOP)
        try:
            for ask in (catalogue.objects, lambda: catalogue.set_policy("faust", "x"), lambda: catalogue.get("faust")):
                begun = time.monotonic()
                with pytest.raises(StoreUnavailable, match=r"did not answer|timeout expired"):
                    ask()
                assert time.monotonic() - begun < 6
            monkeypatch.setattr("lectern.database_postgresql._DOWN_SECONDS", 30)
            with pytest.raises(StoreUnavailable):
                catalogue.find("faust")
            begun = time.monotonic()
            with pytest.raises(StoreUnavailable):  # who comes after does not wait at all
                catalogue.find("faust")
            assert time.monotonic() - begun < 0.5
        finally:
            _go_on(alive)
        catalogue.close()
        assert catalogue.get("faust").policy == "open"
        catalogue.set_policy("faust", "readers")
        assert catalogue.get("faust").policy == "readers"
        catalogue.close()


def _go_on(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            continue

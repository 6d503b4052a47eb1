"""The store itself: what happens when its file is locked, broken, gone, or written by many at once (TH-97)."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from lectern.errors import StoreUnavailable
from lectern.home import Home
from lectern.state import State, UserRow
from lectern.state_sessions import SessionRow, SessionStore, TokenRow
from tests.postgresql.server import ON_SQLITE


def session(digest: str = "d", **changes) -> SessionRow:
    values = {"user": "ann", "roles": ("a",), "terms": (), "origins": (), "created": 0, "seen": 0, "ends": 100}
    return SessionRow(digest, **{**values, **changes})


def test_what_is_put_is_found(state: State):
    SessionStore(state).put(session(), idle=10)
    assert SessionStore(state).get("d") == session()
    assert SessionStore(state).get("e") is None
    assert SessionStore(state).put_token(TokenRow("t", "d", "p", 1, "o", 50), now=0)
    assert SessionStore(state).token("t") == TokenRow("t", "d", "p", 1, "o", 50)


def test_a_token_without_a_session_is_not_kept(state: State):
    assert not SessionStore(state).put_token(TokenRow("t", "gone", "p", 1, "o", 50), now=0)
    assert SessionStore(state).token("t") is None


def test_a_session_replaces_one_that_is_there_only(state: State):
    assert not SessionStore(state).put(session(), idle=10, replaces="gone")
    assert SessionStore(state).get("d") is None
    SessionStore(state).put(session("old"), idle=10)
    assert SessionStore(state).put(session("new"), idle=10, replaces="old")
    assert SessionStore(state).get("old") is None


def test_the_newest_twenty_viewers_are_kept(state: State):
    SessionStore(state).put(session(), idle=10)
    for number in range(30):
        SessionStore(state).add_origin("d", f"https://v{number}.example")
    found = SessionStore(state).get("d")
    assert found is not None
    assert len(found.origins) == 20
    assert found.origins[-1] == "https://v29.example"


def test_a_name_is_taken_once_however_many_ask(state: State):
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: state.add_user(UserRow("ann", f"hash {n}")), range(16)))
    assert taken.count(True) == 1


def test_removing_a_user_or_changing_his_password_ends_his_sessions(state: State):
    for change in (lambda: state.set_password("ann", "new"), lambda: state.remove_user("ann")):
        state.add_user(UserRow("ann", "hash"))
        SessionStore(state).put(session(), idle=10)
        SessionStore(state).put_token(TokenRow("t", "d", "p", 1, "o", 50), now=0)
        assert change()
        assert (SessionStore(state).get("d"), SessionStore(state).token("t")) == (None, None)
    assert not state.remove_user("ann")
    assert not state.set_password("ann", "x")


@ON_SQLITE
def test_th_97_a_locked_store_is_unavailable_to_writers_and_open_to_readers(state: State, home: Home, monkeypatch):
    monkeypatch.setattr("lectern.database_sqlite._BUSY_MILLISECONDS", 50)
    SessionStore(state).put(session(), idle=10)
    state.close()
    lock = sqlite3.connect(home.state_file, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        reader = State(home)
        assert SessionStore(reader).get("d") is not None
        with pytest.raises(StoreUnavailable, match=r"state\.db"):
            SessionStore(reader).touch("d", 5)
        reader.close()
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    SessionStore(state).touch("d", 6)


@ON_SQLITE
def test_th_97_a_broken_store_is_unavailable(home: Home):
    home.state_file.write_bytes(b"this is no database" * 100)
    state = State(home)
    with pytest.raises(StoreUnavailable):
        state.check()
    with pytest.raises(StoreUnavailable):
        SessionStore(state).get("d")
    home.state_file.unlink()
    state.check()
    state.close()


def test_th_97_a_store_whose_folder_is_gone_is_unavailable(tmp_path):
    with pytest.raises(StoreUnavailable):
        State(Home(tmp_path / "gone")).check()


@ON_SQLITE
def test_th_97_a_file_deleted_under_the_process_takes_its_sessions_with_it(state: State, home: Home):
    SessionStore(state).put(session(), idle=10)
    assert SessionStore(state).get("d") is not None
    for path in home.path.glob("state.db*"):
        path.unlink()
    assert SessionStore(state).get("d") is None
    SessionStore(state).put(session(), idle=10)
    assert SessionStore(State(home)).get("d") is not None


@ON_SQLITE
def test_th_97_a_file_put_in_place_of_another_is_the_one_that_counts(state: State, home: Home, tmp_path):
    SessionStore(state).put(session(), idle=10)
    (tmp_path / "other").mkdir()
    other = State(Home(tmp_path / "other"))
    SessionStore(other).put(session("else"), idle=10)
    other.close()
    (tmp_path / "other" / "state.db").replace(home.state_file)
    for suffix in ("-wal", "-shm"):
        home.state_file.with_name(f"state.db{suffix}").unlink(missing_ok=True)
    assert SessionStore(state).get("d") is None
    assert SessionStore(state).get("else") is not None


def test_attempts_in_parallel_do_not_pass_the_limit_together(state: State):
    with ThreadPoolExecutor(8) as pool:
        waits = [wait for wait, _ in pool.map(lambda _: state.begin_attempt({"a": 10}, 0, 900), range(40))]
    assert waits.count(0) == 10


def test_the_table_of_failures_is_bounded(state: State, monkeypatch):
    monkeypatch.setattr("lectern.state.MOST_FAILURES", 20)
    for number in range(60):
        state.begin_attempt({f"account {number}": 10}, 0, 900)
    assert state.counts()["failures"] <= 20


@ON_SQLITE  # a lot of writes; what is asked is plain SQL
@pytest.mark.parametrize("flood", ["terms:{}", "login:{}", "callback:{}", "site:{}", "network:{}", "account:{}"])
def test_th_16_37_no_flood_pushes_out_what_stands_against_an_account_or_a_network(
    state: State, monkeypatch, flood: str
):
    monkeypatch.setattr("lectern.state.MOST_FAILURES", 100)
    for _ in range(10):
        assert state.begin_attempt({"account:ann": 10, "network:a": 10}, 0, 900)[0] == 0
    for number in range(500):
        state.begin_attempt({flood.format(number): 10}, 1, 900)
    assert state.counts()["failures"] <= 100
    assert state.begin_attempt({"account:ann": 10}, 2, 900)[0] > 0
    if not flood.startswith("account"):
        assert state.begin_attempt({"network:a": 10}, 2, 900)[0] > 0


@ON_SQLITE
def test_th_16_full_networks_push_out_no_account(state: State, monkeypatch):
    monkeypatch.setattr("lectern.state.MOST_FAILURES", 100)
    for _ in range(10):
        state.begin_attempt({"account:ann": 10}, 0, 900)
    for number in range(500):
        state.begin_attempt({f"network:{number // 50}": 50}, 1, 900)
    assert state.begin_attempt({"account:ann": 10}, 2, 900)[0] > 0

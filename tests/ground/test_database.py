"""A database as stores use it: short writes, reads that do not wait, and errors that say which store it was."""

import multiprocessing
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select

from lectern.database import Database
from lectern.database_schema import Schema
from lectern.errors import ConfigurationError, StoreUnavailable

SCRIPTS = Path(__file__).parent / "numbers"
tables = MetaData()
numbers = Table("numbers", tables, Column("n", Integer, primary_key=True))
SCHEMA = Schema("numbers", tables, 1, SCRIPTS)
_coloured = MetaData()
Table(
    "numbers",
    _coloured,
    Column("n", Integer, primary_key=True),
    Column("colour", String, nullable=False, server_default="it's grey"),
)
COLOURED = Schema("numbers", _coloured, 2, SCRIPTS)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    return tmp_path / "numbers.db" if request.param == "sqlite" else request.getfixturevalue("empty_database")


ON_FILE = pytest.mark.parametrize("place", ["sqlite"], indirect=True)


@pytest.fixture
def database(place, monkeypatch):
    monkeypatch.setattr("lectern.database_sqlite._BUSY_MILLISECONDS", 200)
    monkeypatch.setattr("lectern.database_postgresql._LOCK_MILLISECONDS", 200)
    database = Database(place, SCHEMA)
    yield database
    database.close()


def add(database, n):
    with database.write() as connection:
        connection.execute(insert(numbers), {"n": n})


def count(database):
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(numbers)).scalar_one()


@ON_FILE
def test_nothing_is_opened_before_first_use(database, place):
    assert not place.exists()
    assert count(database) == 0
    assert place.exists()


def test_what_was_written_is_there_for_another_process(database, place):
    add(database, 1)
    other = Database(place, SCHEMA)
    assert other.rows("SELECT n FROM numbers WHERE n = ?", (1,)) == [(1,)]
    other.close()


def test_a_write_that_fails_leaves_nothing(database):
    with pytest.raises(KeyError), database.write() as connection:  # noqa: PT012 - the error comes after the insert
        connection.execute(insert(numbers), {"n": 1})
        raise KeyError("later")
    assert count(database) == 0
    add(database, 2)
    assert count(database) == 1


def test_a_write_that_the_database_refuses_leaves_nothing(database):
    add(database, 1)
    with pytest.raises(StoreUnavailable), database.write() as connection:  # noqa: PT012 - it is the second that fails
        connection.execute(insert(numbers), {"n": 2})
        connection.execute(insert(numbers), {"n": 1})
    assert database.rows("SELECT n FROM numbers") == [(1,)]


def test_readers_do_not_wait_for_a_writer(database):
    add(database, 1)
    with database.write() as connection:
        connection.execute(insert(numbers), {"n": 2})
        assert count(database) == 1
        assert database.rows("SELECT count(*) FROM numbers") == [(1,)]
    assert count(database) == 2


def test_a_reader_sees_each_commit_in_one_connection_too(database):
    add(database, 1)
    with database.read() as connection:
        for expected in (1, 2):
            assert connection.execute(select(func.count()).select_from(numbers)).scalar_one() == expected
            add(database, expected + 1)


def test_many_threads_write_without_losing_anything(database, monkeypatch):
    # Waiting is what is tested here, not giving up.
    monkeypatch.setattr("lectern.database_sqlite._BUSY_MILLISECONDS", 60_000)
    monkeypatch.setattr("lectern.database_postgresql._LOCK_MILLISECONDS", 60_000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: add(database, n), range(100)))
    assert count(database) == 100


def test_a_second_write_waits_for_the_first(database):
    count(database)
    order: list[str] = []

    def second():
        add(database, 2)
        order.append("second")

    with database.write() as connection:
        other = threading.Thread(target=second)
        other.start()
        connection.execute(insert(numbers), {"n": 1})
        order.append("first")
    other.join()
    assert order == ["first", "second"]


def test_a_write_reads_what_the_one_before_has_written(database, monkeypatch):
    monkeypatch.setattr("lectern.database_sqlite._BUSY_MILLISECONDS", 60_000)
    monkeypatch.setattr("lectern.database_postgresql._LOCK_MILLISECONDS", 60_000)

    def add_next(_):
        with database.write() as connection:
            largest = connection.execute(select(func.max(numbers.c.n))).scalar() or 0
            connection.execute(insert(numbers), {"n": largest + 1})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add_next, range(30)))
    assert database.rows("SELECT max(n), count(*) FROM numbers") == [(30, 30)]


def test_who_does_not_wait_is_told_at_once(database, place):
    count(database)
    other = Database(place, SCHEMA)
    with other.write(), pytest.raises(StoreUnavailable), database.write(waits=False):
        pass
    with database.write(waits=False) as connection:
        connection.execute(insert(numbers), {"n": 1})
    assert count(database) == 1
    other.close()


def test_who_waits_is_told_in_the_end(database, place):
    count(database)
    other = Database(place, SCHEMA)
    with other.write(), pytest.raises(StoreUnavailable, match="numbers"):
        add(database, 1)
    add(database, 1)
    assert count(database) == 1
    other.close()


class TestUnavailable:
    @ON_FILE
    def test_a_locked_file(self, database, place):
        count(database)
        other = sqlite3.connect(place, isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(StoreUnavailable, match=r"numbers\.db"):
            add(database, 1)
        other.execute("rollback")
        other.close()
        add(database, 1)
        assert count(database) == 1

    @ON_FILE
    def test_a_file_that_is_not_a_database(self, database, place):
        place.write_bytes(b"this is no database at all, but long enough to be looked at" * 20)
        with pytest.raises(StoreUnavailable, match=r"numbers\.db"):
            count(database)

    def test_a_folder_that_is_gone(self, tmp_path):
        database = Database(tmp_path / "gone" / "numbers.db", SCHEMA)
        with pytest.raises(StoreUnavailable, match="gone") as caught:
            count(database)
        assert caught.value.status == 503

    def test_it_works_again_once_the_cause_is_gone(self, tmp_path):
        database = Database(tmp_path / "later" / "numbers.db", SCHEMA)
        with pytest.raises(StoreUnavailable):
            count(database)
        (tmp_path / "later").mkdir()
        assert count(database) == 0
        database.close()


def test_a_newer_store_is_refused_with_the_remedy_and_left_alone(database, place):
    newer = Database(place, COLOURED)
    assert count(newer) == 0
    newer.close()
    with pytest.raises(ConfigurationError, match=r"another version.*go back to a copy"):
        add(database, 1)
    assert count(newer) == 0
    newer.close()


def test_an_older_store_keeps_its_rows_and_gains_the_columns_it_lacks(database, place):
    add(database, 7)
    database.close()
    newer = Database(place, COLOURED)
    for _ in range(2):
        with newer.read() as connection:
            assert connection.exec_driver_sql("select n, colour from numbers").fetchall() == [(7, "it's grey")]
        newer.close()
    with pytest.raises(ConfigurationError, match="another version"):
        count(database)


def _open(place, barrier, found):
    store = Database(place, COLOURED)
    barrier.wait()
    try:
        found.put(count(store))
    except Exception as error:
        found.put(repr(error))
    store.close()


@pytest.mark.parametrize("older", [False, True])
def test_processes_that_open_a_store_together_migrate_it_once(place, older, monkeypatch):
    monkeypatch.setattr("lectern.database_sqlite._BUSY_MILLISECONDS", 60_000)
    monkeypatch.setattr("lectern.database_postgresql._LOCK_MILLISECONDS", 60_000)
    if older:
        store = Database(place, SCHEMA)
        add(store, 1)
        store.close()
    processes = multiprocessing.get_context("fork")
    barrier, found = processes.Barrier(3), processes.Queue()
    opening = [processes.Process(target=_open, args=(place, barrier, found)) for _ in range(3)]
    for process in opening:
        process.start()
    assert [found.get(timeout=60) for _ in opening] == [int(older)] * 3
    for process in opening:
        process.join()


@ON_FILE
def test_a_file_from_before_migrations_is_taken_over(place):
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO numbers VALUES (5)")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    database = Database(place, COLOURED)
    assert database.rows("SELECT n, colour FROM numbers") == [(5, "it's grey")]
    database.close()


@ON_FILE
def test_who_waits_for_the_lock_waits_for_the_disk_and_nobody_else(place, monkeypatch):
    monkeypatch.setattr("lectern.database_sqlite._DURABLE", "FULL")
    database = Database(place, SCHEMA)
    for waits, synchronous in ((True, 2), (False, 1), (True, 2)):
        with database.write(waits=waits) as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == synchronous
    database.close()

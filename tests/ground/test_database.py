"""SQLite as stores use it: short writes, reads that do not wait, and errors that say which store it was."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select

from lectern import database as module
from lectern.database import Database
from lectern.errors import ConfigurationError, StoreUnavailable

tables = MetaData()
numbers = Table("numbers", tables, Column("n", Integer, primary_key=True))


def _with(column, version):
    """Return the table with a column more, and a version."""
    more = MetaData()
    Table("numbers", more, Column("n", Integer, primary_key=True), column)
    return more, version


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BUSY_MILLISECONDS", 200)
    database = Database(tmp_path / "numbers.db", tables, 1)
    yield database
    database.close()


def add(database, n):
    with database.write() as connection:
        connection.execute(insert(numbers), {"n": n})


def count(database):
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(numbers)).scalar_one()


def test_nothing_is_opened_before_first_use(database):
    assert not database.path.exists()
    assert count(database) == 0
    assert database.path.exists()


def test_what_was_written_is_there_for_another_process(database):
    add(database, 1)
    assert sqlite3.connect(database.path).execute("select n from numbers").fetchall() == [(1,)]


def test_a_write_that_fails_leaves_nothing(database):
    with pytest.raises(KeyError), database.write() as connection:  # noqa: PT012 - the error comes after the insert
        connection.execute(insert(numbers), {"n": 1})
        raise KeyError("later")
    assert count(database) == 0
    add(database, 2)
    assert count(database) == 1


def test_readers_do_not_wait_for_a_writer(database):
    add(database, 1)
    with database.write() as connection:
        connection.execute(insert(numbers), {"n": 2})
        assert count(database) == 1
    assert count(database) == 2


def test_many_threads_write_without_losing_anything(database, monkeypatch):
    monkeypatch.setattr(module, "_BUSY_MILLISECONDS", 60_000)  # waiting is what is tested here, not giving up
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


class TestUnavailable:
    def test_a_locked_file(self, database):
        count(database)
        other = sqlite3.connect(database.path, isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(StoreUnavailable, match=r"numbers\.db"):
            add(database, 1)
        other.execute("rollback")
        other.close()
        add(database, 1)
        assert count(database) == 1

    def test_a_file_that_is_not_a_database(self, database):
        database.path.write_bytes(b"this is no database at all, but long enough to be looked at" * 20)
        with pytest.raises(StoreUnavailable, match=r"numbers\.db"):
            count(database)

    def test_a_folder_that_is_gone(self, tmp_path):
        database = Database(tmp_path / "gone" / "numbers.db", tables, 1)
        with pytest.raises(StoreUnavailable, match="gone") as caught:
            count(database)
        assert caught.value.status == 503

    def test_it_works_again_once_the_cause_is_gone(self, tmp_path):
        database = Database(tmp_path / "later" / "numbers.db", tables, 1)
        with pytest.raises(StoreUnavailable):
            count(database)
        (tmp_path / "later").mkdir()
        assert count(database) == 0
        database.close()

    @pytest.mark.parametrize(("version", "column"), [(-1, Column("other", Integer)), (2, Column("more", Integer))])
    def test_a_file_that_is_newer_or_lacks_a_column_without_default_is_left_alone(self, database, version, column):
        add(database, 7)
        database.close()
        with pytest.raises(ConfigurationError, match="another version"):
            count(Database(database.path, *_with(column, version)))
        assert count(database) == 1


def test_an_older_file_keeps_its_rows_and_gains_the_columns_it_lacks(database):
    add(database, 7)
    database.close()
    newer = Database(database.path, *_with(Column("colour", String, nullable=False, server_default="it's grey"), 2))
    for _ in range(2):
        with newer.read() as connection:
            assert connection.exec_driver_sql("select n, colour from numbers").fetchall() == [(7, "it's grey")]
        newer.close()
    with pytest.raises(ConfigurationError, match="another version"):
        count(Database(database.path, tables, 1))

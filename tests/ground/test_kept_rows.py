"""Rows are kept two seconds over PostgreSQL, and never longer than this process's own writes."""

from dataclasses import replace

import pytest

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow, Replaced
from lectern.database import Database
from lectern.database_kept import KeptRows
from lectern.state import State
from lectern.state_sessions import SessionRow, SessionStore, TokenRow
from lectern.state_tables import SCHEMA as STATE
from lectern.state_tallies import Tallies
from tests.postgresql.server import ON_POSTGRESQL, ON_SQLITE


class Elapsed:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Asked:
    """A question that counts how often it is asked; its answer is how often."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return [(self.times,)]


@pytest.fixture
def elapsed():
    return Elapsed()


@pytest.fixture
def kept(elapsed):
    return KeptRows(elapsed)


def test_a_row_is_asked_for_again_after_two_seconds(kept, elapsed):
    asked = Asked()
    found = []
    for _ in range(5):
        found.append(kept.get(("q",), asked)[0][0])
        elapsed.now += 0.9
    assert found == [1, 1, 1, 2, 2]


def test_the_time_counts_from_the_question_and_not_from_the_answer(kept, elapsed):
    asked = Asked()

    def slowly():
        elapsed.now += 1.5
        return asked()

    assert kept.get(("q",), slowly) == [(1,)]
    elapsed.now += 0.6
    assert kept.get(("q",), asked) == [(2,)]


def test_questions_are_told_apart_by_their_parameters(kept):
    assert kept.get(("q", "a"), lambda: [("a",)]) != kept.get(("q", "b"), lambda: [("b",)])


def test_that_there_is_nothing_is_not_kept(kept):
    assert kept.get(("q",), list) == []
    assert kept.get(("q",), Asked()) == [(1,)]


def test_what_was_asked_before_a_write_and_answered_after_it_is_not_kept(kept):
    asked = Asked()

    def meanwhile():
        kept.forget()
        return asked()

    kept.get(("q",), meanwhile)
    assert kept.get(("q",), asked) == [(2,)]


def test_what_is_forgotten_at_the_last_moment_is_not_kept_either(kept, monkeypatch):
    class Forgets:
        """A bound that is looked at after the answer, and before it is kept."""

        def __le__(self, _):
            kept.forget()
            return False

    monkeypatch.setattr("lectern.database_kept.MOST", Forgets())
    kept.get(("q",), lambda: [("old",)])
    assert kept.get(("q",), lambda: [("new",)]) == [("new",)]


def test_one_question_is_forgotten_and_the_others_stay(kept):
    for name in ("a", "b"):
        kept.get((name,), lambda: [("old",)])
    kept.forget_one(("a",))
    kept.forget_one(("c",))
    assert [kept.get((name,), lambda: [("new",)]) for name in ("a", "b")] == [[("new",)], [("old",)]]


def test_an_error_is_not_kept(kept):
    with pytest.raises(KeyError):
        kept.get(("q",), {}.popitem)
    assert kept.get(("q",), Asked()) == [(1,)]


def test_th_37_rows_do_not_grow_without_end(kept, monkeypatch):
    monkeypatch.setattr("lectern.database_kept.MOST", 10)
    for number in range(100):
        kept.get((number,), Asked())
    assert len(kept._found) <= 10


class TestStores:
    """Two processes, as two stores in one."""

    @pytest.fixture(autouse=True)
    def elapsed(self, monkeypatch):
        now = Elapsed()
        monkeypatch.setattr(KeptRows.__init__, "__defaults__", (now,))
        return now

    @pytest.fixture
    def both(self, home, stores, elapsed):
        pair = [Catalogue(replace(home, server=stores)) for _ in range(2)]
        pair[0].publish(ObjectRow("faust", "faust", "Faust"), [CanvasRow(1, "c", 10, 10)])
        yield pair
        for each in pair:
            each.close()

    @pytest.fixture
    def sessions(self, home, stores, elapsed):
        pair = [State(replace(home, server=stores)) for _ in range(2)]
        yield [SessionStore(state) for state in pair]
        for state in pair:
            state.close()

    @ON_POSTGRESQL
    def test_a_change_is_seen_here_at_once_and_elsewhere_within_two_seconds(self, both, elapsed):
        here, there = both
        there.epoch()  # the first look at it forgets what is kept
        before = there.get("faust"), there.epoch()
        here.set_policy("faust", "readers")
        assert here.get("faust").policy == "readers"
        assert (there.get("faust"), there.epoch()) == before
        elapsed.now += 2
        assert there.get("faust").policy == "readers"
        assert there.epoch() == here.epoch()

    @ON_POSTGRESQL
    def test_a_row_asked_for_after_the_epoch_is_as_new_as_that(self, both, elapsed):
        here, there = both
        there.epoch()
        there.epoch()
        elapsed.now += 1
        old = there.get("faust")  # kept a second longer than the epoch
        here.set_policy("faust", "readers")
        elapsed.now += 1
        assert there.get("faust") == old
        assert there.epoch() == here.epoch()
        assert there.get("faust").policy == "readers"

    @ON_SQLITE
    def test_over_a_file_it_is_seen_everywhere_at_once(self, both):
        here, there = both
        there.get("faust")
        here.set_policy("faust", "readers")
        assert there.get("faust").policy == "readers"

    def test_what_is_new_is_seen_everywhere_at_once(self, both):
        here, there = both
        assert there.find("egmont") is None
        here.publish(ObjectRow("egmont", "egmont", "Egmont"), [])
        assert there.find("egmont") is not None

    @ON_POSTGRESQL
    def test_a_row_that_proves_old_is_asked_for_anew(self, both):
        here, there = both
        old = there.get("faust")
        here.publish(ObjectRow("faust", "faust", "Faust II", generation=9), [CanvasRow(1, "c", 20, 20)])
        with pytest.raises(Replaced):
            there.canvases_at({"faust": old}, [("faust", 1)])
        new = there.get("faust")
        assert new.label == "Faust II"
        assert there.canvases_at({"faust": new}, [("faust", 1)])["faust", 1].width == 20

    @ON_POSTGRESQL
    def test_a_session_that_ended_elsewhere_ends_here_within_two_seconds_with_its_tokens(self, sessions, elapsed):
        here, there = sessions
        row = SessionRow("d", "ann", (), (), (), created=0, seen=0, ends=100)
        here.put(row, idle=10)
        here.put_token(TokenRow("t", "d", "p", 1, "o", 50), now=0)
        assert there.get("d", newest=False) == row
        assert there.token("t", newest=False) is not None
        here.remove("d")
        assert here.get("d", newest=False) is None
        assert here.token("t", newest=False) is None
        assert there.get("d") is None
        assert there.get("d", newest=False) == row
        elapsed.now += 2
        assert there.get("d", newest=False) is None
        assert there.token("t", newest=False) is None

    @ON_POSTGRESQL
    def test_use_and_counting_forget_no_other_sessions(self, sessions):
        here, there = sessions
        for digest in ("d", "e"):
            here.put(SessionRow(digest, "ann", (), (), (), created=0, seen=0, ends=100), idle=10)
        kept = [here.get(digest, newest=False) for digest in ("d", "e")]
        there.remove("d")
        here.touch("e", 7)
        Tallies(here._state).add("somebody", 1, 1)
        assert here.get("d", newest=False) == kept[0]  # nobody asked for it again
        assert here.get("e", newest=False).seen == 7


def test_a_write_sees_what_was_committed_while_it_waited_whatever_the_server_does_by_itself(database_server):
    url = f"{database_server.url}?options=-c%20default_transaction_isolation%3Dserializable"
    database = Database(replace(database_server, url=url), STATE)
    try:
        for waits in (True, False):
            with database.write(waits=waits) as connection:
                shown = connection.exec_driver_sql("SHOW transaction_isolation").scalar_one()
                assert shown == "read committed"
        with database.read() as connection:
            assert connection.exec_driver_sql("SHOW default_transaction_isolation").scalar_one() == "serializable"
    finally:
        database.close()

"""Sessions and tokens: what opens them, what ends them, and what is in the file."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from auth.decision import STRANGER, Reader
from auth.identity import Identity
from auth.sessions import Sessions
from lectern.errors import StoreUnavailable
from lectern.home import Home
from lectern.settings import Settings
from lectern.state import State
from lectern.state_sessions import MOST_TOKENS_PER_SESSION, SessionStore
from lectern.state_tables import SCHEMA
from tests.tokens import by_token

ANN = Identity("ann", ("member",))
BOB = Identity("bob", ())
VIEWER, OTHER = "https://viewer.example.org", "https://other.example.net"
IDLE, ABSOLUTE = 1200, 28800


def test_a_session_stands_for_its_user(sessions: Sessions):
    cookie = sessions.sign_in(ANN, VIEWER)
    assert sessions.reader(cookie) == Reader("ann", frozenset({"member"}), session=True)


@pytest.mark.parametrize("cookie", [None, "", "x", "A" * 43, "ä" * 43])
def test_th_15_a_value_that_we_did_not_give_out_is_a_stranger(sessions: Sessions, cookie: str | None):
    assert sessions.reader(cookie) == STRANGER
    assert sessions.find(cookie) is None


def test_th_15_every_rise_of_privilege_has_a_new_id_and_the_old_one_is_dead(sessions: Sessions):
    terms = sessions.accept_terms("gazette", VIEWER)
    signed_in = sessions.sign_in(ANN, VIEWER, terms)
    more = sessions.accept_terms("letters", VIEWER, signed_in)
    assert len({terms, signed_in, more}) == 3
    assert sessions.reader(terms) == sessions.reader(signed_in) == STRANGER
    assert sessions.reader(more) == Reader(
        "ann", frozenset({"member"}), frozenset({"gazette", "letters"}), session=True
    )


def test_th_15_a_planted_value_is_never_taken_over(sessions: Sessions):
    planted = "p" * 43
    assert sessions.sign_in(ANN, VIEWER, planted) != planted
    assert sessions.reader(planted) == STRANGER


def test_th_36_a_second_person_gets_nothing_of_the_first(sessions: Sessions):
    first = sessions.accept_terms("gazette", OTHER, sessions.sign_in(ANN, VIEWER))
    second = sessions.sign_in(BOB, VIEWER, first)
    found = sessions.find(second)
    assert found is not None
    assert (found.user, found.roles, found.terms, found.origins) == ("bob", (), (), (VIEWER,))
    assert sessions.reader(first) == STRANGER


def test_the_same_person_keeps_accepted_terms_and_viewers(sessions: Sessions):
    cookie = sessions.sign_in(ANN, VIEWER, sessions.accept_terms("gazette", OTHER))
    found = sessions.find(sessions.sign_in(ANN, VIEWER, cookie))
    assert found is not None
    assert (found.terms, found.origins) == (("gazette",), (OTHER, VIEWER))


@pytest.mark.parametrize(("after", "alive"), [(IDLE - 1, True), (IDLE, False), (IDLE + 1, False)])
def test_th_29_a_session_without_use_ends_at_the_idle_limit(sessions: Sessions, clock, after: int, alive: bool):
    cookie = sessions.sign_in(ANN, VIEWER)
    clock.move(after)
    assert sessions.reader(cookie).session is alive
    assert sessions.reader(cookie).expired is not alive


@pytest.mark.parametrize(("after", "alive"), [(ABSOLUTE - 1, True), (ABSOLUTE, False), (ABSOLUTE + 1, False)])
def test_th_29_use_never_carries_a_session_past_the_absolute_limit(sessions: Sessions, clock, after: int, alive: bool):
    cookie = sessions.sign_in(ANN, VIEWER)
    for _ in range(after // 1000):
        clock.move(1000)
        sessions.reader(cookie)
    clock.move(after % 1000)
    assert sessions.reader(cookie).session is alive


def test_th_29_accepting_terms_does_not_lengthen_a_session(sessions: Sessions, clock):
    cookie = sessions.sign_in(ANN, VIEWER)
    before = sessions.find(cookie)
    clock.move(600)
    after = sessions.find(sessions.accept_terms("gazette", VIEWER, cookie))
    assert before is not None
    assert after is not None
    assert (after.created, after.ends) == (before.created, before.ends)


def test_th_100_a_clock_set_back_does_not_revive_a_session(sessions: Sessions, clock):
    cookie = sessions.sign_in(ANN, VIEWER)
    clock.move(IDLE + 1)
    assert sessions.reader(cookie).expired
    clock.move(-IDLE)
    assert sessions.reader(cookie).expired
    assert not sessions.reader(cookie).session


def test_use_is_written_at_most_once_a_minute(sessions: Sessions, clock, monkeypatch):
    cookie = sessions.sign_in(ANN, VIEWER)
    written: list[int] = []
    monkeypatch.setattr(SessionStore, "touch", lambda _, digest, now: written.append(now))
    for _ in range(59):
        clock.move(1)
        sessions.reader(cookie)
    assert written == []
    clock.move(1)
    sessions.reader(cookie)
    assert len(written) == 1


def test_th_97_a_store_that_another_process_writes_to_stops_no_reader(
    sessions: Sessions, home: Home, clock, monkeypatch
):
    cookie = sessions.sign_in(ANN, VIEWER)
    refused: list[str] = []
    for name in ("touch", "mark_ended"):
        monkeypatch.setattr(SessionStore, name, _noting(getattr(SessionStore, name), refused))
    other = State(home)
    with other.database.write():
        clock.move(IDLE - 1)
        assert sessions.reader(cookie).session
        clock.move(1)  # its use could not be noted
        assert sessions.reader(cookie).expired
    other.close()
    assert set(refused) == {"touch", "mark_ended"}
    assert sessions.reader(cookie).expired  # noted now
    clock.move(-IDLE)
    assert sessions.reader(cookie).expired


def _noting(call: Callable[..., None], refused: list[str]) -> Callable[..., None]:
    def noted(*arguments: object) -> None:
        try:
            call(*arguments)
        except StoreUnavailable:
            refused.append(call.__name__)
            raise

    return noted


def test_th_28_signing_out_ends_the_session_and_its_tokens_at_once(sessions: Sessions):
    cookie = sessions.sign_in(ANN, VIEWER)
    token = sessions.issue_token(cookie, "letters", 1, VIEWER)
    assert token is not None
    sessions.sign_out(cookie)
    assert sessions.reader(cookie) == STRANGER
    assert by_token(sessions, token.value, "letters", 1) == STRANGER
    assert sessions.issue_token(cookie, "letters", 1, VIEWER) is None
    sessions.sign_out(cookie)
    sessions.sign_out(None)


def test_a_session_ended_meanwhile_is_not_revived_by_accepting_terms(sessions: Sessions, state: State, monkeypatch):
    cookie = sessions.sign_in(ANN, VIEWER)
    found = sessions.find(cookie)
    monkeypatch.setattr(sessions, "find", lambda value: found if value else None)
    sessions.sign_out(cookie)
    fresh = sessions.accept_terms("gazette", VIEWER, cookie)
    monkeypatch.undo()
    assert sessions.reader(fresh) == Reader(terms=frozenset({"gazette"}), session=True)


def test_a_token_stands_for_its_session_at_its_policy(sessions: Sessions):
    cookie = sessions.sign_in(ANN, VIEWER)
    token = sessions.issue_token(cookie, "letters", 2, VIEWER)
    assert token is not None
    assert by_token(sessions, token.value, "letters", 2) == sessions.reader(cookie)


def test_th_32_a_token_of_another_policy_or_version_is_worth_nothing(sessions: Sessions):
    token = sessions.issue_token(sessions.sign_in(ANN, VIEWER), "letters", 2, VIEWER)
    assert token is not None
    assert by_token(sessions, token.value, "gazette", 2) == STRANGER
    assert by_token(sessions, token.value, "letters", 1) == STRANGER


def test_versions_0_and_1_share_their_info_json(sessions: Sessions):
    token = sessions.issue_token(sessions.sign_in(ANN, VIEWER), "letters", 0, VIEWER)
    assert token is not None
    assert by_token(sessions, token.value, "letters", 1).session


def test_th_31_a_cookie_is_no_token_and_a_token_no_cookie(sessions: Sessions):
    cookie = sessions.sign_in(ANN, VIEWER)
    token = sessions.issue_token(cookie, "letters", 1, VIEWER)
    assert token is not None
    assert by_token(sessions, cookie, "letters", 1) == STRANGER
    assert sessions.reader(token.value) == STRANGER


@pytest.mark.parametrize(("after", "alive"), [(599, True), (600, False), (601, False)])
def test_th_29_a_token_ends_when_it_says(sessions: Sessions, clock, after: int, alive: bool):
    token = sessions.issue_token(sessions.sign_in(ANN, VIEWER), "letters", 1, VIEWER)
    assert token is not None
    assert token.seconds == 600
    clock.move(after)
    assert by_token(sessions, token.value, "letters", 1).session is alive


def test_th_29_a_token_never_outlives_its_session(state: State, tmp_path: Path, clock):
    sessions = Sessions(state, Settings(home=tmp_path, session_absolute=100, session_idle=1200), clock)
    cookie = sessions.sign_in(ANN, VIEWER)
    clock.move(30)
    token = sessions.issue_token(cookie, "letters", 1, VIEWER)
    assert token is not None
    assert token.seconds == 70


def test_th_29_nor_does_it_outlive_the_idle_limit(state: State, tmp_path: Path, clock):
    sessions = Sessions(state, Settings(home=tmp_path, session_idle=100), clock)
    cookie = sessions.sign_in(ANN, VIEWER)
    clock.move(40)
    token = sessions.issue_token(cookie, "letters", 1, VIEWER)
    assert token is not None
    assert token.seconds == 60
    clock.move(token.seconds)
    assert by_token(sessions, token.value, "letters", 1) == STRANGER


def test_tokens_survive_the_new_id_of_the_same_person_but_not_another_sign_in(sessions: Sessions):
    cookie = sessions.sign_in(ANN, VIEWER)
    token = sessions.issue_token(cookie, "letters", 1, VIEWER)
    assert token is not None
    cookie = sessions.accept_terms("gazette", VIEWER, cookie)
    assert by_token(sessions, token.value, "letters", 1).user == "ann"
    sessions.sign_in(BOB, VIEWER, cookie)
    assert by_token(sessions, token.value, "letters", 1) == STRANGER


def test_th_37_a_session_has_at_most_twenty_tokens_and_the_newest_is_one(sessions: Sessions, state: State):
    cookie = sessions.sign_in(ANN, VIEWER)
    tokens = [sessions.issue_token(cookie, "letters", 1, VIEWER) for _ in range(50)]
    assert state.counts()["tokens"] == MOST_TOKENS_PER_SESSION
    assert tokens[-1] is not None
    assert by_token(sessions, tokens[-1].value, "letters", 1).session


def test_th_37_ended_sessions_and_tokens_are_swept_away(sessions: Sessions, state: State, clock):
    for _ in range(5):
        sessions.issue_token(sessions.sign_in(ANN, VIEWER), "letters", 1, VIEWER)
        clock.move(60)
    clock.move(ABSOLUTE + 2 * 3600)
    sessions.issue_token(sessions.sign_in(ANN, VIEWER), "letters", 1, VIEWER)
    counts = state.counts()
    assert (counts["sessions"], counts["tokens"]) == (1, 1)


@pytest.mark.parametrize("flood", [(1, 3, 2), (60, 1000, 0), (-1, 1000, 0)])
def test_th_37_the_number_of_sessions_is_bounded(sessions: Sessions, state: State, monkeypatch, clock, flood):
    """By those that come in between two sweeps: so many of them, or what a minute brings."""
    step, every, excess = flood
    monkeypatch.setattr("lectern.state_sessions.MOST_SESSIONS", 5)
    monkeypatch.setattr("lectern.state_sessions._SWEEP_EVERY_SESSIONS", every)
    kept = sessions.sign_in(ANN, VIEWER)
    most = 0
    for _ in range(10):
        clock.move(step)
        sessions.accept_terms("gazette", VIEWER)
        most = max(most, state.counts()["sessions"])
    assert most == 5 + excess
    assert sessions.reader(kept).user == "ann"


def test_th_37_ended_sessions_are_looked_for_once_a_minute(sessions: Sessions, state: State, monkeypatch, clock):
    swept: list[int] = []
    monkeypatch.setattr("lectern.state_sessions._sweep_sessions", lambda _, now, __: swept.append(now))
    for _ in range(150):
        sessions.sign_in(ANN, VIEWER)
        clock.move(1)
    assert len(swept) == 3


def test_th_37_a_heap_of_ended_sessions_goes_in_pieces(sessions: Sessions, state: State, monkeypatch, clock):
    """However many there are, one sign-in waits for a bounded number of them only."""
    monkeypatch.setattr("lectern.state_sessions._MOST_SWEPT", 4)
    for _ in range(10):
        sessions.sign_in(ANN, VIEWER)
    clock.move(ABSOLUTE + 2 * 3600)
    left = []
    for _ in range(4):
        sessions.sign_in(ANN, VIEWER)
        left.append(state.counts()["sessions"])
        clock.move(60)
    assert left == [7, 4, 3, 4]


def test_th_37_a_token_for_an_address_leaves_no_row(sessions: Sessions, state: State):
    token = sessions.ambient_token()
    assert token.seconds == 600
    assert by_token(sessions, token.value, "room", 1) == STRANGER
    assert set(state.counts().values()) == {0}


def test_th_30_the_store_holds_neither_cookie_nor_token(sessions: Sessions, state: State, home):
    cookie = sessions.sign_in(ANN, VIEWER)
    token = sessions.issue_token(cookie, "letters", 1, VIEWER)
    assert token is not None
    dump = _everything_in(state, home)
    assert b"ann" in dump
    for secret in (cookie, token.value):
        assert secret.encode() not in dump
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)  # 256 bits
    assert cookie not in token.value


def _everything_in(state: State, home: Home) -> bytes:
    if home.server is None:
        state.close()
        return b"".join(path.read_bytes() for path in home.path.glob("state.db*"))
    tables = [f'"{name}"' for name in SCHEMA.tables.tables]
    return repr([state.database.rows(f"SELECT it::text FROM {table} AS it") for table in tables]).encode()


def test_th_30_what_the_store_holds_opens_nothing(sessions: Sessions):
    cookie = sessions.sign_in(ANN, VIEWER)
    row = sessions.find(cookie)
    assert row is not None
    assert sessions.reader(row.digest) == STRANGER


def test_a_viewer_is_added_once_and_only_to_a_live_session(sessions: Sessions, clock):
    cookie = sessions.sign_in(ANN, VIEWER)
    sessions.add_origin(cookie, OTHER)
    sessions.add_origin(cookie, OTHER)
    found = sessions.find(cookie)
    assert found is not None
    assert found.origins == (VIEWER, OTHER)
    sessions.add_origin("nobody", OTHER)
    clock.move(IDLE)
    sessions.add_origin(cookie, "https://late.example")
    assert sessions.find(cookie) is None


def test_sessions_are_shared_by_processes(sessions: Sessions, home, settings: Settings, clock):
    cookie = sessions.sign_in(ANN, VIEWER)
    other_state = State(home)
    other = Sessions(other_state, settings, clock)
    assert other.reader(cookie).user == "ann"
    other.sign_out(cookie)
    assert sessions.reader(cookie) == STRANGER
    other_state.close()

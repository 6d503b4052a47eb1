"""What an operator does to sessions holds at once, and shows no secret (TH-28, TH-36, TH-102)."""

import stat

import pytest

from auth.accounts import Account, Accounts
from auth.codes import Codes
from auth.identity import CredentialRevoked, Identity
from auth.sessions import Sessions
from lectern.clock import seconds
from lectern.errors import InputError, NotFound
from lectern.home import Home
from lectern.names import CODES
from lectern.settings import Settings
from lectern.state import State
from lectern.state_sessions import SessionStore
from tests.postgresql.server import ON_SQLITE
from tests.tokens import by_token

VIEWER = "https://viewer.example.org"
ANN = Identity("ann", ("member",))
IDLE = 1200


@pytest.fixture
def accounts(state: State, clock) -> Accounts:
    accounts = Accounts(state, clock)
    accounts.add("ann", "a long password", ["member"])
    return accounts


@pytest.mark.parametrize("roles", [(), ("staff",), ("member", "staff")])
def test_th_36_other_roles_count_at_the_next_decision(sessions: Sessions, accounts: Accounts, roles: tuple[str, ...]):
    cookie = sessions.sign_in(ANN, VIEWER)
    token = sessions.issue_token(cookie, "members", 2, VIEWER)
    assert token is not None
    accounts.change_roles("ann", roles)
    assert sessions.reader(cookie).roles == set(roles)
    assert by_token(sessions, token.value, "members", 2).roles == set(roles)
    assert accounts.all() == [Account("ann", roles)]


def test_th_36_roles_of_a_namesake_at_another_provider_stay(sessions: Sessions, accounts: Accounts):
    cookie = sessions.sign_in(Identity("ann", ("member",), "campus"), VIEWER)
    accounts.change_roles("ann", [])
    assert sessions.reader(cookie).roles == {"member"}


def test_th_36_another_process_sees_other_roles(sessions: Sessions, accounts: Accounts, settings, home: Home, clock):
    elsewhere = State(home)
    worker = Sessions(elsewhere, settings, clock)
    cookie = sessions.sign_in(ANN, VIEWER)
    assert worker.reader(cookie).roles == {"member"}
    accounts.change_roles("ann", [])
    elsewhere.database.forget()  # as it does within two seconds over PostgreSQL
    assert worker.reader(cookie).roles == frozenset()
    sessions.end_all(user="ann")
    elsewhere.database.forget()
    assert not worker.reader(cookie).session
    elsewhere.close()


def test_th_36_roles_that_change_while_a_session_is_replaced_are_not_brought_back(
    sessions: Sessions, accounts: Accounts, monkeypatch
):
    cookie = sessions.sign_in(ANN, VIEWER)
    put = SessionStore.put

    def changed_first(*arguments, **options):
        accounts.change_roles("ann", [])
        return put(*arguments, **options)

    monkeypatch.setattr(SessionStore, "put", changed_first)
    assert sessions.reader(sessions.accept_terms("gazette@1", VIEWER, cookie)).roles == frozenset()
    assert sessions.reader(sessions.sign_in(ANN, VIEWER)).roles == frozenset()


def test_roles_that_cannot_be_are_refused_and_change_nothing(accounts: Accounts):
    with pytest.raises(InputError):
        accounts.change_roles("ann", ["two words"])
    with pytest.raises(NotFound):
        accounts.change_roles("nobody", [])
    assert accounts.all() == [Account("ann", ("member",))]


def test_th_36_an_account_that_is_gone_or_has_another_password_since_it_was_checked_opens_no_session(
    sessions: Sessions, accounts: Accounts, state: State
):
    innocent = sessions.sign_in(ANN, VIEWER)
    checked = accounts.check("ann", "a long password")
    assert checked is not None
    accounts.change_roles("ann", ["staff"])
    assert sessions.reader(sessions.sign_in(checked, VIEWER)).roles == {"staff"}
    assert sessions.reader(innocent).session
    for change in (lambda: accounts.change_password("ann", "another password"), lambda: accounts.remove("ann")):
        change()
        before = state.counts()["sessions"]
        with pytest.raises(CredentialRevoked):
            sessions.sign_in(checked, VIEWER)
        with pytest.raises(CredentialRevoked):
            sessions.sign_in(checked, VIEWER, sessions.accept_terms("gazette@1", VIEWER))
        assert state.counts()["sessions"] == before + 1


def test_th_18_a_code_that_is_gone_or_made_anew_since_it_was_used_opens_no_session(
    sessions: Sessions, state: State, clock
):
    codes = Codes(state, clock)
    ends = seconds(clock()) + 600
    who = codes.use(codes.add(ends, label="seminar").code)
    assert who is not None
    assert who.credential not in repr(who)
    assert sessions.reader(sessions.sign_in(who, VIEWER)).session
    codes.remove("seminar")
    with pytest.raises(CredentialRevoked):
        sessions.sign_in(who, VIEWER)
    codes.add(ends, label="seminar")  # another code under the same name, with the same end
    with pytest.raises(CredentialRevoked):
        sessions.sign_in(who, VIEWER)


@pytest.fixture
def opened(sessions: Sessions) -> dict[str, str]:
    """Return the cookies of four people."""
    return {
        "ann": sessions.sign_in(ANN, VIEWER),
        "ann at campus": sessions.sign_in(Identity("ann", (), "campus", name="Ann", sid="s1", id_token="t1"), VIEWER),
        "code": sessions.sign_in(Identity("seminar", (), CODES), VIEWER),
        "terms": sessions.accept_terms("gazette@1", VIEWER),
    }


@pytest.mark.parametrize(
    ("whose", "ended"),
    [
        ((None, "ann"), {"ann", "ann at campus"}),
        (("local", "ann"), {"ann"}),
        (("campus", None), {"ann at campus"}),
        (("local", None), {"ann"}),
        (("codes", None), {"code"}),
        ((None, "nobody"), set()),
        ((None, None), {"ann", "ann at campus", "code", "terms"}),
    ],
)
def test_th_28_sessions_end_at_once_with_their_tokens(sessions: Sessions, opened, state, whose, ended):
    provider, user = whose
    tokens = {who: sessions.issue_token(cookie, "p", 2, VIEWER) or pytest.fail(who) for who, cookie in opened.items()}
    listed = sessions.open(user=user, provider=provider)
    assert len(listed) == sessions.end_all(user=user, provider=provider) == len(ended)
    assert {who for who, cookie in opened.items() if not sessions.reader(cookie).session} == ended
    assert {who for who, token in tokens.items() if not by_token(sessions, token.value, "p", 2).session} == ended
    assert state.counts()["tokens"] == len(opened) - len(ended)


def test_th_102_the_list_shows_no_secret(sessions: Sessions, opened, state):
    shown = repr(sessions.open())
    assert not any(cookie in shown for cookie in opened.values())
    assert "t1" not in shown
    assert "digest" not in shown
    assert [row.user for row in sessions.open()].count("ann") == 2


@pytest.mark.parametrize(("after", "listed"), [(IDLE - 1, 1), (IDLE, 0), (IDLE + 1, 0)])
def test_th_29_only_live_sessions_are_listed(sessions: Sessions, clock, after: int, listed: int):
    sessions.sign_in(ANN, VIEWER)
    clock.move(after)
    assert len(sessions.open()) == listed


@pytest.mark.parametrize(("life", "idle"), [(600, 1200), (3600, 60), (3600, 1200)])
def test_th_29_a_token_never_outlives_its_session(state: State, home: Home, clock, life: int, idle: int):
    sessions = Sessions(
        state, Settings(home=home.path, token_life=life, session_idle=idle, session_absolute=900), clock
    )
    cookie = sessions.sign_in(ANN, VIEWER)
    clock.move(30)
    token = sessions.issue_token(cookie, "p", 2, VIEWER)
    assert token is not None
    assert 0 < token.seconds <= min(life, idle, 870)
    clock.move(token.seconds - 1)
    assert by_token(sessions, token.value, "p", 2).session
    clock.move(1)
    assert not by_token(sessions, token.value, "p", 2).session


@ON_SQLITE
def test_th_102_the_state_is_made_for_its_owner_only_whatever_the_umask(sessions: Sessions, opened, home: Home):
    files = list(home.path.glob("state.db*"))
    assert len(files) >= 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_th_50_nobody_in_particular_is_not_everybody(sessions: Sessions, opened):
    with pytest.raises(ValueError, match="named"):
        sessions.end_by_provider("campus", jti="1", ends=10, user="", sid="")
    assert len(sessions.open()) == len(opened)

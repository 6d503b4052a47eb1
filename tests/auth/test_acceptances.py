"""What a reader with an account accepted outlives the session, tied to the words he accepted."""

import pytest

from auth.accounts import Accounts
from auth.identity import Identity
from auth.sessions import Sessions
from lectern.names import CODES
from lectern.state import State
from lectern.state_acceptances import MOST_KEPT, Acceptances

ANN = Identity("ann", ("member",))
VIEWER = "https://viewer.example.org"


@pytest.fixture
def kept(state: State) -> Acceptances:
    return Acceptances(state)


def test_an_acceptance_is_kept_with_its_time_and_counts_in_the_next_session(sessions: Sessions, kept, clock):
    first = sessions.accept_terms("gazette@1", VIEWER, sessions.sign_in(ANN, VIEWER))
    at = int(clock().timestamp())
    sessions.sign_out(first)
    clock.move(3600)
    second = sessions.sign_in(ANN, VIEWER)
    assert sessions.reader(second).terms == {"gazette@1"}
    sessions.accept_terms("gazette@1", VIEWER, second)
    assert [(row.provider, row.user, row.policy, row.version, row.at) for row in kept.all()] == [
        ("local", "ann", "gazette", "1", at)
    ]


def test_th_36_an_acceptance_is_one_readers_at_one_provider(sessions: Sessions):
    sessions.accept_terms("gazette@1", VIEWER, sessions.sign_in(ANN, VIEWER))
    for other in (Identity("bob"), Identity("ann", provider="campus"), Identity("ann", provider=CODES)):
        assert sessions.reader(sessions.sign_in(other, VIEWER)).terms == frozenset()


def test_a_strangers_acceptance_ends_with_the_session(sessions: Sessions, kept):
    cookie = sessions.accept_terms("gazette@1", VIEWER)
    assert kept.all() == []
    sessions.sign_out(cookie)
    assert sessions.reader(sessions.accept_terms("other@1", VIEWER)).terms == {"other@1"}


def test_of_a_code_nothing_is_kept_since_another_person_may_use_it_next(sessions: Sessions, kept):
    code = Identity("seminar", (), CODES)
    sessions.accept_terms("gazette@1", VIEWER, sessions.sign_in(code, VIEWER))
    assert kept.all() == []
    assert sessions.reader(sessions.sign_in(code, VIEWER)).terms == frozenset()


def test_what_a_removed_account_accepted_is_forgotten(sessions: Sessions, kept, state: State):
    Accounts(state).add("ann", "a long password")
    sessions.accept_terms("gazette@1", VIEWER, sessions.sign_in(ANN, VIEWER))
    kept.keep("campus", "ann", "gazette@1", 1)
    Accounts(state).remove("ann")
    assert [row.provider for row in kept.all()] == ["campus"]


def test_th_37_one_reader_keeps_only_so_many(kept):
    for n in range(MOST_KEPT + 5):
        kept.keep("local", "ann", f"p@{n}", n)
    kept.keep("local", "bob", "p@1", 1)
    assert kept.of("local", "ann") == tuple(f"p@{n}" for n in range(5, MOST_KEPT + 5))
    assert kept.of("local", "bob") == ("p@1",)

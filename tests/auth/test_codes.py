"""Access codes: easy to type, kept as digests, over when they say (TH-18, TH-30)."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from auth.codes import Codes, canonical
from auth.identity import Identity
from auth.sessions import Sessions
from lectern.clock import seconds
from lectern.errors import InputError, NotFound
from lectern.names import CODES
from lectern.state import State
from tests.tokens import by_token

VIEWER = "https://viewer.example.org"
DAY = 86_400


@pytest.fixture
def codes(state: State, clock) -> Codes:
    return Codes(state, clock)


@pytest.fixture
def tomorrow(clock) -> int:
    return seconds(clock()) + DAY


def test_a_code_is_a_hundred_bits_in_groups_and_stands_for_its_label(codes: Codes, tomorrow: int):
    made = codes.add(tomorrow, ["reader", "member"], label="May seminar")
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}", made.code)
    assert codes.use(made.code) == Identity("May seminar", ("member", "reader"), CODES, ends=tomorrow)
    assert len({codes.add(tomorrow).code for _ in range(50)}) == 50


def test_th_30_the_file_holds_no_code(codes: Codes, tomorrow: int, home):
    code = codes.add(tomorrow).code
    kept = b"".join(file.read_bytes() for file in home.path.glob("state.db*"))
    assert code.encode() not in kept
    assert code.replace("-", "").encode() not in kept


def test_th_18_typing_is_helped_and_nothing_else_is_forgiven(codes: Codes, tomorrow: int):
    code = codes.add(tomorrow).code
    for typed in (code.lower(), code.replace("-", ""), f"  {code.replace('-', ' ')}\n", code.replace("-", "\u2013")):
        assert codes.use(typed) is not None
    for typed in (code[:-1], code + "0", code[::-1], "", " ", "-", code.translate(str.maketrans("-", "."))):
        assert codes.use(typed) is None


def test_letters_that_are_taken_for_digits_are_read_as_those():
    assert canonical("oOiIlL") == "001111"
    assert canonical("\u017f\u0131K-\u212a") == "\u017f\u0131K\u212a"  # folding would make ASCII of these


@pytest.mark.parametrize("typed", ["\ud800", "\x00", "K" * 100_000, "\U0001d7d8" * 20])
def test_what_is_no_code_at_all_is_only_wrong(codes: Codes, typed: str):
    assert codes.use(typed) is None


@pytest.mark.parametrize(("after", "good"), [(DAY - 1, True), (DAY, False), (DAY + 1, False)])
def test_th_29_a_code_ends_to_the_second(codes: Codes, clock, tomorrow: int, after: int, good: bool):
    code = codes.add(tomorrow).code
    clock.move(after)
    assert (codes.use(code) is not None) is good
    assert codes.is_good(codes.all()[0]) is good


@pytest.mark.parametrize(("after", "alive"), [(599, True), (600, False), (601, False)])
def test_th_29_a_session_ends_with_its_code(codes: Codes, sessions: Sessions, clock, after: int, alive: bool):
    identity = codes.use(codes.add(seconds(clock()) + 600).code)
    assert identity is not None
    cookie = sessions.sign_in(identity, VIEWER)
    token = sessions.issue_token(cookie, "members", 2, VIEWER)
    assert token is not None
    assert token.seconds <= 600
    clock.move(after)
    assert sessions.reader(cookie).session is alive
    assert by_token(sessions, token.value, "members", 2).session is alive


def test_uses_are_counted_down_and_no_further(codes: Codes, tomorrow: int):
    code = codes.add(tomorrow, uses=2).code
    assert [codes.use(code) is not None for _ in range(4)] == [True, True, False, False]
    assert codes.all()[0].uses_left == 0


def test_uses_in_parallel_cannot_pass_the_limit_together(codes: Codes, tomorrow: int):
    code = codes.add(tomorrow, uses=5).code
    with ThreadPoolExecutor(8) as pool:
        assert sum(used is not None for used in pool.map(lambda _: codes.use(code), range(24))) == 5


def test_removing_a_code_ends_its_sessions_and_nobody_elses(codes: Codes, sessions: Sessions, tomorrow: int):
    opened = {}
    for label in ("one", "two"):
        identity = codes.use(codes.add(tomorrow, label=label).code)
        assert identity is not None
        opened[label] = sessions.sign_in(identity, VIEWER)
    namesake = sessions.sign_in(Identity("one"), VIEWER)
    codes.remove("one")
    assert not sessions.reader(opened["one"]).session
    assert sessions.reader(opened["two"]).session
    assert sessions.reader(namesake).session
    with pytest.raises(NotFound):
        codes.remove("one")


def test_a_code_that_cannot_be_meant_is_refused(codes: Codes, clock, tomorrow: int):
    codes.add(tomorrow, label="taken")
    for wrong in (
        {"ends": seconds(clock())},
        {"ends": tomorrow, "uses": 0},
        {"ends": tomorrow, "roles": ["two words"]},
        {"ends": tomorrow, "label": ""},
        {"ends": tomorrow, "label": "a\nb"},
        {"ends": tomorrow, "label": "taken"},
    ):
        with pytest.raises(InputError):
            codes.add(**wrong)
    assert len(codes.all()) == 1

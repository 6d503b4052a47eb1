"""Each fault once or a few times, at one site; `python -m tests.load.faults` makes them by the hundred (TH-97)."""

from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from tests.load.faults.all import FAULTS, made
from tests.load.faults.table import Outcome, rows

_TIMES = {
    "kill-ingest": 2,
    "kill-swap": 2,
    "kill-image": 3,
    "kill-sign-in": 2,
    "two-ingests": 1,
    "clock": 20,
    "half-files": 1,
    "locked": 1,
    "disk-full": 1,
    "read-only": 1,
}
_ELSEWHERE = {  # tried there in other ways; here they would take as long as all others
    "postgresql": "tests/postgresql/test_server_down.py",
    "provider": "tests/auth/oidc/test_peer.py",
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Outcome]]:
    """Return what comes of the faults, each made when it is asked for."""
    making = made(tmp_path_factory.mktemp("faults"), _TIMES)
    yield making
    making.close()  # type: ignore[attr-defined]


def test_every_fault_has_a_short_form():
    assert _TIMES.keys() | _ELSEWHERE.keys() == FAULTS.keys()
    assert all((ROOT / path).is_file() for path in _ELSEWHERE.values())


@pytest.mark.parametrize("name", _TIMES)
def test_th_97_nothing_is_lost_or_opened_the_open_is_served_and_the_remedy_is_told(
    name: str, outcomes: Iterator[Outcome]
):
    outcome = next(outcomes)
    print(rows([outcome]))
    assert outcome.wrong == []
    assert outcome.times == _TIMES[name] or outcome.note.startswith("not made")


def test_what_is_wrong_is_told_by_kind():
    outcome = Outcome("x", times=2)
    outcome.expect(True, outcome.lost, "nothing")
    outcome.expect(False, outcome.lost, "an object")
    outcome.expect(False, outcome.opened, "a page")
    assert outcome.wrong == ["lost: an object", "opened: a page"]
    assert rows([outcome]) == [("x", "2", "0", "1", "1", "0", "0", "0", "")]

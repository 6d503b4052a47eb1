"""How fast may be asked: a session's tiles, and all verdicts together."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auth.pace import Pace
from lectern.counters import Counters
from lectern.database_server import Server
from lectern.errors import StoreUnavailable
from lectern.home import Home
from lectern.state import State
from lectern.state_tallies import Tallies


class Elapsed:
    """Seconds that stand still until they are moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
def pace(tmp_path: Path, elapsed: Elapsed) -> Pace:
    return Pace(Counters(tmp_path / "counters"), tiles=3, verdicts=5, elapsed=elapsed)


def test_th_71_a_session_has_its_tiles_each_second(pace: Pace, elapsed: Elapsed):
    assert [pace.tile("ann") for _ in range(5)] == [True, True, True, False, False]
    assert pace.tile("bob")
    elapsed.now += 1
    assert pace.tile("ann")


def test_th_71_verdicts_are_limited_for_all_together(pace: Pace, elapsed: Elapsed):
    assert [pace.verdict() for _ in range(7)] == [True] * 5 + [False] * 2
    elapsed.now += 1
    assert pace.verdict()


@pytest.fixture
def machines(tmp_path: Path, elapsed: Elapsed, stores: Server | None) -> Iterator[list[Pace]]:
    """Return the paces of two machines, whose readers may have forty tiles a second."""
    home = Home(tmp_path / "home", stores)
    home.prepare()
    states = [State(home), State(home)]
    counters = [Counters(tmp_path / f"counters-{n}") for n in (1, 2)]
    yield [
        Pace(each, tiles=40, verdicts=5, together=Tallies(state), elapsed=elapsed)
        for each, state in zip(counters, states, strict=True)
    ]
    for state in states:
        state.close()


def test_th_71_tiles_of_two_machines_count_together(machines: list[Pace], elapsed: Elapsed):
    turns = [machines[n % 2].tile("ann") for n in range(120)]
    assert 40 <= sum(turns) <= 50
    assert not any(turns[60:])
    assert all(machine.tile("bob") for machine in machines)
    elapsed.now += 1
    assert all(machine.tile("ann") for machine in machines)


def test_th_71_what_one_machine_gave_is_not_had_again_at_another(machines: list[Pace]):
    first, second = machines
    assert sum(first.tile("ann") for _ in range(60)) == 40
    assert sum(second.tile("ann") for _ in range(60)) <= 5


def test_th_71_processes_of_a_machine_know_what_one_of_them_learnt(
    machines: list[Pace], tmp_path: Path, elapsed: Elapsed, stores: Server | None
):
    state = State(Home(tmp_path / "home", stores))
    beside = Pace(Counters(tmp_path / "counters-1"), tiles=40, verdicts=5, together=Tallies(state), elapsed=elapsed)
    assert sum(machines[1].tile("ann") for _ in range(40)) == 40
    assert sum(machines[0].tile("ann") for _ in range(5)) == 4
    assert not beside.tile("ann")
    state.close()


def test_th_71_a_machine_that_cannot_ask_the_others_counts_for_itself(tmp_path: Path, elapsed: Elapsed):
    class Down:
        def add(self, subject: str, second: int, count: int) -> int:
            raise StoreUnavailable("down")

    pace = Pace(Counters(tmp_path / "counters"), tiles=16, verdicts=5, together=Down(), elapsed=elapsed)
    assert sum(pace.tile("ann") for _ in range(30)) == 16

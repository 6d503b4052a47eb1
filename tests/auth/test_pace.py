"""How fast may be asked: a session's tiles, and all verdicts together."""

from pathlib import Path

import pytest

from auth.pace import Pace
from lectern.counters import Counters


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

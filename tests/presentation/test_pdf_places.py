"""Who has the places for PDFs, and when a file gives way to another reader's."""

import pytest

from lectern.errors import Overloaded, StoreUnavailable
from services.presentation.pdf_places import PATIENCE, Places


class Elapsed:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


def test_a_place_that_is_given_back_is_free_again_and_counts_once(elapsed: Elapsed):
    places = Places(1, elapsed)
    first = places.take("a")
    with pytest.raises(Overloaded):
        places.take("b")
    first.give_back()
    first.give_back()
    second = places.take("b")
    with pytest.raises(Overloaded):
        places.take("a")
    second.give_back()


def test_th_71_one_payer_never_has_all_of_several_places(elapsed: Elapsed):
    places = Places(3, elapsed)
    places.take("a")
    places.take("a")
    with pytest.raises(Overloaded):
        places.take("a")
    places.take("b")


def test_th_71_a_file_that_takes_long_gives_way_to_another_payer_who_waits(elapsed: Elapsed):
    places = Places(1, elapsed)
    slow = places.take("a")
    elapsed.now = PATIENCE + 1
    slow.check()  # nobody waits
    with pytest.raises(Overloaded):
        places.take("b")
    with pytest.raises(StoreUnavailable, match="others wait"):
        slow.check()
    slow.give_back()
    with pytest.raises(Overloaded):  # the turn is b's
        places.take("a")
    places.take("b").give_back()
    places.take("a")


def test_a_file_within_its_time_is_finished_whoever_waits(elapsed: Elapsed):
    places = Places(1, elapsed)
    quick = places.take("a")
    with pytest.raises(Overloaded):
        places.take("b")
    elapsed.now = PATIENCE - 1
    quick.check()


def test_one_who_asks_again_himself_waits_for_nobody_and_who_went_away_is_forgotten(elapsed: Elapsed):
    places = Places(1, elapsed)
    place = places.take("a")
    for payer in ("a", "b"):
        with pytest.raises(Overloaded):
            places.take(payer)
    elapsed.now = 2 * PATIENCE
    place.check()
    place.give_back()
    places.take("a")

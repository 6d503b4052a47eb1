"""Who may make an image, who waits and who is refused, when many ask at once (TH-71, TH-105)."""

import time
from collections.abc import Callable
from threading import Event, Thread

import pytest

from image.cost import Cost
from lectern.errors import Overloaded, StoreUnavailable
from services.image.admission import Admission, TooManyLarge

SMALL = Cost(262_144, 3_000_000, 5 << 20, 262_144)
LARGE = Cost(20_000_000, 120_000_000, 60 << 20, 20_000_000)
LONG = 30.0  # seconds that no test waits


class Asking(Thread):
    """One request in a thread of its own: what it makes is ready when the test says so."""

    def __init__(self, admission: Admission, key: str, payer: str = "ada", cost: Cost = LARGE) -> None:
        super().__init__(daemon=True)
        self._admission, self._key, self._payer, self._cost = admission, key, payer, cost
        self.began, self.ready = Event(), Event()
        self.fault: Exception | None = None
        self.answer: bytes | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.answer = self._admission.made(self._key, self._payer, self._cost, self._make)
        except (Overloaded, StoreUnavailable, ValueError) as error:
            self.error = error

    def _make(self) -> bytes:
        self.began.set()
        assert self.ready.wait(LONG)
        if self.fault is not None:
            raise self.fault
        return f"{self._key} made by {self._payer}".encode()

    def begun(self) -> "Asking":
        self.start()
        assert self.began.wait(LONG)
        return self

    def waits(self) -> "Asking":
        """Start it, and return when it waits; it must not begin then."""
        before = waiting(self._admission)
        self.start()
        until(lambda: waiting(self._admission) == before + 1)
        assert not self.began.is_set()
        return self

    def done(self) -> bytes | None:
        self.ready.set()
        self.join(LONG)
        assert not self.is_alive()
        return self.answer


def waiting(admission: Admission) -> int:
    return sum(not ticket.begun for ticket in list(admission._tickets))


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < end
        time.sleep(0.002)


def refused(admission: Admission, key: str, payer: str, cost: Cost = LARGE) -> bool:
    """Return whether a request is refused at once."""
    asking = Asking(admission, key, payer, cost)
    asking.ready.set()
    asking.run()
    return isinstance(asking.error, Overloaded)


def admission(threads: int = 4, memory: int = 1 << 30, patience: float = LONG) -> Admission:
    return Admission(threads, memory, patience)


def test_th_71_a_quarter_of_the_threads_makes_large_images_and_the_others_wait_their_turn():
    gate = admission(4)
    first = Asking(gate, "1").begun()
    second = Asking(gate, "2").waits()
    third = Asking(gate, "3").waits()
    assert refused(gate, "4", "ada")
    assert first.done() == b"1 made by ada"
    assert second.began.wait(LONG)
    assert not third.began.is_set()
    assert second.done() == b"2 made by ada"
    assert third.done() == b"3 made by ada"
    assert waiting(gate) == 0


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 5, 8, 16, 64])
def test_th_105_some_threads_are_never_taken_by_large_images(threads):
    gate = admission(threads)
    asking = [Asking(gate, str(number)) for number in range(threads + 1)]
    for each in asking:
        each.start()
    taken = max(1, threads - max(1, threads // 4))
    until(lambda: sum(each.error is not None for each in asking) == threads + 1 - taken)
    for each in asking:
        each.done()
    assert sum(each.answer is not None for each in asking) == taken


def test_th_71_small_images_pass_by_whatever_large_ones_there_are():
    gate = admission(4)
    large = [Asking(gate, "1").begun(), Asking(gate, "2").waits(), Asking(gate, "3").waits()]
    small = [Asking(gate, f"tile {number}", cost=SMALL).begun() for number in range(20)]
    assert [each.done() for each in small] == [f"tile {number} made by ada".encode() for number in range(20)]
    assert not any(each.answer for each in large)
    for each in large:
        each.done()


def test_th_71_nobody_waits_without_end():
    gate = admission(4, patience=0.01)
    first = Asking(gate, "1").begun()
    assert refused(gate, "2", "bob")
    assert waiting(gate) == 0
    assert first.done() == b"1 made by ada"
    assert not refused(gate, "2", "bob")


def test_large_images_begin_together_only_as_far_as_their_bytes_fit():
    gate = admission(8, memory=2 * LARGE.memory - 1)
    first = Asking(gate, "1").begun()
    second = Asking(gate, "2").waits()
    assert first.done()
    assert second.began.wait(LONG)
    assert second.done()
    roomy = admission(8, memory=2 * LARGE.memory)
    together = [Asking(roomy, "1").begun(), Asking(roomy, "2").begun()]
    assert all(each.done() for each in together)


def test_an_image_that_needs_more_than_all_memory_is_made_alone():
    gate = admission(8, memory=1)
    assert Asking(gate, "1").begun().done()


def test_th_71_one_client_may_have_all_places_and_yet_keeps_nobody_out():
    gate = admission(4)
    first = Asking(gate, "1", "ada").begun()
    second = Asking(gate, "2", "ada").waits()
    third = Asking(gate, "3", "ada").waits()
    other = Asking(gate, "4", "bob")
    other.start()
    third.join(LONG)
    assert isinstance(third.error, Overloaded), "the latest of whoever has most gives way"
    assert refused(gate, "5", "ada")
    assert not other.began.is_set()
    assert first.done() == b"1 made by ada"
    assert other.done() == b"4 made by bob"
    assert second.done() == b"2 made by ada"


def test_th_71_next_is_whoever_has_the_fewest_being_made():
    gate = admission(8)
    ada = [Asking(gate, "1", "ada").begun(), Asking(gate, "2", "ada").begun()]
    later = Asking(gate, "3", "ada").waits()
    bob = Asking(gate, "4", "bob").waits()
    ada[0].done()
    assert bob.began.wait(LONG), "though ada came before"
    assert not later.began.is_set()
    for each in (ada[1], bob, later):
        assert each.done()


def test_th_71_where_one_is_made_at_a_time_nobody_has_two_turns_while_another_waits():
    gate = admission(4)
    first = Asking(gate, "1", "ada").begun()
    second = Asking(gate, "2", "ada").waits()
    bob = Asking(gate, "3", "bob").waits()
    assert first.done()
    assert bob.began.wait(LONG), "though ada came before"
    assert not second.began.is_set()
    assert bob.done()
    assert second.done()


@pytest.mark.parametrize("cost", [SMALL, LARGE])
def test_the_same_image_is_made_once_for_all_who_ask_at_the_same_time(cost):
    gate = admission(8)
    first = Asking(gate, "1", "ada", cost).begun()
    others = [Asking(gate, "1", "bob", cost).waits() for _ in range(3)]
    assert first.done() == b"1 made by ada"
    for other in others:
        other.join(LONG)
        assert other.answer == b"1 made by ada"
        assert not other.began.is_set()
    assert Asking(gate, "1", "eve", cost).begun().done() == b"1 made by eve"


def test_who_waits_for_the_same_image_has_a_place_too():
    gate = admission(4)
    first = Asking(gate, "1").begun()
    others = [Asking(gate, "1").waits(), Asking(gate, "1").waits()]
    assert refused(gate, "1", "ada")
    assert first.done()
    assert [other.done() for other in others] == [b"1 made by ada"] * 2


def test_an_error_is_told_to_those_who_waited_and_to_nobody_later():
    gate = admission(8)
    first = Asking(gate, "1").begun()
    other = Asking(gate, "1").waits()
    first.fault = StoreUnavailable("The picture cannot be read.")
    first.done()
    other.join(LONG)
    assert other.error is first.error is first.fault
    assert Asking(gate, "1").begun().done() == b"1 made by ada"


def test_a_place_is_free_again_after_a_fault():
    gate = admission(1)
    for _ in range(3):
        asking = Asking(gate, "1").begun()
        asking.fault = ValueError("fault")
        asking.done()
        assert asking.error is asking.fault
    assert Asking(gate, "1").begun().done()


def test_who_waited_in_vain_is_told_of_large_images_only_if_it_is_one():
    for cost, words in ((SMALL, "being made for another reader"), (LARGE, "Too many large images")):
        gate = admission(8, patience=0.01)
        first = Asking(gate, "1", "ada", cost).begun()
        other = Asking(gate, "1", "bob", cost)
        other.start()
        other.join(LONG)
        assert words in str(other.error)
        assert isinstance(other.error, TooManyLarge) is cost.large
        assert first.done()

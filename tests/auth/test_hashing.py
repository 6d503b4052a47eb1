"""A flood of guesses hashes and waits in few threads (TH-71)."""

from threading import Event, Thread

import pytest

from auth.hashing import Hashing
from lectern.errors import Overloaded


def test_th_71_passwords_are_hashed_in_a_quarter_of_the_threads_and_as_many_wait():
    hashing, enough, done = Hashing(8, patience=60), Event(), Event()

    refused: list[Overloaded] = []

    def wait() -> None:
        try:
            with hashing.place():
                done.set()
        except Overloaded as error:
            refused.append(error)
            enough.set()

    with hashing.place(), hashing.place():
        waiting = [Thread(target=wait) for _ in range(3)]  # two have a place to wait in, the third has none
        for thread in waiting:
            thread.start()
        assert enough.wait(60)
        assert not done.is_set()
    for thread in waiting:
        thread.join(60)
    assert len(refused) == 1
    assert done.is_set()


def test_th_71_nobody_waits_without_end():
    hashing = Hashing(1, patience=0.01)
    with hashing.place(), pytest.raises(Overloaded, match="passwords"), hashing.place():
        raise AssertionError("two hash at once")
    with hashing.place():
        pass


def test_a_place_is_free_again_after_a_fault():
    hashing = Hashing(1, patience=0.01)
    for _ in range(3):
        with pytest.raises(ValueError, match="fault"), hashing.place():
            raise ValueError("fault")

"""Turns at other people's servers: not too many at once, not too soon one after the other."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ingest.manners import Manners


def test_a_host_gets_two_requests_at_once_and_another_host_its_own():
    manners = Manners(per_host=2)
    running: dict[str, int] = {"a": 0, "b": 0}
    most: dict[str, int] = {"a": 0, "b": 0}
    lock, both = threading.Lock(), threading.Barrier(4, timeout=10)

    def ask(name: str) -> None:
        with manners.turn(name):
            with lock:
                running[name] += 1
                most[name] = max(most[name], running[name])
            both.wait()  # two of either host meet here
            with lock:
                running[name] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, "aabbaabb"))
    assert most == {"a": 2, "b": 2}


def test_requests_to_one_host_begin_a_delay_apart():
    waits: list[float] = []
    manners = Manners(delay=100.0, sleep=waits.append)
    for name in ("a", "a", "b", "a"):
        with manners.turn(name):
            pass
    assert [round(wait) for wait in waits] == [100, 200]


def test_a_pause_holds_for_every_request_to_the_host():
    waits: list[float] = []
    manners = Manners(sleep=waits.append)
    manners.pause("a", 50.0)
    for name in ("a", "b", "a"):
        with manners.turn(name):
            pass
    assert [round(wait) for wait in waits] == [50, 50]


def test_idle_hosts_are_forgotten_and_paused_ones_are_not():
    manners = Manners()
    manners.pause("slow", 1000.0)
    for n in range(3_000):
        with manners.turn(str(n)):
            pass
    assert len(manners._hosts) <= 1_001
    assert manners._hosts["slow"].free_at > time.monotonic()

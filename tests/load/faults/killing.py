"""kill -9 at random moments: of an ingest, of the switch to a rebuilt index, of a sign-in, of an image being made."""

import io
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import TypeVar

from PIL import Image

from tests.load.faults.commands import commands
from tests.load.faults.site import PASSWORD, SECRET, Site
from tests.load.faults.table import Outcome

_T = TypeVar("_T")
_LATER, _EARLIER = 1.05, 0.8  # where the last kill comes, after a command that was killed and one that was not


class _Kills:
    """Kills at random moments, so spread that some commands end before: those are acknowledged."""

    def __init__(self, site: Site, seconds: float) -> None:
        self._site = site
        self._most = seconds

    def run(self, *args: str | Path) -> int:
        """Return the status of a command that was killed, or has ended before."""
        command = self._site.commands.start(*args)
        time.sleep(self._site.draw.uniform(0, self._most))
        try:
            os.killpg(command.pid, signal.SIGKILL)
        except ProcessLookupError:  # it has ended, or has no group of its own yet
            with suppress(ProcessLookupError):
                os.kill(command.pid, signal.SIGKILL)
        status = command.wait()
        self._most *= _EARLIER if status == 0 else _LATER
        return status


def kill_ingest(site: Site, times: int) -> Outcome:
    """Kill an ingest; the object is the old edition or the new one, whole, and the next ingest goes on."""
    outcome = Outcome("kill -9 of an ingest")
    begun = time.monotonic()
    site.ingest("free")
    kills = _Kills(site, time.monotonic() - begun)
    with site.watched(outcome):
        for _ in range(times):
            name = site.draw.choice(["free", "secret"])
            tried = site.editions[name] + 1
            if kills.run(*site.ingesting(name, tried)) == 0:
                site.editions[name] = tried
                outcome.acknowledged += 1
            site.settle(name, tried, outcome)
            outcome.times += 1
    _mended(site, outcome)
    return outcome


def kill_swap(site: Site, times: int) -> Outcome:
    """Kill the rebuilding of an index, which ends with the switch to it: the text is there and whole at all times."""
    outcome = Outcome("kill -9 of a reindex and its switch")
    begun = time.monotonic()
    site.commands.run("reindex", "free")
    kills = _Kills(site, time.monotonic() - begun)
    with site.watched(outcome):
        for _ in range(times):
            name = site.draw.choice(["free", "secret"])
            outcome.acknowledged += kills.run("reindex", name) == 0
            site.settle(name, site.editions[name], outcome)
            outcome.times += 1
    _mended(site, outcome)
    return outcome


def kill_sign_in(site: Site, times: int) -> Outcome:
    """Kill a worker during a sign-in, sometimes the whole server: who was let in stays so, others can try again."""
    outcome = Outcome("kill -9 of a worker or the server during a sign-in")
    for number in range(times):
        person, answered = site.person(), list[int]()

        def sign_in(person=person, answered=answered) -> None:
            try:
                answered.append(person.sign_in("/auth/access/secret", "ann", PASSWORD).status)
            except (OSError, HTTPException, AssertionError):
                return  # the worker has gone: nobody was told anything

        asking = threading.Thread(target=sign_in)
        asking.start()
        time.sleep(site.draw.uniform(0, 0.12))
        site.kill_worker() if number % 20 else site.kill_server()
        asking.join()
        if answered == [200]:
            outcome.acknowledged += 1
            shown = _asked(partial(person.ask, "/search/2/secret?q=undertow"))
            outcome.expect(shown is not None and SECRET in shown.text, outcome.lost, "an acknowledged session")
        outcome.expect(bool(_asked(site.reader)), outcome.stuck, "nobody can sign in")
        _asked(lambda: site.check_doors(outcome))
        outcome.times += 1
    return outcome


def kill_image(site: Site, times: int) -> Outcome:
    """Kill a worker while it makes and keeps an image: what is kept is whole, or is not kept."""
    outcome = Outcome("kill -9 of a worker that keeps an image")
    widths = count(300)
    for _ in range(times):
        path = f"/iiif/3/still-1/full/{next(widths)},/0/default.{site.draw.choice(['png', 'jpg', 'webp'])}"

        def ask(path=path) -> bool:
            answer = site.person().ask(path)
            if answer.status != 200:
                outcome.closed.append(f"{path}: {answer.status}")
                return True
            with Image.open(io.BytesIO(answer.body)) as picture:
                picture.load()
                outcome.expect(str(picture.width) in path, outcome.lost, path)
            return True

        asking = threading.Thread(target=lambda: _asked(ask, once=True))
        asking.start()
        time.sleep(site.draw.uniform(0, 0.08))
        site.kill_worker()
        asking.join()
        for _ in range(3):  # whoever answers: what was kept has to be whole
            outcome.expect(bool(_asked(ask)), outcome.stuck, path)
        outcome.times += 1
    site.check(outcome)
    return outcome


def _asked(ask: Callable[[], _T], *, once: bool = False) -> _T | None:
    """Return what is asked for; again while workers that were killed are replaced, and None if that takes too long."""
    end = time.monotonic() + (0 if once else 20)
    while True:
        try:
            return ask()
        except (OSError, HTTPException, AssertionError):
            if time.monotonic() >= end:
                return None
            time.sleep(0.05)


def _mended(site: Site, outcome: Outcome) -> None:
    """Note whether everything can be ingested as if nothing had been, and is right then."""
    for name in ("free", "secret"):
        try:
            site.ingest(name)
        except AssertionError as error:
            outcome.stuck.append(f"{name}: {error}")
    site.check(outcome)


def two_ingests(site: Site, times: int) -> Outcome:
    """Ingest one object twice at once: one of them wins, the other says why not, or comes after it."""
    outcome = Outcome("two ingests of one object")
    other = site.folder / "other"
    other.mkdir(exist_ok=True)
    with commands(site.home, other, **site.settings) as second, site.watched(outcome):
        for _ in range(times):
            name = site.draw.choice(["free", "secret"])
            tried = site.editions[name] + 1
            begun = [runner.start(*site.ingesting(name, tried)) for runner in (site.commands, second)]
            ended = [(command.wait(), command.said()) for command in begun]
            for status, said in ended:
                outcome.expect(status in (0, 6), outcome.stuck, f"status {status}: {said}")
                outcome.expect(status == 0 or "Wait until it is done" in said, outcome.mute, said)
            outcome.expect(0 in [status for status, _ in ended], outcome.stuck, f"neither was done: {ended}")
            outcome.acknowledged += sum(status == 0 for status, _ in ended)
            site.editions[name] = tried
            site.check(outcome)
            outcome.times += 1
    _mended(site, outcome)
    return outcome

"""Stores and servers that Lectern needs: locked, down, slow, cut short, answering nonsense."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from lectern.clock import utc_now
from tests.deployment.reader import Reply
from tests.hostile_provider import CLIENT, CLIENT_SECRET, hostile_provider
from tests.load.faults.proxy import Mood, proxy
from tests.load.faults.site import PASSWORD, Site
from tests.load.faults.table import Outcome
from tests.postgresql.server import postgresql_running

_BAD = (Mood.DOWN, Mood.SLOW, Mood.CUT, Mood.NONSENSE)
_LONGEST = 20.0  # seconds that anybody waits for an answer, good or not
_SSO = '\n[policies.elsewhere]\npatterns = ["login"]\nprovider = "sso"\n'


def sqlite_locked(site: Site, times: int) -> Outcome:
    """Hold the write lock of each store for longer than anybody waits for it, and ask meanwhile."""
    outcome = Outcome("SQLite locked")
    reader = site.reader()
    for number in range(times):
        name = ("state.db", "catalogue.db")[number % 2]
        with _lock(site.home / name):
            site.check_doors(outcome)
            shown = reader.ask("/search/2/secret?q=undertow")
            outcome.expect(shown.status == 200, outcome.closed, f"{name}: a session that is there: {shown.status}")
            if name == "state.db":
                told = _signing_in(site)
            else:
                tried = site.editions["free"] + 1
                status, said = site.commands.run(*site.ingesting("free", tried))
                outcome.expect(status == 6 and "cannot be used" in said, outcome.mute, f"status {status}: {said}")
                told = "503"
            outcome.expect(told == "503", outcome.mute, f"{name}: a sign-in: {told}")
        site.settle("free", site.editions["free"] + 1, outcome)
        outcome.expect(_signing_in(site) == "200", outcome.stuck, f"{name}: nobody can sign in afterwards")
        outcome.times += 1
    site.ingest("free")
    site.check(outcome)
    return outcome


@contextmanager
def _lock(place: Path) -> Iterator[None]:
    connection = sqlite3.connect(place, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def _signing_in(site: Site) -> str:
    """Return the status of a sign-in, or what went wrong instead."""
    person = site.person()
    try:
        return str(person.sign_in("/auth/access/secret", "ann", PASSWORD).status)
    except AssertionError:
        return str(person.ask("/auth/access/secret?origin=https://viewer.example.org").status)
    except (OSError, HTTPException) as error:
        return repr(error)


def provider_fails(site: Site, times: int) -> Outcome:
    """Have a provider fail in every way: a reader is told so and can try again, and nobody else notices."""
    outcome = Outcome("identity provider down, slow, cut, nonsense")
    with hostile_provider(utc_now) as provider, proxy(int(provider.issuer.rpartition(":")[2])) as between:
        issuer = f"http://127.0.0.1:{between.port}"
        provider.metadata = json.loads(json.dumps(provider.metadata).replace(provider.issuer, issuer))
        (site.home / "lectern.toml").write_text(
            f'[providers.sso]\nkind = "oidc"\nissuer = "{issuer}"\nclient_id = "{CLIENT}"\n'
            f'client_secret = "{CLIENT_SECRET}"\ntimeout = 1.0\n'
        )
        with (site.home / "policies.toml").open("a") as policies:
            policies.write(_SSO)
        site.kill_server()
        reader = site.reader()
        for number in range(times):
            mood = _BAD[number % len(_BAD)]
            site.kill_server()  # who has asked before remembers the answer
            between.be(mood)
            told = _timed(lambda: _leave(site), outcome, f"leaving while it is {mood.value}")
            outcome.expect(told is None or told.status == 503, outcome.mute, f"{mood.value}: {told}")
            outcome.expect(told is None or b"try again" in told.body.lower(), outcome.mute, f"{mood.value}: {told}")
            shown = reader.ask("/search/2/secret?q=undertow")
            outcome.expect(
                shown.status == 200, outcome.closed, f"{mood.value}: a session that is there: {shown.status}"
            )
            site.check_doors(outcome)
            between.be(Mood.FINE)
            outcome.expect(_again(lambda: _leave(site).status == 303), outcome.stuck, f"after {mood.value}")
            outcome.times += 1
    site.check(outcome)
    return outcome


def _leave(site: Site) -> Reply:
    """Return the answer to the button that leads to the provider."""
    person, path = site.person(), "/auth/access/elsewhere?origin=https://viewer.example.org"
    page = person.ask(path)
    stamp = re.search(r'name="stamp" value="([^"]+)"', page.text)
    if stamp is None:
        return page
    return person.ask(path, form={"stamp": stamp[1], "action": "sso", "provider": "sso"}, Accept="text/html")


def postgresql_fails(site: Site, times: int) -> Outcome:
    """Have PostgreSQL fail in every way under a server of its own; what is open comes back by itself."""
    outcome = Outcome("PostgreSQL down, slow, cut, nonsense")
    with postgresql_running() as server, proxy(server.port) as between, server.database("with_tables") as name:
        url = f"postgresql://lectern@127.0.0.1:{between.port}/{name}"
        with _moved(site, url):
            for number in range(times):
                mood = _BAD[number % len(_BAD)]
                between.be(mood)
                told = _timed(lambda: site.person().ask("/search/2/still?q=harbour"), outcome, mood.value)
                outcome.expect(told is None or told.status in (200, 503), outcome.mute, f"{mood.value}: {told}")
                try:
                    site.check_closed(outcome)
                except (OSError, HTTPException) as error:
                    outcome.mute.append(f"{mood.value}: {error!r}")
                between.be(Mood.FINE)
                outcome.expect(_again(lambda: _works(site)), outcome.stuck, f"after {mood.value}")
                outcome.times += 1
            site.check(outcome)
    return outcome


@contextmanager
def _moved(site: Site, url: str) -> Iterator[None]:
    """Have the site's stores in PostgreSQL until the block ends."""
    site.stop()
    site.settings["LECTERN_DATABASE_URL"] = url
    try:
        site.run_once("stores", "copy")
        site.serve()
        yield
    finally:
        site.stop()
        del site.settings["LECTERN_DATABASE_URL"]
        site.serve()


def _works(site: Site) -> bool:
    """Return whether the open is shown and somebody can sign in."""
    return site.person().ask("/search/2/still?q=harbour").status == 200 and _signing_in(site) == "200"


def _timed(ask: Callable[[], Reply], outcome: Outcome, told: str) -> Reply | None:
    """Return an answer, and note one that takes too long or does not come."""
    begun = time.monotonic()
    try:
        answer = ask()
    except (OSError, HTTPException) as error:
        outcome.mute.append(f"{told}: {error!r}")
        return None
    took = time.monotonic() - begun
    outcome.expect(took < _LONGEST, outcome.stuck, f"{told}: an answer after {took:.0f} s")
    return answer


def _again(good: Callable[[], bool], seconds: float = 30) -> bool:
    """Return whether something is good again within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if good():
                return True
        except (OSError, HTTPException, AssertionError):
            pass
        time.sleep(0.2)
    return False

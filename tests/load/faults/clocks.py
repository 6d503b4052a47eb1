"""A clock that jumps, forth and back, by seconds to years: what has ended stays so, and nobody is locked out for ever.

The clock is the one that all of Lectern is handed; nothing waits.
"""

import logging
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import structlog

from auth.identity import Identity
from auth.throttle import PER_ACCOUNT, WINDOW, Throttle
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.home import Home
from lectern.settings import Settings
from lectern.urls import canvas_path
from services.app import create_app
from services.context import Context
from tests.clock import SetClock
from tests.load.faults.site import Site
from tests.load.faults.table import Outcome

_BASE = "https://books.example.org"
_JUMPS = (1, 61, 1201, 28_801, 86_400, 40 * 86_400, 400 * 86_400)  # seconds
_POLICIES = """
[policies.secret]
patterns = ["login"]
roles = ["reader"]

[policies.embargo]
patterns = ["login"]
until = 2026-06-01
"""
_LIFTED = datetime(2026, 6, 1, tzinfo=UTC)


def clock_jumps(site: Site, times: int) -> Outcome:
    """Let the clock jump at random, and compare what is shown with what the instant of the clock says."""
    outcome = Outcome("clock jumps")
    clock = SetClock()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.prepare()
        home.policies_file.write_text(_POLICIES)
        context = Context(Settings(home=home.path, public_url=_BASE), clock)
        for name in ("secret", "embargo"):
            canvas = CanvasRow(1, canvas_path(name, 1), 9, 9, "1", image=f"{name}/1.tif")
            context.catalogue.publish(ObjectRow(name, name, name, policy=name, pages=1), [canvas])
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        client = create_app(context, ["presentation", "auth"]).test_client(use_cookies=False)
        for _ in range(times):
            clock.move(site.draw.choice(_JUMPS) * site.draw.choice([1, 1, -1]))
            _sessions(context, clock, site, outcome)
            _throttle(context, clock, site, outcome)
            answer = client.get("/auth/probe/embargo-1", base_url=_BASE)
            shown = answer.get_json()["status"] == 200
            outcome.expect(
                shown == (clock.now >= _LIFTED), outcome.opened, f"embargo at {clock.now}: {answer.get_json()}"
            )
            outcome.times += 1
        context.catalogue.close()
        context.state.close()
    return outcome


def _sessions(context: Context, clock: SetClock, site: Site, outcome: Outcome) -> None:
    """Open a session, let it end by the clock, and set the clock back: it has to stay ended."""
    cookie = context.sessions.sign_in(Identity("ann", ("reader",)), "https://viewer.example.net")
    token = context.sessions.issue_token(cookie, "secret", 2, "https://viewer.example.net")
    outcome.acknowledged += 1
    outcome.expect(context.sessions.find(cookie) is not None, outcome.lost, f"a session at {clock.now}")
    assert token is not None
    jump = site.draw.choice([seconds for seconds in _JUMPS if seconds > 1200])
    clock.move(jump)
    outcome.expect(context.sessions.find(cookie) is None, outcome.opened, f"a session after {jump} s")
    outcome.expect(context.sessions.holder(token.value, "secret", 2) is None, outcome.opened, "its token")
    clock.move(-jump)
    outcome.expect(context.sessions.find(cookie) is None, outcome.opened, f"a session revived by {jump} s back")
    outcome.expect(context.sessions.holder(token.value, "secret", 2) is None, outcome.opened, "its token, revived")


def _throttle(context: Context, clock: SetClock, site: Site, outcome: Outcome) -> None:
    """Guess until nobody may any more; a jump of the clock, either way, locks nobody out beyond the window."""
    throttle, name = Throttle(context.state, clock), f"reader{site.draw.randrange(10**9)}"
    for _ in range(PER_ACCOUNT):
        throttle.begin_sign_in(name, None)
    outcome.expect(throttle.begin_sign_in(name, None).wait > 0, outcome.opened, "guessing goes on")
    jump = -site.draw.choice(_JUMPS)
    clock.move(jump)
    throttle.begin_sign_in(name, None)
    clock.move(WINDOW + 1)
    outcome.expect(
        throttle.begin_sign_in(name, None).wait == 0, outcome.stuck, f"locked out by a clock that jumped {jump} s"
    )

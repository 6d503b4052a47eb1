"""What a verdict costs the auth service as shipped, beside a bare WSGI answer on the same server.

    python -m tests.load.auth verify [--rounds 7] [--requests 1000]

`lectern serve auth` and `lectern up` run with log and metrics on; a callable that says 204 runs beside them on the same
supervisor. All are asked in turns with the same headers; CPU is the workers' by the kernel's account. "Uncached" asks
with another session each time, so that nothing is remembered; "cached" asks for one image with one session. Sessions
are new in every round: that one was used is written once a minute, which hundreds of tiles share.
"""

import argparse
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from services.credentials import COOKIE
from tests.load.auth.serving import SECRET, cost, made_home, serving, session_of, shown

_GOAL = 2.0
_TILE = "0,0,512,512/512,/0/default.jpg"


def _asked(cookie: str | None, image: str) -> tuple[str, Mapping[str, str]]:
    headers = {
        "X-Original-URI": f"/iiif/2/{image}/{_TILE}",
        "X-Original-Method": "GET",
        "X-Lectern-Secret": SECRET,
        "X-Forwarded-For": "192.0.2.7",
    }
    return "/auth/verify", headers if cookie is None else headers | {"Cookie": f"{COOKIE}={cookie}"}


def main() -> None:
    """Print CPU microseconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=1000)
    options = parser.parse_args()
    count = options.requests
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        context = made_home(home)
        servers = {
            "serve auth": stack.enter_context(serving("services.cli", ["serve", "auth"], home, "/healthz")),
            "up": stack.enter_context(serving("services.cli", ["up"], home, "/healthz")),
        }
        bare = stack.enter_context(serving("tests.load.auth.bare", ["PORT"], home, "/"))
        costs: dict[str, list[float]] = {"bare WSGI": []}
        for _ in range(options.rounds):
            cookies = [session_of(context, f"reader {number}") for number in range(count)]
            kinds = {
                "uncached, a session": [_asked(cookie, "members-7") for cookie in cookies],
                "uncached, open, no session": [_asked(None, "open-7")] * count,
                "cached, a session": [_asked(cookies[0], "members-8")] * count,
            }
            costs["bare WSGI"].append(cost(bare, kinds["uncached, a session"], 204))
            for name, server in servers.items():
                for kind, requests in kinds.items():
                    # Six seconds are more than a verdict is kept, but less than the rounds are apart: so forget it.
                    context.catalogue.next_generation()
                    costs.setdefault(f"{name}: {kind}", []).append(cost(server, requests, 204))
        print(
            f"CPU microseconds an answer of /auth/verify, {options.rounds} rounds of {count}; goal: x {_GOAL} uncached"
        )
        shown(costs, "bare WSGI")


if __name__ == "__main__":
    main()

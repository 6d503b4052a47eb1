"""What a token costs the auth service as shipped, beside a bare WSGI answer: as page (both versions) and as JSON.

    python -m tests.load.auth tokens [--rounds 5] [--requests 1000]

A token is a write. A thousand a second depends on the machine too, so what counts is the ratio to a callable that says
204 on the same server, asked in turns.
"""

import argparse
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

from services.credentials import COOKIE
from tests.load.auth.serving import VIEWER, cost, made_home, serving, session_of, shown


def main() -> None:
    """Print CPU microseconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1000)
    options = parser.parse_args()
    count = options.requests
    framed = urlencode({"origin": VIEWER, "messageId": "7"})
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        context = made_home(home)
        cookies = [{"Cookie": f"{COOKIE}={session_of(context, f'reader {n}')}"} for n in range(count)]
        kinds: dict[str, list[tuple[str, Mapping[str, str]]]] = {
            "token page, Auth 1": [(f"/auth/token/1/members?{framed}", cookie) for cookie in cookies],
            "token page, Auth 2": [(f"/auth/token/2/members?{framed}", cookie) for cookie in cookies],
            "token as JSON, Auth 1": [("/auth/token/1/members", cookie) for cookie in cookies],
            "refusal, no cookie": [(f"/auth/token/2/members?{framed}", {})] * count,
            "/healthz": [("/healthz", {})] * count,
        }
        ours = stack.enter_context(serving("services.cli", ["serve", "auth"], home, "/healthz"))
        bare = stack.enter_context(serving("tests.load.auth.bare", ["PORT"], home, "/"))
        costs: dict[str, list[float]] = {"bare WSGI": []}
        for _ in range(options.rounds):
            costs["bare WSGI"].append(cost(bare, kinds["/healthz"], 204))
            for kind, requests in kinds.items():
                costs.setdefault(kind, []).append(cost(ours, requests, 200))
        print(f"CPU microseconds a token, {options.rounds} rounds of {count}, a session each")
        shown(costs, "bare WSGI")
        least = min(costs["token page, Auth 1"])
        print(f"  a thousand token pages are {least / 1000:.2f} s of CPU, {1e6 / least:.0f} a second and core here")


if __name__ == "__main__":
    main()

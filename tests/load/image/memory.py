"""How much memory our server has after minutes of mixed load: at most 250 MiB are wished for, with two workers.

    python -m tests.load.image memory [--minutes 5] [--clients 16]

All kinds of requests of the measure beside iipsrv are mixed as they are drawn, native tiles as often as all the others
together. The figure is the proportional memory (PSS) of supervisor and workers.
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

from tests.load.image.kinds import KINDS, Asked
from tests.load.image.servers import machine, made_home, ours
from tests.load.image.wrk import require_wrk, walk

_MOST = 250.0  # MiB
_WALK_SECONDS = 15
_OF_A_KIND = 4000


def mixed() -> list[Asked]:
    """Return requests of all kinds, shuffled; every second one for a stored tile."""
    draw = random.Random(3)
    asked = [each for kind in KINDS[1:] for each in draw.choices(kind.asked(), k=_OF_A_KIND)]
    asked += draw.choices(KINDS[0].asked(), k=len(asked))
    draw.shuffle(asked)
    return asked


def main() -> None:
    """Print the memory while the load goes on, and at its end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--home", type=Path, help="where the page is kept for the next run")
    options = parser.parse_args()
    require_wrk()
    asked = mixed()
    with tempfile.TemporaryDirectory() as scratch:
        context = made_home(options.home or Path(scratch) / "home")
        with ours("up", ["services.cli", "up"], context) as server:
            print(f"Proportional memory of `lectern up`, two workers, {options.clients} clients; {machine()}")
            print(f"  at the start {server.memory():.0f} MiB", flush=True)
            end, most, place, requests = time.monotonic() + options.minutes * 60, 0.0, 0, 0
            while time.monotonic() < end:
                paths = [server.path(each) for each in asked[place:] + asked[:place]]
                walked = walk(
                    server.base, paths, clients=options.clients, seconds=_WALK_SECONDS, headers=server.headers
                )
                place = (place + walked.requests) % len(asked)
                requests += walked.requests
                now = server.memory()
                most = max(most, now)
                print(f"  after {requests:>7} requests {now:6.0f} MiB  {walked.errors} errors", flush=True)
            told = "ok" if now <= _MOST else "MISSED"
            print(f"  at the end {now:.0f} MiB, at most {most:.0f}; goal {_MOST:.0f}: {told}")


if __name__ == "__main__":
    main()

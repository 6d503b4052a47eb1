"""How long it takes to find a session among a hundred thousand, and to write one.

    python -m tests.load.auth sessions [--sessions 100000] [--lookups 20000]

The store is filled by SQL, then asked in this process: what `Sessions.reader` takes for cookies drawn at random,
what the bare SELECT of a key takes over the same file, and what a sign-in takes while the table is full.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from auth.identity import Identity
from lectern.clock import seconds
from services.context import Context
from tests.load.auth.serving import VIEWER, made_home
from tests.load.search.figures import percentile

_GOAL = 1000.0  # microseconds


def fill(context: Context, count: int) -> list[str]:
    """Return the cookies of that many new sessions."""
    context.sessions.check()  # makes the tables
    now = seconds(context.clock())
    cookies = [f"{number:06d}{random.randbytes(18).hex()}" for number in range(count)]
    rows = [
        (sha256(cookie.encode()).hexdigest(), f"reader {n % 5000}", '["member"]', "[]", f'["{VIEWER}"]')
        for n, cookie in enumerate(cookies)
    ]
    connection = sqlite3.connect(context.home.state_file)
    columns = 'digest, "user", roles, terms, origins, created, seen, ends, over'
    connection.executemany(
        f"INSERT INTO sessions ({columns}) VALUES (?, ?, ?, ?, ?, {now}, {now + 3000}, {now + 28000}, 0)", rows
    )
    connection.commit()
    connection.close()
    return cookies


def _told(name: str, micros: list[float], goal: float | None = None) -> float:
    p99 = percentile(micros, 0.99)
    mark = "" if goal is None else f"   {'ok' if p99 <= goal else 'OVER'} (goal: p99 {goal:.0f})"
    print(f"  {name:<34}{percentile(micros, 0.5):>9.1f}{p99:>9.1f}{max(micros):>10.1f}{mark}")
    return p99


def main() -> None:
    """Print percentiles of wall time in microseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--lookups", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        context = made_home(Path(folder))
        cookies = fill(context, options.sessions)
        drawn = random.choices(cookies, k=options.lookups)
        direct = sqlite3.connect(context.home.state_file)
        bare, ours, none = [], [], []
        for cookie in drawn:
            key = sha256(cookie.encode()).hexdigest()
            began = time.perf_counter()
            direct.execute("SELECT digest FROM sessions WHERE digest = ?", (key,)).fetchall()
            bare.append((time.perf_counter() - began) * 1e6)
            began = time.perf_counter()
            reader = context.sessions.reader(cookie)
            ours.append((time.perf_counter() - began) * 1e6)
            if not reader.session:
                raise RuntimeError("a session is not found")
            began = time.perf_counter()
            context.sessions.reader(cookie[::-1])
            none.append((time.perf_counter() - began) * 1e6)
        direct.close()
        writes, spent = [], []
        for number in range(1000):
            began, used = time.perf_counter(), time.process_time()
            context.sessions.sign_in(Identity(f"new {number}", ("member",)), VIEWER)
            writes.append((time.perf_counter() - began) * 1e6)
            spent.append((time.process_time() - used) * 1e6)
        print(f"{options.sessions} sessions; wall microseconds of {options.lookups} lookups")
        print(f"  {'':<34}{'p50':>9}{'p99':>9}{'most':>10}")
        least = _told("bare SELECT of a key", bare)
        found = _told("a session", ours, _GOAL)
        _told("a cookie that is no session", none, _GOAL)
        _told("a sign-in (write)", writes)
        _told("a sign-in, CPU", spent)
        print(f"  a session is {found / least:.1f} x the bare SELECT at p99")


if __name__ == "__main__":
    main()

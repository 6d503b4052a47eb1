"""What images cost our server as shipped, beside Debian's iipsrv behind nginx: CPU a request, rate, waiting, memory.

    python -m tests.load.image beside [--rounds 3] [--seconds 1] [--kinds native,composed] [--clients 1,4,16]

One page of 10,000 x 8,000 pixels, drawn here, lies in one home; all servers read the same files, with JPEG quality 85
on both sides (that of stored tiles). Ours are `lectern up` and `lectern serve image` with two workers, verdict, log and
metrics on; iipsrv has two processes and no cache of tiles. They are asked in turns by wrk. CPU is that of all processes
of a server by the kernel's account, nginx before iipsrv included (and told apart); ratios are of the same round. What
our server might keep is asked once only, where it does not say "again". `restricted` is also asked of a server of ours
that gives no verdicts.
"""

import argparse
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.load.image.kinds import AGAIN, KINDS, Asked, Kind
from tests.load.image.servers import Server, iipsrv, machine, made_home, ours
from tests.load.image.wrk import Walked, require_wrk, walk

_VERDICT = 1.3


class Cost(NamedTuple):
    """What a walk told, and the CPU microseconds that one of its requests cost each part of the server."""

    walked: Walked
    micros: dict[str, float]

    @property
    def whole(self) -> float:
        """Return the microseconds of all parts together."""
        return sum(self.micros.values())


class Slices:
    """Requests in their drawn order, a new slice for every walk: no two walks ask the same while there are any left."""

    def __init__(self, asked: Sequence[Asked], walks: int) -> None:
        self._asked = asked
        self._size = max(1, len(asked) // walks)
        self._at = 0

    def next(self) -> list[Asked]:
        """Return the next slice; it begins anew after the last."""
        found = [self._asked[(self._at + place) % len(self._asked)] for place in range(self._size)]
        self._at += self._size
        return found


def median(values: Sequence[float]) -> float:
    """Return the middle one of some values, the upper of two."""
    return sorted(values)[len(values) // 2]


def cost(server: Server, asked: Sequence[Asked], *, clients: int, seconds: float, headers: dict[str, str]) -> Cost:
    """Return what a walk of so many seconds costs a server."""
    before = server.cpu()
    paths = [server.path(each) for each in asked]
    walked = walk(server.base, paths, clients=clients, seconds=seconds, headers={**server.headers, **headers})
    after = server.cpu()
    count = max(1, walked.requests)
    return Cost(walked, {part: (after[part] - before[part]) / count * 1e6 for part in after})


def measure_kind(
    kind: Kind, servers: Sequence[Server], *, clients: Sequence[int], rounds: int, seconds: float
) -> Iterator[tuple[int, dict[str, list[Cost]]]]:
    """Yield for each number of clients what the rounds cost each server."""
    asked = kind.asked()
    held = {server.name: _validators(server, asked[0]) if kind.name == "304" else {} for server in servers}
    if kind.name in AGAIN:
        for server in servers:
            walk(server.base, [server.path(each) for each in asked], clients=2, seconds=3, headers=server.headers)
    slices = Slices(asked, len(servers) * (len(clients) * rounds + 1))
    for server in servers:  # open files, warm code: as in a server that has run for some time
        cost(server, slices.next(), clients=4, seconds=seconds, headers=held[server.name])
    for number in clients:
        costs: dict[str, list[Cost]] = {server.name: [] for server in servers}
        for _ in range(rounds):
            for server in servers:
                own = held[server.name]
                costs[server.name].append(cost(server, slices.next(), clients=number, seconds=seconds, headers=own))
        yield number, costs


def _validators(server: Server, asked: Asked) -> dict[str, str]:
    """Return the headers of who has an answer already."""
    with urllib.request.urlopen(server.base + server.path(asked)) as answer:
        tag, when = answer.headers["ETag"], answer.headers["Last-Modified"]
    return {"If-None-Match": tag} if tag else {"If-Modified-Since": when}


def show(kind: Kind, number: int, costs: dict[str, list[Cost]], servers: Sequence[Server]) -> None:
    """Print a row for every server."""
    base = costs["iipsrv"]
    for server in servers:
        rounds = costs[server.name]
        walks = [each.walked for each in rounds]
        whole = median([each.whole for each in rounds])
        ratio = median([other.whole / own.whole for other, own in zip(base, rounds, strict=True)])
        rate = median([each.requests / each.seconds for each in walks])
        errors = sum(each.errors for each in walks)
        told = f"{ratio:>7.2f}" if server.name != "iipsrv" else f"{'':>7}"
        if server.name == "iipsrv":
            alone = median([each.micros["iipsrv"] for each in rounds])
            told += f"  of it iipsrv alone {alone:.0f}"
        elif kind.goal is not None and server.name != "no verdict":
            told += f"  goal {kind.goal:g}: {'ok' if ratio >= kind.goal else 'MISSED'}"
        if errors:
            told += f"  {errors} ERRORS"
        size = median([each.size / max(1, each.requests) for each in walks]) / 1000
        print(
            f"  {number:>3} {server.name:<14}{whole:>9.0f}{rate:>9.0f}{median([w.p50 for w in walks]):>9.2f}"
            f"{median([w.p99 for w in walks]):>9.2f}{size:>8.1f}{told}",
            flush=True,
        )
    if "no verdict" in costs:
        own = [each.whole / other.whole for each, other in zip(costs["image"], costs["no verdict"], strict=True)]
        told = "ok" if median(own) <= _VERDICT else "MISSED"
        print(f"  {number:>3} a remembered verdict costs x {median(own):.2f}; goal at most {_VERDICT}: {told}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1, help="of one walk")
    parser.add_argument("--clients", default="1,4,16")
    parser.add_argument("--kinds", default=",".join(kind.name for kind in KINDS))
    parser.add_argument("--home", type=Path, help="where the page is kept for the next run")
    options = parser.parse_args()
    require_wrk()
    clients = [int(number) for number in options.clients.split(",")]
    wanted = [kind for kind in KINDS if kind.name in options.kinds.split(",")]
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        context = made_home(options.home or Path(scratch) / "home")
        servers = [
            stack.enter_context(iipsrv(context, Path(scratch) / "iipsrv")),
            stack.enter_context(ours("up", ["services.cli", "up"], context)),
            stack.enter_context(ours("image", ["services.cli", "serve", "image"], context)),
        ]
        unjudged = ["tests.load.image.unjudged", "serve", "image"]
        beside = stack.enter_context(ours("no verdict", unjudged, context))
        print(f"CPU microseconds a request, medians of {options.rounds} rounds of {options.seconds:g} s; {machine()}")
        print(f"  {'at':>3} {'server':<14}{'CPU':>9}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'kB':>8}{'x':>7}")
        for kind in wanted:
            print(f"{kind.name}: {kind.told}")
            asked = [*servers, beside] if kind.name == "restricted" else servers
            for number, costs in measure_kind(
                kind, asked, clients=clients, rounds=options.rounds, seconds=options.seconds
            ):
                show(kind, number, costs, asked)
        print(f"Proportional memory, MiB: {', '.join(f'{each.name} {each.memory():.0f}' for each in servers)}")
        print(f"At the end: {machine()}")


if __name__ == "__main__":
    main()

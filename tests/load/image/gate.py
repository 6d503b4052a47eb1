"""What Lectern's gate adds to Debian's iipsrv: CPU a request through the recipe of deploy/iipimage, and without it.

    python -m tests.load.image gate [--rounds 9] [--seconds 1] [--clients 1,4,16]

The same tiles of a printed page are asked of iipsrv behind a plain nginx and behind the recipe, in turns. Both stand
before the same processes of iipsrv, whose cache of tiles is off; both nginx write their log, Lectern its own. A member
asks as a viewer does, page by page, so that a verdict is asked once a page and kept for the rest; "open, no session" is
the dear case, in which no verdict is kept. CPU is the processes' own by the kernel's account.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.urls import canvas_path
from tests.iipsrv import plain_gateway
from tests.load.image.page import HEIGHT, WIDTH, page_files
from tests.load.image.servers import machine
from tests.load.image.wrk import require_wrk, walk
from tests.load.search.workers import cpu_seconds, workers_of
from tests.services_nginx.iipimage import POLICIES, Behind

_GOAL = 1.05
_PAGES, _TILES_A_PAGE = 20, 40
_NO_LIMIT = {"verdicts": ("rate=200r/s", "rate=100000r/s")}
_TILES = [
    f"{x},{y},512,512/512,/0/default.jpg" for y in range(0, HEIGHT - 512, 512) for x in range(0, WIDTH - 512, 512)
]


class Server(NamedTuple):
    """An address, and by part the processes that it began with."""

    base: str
    parts: Mapping[str, Sequence[int]]

    def cpu(self) -> dict[str, float]:
        """Return the seconds of CPU of each part, of what runs now: nginx' loader of its cache ends after a minute."""
        return {name: cpu_seconds(_family(*pids)) for name, pids in self.parts.items()}


class Cost(NamedTuple):
    """CPU microseconds a request by part."""

    parts: Mapping[str, float]

    @property
    def own(self) -> float:
        """Return what iipsrv and nginx use."""
        return self.parts["iipsrv"] + self.parts["nginx"]

    @property
    def total(self) -> float:
        """Return what all use, Lectern too."""
        return sum(self.parts.values())


def made_home(home: Home, images: Path) -> None:
    """Make an open and a restricted object; iipsrv has their pictures, one page over and over."""
    home.prepare()
    home.policies_file.write_text(POLICIES)
    page_files(images)
    catalogue = Catalogue(home)
    for name in ("open", "members"):
        numbers = range(1, _PAGES + 1)
        canvases = [CanvasRow(n, canvas_path(name, n), WIDTH, HEIGHT) for n in numbers]
        catalogue.publish(ObjectRow(name, name, name, policy=name, pages=_PAGES), canvases)
        (images / name).mkdir()
        for n in numbers:
            (images / name / f"{n:04}.tif").hardlink_to(images / "p.tif")
    catalogue.close()


def cost(server: Server, paths: Sequence[str], clients: int, seconds: float, headers: Mapping[str, str]) -> Cost:
    """Return what a walk through the paths costs; raises RuntimeError if any is not answered as it should be."""
    before = server.cpu()
    walked = walk(server.base, paths, clients=clients, seconds=seconds, headers=headers)
    after = server.cpu()
    if walked.errors or not walked.requests:
        raise RuntimeError(f"{walked.errors} of {walked.requests} requests failed at {paths[0]}")
    return Cost({part: (after[part] - before[part]) / walked.requests * 1e6 for part in after})


def paths_of(pattern: str, number: int) -> list[str]:
    """Return a viewer's way through the pages of an object, other tiles in each round."""
    tiles = [_TILES[(number * 7 + step) % len(_TILES)] for step in range(_TILES_A_PAGE)]
    return [f"{pattern.format(n=n)}/{tile}" for n in range(1, _PAGES + 1) for tile in tiles]


def measure(behind: Behind, bare: Server, gate: Server, *, clients: int, rounds: int, seconds: float) -> None:
    """Ask both in turns, and print the medians of the rounds."""
    found: dict[str, list[Cost]] = {"without a gate": [], "a member": [], "open, no session": []}
    for number in range(rounds):
        cookie = {"Cookie": behind.cookie("member")}
        for name, server, pattern, headers in (
            ("without a gate", bare, "/iiif/members%2F{n:04}.tif", {}),
            ("a member", gate, "/iiif/2/members-{n}", cookie),
            ("open, no session", gate, "/iiif/2/open-{n}", {}),
        ):
            found[name].append(cost(server, paths_of(pattern, number), clients, seconds, headers))
    without = found["without a gate"]
    for name, costs in found.items():
        own = median(each.own / base.own for each, base in zip(costs, without, strict=True))
        total = median(each.total / base.total for each, base in zip(costs, without, strict=True))
        goal = f"  goal {_GOAL}: {'ok' if own <= _GOAL else 'MISSED'}" if name == "a member" else ""
        print(
            f"  {clients:>3} {name:<18}{median(each.parts['iipsrv'] for each in costs):>8.0f}"
            f"{median(each.parts['nginx'] for each in costs):>8.0f}{own:>11.3f}"
            f"{median(each.parts['lectern'] for each in costs):>9.0f}{total:>11.3f}{goal}",
            flush=True,
        )


def main() -> None:
    """Print CPU microseconds a tile, and what the gate multiplies them by."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1, help="of one walk")
    parser.add_argument("--clients", default="1,4,16")
    options = parser.parse_args()
    require_wrk()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        folder.chmod(0o755)  # a worker of nginx is another user than we may be
        images = folder / "images"
        made_home(Home(folder / "home"), images)
        behind = Behind(folder, stack, cold=True, tiles_per_second="1000000", verdicts_per_second="1000000")
        port, nginx = stack.enter_context(behind.gateway(_NO_LIMIT))
        plain = stack.enter_context(plain_gateway(behind.iipsrv, folder / "plain"))
        own = {"iipsrv": behind.iipsrv.pids, "lectern": [behind.lectern.process.pid]}
        bare = Server(plain.url, own | {"nginx": [plain.nginx_pid]})
        gate = Server(f"http://127.0.0.1:{port}", own | {"nginx": [nginx.process.pid]})
        print(
            f"CPU microseconds a tile of 512, medians of {options.rounds} rounds of {options.seconds:g} s; {machine()}"
        )
        print(f"  {'at':>3} {'':<18}{'iipsrv':>8}{'nginx':>8}{'x without':>11}{'Lectern':>9}{'x without':>11}")
        for clients in (int(number) for number in options.clients.split(",")):
            measure(behind, bare, gate, clients=clients, rounds=options.rounds, seconds=options.seconds)


def _family(*pids: int) -> list[int]:
    return [each for pid in pids for each in (pid, *workers_of(pid))]


if __name__ == "__main__":
    main()

"""What Lectern's gate adds to Debian's iipsrv: CPU a request through the recipe of deploy/iipimage, and without it.

    python -m tests.load.image gate [--rounds 7] [--pages 6]

The same tiles of a printed page are asked of iipsrv behind a plain nginx and behind the recipe, in turns over one
connection each; iipsrv has the same settings, its cache of tiles off, both nginx write their log. A member asks as a
viewer does, page by page, so that a verdict is asked once a page and kept for the rest; "open, no session" is the dear
case, in which no verdict is kept. CPU is the processes' own by the kernel's account.
"""

import argparse
import http.client
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from image.engine import vips
from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.urls import canvas_path
from tests.conftest import ROOT
from tests.iipsrv import plain_iipsrv
from tests.load.search.workers import cpu_seconds, workers_of
from tests.services_nginx.iipimage import POLICIES, Behind, variables

_GOAL = 1.05
_SCALE = 4
_WIDTH, _HEIGHT = 1240 * _SCALE, 1754 * _SCALE
_NO_LIMIT = {"verdicts": ("rate=200r/s", "rate=100000r/s")}
_TILES = [
    f"{x},{y},512,512/512,/0/default.jpg" for y in range(0, _HEIGHT - 512, 512) for x in range(0, _WIDTH - 512, 512)
]


class Server(NamedTuple):
    """A port, the processes of iipsrv and nginx, and those of Lectern behind."""

    port: int
    own: list[int]
    lectern: list[int]


class Cost(NamedTuple):
    """CPU microseconds a request: of iipsrv and nginx, and of all."""

    own: float
    total: float


def made_home(home: Home, images: Path, pages: int) -> None:
    """Make an open and a restricted object of so many pages; iipsrv has their pictures, one scan over and over."""
    home.prepare()
    home.policies_file.write_text(POLICIES)
    images.mkdir()
    source = images / "page.tif"
    scan = ROOT / "samples" / "gazette" / "images" / "p003.jpg"
    vips().Image.new_from_file(str(scan)).resize(_SCALE).tiffsave(str(source))
    make_pyramid(source, images / "pyramid.tif")
    catalogue = Catalogue(home)
    for name in ("open", "members"):
        numbers = range(1, pages + 1)
        canvases = [CanvasRow(n, canvas_path(name, n), _WIDTH, _HEIGHT) for n in numbers]
        catalogue.publish(ObjectRow(name, name, name, policy=name, pages=pages), canvases)
        (images / name).mkdir()
        for n in numbers:
            (images / name / f"{n:04}.tif").hardlink_to(images / "pyramid.tif")
    catalogue.close()


def cost(server: Server, paths: Sequence[str], cookie: str = "") -> Cost:
    """Return what the requests cost, asked one after another; raises RuntimeError for one that is not answered."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    before = cpu_seconds(server.own), cpu_seconds(server.lectern)
    for path in paths:
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status}")
    own, lectern = cpu_seconds(server.own) - before[0], cpu_seconds(server.lectern) - before[1]
    connection.close()
    return Cost(own / len(paths) * 1e6, (own + lectern) / len(paths) * 1e6)


def _family(*pids: int) -> list[int]:
    return [each for pid in pids for each in (pid, *workers_of(pid))]


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def main() -> None:
    """Print CPU microseconds a tile, and what the gate multiplies them by."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pages", type=int, default=6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        folder.chmod(0o755)  # a worker of nginx is another user than we may be
        images = folder / "images"
        made_home(Home(folder / "home"), images, options.pages)
        own = variables(images) | {"MAX_IMAGE_CACHE_SIZE": "0"}
        plain = stack.enter_context(plain_iipsrv(images, folder / "plain", **own))
        behind = Behind(folder, stack, cold=True, tiles_per_second="1000000", verdicts_per_second="1000000")
        port, nginx = stack.enter_context(behind.gateway(_NO_LIMIT))
        bare = Server(int(plain.url.rpartition(":")[2]), _family(*plain.pids), [])
        gate = Server(port, _family(*behind.iipsrv.pids, nginx.process.pid), _family(behind.lectern.process.pid))
        measure(behind, bare, gate, options.rounds, options.pages)


def measure(behind: Behind, bare: Server, gate: Server, rounds: int, pages: int) -> None:
    """Ask both in turns, and print the medians of the rounds."""
    numbers = range(1, pages + 1)
    without: list[Cost] = []
    member: list[Cost] = []
    stranger: list[Cost] = []
    for number in range(rounds + 1):
        cookie = behind.cookie("member")
        tiles = [_TILES[(number * 7 + step) % len(_TILES)] for step in range(40)]
        found = (
            cost(bare, [f"/iiif/members%2F{n:04}.tif/{tile}" for n in numbers for tile in tiles]),
            cost(gate, [f"/iiif/2/members-{n}/{tile}" for n in numbers for tile in tiles], cookie),
            cost(gate, [f"/iiif/2/open-{n}/{tile}" for n in numbers for tile in tiles]),
        )
        if number:  # the first warms what is warm in a server that runs
            for into, each in zip((without, member, stranger), found, strict=True):
                into.append(each)
    print(f"CPU microseconds a tile of 512, {rounds} rounds of {pages} pages with 40 tiles each (medians)")
    print(f"  {'':<30}{'iipsrv + nginx':>16}{'x without':>11}{'and Lectern':>14}{'x without':>11}")
    for name, costs in (("without a gate", without), ("gate, a member", member), ("gate, open, no session", stranger)):
        own = _median([each.own / base.own for each, base in zip(costs, without, strict=True)])
        total = _median([each.total / base.total for each, base in zip(costs, without, strict=True)])
        print(
            f"  {name:<30}{_median([each.own for each in costs]):>16.0f}{own:>11.3f}"
            f"{_median([each.total for each in costs]):>14.0f}{total:>11.3f}"
        )
    print(f"  goal for a member: x {_GOAL}")


if __name__ == "__main__":
    main()

"""What is asked of the servers under measure: kinds of image requests, each a list of paths in a drawn order."""

import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from tests.load.image.page import HEIGHT, WIDTH

PAGES = 1000  # of the open book, all names of one file: so that what is asked once is asked once
_FEW = 40  # pages of what no server keeps
_TOGETHER = 20  # pages that are read at the same time
_MOST = 60_000  # requests of a kind
_TILE = 512
_SMALL = 256


class Asked(NamedTuple):
    """One request: the object (`small` has tiles of 256, the others of 512), its page, and the rest of the path."""

    object: str
    n: int
    rest: str

    def ours(self) -> str:
        """Return the path at our server."""
        name, mark, tier = self.object.partition("~")
        return f"/iiif/2/{name}-{self.n}{mark}{tier}/{self.rest}"

    def iipsrv(self) -> str:
        """Return the path at iipsrv, which knows files: the same pixels, open to everybody."""
        return f"/iiif/{file_name(self.object, self.n)}/{self.rest}"


class Kind(NamedTuple):
    """A kind of request: its name, how to list it, how many times cheaper than iipsrv it is to be, and what it is."""

    name: str
    asked: Callable[[], list[Asked]]
    goal: float | None = None
    told: str = ""


def file_name(name: str, n: int) -> str:
    """Return the pyramid of a page, under the folder of images."""
    return f"{'s' if name == 'small' else 'p'}{n:04}.tif"


def tiles(tile: int, *, edges: bool) -> Iterator[str]:
    """Yield what a viewer asks for tile by tile, all levels of the page: inner tiles, or those at right and bottom."""
    factor = 1
    while True:
        step = tile * factor
        for y in range(0, HEIGHT, step):
            for x in range(0, WIDTH, step):
                w, h = min(step, WIDTH - x), min(step, HEIGHT - y)
                if (w < step or h < step) == edges:
                    yield f"{x},{y},{w},{h}/{-(-w // factor)},/0/default.jpg"
        if step >= max(WIDTH, HEIGHT):
            return
        factor *= 2


def regions(width: int, height: int, size: str, seed: int) -> Iterator[str]:
    """Yield regions of one size anywhere on the page, for ever."""
    draw = random.Random(seed)
    while True:
        x, y = draw.randrange(WIDTH - width), draw.randrange(HEIGHT - height)
        yield f"{x},{y},{width},{height}/{size}/0/default.jpg"


def drawn(name: str, pages: int, rests: list[str], seed: int = 7) -> list[Asked]:
    """Return every request of every page in a drawn order, some tens of thousands at most, none twice.

    Some pages are read at a time, as by readers, then the next ones.
    """
    draw = random.Random(seed)
    total = pages * len(rests)
    places = draw.sample(range(total), min(total, _MOST))
    places.sort(key=lambda place: place // len(rests) // _TOGETHER)
    return [Asked(name, 1 + place // len(rests), rests[place % len(rests)]) for place in places]


def _anywhere(width: int, height: int, size: str) -> list[Asked]:
    rests = islice(regions(width, height, size, seed=width), 20_000)
    return [Asked("open", 1 + place % _FEW, rest) for place, rest in enumerate(rests)]


def _whole(widths: range) -> list[str]:
    return [f"full/{width},/0/default.jpg" for width in widths]


def _native(name: str) -> list[Asked]:
    return drawn(name, _FEW, list(tiles(_TILE, edges=False)))


KINDS = (
    Kind("native", lambda: _native("open"), 8, "a stored 512 tile, any level"),
    Kind("edge", lambda: drawn("open", PAGES, list(tiles(_TILE, edges=True))), None, "tiles at right and bottom"),
    Kind("native256", lambda: drawn("small", _FEW, list(tiles(_SMALL, edges=False))), None, "a stored 256 tile"),
    Kind("composed", lambda: drawn("small", PAGES, list(tiles(_TILE, edges=False))), 0.9, "512 out of tiles of 256"),
    Kind("offgrid", lambda: _anywhere(512, 512, "512,"), None, "512 across the grid, not scaled"),
    Kind("odd", lambda: _anywhere(1500, 1100, "700,513"), None, "1500 x 1100 scaled to 700 x 513"),
    Kind("full1000", lambda: drawn("open", PAGES, _whole(range(981, 1001))), 1.1, "the page 981 to 1000 wide"),
    Kind("thumb first", lambda: drawn("open", PAGES, _whole(range(160, 240))), None, "160 to 239 wide, each once"),
    Kind("thumb again", lambda: drawn("open", _FEW, _whole(range(200, 201))), 3, "200 wide, asked before"),
    Kind("info", lambda: drawn("open", _FEW, ["info.json"]), None, "info.json"),
    Kind("304", lambda: [Asked("open", 1, "0,0,512,512/512,/0/default.jpg")], None, "a stored tile, not modified"),
    Kind("restricted", lambda: _native("members"), None, "native, with a session's cookie"),
    Kind("tier", lambda: drawn("members~degraded", 4, list(tiles(_TILE, edges=False))), None, "of the reduced version"),
)
AGAIN = frozenset({"thumb again", "tier"})  # asked once before anything is measured

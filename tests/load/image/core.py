"""Measure the image core without HTTP: CPU a request of every kind, by each way there is of answering.

    python -m tests.load.image core [--rounds N] [--requests N]

`chosen` is what `render` does; `pieced` and `libvips` are those two ways alone, which says whether it chooses well.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from image import mosaic
from image.engine import share_heap, vips
from image.geometry import plan
from image.raster import cut
from image.render import _encode, _pieced, render
from image.request import ImageRequest, Parts, parse_request
from image.stored import open_pyramid
from tests.load.image.kinds import KINDS, Asked
from tests.load.image.page import HEIGHT, WIDTH, page_files

_MOST = 40_000_000  # pixels of an answer
_SKIPPED = frozenset({"info", "304", "restricted", "tier", "thumb again"})


def parsed(asked: Asked) -> ImageRequest:
    """Return what a path asks for."""
    return parse_request(2, Parts(*asked.rest.split("/")), width=WIDTH, height=HEIGHT, max_pixels=_MOST)


def by_pieces(request: ImageRequest, path: Path) -> bytes:
    """Return the answer of Pillow alone: tiles decoded, put together, scaled and encoded."""
    raster = open_pyramid(path)
    return _pieced(raster, plan(raster.sizes, request.full, request.region, request.size))


def by_libvips(request: ImageRequest, path: Path) -> bytes:
    """Return the answer of libvips alone, which opens the file and reads it."""
    before, mosaic.MOST_PIECED = mosaic.MOST_PIECED, 0
    try:
        raster = open_pyramid(path)
        planned = plan(raster.sizes, request.full, request.region, request.size)
        return _encode(cut(raster, planned), request)
    finally:
        mosaic.MOST_PIECED = before


WAYS: dict[str, Callable[[ImageRequest, Path], bytes]] = {
    "chosen": render,
    "pieced": by_pieces,
    "libvips": by_libvips,
}


def milliseconds(answer: Callable[[ImageRequest, Path], bytes], requests: list[ImageRequest], path: Path) -> float:
    """Return the CPU milliseconds of one request, those of libvips' own threads included."""
    began = time.process_time()
    for request in requests:
        answer(request, path)
    return (time.process_time() - began) * 1000 / len(requests)


def main() -> None:
    """Print a line for every kind: the median of the rounds, in which the ways take turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--pages", type=Path, help="a folder of the drawn pages, made when it is empty")
    options = parser.parse_args()
    share_heap()  # as in a worker
    vips()
    with tempfile.TemporaryDirectory() as made:
        folder = options.pages or Path(made)
        if not (folder / "p.tif").exists():
            page_files(folder)
        print(f"{'CPU ms a request':<16}" + "".join(f"{way:>10}" for way in WAYS) + "   libvips / chosen")
        for kind in KINDS:
            if kind.name in _SKIPPED:
                continue
            asked = kind.asked()[: options.requests]
            path = folder / ("s.tif" if asked[0].object == "small" else "p.tif")
            requests = [parsed(each) for each in asked]
            rounds = [
                {way: milliseconds(answer, requests, path) for way, answer in WAYS.items()}
                for _ in range(options.rounds)
            ]
            median = {way: statistics.median(each[way] for each in rounds) for way in WAYS}
            ratio = median["libvips"] / median["chosen"]
            print(f"{kind.name:<16}" + "".join(f"{median[way]:10.3f}" for way in WAYS) + f"{ratio:12.1f}")


if __name__ == "__main__":
    main()

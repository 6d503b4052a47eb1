"""A level 0 image service: the files that a plain web server needs, named as viewers ask for them, and its info.json.

Pure: what each file shows is an image request like any other, so that a tile of the copy is the tile of the service.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from image.geometry import inside, scale_factors
from image.info import CONTEXT
from image.request import ImageRequest, Parts, largest_size, parse_request
from lectern.urls import ImageVersion

PROFILE0: dict[ImageVersion, str] = {2: "http://iiif.io/api/image/2/level0.json", 3: "level0"}
_PROTOCOL = "http://iiif.io/api/image"
_STRIP = 90  # pixels across: Universal Viewer asks for its thumbnails so, by width alone and of both versions
_LAST = "0/default.jpg"  # no turning, as it is, as JPEG: all that level 0 promises


@dataclass(frozen=True, slots=True)
class Level0:
    """One picture as it is copied: width and height in pixels as announced, the side of its tiles, limit of a file.

    `small` is the box in pixels that the thumbnail lies in.
    """

    width: int
    height: int
    tile: int
    max_pixels: int
    small: tuple[int, int]

    @property
    def factors(self) -> list[int]:
        """Return 1, 2, 4 … up to the first at which the whole picture is one tile."""
        return scale_factors((self.width, self.height), self.tile)

    @property
    def largest(self) -> tuple[int, int]:
        """Return the size of the one file that shows the whole picture as large as may be."""
        fits = self.width * self.height <= self.max_pixels
        return (self.width, self.height) if fits else largest_size(self.width, self.height, self.max_pixels)

    @property
    def thumbnail(self) -> tuple[int, int]:
        """Return the size of the thumbnail; it is never enlarged."""
        return inside(self.small, (self.width, self.height))

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Return the sizes of the levels below the whole picture, smallest first, or the one there is.

        Viewers take a list of as many sizes as there are levels, or of one less, for the levels' own (OpenSeadragon
        does, and asks for tiles by it): so there is no other size in it, and the largest is `max`.
        """
        levels = [(-(-self.width // factor), -(-self.height // factor)) for factor in self.factors]
        return [(w, h) for w, h in reversed(levels[1:] or levels) if w * h <= self.max_pixels]

    def request(self, region: str, size: str) -> ImageRequest:
        """Return the image request that a file answers; sizes are spelt as in Image API 3."""
        parts = Parts(region, size, "0", "default.jpg")
        return parse_request(3, parts, width=self.width, height=self.height, max_pixels=self.max_pixels)


def info0(service: str, picture: Level0, version: ImageVersion) -> dict[str, Any]:
    """Return the info.json of the service at a URL: level 0, sizes and tiles those written (IM3-30 to -35).

    `maxArea` is there only where the whole picture is too large for one file.
    """
    sizes = [{"width": w, "height": h} for w, h in picture.sizes]
    tiles = [{"width": picture.tile, "height": picture.tile, "scaleFactors": picture.factors}]
    limit = {"maxArea": picture.max_pixels} if picture.largest != (picture.width, picture.height) else {}
    measures = {"width": picture.width, "height": picture.height}
    if version == 2:
        head: dict[str, Any] = {"@context": CONTEXT[2], "@id": service, "@type": "iiif:Image", "protocol": _PROTOCOL}
        profile = [PROFILE0[2], limit] if limit else [PROFILE0[2]]
        return head | measures | {"sizes": sizes, "tiles": tiles, "profile": profile}
    head = {"@context": CONTEXT[3], "id": service, "type": "ImageService3", "protocol": _PROTOCOL}
    return head | {"profile": PROFILE0[3]} | measures | limit | {"sizes": sizes, "tiles": tiles}


def files_of(picture: Level0, version: ImageVersion) -> Iterator[tuple[tuple[str, ...], ImageRequest]]:
    """Yield the files of a service as paths under it, several where viewers spell one image in several ways.

    Tiles are named by `w,h` (3) or `w,` (2) at every scale, as OpenSeadragon, Mirador, Universal Viewer and Leaflet
    ask for them; the canonical `max` of a tile that is not scaled is asked for by none of these.
    """
    yield (largest_path(version),), picture.request("full", "max")
    wholes = {path: (w, h) for w, h in (*picture.sizes, picture.thumbnail) for path in _whole_paths(version, w, h)}
    wholes.setdefault(f"full/{_STRIP},/{_LAST}", (_STRIP, max(1, round(picture.height * _STRIP / picture.width))))
    for path, (w, h) in wholes.items():
        yield (path,), picture.request("full", f"{w},{h}" if w <= picture.width else f"^{w},{h}")
    for factor in picture.factors:
        yield from _tiles(picture, version, factor)


def largest_path(version: ImageVersion) -> str:
    """Return the path, under a service, of the whole picture as large as it is kept."""
    return f"full/{'max' if version == 3 else 'full'}/{_LAST}"


def size_path(version: ImageVersion, size: tuple[int, int]) -> str:
    """Return the path, under a service, of the whole picture in one of its `sizes` or as the thumbnail."""
    return _whole_paths(version, *size)[0]


def _whole_paths(version: ImageVersion, w: int, h: int) -> list[str]:
    """Return how the whole picture is asked for in a size (IM3-34, IM2-07)."""
    return [f"full/{size}/{_LAST}" for size in ([f"{w},{h}"] if version == 3 else [f"{w},", f"{w},{h}"])]


def _tiles(picture: Level0, version: ImageVersion, factor: int) -> Iterator[tuple[tuple[str, ...], ImageRequest]]:
    step = picture.tile * factor
    for y in range(0, picture.height, step):
        for x in range(0, picture.width, step):
            w, h = min(step, picture.width - x), min(step, picture.height - y)
            across, down = -(-w // factor), -(-h // factor)
            names = [f"{across},{down}" if version == 3 else f"{across},"]
            if version == 2 and across == picture.width:
                names.append("full")  # OpenSeadragon asks so for a tile as wide as the picture
            region = f"{x},{y},{w},{h}"
            paths = tuple(f"{region}/{name}/{_LAST}" for name in names)
            yield paths, picture.request(region, f"{across},{down}")

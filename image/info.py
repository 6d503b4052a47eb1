"""info.json of Image API 2.1 and 3.0: pure functions of the picture's size, its grid and its services."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from image.geometry import scale_factors
from image.request import FORMATS, QUALITIES, promised_area
from lectern.ids import ImageId
from lectern.urls import ImageVersion, Urls, is_web_address

CONTEXT: dict[ImageVersion, str] = {
    2: "http://iiif.io/api/image/2/context.json",
    3: "http://iiif.io/api/image/3/context.json",
}
PROFILE: dict[ImageVersion, str] = {
    2: "http://iiif.io/api/image/2/level2.json",
    3: "http://iiif.io/api/image/3/level2.json",
}
AUTH2_CONTEXT = "http://iiif.io/api/auth/2/context.json"
_PROTOCOL = "http://iiif.io/api/image"
_PROBE = "AuthProbeService2"
# The URIs that Image 3.0 knows are http, whatever a browser shows: of a licence or statement, not of its page (IM3-37).
_CREATIVE_COMMONS = re.compile(
    r"https?://(?:www\.)?(creativecommons\.org/(?:licenses|publicdomain)/[a-z+-]+/[0-9.]+)(?:[/?#]\S*)?"
)
_STATEMENT = re.compile(r"https?://(?:www\.)?rightsstatements\.org/(?:vocab|page)/([A-Za-z-]+/[0-9.]+)(?:[/?#]\S*)?")
_BEYOND_LEVEL_2 = ["canonicalLinkHeader", "mirroring", "profileLinkHeader", "rotationArbitrary"]

Service = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """What an info.json announces: width and height in pixels, the file's tile side, and the limit on an answer.

    A degraded tier announces the width and height of the picture it stands for: viewers place highlights by
    them (viewers.md rule 19, DESIGN section 4). `label` and `rights` are those of the object that it is a page of,
    empty where they are not told; rights are a URI, or words.
    """

    width: int
    height: int
    tile: int
    max_pixels: int
    label: str = ""
    rights: str = ""

    @property
    def max_area(self) -> int:
        """Return how many pixels an answer is promised to have at most."""
        return promised_area(self.width, self.height, self.max_pixels)


def info2(urls: Urls, image: ImageId, picture: Picture, services: Sequence[Service] = ()) -> dict[str, Any]:
    """Return the complete info.json of Image API 2.1, level 2 (IM2-01 to IM2-08), with Auth 1 services in it.

    Rights that are a URI are its `license`, words its `attribution` (IM2-03).
    """
    document: dict[str, Any] = {
        "@context": CONTEXT[2],
        "@id": urls.image(image, 2),
        "@type": "iiif:Image",
        "protocol": _PROTOCOL,
        "width": picture.width,
        "height": picture.height,
        "sizes": _sizes(picture),
        "tiles": _tiles(picture),
        "profile": [
            PROFILE[2],
            {
                "formats": list(FORMATS),
                "qualities": list(QUALITIES),
                "supports": sorted([*_BEYOND_LEVEL_2, "regionSquare", "sizeAboveFull"]),
                "maxArea": picture.max_area,
            },
        ],
    }
    if is_web_address(picture.rights):
        document["license"] = picture.rights
    elif picture.rights:
        document["attribution"] = picture.rights
    if services:
        document["service"] = list(services)
    return document


def info3(urls: Urls, image: ImageId, picture: Picture, services: Sequence[Service] = ()) -> dict[str, Any]:
    """Return the complete info.json of Image API 3.0, level 2 (IM3-30 to IM3-40).

    With a probe service among `services`, the context of Authorization Flow 2 comes first (IM3-41).
    """
    document: dict[str, Any] = {
        "@context": context3(CONTEXT[3], services),
        "id": urls.image(image, 3),
        "type": "ImageService3",
        "protocol": _PROTOCOL,
        "profile": "level2",
        "width": picture.width,
        "height": picture.height,
        "maxArea": picture.max_area,
        "sizes": _sizes(picture),
        "tiles": _tiles(picture),
        "extraFormats": [name for name in FORMATS if name not in {"jpg", "png"}],
        "extraQualities": [name for name in QUALITIES if name != "default"],
        "extraFeatures": sorted([*_BEYOND_LEVEL_2, "sizeUpscaling"]),
    }
    if rights := rights_uri(picture.rights):
        document["rights"] = rights
    if picture.label:
        manifest = {"id": urls.manifest(image.object), "type": "Manifest", "label": {"none": [picture.label]}}
        document["partOf"] = [manifest]
    if services:
        document["service"] = list(services)
    return document


def context3(context: Any, services: Sequence[Service]) -> Any:
    """Return a document's context, or contexts, with that of Authorization Flow 2 first if a service is a probe.

    That of the Image API comes last (IM3-41).
    """
    if not any(service.get("type") == _PROBE for service in services):
        return context
    others = context if isinstance(context, list) else [context]
    return [AUTH2_CONTEXT, *(each for each in others if each != AUTH2_CONTEXT)]


def rights_uri(text: str) -> str | None:
    """Return the URI of a Creative Commons licence or a RightsStatements.org statement that a text is, None if none.

    Image 3.0 allows no others, and these by http (IM3-37); people paste the address of the page they read.
    """
    address = text.strip()
    if match := _CREATIVE_COMMONS.fullmatch(address):
        return f"http://{match[1]}/"
    if match := _STATEMENT.fullmatch(address):
        return f"http://rightsstatements.org/vocab/{match[1]}/"
    return None


def _factors(picture: Picture) -> list[int]:
    return scale_factors((picture.width, picture.height), picture.tile)


def _tiles(picture: Picture) -> list[dict[str, Any]]:
    """Return the file's own grid: asked for by it, a tile is read once and whole (IM3-35)."""
    return [{"width": picture.tile, "height": picture.tile, "scaleFactors": _factors(picture)}]


def _sizes(picture: Picture) -> list[dict[str, int]]:
    """Return the sizes of the levels, smallest first, as far as the limit lets them be served (IM3-33, IM3-34)."""
    sizes = [(-(-picture.width // factor), -(-picture.height // factor)) for factor in _factors(picture)]
    return [{"width": w, "height": h} for w, h in reversed(sizes) if w * h <= picture.max_pixels]

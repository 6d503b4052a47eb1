"""Pictures that somebody else serves, as our manifests paint them (`CanvasRow.borrowed`). Pure.

What is kept is a Presentation 3 content resource; version 2 has other words for it, and names one image service.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lectern.iiif_json import Json, id_of

Size = tuple[int, int]

_IMAGE_CONTEXT = "http://iiif.io/api/image/{}/context.json"
_BEST_FOR_2 = (2, 1, 3)  # versions of the Image API, as viewers of version 2 manifests know them best
MOST_ORIGINS = 20  # of pictures, that a page of ours names
_FILE = {1: "native.jpg", 2: "default.jpg", 3: "default.jpg"}


def borrowed_picture(text: str) -> Json | None:
    """Return the content resource that a canvas borrows, without the small picture; None where there is none."""
    found = json.loads(text) if text else None
    return {key: value for key, value in found.items() if key != "thumbnail"} if isinstance(found, dict) else None


def in_version_2(picture: Json) -> Json:
    """Return a content resource in the words of Presentation 2, with the image service that its viewers know best."""
    told = {"@id": picture["id"], "@type": "dctypes:Image"}
    told |= {key: picture[key] for key in ("format", "width", "height") if key in picture}
    services = sorted(picture.get("service", ()), key=lambda block: _BEST_FOR_2.index(_version(block)))
    if services:
        told["service"] = {"@context": _IMAGE_CONTEXT.format(_version(services[0]))} | services[0]
    return told


def small_picture(text: str, size: Size) -> tuple[str, int, int] | None:
    """Return address, width and height of a borrowed picture's small version, None where nobody makes one.

    It is the one that the manifest named, else one of `size` from an image service that scales, else the largest of
    those within twice `size` that the service says it has.
    """
    found = json.loads(text) if text else {}
    for named in found.get("thumbnail", ()):
        return named["id"], named["width"], named["height"]
    for block in found.get("service", ()):
        if (fitting := _size_at(block, size)) is not None:
            return f"{_id(block)}/full/{_asked(block, fitting)}/0/{_FILE[_version(block)]}", *fitting
    return None


def addresses_in(text: str) -> Iterator[str]:
    """Yield the addresses that a viewer asks of a borrowed picture: of the picture, its services, those in them."""
    found = json.loads(text) if text else {}
    waiting: list[Any] = [found, *found.get("thumbnail", ())]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, dict):
            yield _id(holder)
            services = holder.get("service", ())
            waiting += services if isinstance(services, list) else [services]


def origins_of(addresses: Iterable[str], most: int | None = None) -> tuple[str, ...]:
    """Return the origins of http(s) addresses as a Content-Security-Policy names them, each once, in order.

    An address whose host is not plain letters, digits, dots and dashes (after IDNA) is left out: nothing of a
    manifest is to end one rule of the policy and begin another. Of many it is the `most` that come first: a policy is
    a header, and servers bound these. Pictures of others are not shown on our own pages; viewers elsewhere show them.
    """
    found = dict.fromkeys(origin for each in addresses if (origin := _origin(each)))
    return tuple(sorted(islice(found, most)))


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host or not all(c.isalnum() or c in ".-" for c in host):
        return ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


def _id(holder: Json) -> str:
    return id_of(holder).rstrip("/")


def _version(block: Json) -> int:
    return int((block.get("type") or block["@type"])[-1])


def _level(block: Json) -> str:
    profile = block.get("profile")
    told = profile[0] if isinstance(profile, list) and profile else profile
    return next((level for level in ("level0", "level1", "level2") if isinstance(told, str) and level in told), "")


def _size_at(block: Json, size: Size) -> Size | None:
    if _level(block) in {"level1", "level2"}:
        return size
    sizes = [each for each in block.get("sizes", ()) if isinstance(each, dict)]
    listed = [(each.get("width"), each.get("height")) for each in sizes]
    fitting = [
        (width, height)
        for width, height in listed
        if isinstance(width, int) and isinstance(height, int) and 0 < width <= size[0] * 2 and 0 < height <= size[1] * 2
    ]
    return max(fitting, default=None)


def _asked(block: Json, size: Size) -> str:
    """Return a size in the canonical form of its version of the Image API."""
    return f"{size[0]},{size[1]}" if _version(block) == 3 else f"{size[0]},"

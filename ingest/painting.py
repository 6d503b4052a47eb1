"""Which picture a manifest paints on a canvas: a content resource as Presentation 3 says it. Pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lectern.catalogue import LedgerEntry
from lectern.iiif_json import (
    RECORDINGS,
    Json,
    id_of,
    image_service_version,
    kind_of,
    objects_of,
    painted,
    several,
    side_of,
)

if TYPE_CHECKING:
    from ingest.manifest import ForeignCanvas

Size = tuple[int, int]

MAX_BYTES = 16 << 10  # of one resource with its services, as JSON
_LONGEST_ADDRESS = 2_000
_MOST_SERVICES = 4
_PICTURES = frozenset({"image", ""})
_WHOLE_PICTURE = {3: "full/max/0/default.jpg", 2: "full/full/0/default.jpg", 1: "full/full/0/native.jpg"}
_NONE = "no picture with a web address lies on all of this canvas (one on a part of it is not shown); none is shown"


@dataclass(frozen=True, slots=True)
class Painting:
    """What a manifest paints on a canvas, as JSON text; empty where there is no picture that we could name.

    `doubts` are (trap, message) of what the ledger is to warn of.
    """

    resource: str = ""
    doubts: tuple[tuple[str, str], ...] = ()


NOTHING = Painting()


def painting_on(canvas: Json, size: Size | None) -> Painting:
    """Return the picture that is painted on a canvas of either version; `size` is the canvas', in pixels, if told.

    Of a choice it is the first, which viewers show first; of several pictures the first that covers the canvas. One
    that covers a part of it, or shows a part of itself, is none: highlights would not lie on it.
    """
    placed = [(body, region) for body, region in _placed(canvas) if not _is_recording(body)]
    if not placed:
        return NOTHING
    covering = (body for body, region in placed if region is None or region == _all_of(size))
    picture, choices = next((found for body in covering if (found := _picture(body))), (None, 0))
    if picture is None:
        return Painting("", (("picture-unusable", _NONE),))
    doubts = _doubts(picture, choices, len(placed), size)
    if small := _small(canvas):
        picture["thumbnail"] = [small]
    resource = json.dumps(picture)
    if len(resource) > MAX_BYTES:
        return Painting(
            "", (("picture-unusable", f"its description is longer than {MAX_BYTES >> 10} kB; none is shown"),)
        )
    return Painting(resource, tuple(doubts))


def painting_notes(canvases: "Sequence[ForeignCanvas]", pictured: frozenset[int]) -> list[LedgerEntry]:
    """Return warnings of the pictures that canvases borrow; `pictured` are those (from 1) with a picture of ours."""
    return [
        LedgerEntry("warning", trap, message, canvas.label or str(n))
        for n, canvas in enumerate(canvases, 1)
        if n not in pictured
        for trap, message in canvas.painting.doubts
    ]


def _doubts(picture: Json, choices: int, placed: int, size: Size | None) -> list[tuple[str, str]]:
    doubts = []
    if placed > 1:
        doubts.append(("picture-several", f"{placed} pictures lie on this canvas; the first that covers it is shown"))
    if choices > 1:
        doubts.append(("picture-choice", f"this canvas has a choice of {choices} pictures; the first is shown"))
    told = _pixels(picture)
    if size and told and told != size:
        message = (
            f"the picture is said to be {told[0]} x {told[1]}, its canvas {size[0]} x {size[1]}: viewers place "
            "highlights by the picture's pixels, so that they may lie beside the words"
        )
        doubts.append(("size-differs", message))
    return doubts


def _pixels(picture: Json) -> Size | None:
    """Return the size of a picture in its own pixels, as far as it is told.

    What stands at a scaled version of an image service says nothing of the picture: that has another size.
    """
    service = next(iter(picture.get("service", ())), None)
    holder = picture
    if isinstance(service, dict):
        address = _address(service).rstrip("/")
        size = picture["id"].removeprefix(f"{address}/").split("/")[1:2] if picture["id"].startswith(address) else []
        scaled = size not in ([], ["full"], ["max"])
        holder = service if service.get("width") and service.get("height") else {} if scaled else picture
    width, height = side_of(holder.get("width")), side_of(holder.get("height"))
    return (width, height) if width and height else None


def _placed(canvas: Json) -> Iterator[tuple[Any, str | None]]:
    """Yield what is painted on a canvas, and on what part of it: the text of a region, None for all of it."""
    for found in painted(canvas):
        body = found.get("body") or found.get("resource")
        yield next(iter(several(body)), None), _region(found.get("target") or found.get("on"))


def _is_recording(body: Any) -> bool:
    found, _ = _chosen(body)
    return isinstance(found, dict) and kind_of(found) in RECORDINGS


def _region(target: Any) -> str | None:
    """Return what part of its canvas an annotation is on (`x,y,w,h`, or a selector of another kind)."""
    target = next(iter(several(target)), None)
    if isinstance(target, dict):
        if selector := target.get("selector"):
            value = selector.get("value") if isinstance(selector, dict) else None
            return _region(f"#{value}") if isinstance(value, str) and value.startswith("xywh=") else "selector"
        target = target.get("full") or target.get("source") or target.get("id") or target.get("@id")
        return _region(target) if isinstance(target, str) else None
    fragment = target.partition("#")[2] if isinstance(target, str) else ""
    return fragment.removeprefix("xywh=").removeprefix("pixel:") if fragment.startswith("xywh=") else None


def _all_of(size: Size | None) -> str | None:
    return f"0,0,{size[0]},{size[1]}" if size else None


def _picture(body: Any) -> tuple[Json, int] | None:
    """Return a picture as Presentation 3 says it, and how many there were to choose from; None for what is none."""
    body, choices = _chosen(body)
    if isinstance(body, dict) and kind_of(body) == "specificresource" and not body.get("selector"):
        body = body.get("source") or body.get("full")
    if not isinstance(body, dict) or kind_of(body) not in _PICTURES:
        return None
    services = [block for each in several(body.get("service")) if (block := _service(each)) is not None]
    address = _address(body) or (_of_service(services[0]) if services else "")
    if not address:
        return None
    picture: Json = {"id": address, "type": "Image"}
    if isinstance(form := body.get("format"), str) and form.startswith("image/"):
        picture["format"] = form
    width, height = side_of(body.get("width")), side_of(body.get("height"))
    if width and height:
        picture |= {"width": width, "height": height}
    return picture | ({"service": services[:_MOST_SERVICES]} if services else {}), choices


def _chosen(body: Any) -> tuple[Any, int]:
    """Return the first of a choice, and how many there are; anything else as it is."""
    if not isinstance(body, dict) or kind_of(body) != "choice":
        return body, 1
    offered = [each for key in ("default", "item", "items") for each in several(body.get(key))]
    return next(iter(offered), None), len(offered)


def _service(found: Any) -> Json | None:
    """Return the block of an image service with the id and the type that its version has; None for other services."""
    if not isinstance(found, dict) or not (address := _address(found)):
        return None
    if (version := image_service_version(found)) is None:
        return None
    rest = {key: value for key, value in found.items() if key not in {"id", "@id", "type", "@type", "@context"}}
    if nested := objects_of(rest.pop("service", None)):
        rest["service"] = nested  # a mere reference leads nowhere outside its manifest
    mark = "" if version == 3 else "@"
    return {f"{mark}id": address, f"{mark}type": f"ImageService{version}"} | rest


def _of_service(block: Json) -> str:
    version = int(str(block.get("type") or block.get("@type"))[-1])
    return f"{str(_address(block)).rstrip('/')}/{_WHOLE_PICTURE[version]}"


def _small(canvas: Json) -> Json | None:
    """Return the small picture that a canvas names for itself, where its size is told."""
    found = next(iter(several(canvas.get("thumbnail"))), None)
    if not isinstance(found, dict) or not (address := _address(found)) or kind_of(found) not in _PICTURES:
        return None
    width, height = side_of(found.get("width")), side_of(found.get("height"))
    return {"id": address, "type": "Image", "width": width, "height": height} if width and height else None


def _address(found: Json) -> str:
    """Return the address that a resource has as its id, empty for one that no browser may be sent to."""
    told = id_of(found)
    return told if is_address(told) else ""


def is_address(text: str) -> bool:
    """Return whether a text is an http(s) address of a host, without a user's name, as can be told to a browser."""
    if len(text) > _LONGEST_ADDRESS or any(c.isspace() or ord(c) < 32 or c in "\\<>\"'`" for c in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False

"""Where things stand in a manifest made elsewhere, of either version: canvases, what is painted on them, services.

Plain walks over JSON that others wrote: what has the wrong form is passed over. What they yield may be changed.
"""

from collections.abc import Iterator
from typing import Any, Literal

Json = dict[str, Any]

_SIGNS = ("ImageService", "/api/image/", "library.stanford.edu/iiif/image-api/")
_DEEPEST = 6  # choices in parts of choices, services in services
BESIDE = ("placeholderCanvas", "accompanyingCanvas")


def version_of(document: Json) -> Literal[2, 3]:
    """Return the version of the Presentation API that a document is written in."""
    return 3 if "type" in document else 2


def several(value: Any) -> list[Any]:
    """Return a list as it is, nothing as an empty one, anything else as a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects_of(value: Any) -> list[Json]:
    """Return the objects among one value or several."""
    return [each for each in several(value) if isinstance(each, dict)]


def id_of(value: Any) -> str:
    """Return the id of an object, or the text that stands in its place; empty for none."""
    told = (value.get("id") or value.get("@id")) if isinstance(value, dict) else value
    return told if isinstance(told, str) else ""


def canvases_of(document: Json) -> list[Json]:
    """Return the canvases of a manifest, of all sequences in version 2."""
    if version_of(document) == 3:
        return objects_of(document.get("items"))
    return [each for order in objects_of(document.get("sequences")) for each in objects_of(order.get("canvases"))]


def painted(canvas: Json) -> list[Json]:
    """Return the annotations that paint something on a canvas, in order."""
    pages = (each for page in objects_of(canvas.get("items")) for each in objects_of(page.get("items")))
    return [
        each
        for each in (*pages, *objects_of(canvas.get("images")))
        if "painting" in str(each.get("motivation") or "painting")
    ]


def bodies(annotation: Json) -> Iterator[Json]:
    """Yield the resources that an annotation paints: those of a choice, and the one that a part is of, one by one."""
    yield from _resources([annotation.get("body"), annotation.get("resource")], _DEEPEST)


def is_recording(resource: Json) -> bool:
    """Return whether a resource is something to listen to or to play."""
    return _kind(resource) in {"sound", "audio", "video", "movingimage"}


def image_services(resource: Json) -> list[Json]:
    """Return the image services of a resource."""
    return [each for each in objects_of(resource.get("service")) if is_image_service(each)]


def is_image_service(block: Json) -> bool:
    """Return whether a service is an image service of any version, by type, context or profile."""
    told = (each for key in ("type", "@type", "@context", "profile") for each in several(block.get(key)))
    return any(sign in each for each in told if isinstance(each, str) for sign in _SIGNS)


def canvases_beside(holder: Json) -> Iterator[Json]:
    """Yield the canvases that are shown before or with a canvas or a manifest, and those that they have in turn."""
    waiting = [holder]
    while waiting:
        each = waiting.pop()
        inner = [canvas for key in BESIDE for canvas in objects_of(each.get(key))]
        yield from inner
        waiting += inner


def addresses_of(canvas: Json) -> set[str]:
    """Return the addresses by which viewers have the pictures of a canvas: small ones, and those before and with it."""
    found: set[str] = set()
    for holder in (canvas, *canvases_beside(canvas)):
        pictures = [each for annotation in painted(holder) for each in bodies(annotation)]
        pictures += objects_of(holder.get("thumbnail"))
        found |= {id_of(each) for each in pictures} | {id_of(each) for each in several(holder.get("thumbnail"))}
        found |= {id_of(service).rstrip("/") for each in pictures for service in image_services(each)}
    return found - {""}


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a document, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _kind(found: Json) -> str:
    return str(found.get("type") or found.get("@type")).rpartition(":")[2].casefold()


def _resources(value: Any, depth: int) -> Iterator[Json]:
    for each in [found for some in several(value) for found in objects_of(some)]:
        inner = [each[key] for key in ("items", "default", "item", "source", "full") if key in each]
        if _kind(each) in {"choice", "specificresource"}:
            yield from _resources(inner, depth - 1) if depth else ()
        else:
            yield each

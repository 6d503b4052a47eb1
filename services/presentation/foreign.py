"""Where things stand in a manifest made elsewhere, of either version: canvases, what is painted on them, services.

Plain walks over JSON that others wrote: what has the wrong form is passed over. What they yield may be changed.
"""

from collections.abc import Iterator
from typing import Any

from lectern.iiif_json import (
    RECORDINGS,
    Json,
    id_of,
    is_image_service,
    kind_of,
    objects_of,
    painted,
    several,
    version_of,
)

_DEEPEST = 6  # choices in parts of choices
BESIDE = ("placeholderCanvas", "accompanyingCanvas")


def canvases_of(document: Json) -> list[Json]:
    """Return the canvases of a manifest, of all sequences in version 2."""
    if version_of(document) == 3:
        return objects_of(document.get("items"))
    return [each for order in objects_of(document.get("sequences")) for each in objects_of(order.get("canvases"))]


def bodies(annotation: Json) -> Iterator[Json]:
    """Yield the resources that an annotation paints: those of a choice, and the one that a part is of, one by one."""
    yield from _resources([annotation.get("body"), annotation.get("resource")], _DEEPEST)


def is_recording(resource: Json) -> bool:
    """Return whether a resource is something to listen to or to play."""
    return kind_of(resource) in RECORDINGS


def image_services(resource: Json) -> list[Json]:
    """Return the image services of a resource."""
    return [each for each in objects_of(resource.get("service")) if is_image_service(each)]


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


def _resources(value: Any, depth: int) -> Iterator[Json]:
    for each in [found for some in several(value) for found in objects_of(some)]:
        inner = [each[key] for key in ("items", "default", "item", "source", "full") if key in each]
        if kind_of(each) in {"choice", "specificresource"}:
            yield from _resources(inner, depth - 1) if depth else ()
        else:
            yield each

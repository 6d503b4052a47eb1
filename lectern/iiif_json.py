"""JSON of IIIF that others wrote, of either version: one or several, ids, types, sides, image services, paintings.

Read in one place, so that what takes a manifest in and what writes it anew see the same. What has the wrong form is
passed over.
"""

from collections.abc import Iterator
from typing import Any, Literal

Json = dict[str, Any]

RECORDINGS = frozenset({"sound", "audio", "video", "movingimage"})  # of `kind_of`
_LARGEST_SIDE = 1_000_000
_SIGNS: dict[Literal[1, 2, 3], tuple[str, ...]] = {
    3: ("ImageService3", "/api/image/3/"),
    2: ("ImageService2", "/api/image/2/"),
    1: ("ImageService1", "/api/image/1/", "library.stanford.edu/iiif/image-api/"),
}
_SIGNS_OF_ANY = ("ImageService", "/api/image/", "library.stanford.edu/iiif/image-api/")
_TELLING = ("type", "@type", "@context", "profile", "dcterms:conformsTo", "conformsTo")


def version_of(document: Json) -> Literal[2, 3]:
    """Return the version of the Presentation API that a document is written in."""
    return 3 if document.get("type") else 2


def several(value: Any) -> list[Any]:
    """Return a list as it is, nothing as an empty one, anything else as a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects_of(value: Any) -> list[Json]:
    """Return the objects among one value or several."""
    return [each for each in several(value) if isinstance(each, dict)]


def id_of(value: Any) -> str:
    """Return the id of an object, or the text that stands in its place, without space around it; empty for none."""
    told = (value.get("id") or value.get("@id")) if isinstance(value, dict) else value
    return told.strip() if isinstance(told, str) else ""


def kind_of(found: Json) -> str:
    """Return a type in the words of both versions: `image` for `Image` and for `dctypes:Image`; `?` for no text."""
    told = next(iter(several(found.get("type") or found.get("@type"))), "")
    return told.rpartition(":")[2].casefold() if isinstance(told, str) else "?"


def side_of(value: Any) -> int | None:
    """Return a side in whole pixels: numbers, and numbers in quotes, as both are found; None for what is none."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) <= 12:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= _LARGEST_SIDE:
        return None
    return round(value)


def painted(canvas: Json) -> list[Json]:
    """Return the annotations that paint something on a canvas, in order; one that says not what it does, paints."""
    pages = (each for page in objects_of(canvas.get("items")) for each in objects_of(page.get("items")))
    return [each for each in (*pages, *objects_of(canvas.get("images"))) if _paints(each)]


def is_image_service(block: Json) -> bool:
    """Return whether a service is an image service of any version, one to come included."""
    return any(sign in each for each in _told(block) for sign in _SIGNS_OF_ANY)


def image_service_version(block: Json) -> Literal[1, 2, 3] | None:
    """Return the version of an image service by its type, context or profile; None for what is none that we know."""
    told = tuple(_told(block))
    return next((version for version, signs in _SIGNS.items() if any(s in each for each in told for s in signs)), None)


def _told(block: Json) -> Iterator[str]:
    return (each for key in _TELLING for each in several(block.get(key)) if isinstance(each, str))


def _paints(annotation: Json) -> bool:
    told = [each for each in several(annotation.get("motivation")) if isinstance(each, str) and each]
    return not told or any("painting" in each for each in told)

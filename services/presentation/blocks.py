"""Service blocks of manifests, shaped so that no released viewer stumbles over them."""

from collections.abc import Callable, Sequence
from typing import Literal

from image import info
from lectern.ids import ImageId
from lectern.urls import AUTOCOMPLETE, SearchVersion
from services.presentation.model import Book, Doors, Json

_SEARCH1 = "http://iiif.io/api/search/{}/{}"


def search1(address: Callable[[SearchVersion], str], version: Literal[0, 1]) -> Json:
    """Return the block of Content Search 1.0, or 0.9, with its autocomplete (CS1-01 to -07, CS0-06, viewer rules).

    `address` gives the URL of a service by its version.
    """
    service = address(version)
    complete = {
        "@id": service + AUTOCOMPLETE,
        "@type": "AutoCompleteService1",
        "profile": _SEARCH1.format(version, "autocomplete"),
    }
    return {
        "@context": _SEARCH1.format(version, "context.json"),
        "@id": service,
        "@type": "SearchService1",
        "profile": _SEARCH1.format(version, "search"),
        "service": [complete],
    }


def search2(service: str) -> Json:
    """Return the Content Search 2.0 block with its autocomplete, no profile on either (CS2-01, CS2-04, CS2-05)."""
    complete = {"id": service + AUTOCOMPLETE, "type": "AutoCompleteService2"}
    return {"id": service, "type": "SearchService2", "service": [complete]}


def searches(address: Callable[[SearchVersion], str], version: Literal[0, 1]) -> list[Json]:
    """Return the services of a manifest or collection in Presentation 3; `address` gives their URLs by version."""
    return [search1(address, version), search2(address(2))]


def image2(book: Book, image: ImageId) -> Json:
    """Return the Image 2.1 block; the Auth 1 services are inside it, so that viewers need no 401 to find them."""
    block: Json = {"@id": book.urls.image(image, 2), "@type": "ImageService2", "profile": info.PROFILE[2]}
    services = accesses(book.access(image.n).doors)
    return block | {"service": services} if services else block


def image3(book: Book, image: ImageId) -> Json:
    """Return the Image 3.0 block; the probe is inside it, never inside the Image 2.1 block (viewer rule 12).

    With a probe it goes without `profile` (a SHOULD, PR3-08; its type says what it is). Universal Viewer takes
    the last image service that has one, and in the open info.json of a restricted Image 3.0 it finds no way to
    sign in (measured with 4.3.0); Mirador takes the first. So both take the Image 2.1 service.
    """
    block: Json = {"id": book.urls.image(image, 3), "type": "ImageService3"}
    found = probes(book.access(image.n).doors, image)
    return block | ({"service": found} if found else {"profile": "level2"})


def accesses(doors: Doors) -> list[Json]:
    """Return the Auth 1 services of some doors, as a manifest may repeat them."""
    return _with_address(doors.auth1)


def probes(doors: Doors, image: ImageId) -> list[Json]:
    """Return the Auth 2 probe service of an image behind some doors, as a manifest may repeat it; at most one."""
    probe = doors.probe(image)
    services = _with_address(probe["service"]) if probe else []
    return [] if probe is None or not services else [probe | {"service": services}]


def _with_address(services: Sequence[Json]) -> list[Json]:
    """Leave out what has no id (`external`): info.json tells it, and a manifest with it is not valid (PR3-12)."""
    return [service for service in services if service.get("@id") or service.get("id")]

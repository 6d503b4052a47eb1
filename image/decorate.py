"""info.json of another image server as ours: our id and our services in it, everything else as it came (IMX-03).

Pure functions of the document. One of Image API 2 is told in the words of 3 where that is asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from image.info import CONTEXT, Service, context3
from lectern.errors import StoreUnavailable
from lectern.urls import ImageVersion

_LEVELS = ("level0", "level1", "level2")
_LIMITS = ("maxWidth", "maxHeight", "maxArea")
# What a level has anyhow, as the tables of Image API 3.0 section 4.7 have it, and what 3 calls the features of 2.
_OF_LEVEL: dict[str, frozenset[str]] = {
    "level0": frozenset(),
    "level1": frozenset(
        {"regionByPx", "regionSquare", "sizeByW", "sizeByH", "sizeByWh", "baseUriRedirect", "cors", "jsonldMediaType"}
    ),
}
_OF_LEVEL["level2"] = _OF_LEVEL["level1"] | {"regionByPct", "sizeByPct", "sizeByConfinedWh", "rotationBy90s"}
_RENAMED = {"sizeByWh": "sizeByConfinedWh", "sizeByForcedWh": "sizeByWh", "sizeByDistortedWh": "sizeByWh"}
_FEATURES_3 = _OF_LEVEL["level2"] | {"canonicalLinkHeader", "mirroring", "profileLinkHeader", "rotationArbitrary"}
_QUALITIES_3 = ("color", "gray", "bitonal")

Json = dict[str, Any]


def version_of(document: Mapping[str, Any]) -> ImageVersion | None:
    """Return the version of the Image API that an info.json speaks, None if it is none that we know."""
    contexts = document.get("@context")
    for version, context in CONTEXT.items():
        if contexts == context or (isinstance(contexts, list) and context in contexts):
            return version
    return None


def decorated(document: Mapping[str, Any], version: ImageVersion, identifier: str, services: Sequence[Service]) -> Json:
    """Return an info.json in a version of the Image API with `identifier` as its id, our services before its own.

    Raises StoreUnavailable for a document that cannot be shown in this version, or that is no info.json.
    """
    given = version_of(document)
    sized = all(type(document.get(side)) is int and document[side] > 0 for side in ("width", "height"))  # true is none
    if given is None or not sized or given > version:
        raise StoreUnavailable(
            "The image server answers with a document that is no info.json of this version.",
            "Look at LECTERN_IMAGE_SERVER; {version} in it stands for 2 or 3 where a server speaks both.",
        )
    told = dict(document) if given == version else _as3(document)
    told.pop("service", None)
    told["@id" if version == 2 else "id"] = identifier
    both = [*services, *(_listed(document.get("service")) if given == version else [])]
    if both:
        told["service"] = both
    if version == 3:
        told["@context"] = context3(told["@context"], services)
    return told


def _as3(document: Mapping[str, Any]) -> Json:
    """Return an info.json of Image API 2 in the words of 3 (IM3-30 to IM3-39), without services."""
    profile = _listed(document.get("profile"))
    level = next((name for name in _LEVELS if any(_names(each, name) for each in profile)), "level0")
    more: Json = {}
    for each in profile:
        if isinstance(each, Mapping):
            more |= each
    has = {"jpg", "png"} if level == "level2" else {"jpg"}
    told: Json = {
        "@context": CONTEXT[3],
        "id": "",
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": level,
        **{key: document[key] for key in ("width", "height", "sizes", "tiles") if key in document},
        **{key: more[key] for key in _LIMITS if key in more},
    }
    extras = {
        "extraFormats": [each for each in _words(more.get("formats")) if each not in has],
        "extraQualities": [each for each in _QUALITIES_3 if each in _words(more.get("qualities"))],
        "extraFeatures": sorted(_features(_words(more.get("supports"))) - _OF_LEVEL[level]),
    }
    return told | {key: value for key, value in extras.items() if value}


def _features(supports: Sequence[str]) -> set[str]:
    """Return the features of Image API 3 for those of 2. Enlarging is none of them: 2 knows no `^`."""
    return {_RENAMED.get(each, each) for each in supports} & _FEATURES_3


def _names(profile: Any, level: str) -> bool:
    return isinstance(profile, str) and profile.rpartition("/")[2].partition(".")[0].partition("#")[0] == level


def _words(value: Any) -> list[str]:
    return [each for each in _listed(value) if isinstance(each, str)]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]

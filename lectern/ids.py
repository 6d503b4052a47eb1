"""Ids of objects and images: one spelling each, safe in a URL path and in a file name (DESIGN section 4)."""

import hashlib
import re
from dataclasses import dataclass

OBJECT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}")
_IMAGE_ID = re.compile(r"(?P<object>.+)-(?P<n>[1-9][0-9]{0,6})(?:~(?P<tier>[A-Za-z0-9_]{1,32}))?")
MARK = "~~"  # between an image's identifier and a capability
CAPABILITY_LENGTH = 111
_CAPABILITY = re.compile(rf"(?P<image>.+){MARK}(?P<capability>[a-z2-7]{{{CAPABILITY_LENGTH}}})")
_SECRET = re.compile(rf"{MARK}[A-Za-z0-9]{{16,}}")
RESERVED = frozenset({"collections"})


def is_object_id(text: str) -> bool:
    """Return whether the text can stand as an object id as it is."""
    return OBJECT_ID.fullmatch(text) is not None and text not in RESERVED


def object_id(original: str) -> str:
    """Return an object id for any name, the same every time.

    A name that is one already is returned unchanged; any other (an ARK, a path) keeps its readable part
    and gets the first ten hex digits of its SHA-256, so that two names never meet.
    """
    if is_object_id(original):
        return original
    digest = hashlib.sha256(original.encode()).hexdigest()[:10]
    readable = re.sub(r"[^A-Za-z0-9._~-]+", "-", original).strip("-._~")[:100]
    return f"{readable}-{digest}" if readable else digest


@dataclass(frozen=True, slots=True)
class ImageId:
    """An image service's identifier: image `n` (from 1) of an object, or a tier of it."""

    object: str
    n: int
    tier: str | None = None

    def __str__(self) -> str:
        return f"{self.object}-{self.n}" + (f"~{self.tier}" if self.tier else "")


def parse_image_id(text: str) -> ImageId | None:
    """Return the parts of `{object}-{n}` or `{object}-{n}~{tier}`, read from the right; None if it is neither."""
    match = _IMAGE_ID.fullmatch(text)
    if match is None or not is_object_id(match["object"]):
        return None
    return ImageId(match["object"], int(match["n"]), match["tier"])


def split_capability(text: str) -> tuple[str, str | None]:
    """Return an image's identifier and the capability behind it, None if there is none (TH-70).

    Read from the right without a doubt: no tier is as long, and a capability has no hyphen that `n` could stand behind.
    """
    match = _CAPABILITY.fullmatch(text)
    return (match["image"], match["capability"]) if match else (text, None)


def without_capabilities(path: str) -> str:
    """Return a path as it may be logged: what is, or nearly is, a capability is taken out (TH-103)."""
    return _SECRET.sub(f"{MARK}-", path) if MARK in path else path

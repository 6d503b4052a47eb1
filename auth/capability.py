"""Image URLs that carry their own permission, for viewers whose tiles come without cookies (TH-70, issue item 5).

A capability names a session and an instant, and is signed together with one image and tier. It is a second name of the
session for that image and some minutes; what the session may see is decided anew at each request.
"""

import hmac
import struct
from base64 import b32decode, b32encode
from collections.abc import Sequence
from hashlib import sha256

from lectern.clock import APART
from lectern.ids import CAPABILITY_LENGTH, MARK, ImageId
from lectern.urls import ImageVersion, Urls

LONGEST_LIFE = 300  # seconds
_VERSION = 1
_HEAD = struct.Struct(">BI32s")


def make_capability(keys: Sequence[bytes], image: ImageId, session: str, ends: int) -> str:
    """Return a capability for one image and tier, good until `ends` (seconds since 1970 UTC) while the session lives.

    `session` is the hex digest that the session is kept under, which opens nothing itself. The newest of `keys`, the
    last, signs.
    """
    head = _HEAD.pack(_VERSION, ends, bytes.fromhex(session))
    return _encode(head + _mac(keys[-1], image, head))


def read_capability(keys: Sequence[bytes], text: str, image: ImageId, now: int) -> str | None:
    """Return the digest of the session behind a capability; None if it is not ours, not for this image, or has ended.

    Signatures are compared in constant time; every key of the list is good, so that one can be rotated. One that would
    last longer than we ever let one last, by a clock that may differ from ours, is refused too.
    """
    if len(text) != CAPABILITY_LENGTH:
        return None
    try:
        found = b32decode(text.upper() + "=")
    except ValueError:
        return None
    head, mac = found[: _HEAD.size], found[_HEAD.size :]
    if not any([hmac.compare_digest(mac, _mac(key, image, head)) for key in keys]):  # a list: all are compared
        return None
    version, ends, session = _HEAD.unpack(head)
    if _encode(found) != text or version != _VERSION or not now < ends <= now + LONGEST_LIFE + APART:
        return None
    return bytes(session).hex()


def _mac(key: bytes, image: ImageId, head: bytes) -> bytes:
    told = f"lectern capability|{image.object}|{image.n}|{image.tier or ''}|".encode()
    return hmac.new(key, told + head, sha256).digest()


def _encode(value: bytes) -> str:
    """Return base32 in small letters: no letter of it can be read as another part of an image's id."""
    return b32encode(value).decode().rstrip("=").lower()


def capability_service(urls: Urls, image: ImageId, capability: str, version: ImageVersion) -> str:
    """Return the base URI of the image service that a capability opens."""
    return f"{urls.image(image, version)}{MARK}{capability}"

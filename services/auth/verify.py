"""`/auth/verify`: the verdict for a proxy or another image server (DESIGN section 4): 204, 401 or 403.

Anything that is not understood is a no (R3, TH-59, TH-60).
"""

import re
from hmac import compare_digest
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Response, request

from auth.audit import Event, Happening, Refusal
from auth.decision import FULL_TIER, sees_tier
from lectern.catalogue import ObjectRow
from lectern.ids import ImageId, is_object_id, parse_image_id
from services.context import Context
from services.gate import Gate

SECRET_HEADER = "X-Lectern-Secret"
_METHODS = frozenset({"GET", "HEAD"})
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@^-]+)+/?")
_IMAGE = re.compile(r"/iiif/[23]/(?P<image>[^/]+)(?:/?|/info\.json|/[^/]+/[^/]+/[^/]+/[^/]+)")
_OBJECT = re.compile(r"/(?:objects|presentation/[23]|search/[012])/(?P<object>[^/]+)(?:/.*)?")


class Verify:
    """The view of the verify service."""

    def __init__(self, context: Context, gate: Gate) -> None:
        self._context = context
        self._gate = gate
        self._prefix = urlsplit(context.settings.base_url).path

    def answer(self) -> Response:
        """Answer 204 with X-Lectern-Tier, 401, or 403; raises StoreUnavailable (503), which means no too."""
        if not self._caller_is_known():
            self._tell(Refusal.SECRET)
            return Response(status=403)
        status, tier = self._judge()
        response = Response(status=status)
        if tier:
            response.headers["X-Lectern-Tier"] = tier
        return response

    def _caller_is_known(self) -> bool:
        """Return whether the caller shows the shared secret; without one in the settings nobody does (TH-57)."""
        secret = self._context.settings.verify_secret
        shown = request.headers.get(SECRET_HEADER, "")
        return bool(secret) and compare_digest(shown.encode(), secret.encode())

    def _judge(self) -> tuple[int, str]:
        if request.headers.get("X-Original-Method", "GET") not in _METHODS:
            return self._no(403, Refusal.REQUEST)
        path = canonical_path(request.headers.get("X-Original-URI", ""), self._prefix)
        image, object_id = _resource(path) if path else (None, None)
        row = self._context.catalogue.find(object_id) if object_id else None
        if row is None:
            return self._no(403, Refusal.UNKNOWN if object_id else Refusal.REQUEST)
        return self._verdict(row, image.tier if image else None)

    def _verdict(self, row: ObjectRow, tier: str | None) -> tuple[int, str]:
        policy = self._gate.policy(row)
        # Who holds the secret is a stated proxy: the client is who it says, never the proxy itself.
        proxies = max(1, self._context.settings.trusted_proxies)
        verdict = self._gate.verdict(request, row, proxies=proxies)
        if sees_tier(policy, verdict, tier):
            return 204, tier or FULL_TIER
        if verdict.manifest == "hidden" or (tier is not None and tier != policy.tier):
            return self._no(403, Refusal.UNKNOWN, policy.name)
        return self._no(verdict.status, verdict.reason, policy.name)

    def _no(self, status: int, reason: str, policy: str = "") -> tuple[int, str]:
        self._tell(reason, policy)
        return status, ""

    def _tell(self, reason: str, policy: str = "") -> None:
        """Tell the audit log of a refusal; what was granted is counted by the proxy, which asks for every tile."""
        where = self._gate.address(request, proxies=max(1, self._context.settings.trusted_proxies))
        self._context.audit.record(Happening(Event.VERIFY, granted=False, reason=reason, policy=policy, where=where))


def canonical_path(uri: str, prefix: str = "") -> str | None:
    """Return the path of a request line, decoded once and without our own prefix; None if it has a second reading.

    Refused are dot segments, doubled slashes, controls, anything that decodes twice, and non-ASCII (TH-58, TH-59).
    """
    raw = uri.partition("?")[0]
    try:
        path = unquote_to_bytes(raw).decode("ascii")
    except UnicodeDecodeError:
        return None
    if not path.startswith(prefix):
        return None
    path = path.removeprefix(prefix)
    if _PATH.fullmatch(path) is None or any(segment in (".", "..") for segment in path.split("/")):
        return None
    return path


def _resource(path: str) -> tuple[ImageId | None, str | None]:
    """Return the image (if it is one) and the object that a path is about; (None, None) for any other path."""
    match = _IMAGE.fullmatch(path)
    if match is not None:
        image = parse_image_id(match["image"])
        return (image, image.object) if image else (None, None)
    match = _OBJECT.fullmatch(path)
    return (None, match["object"]) if match and is_object_id(match["object"]) else (None, None)

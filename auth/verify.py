"""What a proxy asks about, read from a request line, and the answer to it: pure (DESIGN section 4, `/auth/verify`).

Anything that is not understood is a no (R3, TH-59, TH-60).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote_to_bytes

from auth.audit import Refusal
from auth.decision import FULL_TIER, Verdict, sees_tier
from auth.policy import Policy
from lectern.ids import is_object_id, parse_image_id, split_capability

METHODS = frozenset({"GET", "HEAD"})
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@^-]+)+/?")
_IMAGE = re.compile(r"/iiif/[23]/(?P<image>[^/]+)(?:/?|/info\.json|/[^/]+/[^/]+/[^/]+/[^/]+)")
_OBJECT = re.compile(r"/(?P<service>objects|presentation/[23]|search/[012])/(?P<object>[^/]+)(?:/(?P<rest>.*))?")
_CANVAS = re.compile(r"canvas/(?P<n>[1-9][0-9]{0,6})(?:/.*)?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a path is about: page `n` of an object in one version of its image, or the object.

    `whole` tells that the answer may show every page, so that the policies of all of them have to agree. `capability`
    is the one that stands in the image's id, if any.
    """

    object: str
    n: int | None = None
    tier: str | None = None
    whole: bool = False
    capability: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the proxy is told: an HTTP status, and with 204 the version of the image.

    `name` is what another image server calls the picture that may be shown, empty where it is to show none.
    With a refusal the audit log is told `reason`, a Reason or Refusal, and `policy`.
    """

    status: int
    tier: str = ""
    reason: str = field(default="", compare=False)
    policy: str = field(default="", compare=False)
    name: str = ""


UNKNOWN_CALLER = Answer(403, reason=Refusal.SECRET)
UNREADABLE = Answer(403, reason=Refusal.REQUEST)
ABSENT = Answer(403, reason=Refusal.UNKNOWN)


def read_wanted(method: str, uri: str, prefix: str = "") -> Wanted | None:
    """Return what a request line is about; None for one of ours that may not be verified, or that is none of ours.

    `prefix` is the path of our own base URL.
    """
    path = canonical_path(uri, prefix) if method in METHODS else None
    if path is None:
        return None
    image = _IMAGE.fullmatch(path)
    if image is not None:
        return _image(image["image"])
    found = _OBJECT.fullmatch(path)
    if found is None or not is_object_id(found["object"]):
        return None
    rest = found["rest"] or ""
    canvas = _CANVAS.fullmatch(rest)
    if canvas is not None:
        return Wanted(found["object"], int(canvas["n"]))
    described = found["service"] == "objects" or rest == "manifest"
    return Wanted(found["object"], whole=not described)


def _image(text: str) -> Wanted | None:
    name, capability = split_capability(text)
    image = parse_image_id(name)
    return None if image is None else Wanted(image.object, image.n, image.tier, capability=capability)


def canonical_path(uri: str, prefix: str = "") -> str | None:
    """Return the path of a request line, decoded once and without our own prefix; None if it has a second reading.

    Refused are dot segments, doubled slashes, controls, anything that decodes twice, and non-ASCII (TH-58, TH-59): what
    is left, no proxy and no image server reads in another way than we do.
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


def answer(wanted: Wanted, judged: Sequence[tuple[Policy, Verdict]]) -> Answer:
    """Return the answer for what is wanted, given every policy that it lies under with the reader's verdict.

    The first no decides; without any policy nothing is allowed (R3).
    """
    for policy, verdict in judged:
        if not sees_tier(policy, verdict, wanted.tier):
            hidden = verdict.manifest == "hidden"
            unknown_tier = wanted.tier is not None and wanted.tier != policy.tier
            if hidden or unknown_tier:
                return replace(ABSENT, policy=policy.name)
            return Answer(verdict.status, reason=verdict.reason, policy=policy.name)
    return Answer(204, wanted.tier or FULL_TIER) if judged else ABSENT

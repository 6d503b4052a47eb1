"""IIIF Authorization Flow 2.0: service descriptions, messages and probe results as plain JSON."""

from auth.decision import Reason, Verdict, sees_tier
from auth.policy import Policy
from auth.services import EXPLANATIONS, Json, TokenError
from lectern.ids import ImageId
from lectern.urls import Urls

CONTEXT = "http://iiif.io/api/auth/2/context.json"
# Not in the specification. Without some string here released viewers stumble and show nothing (viewers.md rule 12).
PROBE_PROFILE = "http://iiif.io/api/auth/2/probe"


def auth2_probe_service(policy: Policy, urls: Urls, image: ImageId) -> Json:
    """Return the probe service of an image, with the access services that lead to it (AU2-02, AU2-06).

    A policy that nothing opens still has one access service, `external`: it is asked without a click, and its
    token service says no (AU2-06 wants at least one).
    """
    probe: Json = {"id": urls.probe(image), "type": "AuthProbeService2", "profile": PROBE_PROFILE}
    probe |= _error_texts(policy)
    services = []
    if "external" in policy.patterns or not policy.patterns:
        services.append(_access(policy, urls, "external"))
    if policy.interactive:
        services.append(_access(policy, urls, "active"))
    elif "kiosk" in policy.patterns:
        services.append(_access(policy, urls, "kiosk"))
    return probe | {"service": services}


def _access(policy: Policy, urls: Urls, profile: str) -> Json:
    """Return one access service (AU2-07 to AU2-11)."""
    texts = policy.texts
    access: Json = {} if profile == "external" else {"id": urls.access(policy.name)}
    access |= {"type": "AuthAccessService2", "profile": profile}
    if texts.label:
        access["label"] = _text(policy, texts.label)
    inner = [{"id": urls.token(policy.name, 2), "type": "AuthAccessTokenService2", **_error_texts(policy)}]
    if profile == "active":
        access |= {
            "heading": _text(policy, texts.header),
            "note": _text(policy, texts.description),
            "confirmLabel": _text(policy, texts.confirm_label),
        }
        logout = {"id": urls.logout(), "type": "AuthLogoutService2", "label": _text(policy, texts.logout_label)}
        inner.append(logout)
    return access | {"service": inner}


def _error_texts(policy: Policy) -> Json:
    """Return heading and note of a failure; the note never without the heading (AU2-06)."""
    texts = policy.texts
    if not texts.failure_header:
        return {}
    return {
        "errorHeading": _text(policy, texts.failure_header),
        "errorNote": _text(policy, texts.failure_description),
    }


def _text(policy: Policy, text: str) -> dict[str, list[str]]:
    return {policy.texts.language: [text]}


def _english(text: str) -> dict[str, list[str]]:
    return {"en": [text]}


def token_message_2(value: str, expires_in: int, message_id: str) -> Json:
    """Return the message that carries a token (AU2-32)."""
    return {
        "@context": CONTEXT,
        "type": "AuthAccessToken2",
        "messageId": message_id,
        "accessToken": value,
        "expiresIn": expires_in,
    }


def token_error_2(error: TokenError, policy: Policy, message_id: str) -> Json:
    """Return the message that says why there is no token (AU2-33, AU2-34); a refusal says what the policy says."""
    message: Json = {
        "@context": CONTEXT,
        "type": "AuthAccessTokenError2",
        "profile": error.profile,
        "messageId": message_id,
    }
    if error is not TokenError.REFUSED:
        heading, note = EXPLANATIONS[error]
        return message | {"heading": _english(heading), "note": _english(note)}
    if policy.texts.failure_header:
        message["heading"] = _text(policy, policy.texts.failure_header)
        message["note"] = _text(policy, policy.texts.failure_description)
    return message


def probe_result(policy: Policy, verdict: Verdict, urls: Urls, image: ImageId) -> Json:
    """Return what a request for this image would meet (AU2-41 to AU2-47).

    Who is denied but may see a reduced version is told of it as `substitute`, with status 401, since viewers
    look at it with that status only (AU2-45).
    """
    result: Json = {"@context": CONTEXT, "type": "AuthProbeResult2"}
    if sees_tier(policy, verdict, image.tier):
        return result | {"status": 200}
    if image.tier is not None:
        return probe_failure(404)
    result["status"] = 401 if verdict.tier else verdict.status
    texts = policy.texts
    refused = verdict.reason in (Reason.ROLE_MISSING, Reason.BARRED, Reason.OUTSIDE, Reason.CLOSED)
    heading, note = (texts.failure_header, texts.failure_description) if refused else (texts.header, texts.description)
    if heading:
        result |= {"heading": _text(policy, heading), "note": _text(policy, note)}
    if verdict.tier:
        result["substitute"] = [_substitute(urls, ImageId(image.object, image.n, verdict.tier))]
    return result


def _substitute(urls: Urls, image: ImageId) -> Json:
    """Return the reduced version, which is open to everybody and so has no services of its own (AU2-44)."""
    service = urls.image(image, 3)
    return {
        "id": f"{service}/full/max/0/default.jpg",
        "type": "Image",
        "label": _english("Reduced version"),
        "format": "image/jpeg",
        "service": [{"id": service, "type": "ImageService3", "profile": "level2"}],
    }


_FAILURES = {
    404: ("There is no such image", "Perhaps it was removed."),
    503: ("Not available just now", "Please try again in a moment."),
}


def probe_failure(status: int) -> Json:
    """Return the result for an unknown image (404) or a store that is down (503): HTTP says 200 to both (AU2-41)."""
    heading, note = _FAILURES[status]
    return {
        "@context": CONTEXT,
        "type": "AuthProbeResult2",
        "status": status,
        "heading": _english(heading),
        "note": _english(note),
    }

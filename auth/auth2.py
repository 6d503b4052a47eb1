"""IIIF Authorization Flow 2.0: service descriptions, messages and probe results as plain JSON."""

from collections.abc import Sequence

from auth.contents import Content, image_content
from auth.decision import Reason, Verdict, sees_tier
from auth.policy import Policy
from auth.policy_texts import language_map
from auth.services import Json, LanguageMap, TokenError, protocol_map, with_opening_date
from auth.wording import Words
from lectern.ids import ImageId
from lectern.urls import Urls

CONTEXT = "http://iiif.io/api/auth/2/context.json"
# Not in the specification. Without some string here released viewers stumble and show nothing (viewers.md rule 12).
PROBE_PROFILE = "http://iiif.io/api/auth/2/probe"

_REFUSED = frozenset({Reason.ROLE_MISSING, Reason.BARRED, Reason.OUTSIDE, Reason.CLOSED})


def auth2_probe_service(policy: Policy, urls: Urls, image: ImageId) -> Json:
    """Return the probe service of an image, with the access services that lead to it (AU2-02, AU2-06)."""
    return probe_service(policy, urls, urls.probe(image))


def probe_service(policy: Policy, urls: Urls, probe: str) -> Json:
    """Return a probe service by its id, for content of any kind: external, kiosk, active as clients try them (AU2-12).

    A policy that nothing opens still has one access service, `external`: it is asked without a click, and its
    token service says no (AU2-06 wants at least one). Beside `active` no `kiosk` is named but `external`: their
    windows would be one address, and whoever is let in by address needs none.
    """
    block: Json = {"id": probe, "type": "AuthProbeService2", "profile": PROBE_PROFILE, **_error_texts(policy)}
    return block | {"service": [_access(policy, urls, profile) for profile in access_profiles(policy)]}


def access_profiles(policy: Policy) -> list[str]:
    """Return the profiles of a policy's access services, in the order in which clients try them (AU2-12)."""
    kiosk = "kiosk" in policy.patterns
    external = "external" in policy.patterns or not policy.patterns or (kiosk and policy.interactive)
    profiles = ["external"] if external else []
    if policy.interactive:
        return [*profiles, "active"]
    return [*profiles, "kiosk"] if kiosk else profiles


def _access(policy: Policy, urls: Urls, profile: str) -> Json:
    """Return one access service (AU2-07 to AU2-11)."""
    access: Json = {} if profile == "external" else {"id": urls.access(policy.name)}
    access |= {"type": "AuthAccessService2", "profile": profile, **_told("label", language_map(policy, "label"))}
    inner = [{"id": urls.token(policy.name, 2), "type": "AuthAccessTokenService2", **_error_texts(policy)}]
    if profile == "active":
        access |= _told("heading", language_map(policy, "header"))
        access |= _told("note", language_map(policy, "description"))
        access |= _told("confirmLabel", language_map(policy, "confirm_label"))
        logout = {"id": urls.logout(), "type": "AuthLogoutService2"}
        inner.append(logout | _told("label", language_map(policy, "logout_label")))
    return access | {"service": inner}


def _error_texts(policy: Policy) -> Json:
    """Return heading and note of a failure; the note never without the heading (AU2-06, AU2-10)."""
    heading, note = language_map(policy, "failure_header"), language_map(policy, "failure_description")
    return _told("errorHeading", heading) | (_told("errorNote", note) if heading else {})


def _told(key: str, text: LanguageMap) -> Json:
    return {key: text} if text else {}


def _headed(heading: LanguageMap, note: LanguageMap) -> Json:
    """Return heading and note; the note never without the heading (AU2-33, AU2-47)."""
    return _told("heading", heading) | (_told("note", note) if heading else {})


def token_message_2(value: str, expires_in: int, message_id: str) -> Json:
    """Return the message that carries a token (AU2-32)."""
    return {
        "@context": CONTEXT,
        "type": "AuthAccessToken2",
        "messageId": message_id,
        "accessToken": value,
        "expiresIn": expires_in,
    }


def token_error_2(error: TokenError, policy: Policy, words: Words, message_id: str) -> Json:
    """Return the message that says why there is no token (AU2-33, AU2-34); a refusal says what the policy says."""
    message: Json = {
        "@context": CONTEXT,
        "type": "AuthAccessTokenError2",
        "profile": error.profile,
        "messageId": message_id,
    }
    heading = language_map(policy, "failure_header") if error is TokenError.REFUSED else {}
    if heading:
        return message | _headed(heading, language_map(policy, "failure_description"))
    return message | _protocol(words, error.name.lower())


def probe_result(policy: Policy, verdict: Verdict, urls: Urls, image: ImageId, words: Words) -> Json:
    """Return what a request for this image would meet (AU2-41 to AU2-47)."""
    if sees_tier(policy, verdict, image.tier):
        return _result(200)
    if image.tier is not None:
        return probe_failure(404, words)
    reduced = urls.image(ImageId(image.object, image.n, verdict.tier), 3)
    offered = [image_content(reduced, protocol_map(words, "reduced_label"))] if verdict.tier else []
    return probe_denied(policy, verdict, words, offered)


def probe_moved(location: Content) -> Json:
    """Return the result for content that this reader finds at another address, of the same type (AU2-46)."""
    return _result(302) | {"location": location.described(label=False)}


def probe_denied(policy: Policy, verdict: Verdict, words: Words, substitutes: Sequence[Content] = ()) -> Json:
    """Return the result for a reader who is denied, with what he may have instead (AU2-43 to AU2-45, AU2-47).

    401 where something can be done about it, 403 otherwise; but 401 beside a substitute, since viewers look at
    it with that status only.
    """
    refused = verdict.reason in _REFUSED
    heading = language_map(policy, "failure_header" if refused else "header") or protocol_map(words, "refused_heading")
    note = language_map(policy, "failure_description" if refused else "description") or protocol_map(
        words, "refused_note"
    )
    result = _result(401 if substitutes else verdict.status) | _headed(heading, with_opening_date(policy, words, note))
    if substitutes:
        result["substitute"] = [content.described() for content in substitutes]
    return result


def probe_failure(status: int, words: Words) -> Json:
    """Return the result for an unknown image (404) or a store that is down (503): HTTP says 200 to both (AU2-41)."""
    key = {404: "absent", 503: "unavailable"}[status]
    return _result(status) | _protocol(words, key)


def _protocol(words: Words, key: str) -> Json:
    """Return our own heading and note about a thing."""
    return _headed(protocol_map(words, f"{key}_heading"), protocol_map(words, f"{key}_note"))


def _result(status: int) -> Json:
    return {"@context": CONTEXT, "type": "AuthProbeResult2", "status": status}

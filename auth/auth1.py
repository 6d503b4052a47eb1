"""IIIF Authentication 1.0, and 0.9 by other constants (AU0-01): service descriptions and messages as plain JSON."""

from auth.policy import PATTERNS, Policy
from auth.services import Json, TokenError, protocol_text
from auth.wording import Words
from lectern.urls import AuthVersion, Urls

_BASE = "http://iiif.io/api/auth/"


def auth1_services(
    policy: Policy, urls: Urls, version: AuthVersion | None = None, *, typed: bool = False
) -> list[Json]:
    """Return the access service of a policy with its token and logout services (AU1-03 to AU1-11, AU0-01).

    One service at most: viewers fail when a second one stands beside a login (viewers.md rule 18), and who is
    let in by his address needs none. `version` is 0 or 1; None is the one that `urls` declares. `typed` adds the
    `@type` that Presentation 3 and Image 3 documents want. The list is empty for a policy that no service opens.
    """
    if policy.everyone or not policy.patterns:
        return []
    pattern = next(p for p in PATTERNS if p in policy.patterns)
    texts = policy.texts
    version = urls.declared_auth if version is None else version
    service: Json = {"@context": f"{_BASE}{version}/context.json"}
    if pattern != "external":
        service["@id"] = urls.access(policy.name)
    service |= _type("AuthCookieService1", typed)
    service |= {"profile": f"{_BASE}{version}/{pattern}", "label": texts.label}
    if policy.interactive:
        service |= {
            "header": texts.header,
            "description": texts.description,
            "confirmLabel": texts.confirm_label,
        }
    service |= {"failureHeader": texts.failure_header, "failureDescription": texts.failure_description}
    inner = [
        {
            "@id": urls.token(policy.name, version),
            **_type("AuthTokenService1", typed),
            "profile": f"{_BASE}{version}/token",
        }
    ]
    if policy.interactive:
        inner.append(
            {
                "@id": urls.logout(),
                **_type("AuthLogoutService1", typed),
                "profile": f"{_BASE}{version}/logout",
                "label": texts.logout_label,
            }
        )
    return [service | {"service": inner}]


def _type(name: str, typed: bool) -> Json:
    return {"@type": name} if typed else {}


def token_message_1(value: str, expires_in: int, message_id: str | None = None) -> Json:
    """Return the token's object: with `messageId` for the frame, without for the JSON variant (AU1-30, AU1-31)."""
    return _with_id({"accessToken": value, "expiresIn": expires_in}, message_id)


def token_error_1(error: TokenError, policy: Policy, words: Words, message_id: str | None = None) -> Json:
    """Return the error's object (AU1-35); a refusal says what the policy says."""
    description = policy.texts.failure_description if error is TokenError.REFUSED else ""
    description = description or protocol_text(words, policy.texts.language, f"{error.name.lower()}_note")
    return _with_id({"error": error.error, "description": description}, message_id)


def _with_id(message: Json, message_id: str | None) -> Json:
    return message if message_id is None else {"messageId": message_id, **message}

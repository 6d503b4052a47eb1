"""What a provider says of itself in its discovery document, and how little of that is believed (TH-43, TH-44)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from auth.oidc.problems import Refused
from auth.oidc.words import text_of
from lectern.names import LOOPBACK
from lectern.providers import OidcProvider

WELL_KNOWN = "/.well-known/openid-configuration"
_MADE_FOR_ALL = "RS256"  # what a provider that names no algorithm uses (OpenID Connect Core 3.1.3.7)


@dataclass(frozen=True, slots=True)
class Metadata:
    """A provider's endpoints, and the algorithms that both it and our settings name."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str
    algorithms: frozenset[str]
    says_issuer: bool  # the callback carries `iss` (RFC 9207)
    secret_in_body: bool  # the provider takes our secret in the form only


def discovery_url(issuer: str) -> str:
    """Return where an issuer's discovery document is."""
    return issuer.rstrip("/") + WELL_KNOWN


def read_metadata(document: dict[str, Any], provider: OidcProvider) -> Metadata:
    """Return what is believed of a discovery document; raises Refused.

    The issuer is compared, never adopted. The document can narrow our list of algorithms, never widen it.
    """
    if document.get("issuer") != provider.issuer:
        raise Refused("the issuer of the discovery document is not the one in the settings")
    named = document.get("id_token_signing_alg_values_supported", [_MADE_FOR_ALL])
    algorithms = frozenset(provider.algorithms) & frozenset(_texts(named))
    if not algorithms:
        raise Refused("the provider and the settings name no algorithm in common")
    methods = _texts(document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]))
    if not {"client_secret_basic", "client_secret_post"} & set(methods):
        raise Refused("the provider takes no client secret")
    return Metadata(
        provider.issuer,
        _endpoint(document, "authorization_endpoint", provider.issuer),
        _endpoint(document, "token_endpoint", provider.issuer),
        _endpoint(document, "jwks_uri", provider.issuer),
        _endpoint(document, "end_session_endpoint", provider.issuer) if "end_session_endpoint" in document else "",
        algorithms,
        document.get("authorization_response_iss_parameter_supported") is True,
        "client_secret_basic" not in methods,
    )


def _endpoint(document: dict[str, Any], name: str, issuer: str) -> str:
    """Return an endpoint: https, or plain http on a loopback host where the issuer itself is there."""
    url = text_of(document, name)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Refused(f"{name} is no address") from error
    here = parts.scheme == "http" and host in LOOPBACK and urlsplit(issuer).hostname in LOOPBACK
    clean = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>') and "#" not in url
    if not host or "@" in parts.netloc or not clean or not (parts.scheme == "https" or here):
        raise Refused(f"{name} is not https, or no plain address")
    return url


def _texts(value: Any) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise Refused("the discovery document has no list where one belongs")
    return value

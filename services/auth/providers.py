"""The OpenID providers of the settings, and what pages say when one of them is in the way."""

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Response

from auth.oidc.peer import Peer
from auth.oidc.selftest import prove_guards
from auth.policy import Policy
from lectern.providers import OidcProvider
from services.auth.pages import page
from services.context import Context
from services.saying import say

_RETRY_SECONDS = "10"


class Providers:
    """All providers by name. Making it asks none."""

    def __init__(self, context: Context) -> None:
        self.context = context
        found = {name: one for name, one in context.settings.providers.items() if isinstance(one, OidcProvider)}
        if found:
            prove_guards()
        self._peers = {name: Peer(name, one, context.clock) for name, one in found.items()}

    def find(self, name: str) -> Peer | None:
        """Return a provider by its name in the settings."""
        return self._peers.get(name)

    def of(self, policy: Policy) -> Iterator[Peer]:
        """Yield the providers whose readers a policy lets in, by name."""
        yield from (self._peers[name] for name in sorted(self._peers) if policy.signs_in_at(name))

    @property
    def forms_to(self) -> str:
        """Return the sources that forms may lead on to: any https, since providers pass readers on to one another.

        Chromium holds redirects after a form against `form-action`, so the provider's own address is not enough.
        """
        if not self._peers:
            return ""
        plain = {urlsplit(peer.provider.issuer) for peer in self._peers.values()}
        return " ".join(["https:", *sorted(f"{it.scheme}://{it.netloc}" for it in plain if it.scheme == "http")])


def redirect(url: str) -> Response:
    """Return the redirect to a provider; it is told nothing about where the reader was."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url, "Referrer-Policy": "no-referrer"})


def trouble(what: str, status: int, *, again: str = "") -> Response:
    """Return the page about a sign-in elsewhere that came to nothing: fixed words, a way out, a link to retry (TH-48).

    `what` is the key of its words; `again` the address that the link leads to.
    """
    response = page("trouble.html", status, title=say(f"sso.{what}_title"), text=say(f"sso.{what}"), again=again)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = _RETRY_SECONDS
    return response

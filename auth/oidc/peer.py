"""One provider as this process knows it: where its endpoints are, which keys it signs with, and what it says."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from authlib.common.urls import add_params_to_uri
from joserfc.jwk import Key

from auth.identity import Identity
from auth.oidc.claims import identity_of
from auth.oidc.id_token import Expected, check_id_token
from auth.oidc.logout_token import LogoutToken, check_logout_token
from auth.oidc.metadata import Metadata, discovery_url, read_metadata
from auth.oidc.problems import ProviderUnavailable, Refused
from auth.oidc.signed import Signed, claims_of, fitting, read_keys, read_signed
from auth.oidc.wire import Wire
from lectern.clock import Clock, seconds
from lectern.confidential import plain
from lectern.providers import OidcProvider

METADATA_LIFE = 3600
KEYS_LIFE = 600  # a key that the provider took away is believed no longer than this (TH-46)
REFETCH = 60  # seconds between two looks for a key that is not there (TH-45)
RETRY = 10  # seconds in which a provider that did not answer is not asked again
PATIENCE = 2.0  # seconds that somebody waits for what somebody else has asked
_LONGEST_CODE = 4096

_T = TypeVar("_T")


@dataclass
class _Kept(Generic[_T]):
    """Something fetched, kept for `life` seconds; after a failure it is not asked for at once again.

    One asks and the others wait for that, no longer than `PATIENCE`: a slow provider is not to hold every thread.
    """

    fetch: Callable[[], _T]
    life: int
    clock: Clock
    value: _T | None = None
    at: int = 0
    asked: int = 0
    failed: ProviderUnavailable | Refused | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, renew_after: int | None = None) -> _T:
        """Return the value, fetched anew if it is older than `renew_after` seconds (default its life)."""
        if not self.lock.acquire(timeout=PATIENCE):
            raise ProviderUnavailable("the provider has not answered somebody else yet")
        try:
            now = seconds(self.clock())
            if self.value is not None and 0 <= now - self.at < (renew_after or self.life):
                return self.value
            if self.failed is not None and 0 <= now - self.asked < (renew_after or RETRY):
                raise type(self.failed)(self.failed.reason)
            self.asked = now
            try:
                self.value, self.failed = self.fetch(), None
            except (ProviderUnavailable, Refused) as error:
                self.failed = error
                raise
            self.at = now
            return self.value
        finally:
            self.lock.release()


class Peer:
    """What is asked of a provider. Raises ProviderUnavailable or Refused, whatever it answers."""

    def __init__(self, name: str, provider: OidcProvider, clock: Clock) -> None:
        self.name = name
        self.provider = provider
        self._clock = clock
        self._wire = Wire(provider.client_id, plain(provider.client_secret), provider.timeout)
        self._metadata = _Kept(self._fetch_metadata, METADATA_LIFE, clock)
        self._keys = _Kept(self._fetch_keys, KEYS_LIFE, clock)

    def metadata(self) -> Metadata:
        """Return what is believed of the provider's discovery document, at most an hour old."""
        return self._metadata.get()

    def keys(self) -> tuple[Key, ...]:
        """Return the provider's public keys, at most ten minutes old."""
        return self._keys.get()

    @property
    def discovery(self) -> str:
        """Return the address of its discovery document."""
        return discovery_url(self.provider.issuer)

    def _fetch_metadata(self) -> Metadata:
        document = self._wire.get(self.discovery, "the discovery document")
        return read_metadata(document, self.provider)

    def _fetch_keys(self) -> tuple[Key, ...]:
        return read_keys(self._wire.get(self.metadata().jwks_uri, "the key set"))

    # There

    def sign_in_url(self, *, state: str, nonce: str, verifier: str, redirect_uri: str, anew: bool = False) -> str:
        """Return the provider's address at which a reader signs in, with PKCE S256 (TH-40).

        `anew` asks the provider not to let its own session answer: the reader may want another account.
        """
        endpoint = self.metadata().authorization_endpoint
        with self._wire.session(scope=" ".join(self.provider.scopes), redirect_uri=redirect_uri) as session:
            asked = {"state": state, "nonce": nonce, "code_verifier": verifier, **({"prompt": "login"} if anew else {})}
            url, _ = session.create_authorization_url(endpoint, **asked)
        return str(url)

    def sign_out_url(self, *, id_token: str, state: str, back: str) -> str | None:
        """Return the provider's address at which a reader signs out there too, None if it has none (TH-51)."""
        endpoint = self.metadata().end_session_endpoint
        if not endpoint:
            return None
        params = {"id_token_hint": id_token, "post_logout_redirect_uri": back, "state": state}
        return str(add_params_to_uri(endpoint, [*params.items(), ("client_id", self.provider.client_id)]))

    # And back

    def check_issuer(self, said: str | None) -> None:
        """Return if a callback is from this provider; raises Refused (RFC 9207, TH-44)."""
        if said is None and not self.metadata().says_issuer:
            return
        if said != self.provider.issuer:
            raise Refused("the callback's iss is another issuer, or missing")

    def identify(self, *, code: str, verifier: str, nonce: str, redirect_uri: str) -> Identity:
        """Return who has signed in, for the code of a callback."""
        if not 0 < len(code) <= _LONGEST_CODE:
            raise Refused("the code is missing or too long")
        metadata = self.metadata()
        answer = self._wire.exchange(
            metadata.token_endpoint,
            code=code,
            verifier=verifier,
            redirect_uri=redirect_uri,
            secret_in_body=metadata.secret_in_body,
        )
        access_token = answer.get("access_token")
        token = read_signed(answer.get("id_token"), metadata.algorithms)
        claims = self._claims(token)
        expected = self._expected(nonce, access_token if isinstance(access_token, str) else "")
        check_id_token(token, claims, expected)
        return identity_of(claims, self.name, self.provider, token.text)

    def logout_token(self, logout_token: object) -> LogoutToken:
        """Return whom a logout token is about (TH-50)."""
        token = read_signed(logout_token, self.metadata().algorithms)
        return check_logout_token(token, self._claims(token), self._expected())

    def _expected(self, nonce: str = "", access_token: str = "") -> Expected:
        provider = self.provider
        now = seconds(self._clock())
        return Expected(provider.issuer, provider.client_id, now, provider.leeway, nonce, access_token)

    def _claims(self, token: Signed) -> dict[str, Any]:
        """Return a token's claims by the keys at hand, else by the key set as it is now, asked once a minute."""
        keys = self.keys()
        try:
            return claims_of(token, fitting(keys, token))
        except Refused:
            renewed = self._keys.get(renew_after=REFETCH)
            if renewed is keys:
                raise
            return claims_of(token, fitting(renewed, token))

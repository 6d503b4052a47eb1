"""HTTP to a provider: short waits, no redirects, answers of bounded size (TH-45). Authlib speaks it through this."""

from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException

from auth.oidc.deadline import ends_within, watched
from auth.oidc.problems import ProviderUnavailable, Refused
from auth.oidc.words import read_object

_LARGEST_ANSWER = 262_144
_CHUNK = 16_384
_LONGEST = 3  # times the timeout, for head and body of one answer together


class _Careful(HTTPAdapter):
    """Reads answers whole within bounds, and follows nobody."""

    def __init__(self, timeout: float) -> None:
        super().__init__(max_retries=0)
        self._timeout = timeout

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        options |= {"stream": True, "timeout": (self._timeout, self._timeout)}
        with ends_within(_LONGEST * self._timeout) as deadline:
            try:
                response = self._read(request, options)
            except RequestException as error:
                if deadline.over:
                    raise _too_slow() from error
                raise
        if deadline.over:  # what was cut off may look as if it had ended
            raise _too_slow()
        return response

    def _read(self, request: requests.PreparedRequest, options: dict[str, Any]) -> requests.Response:
        response = super().send(request, **options)
        try:
            if 300 <= response.status_code < 400:
                raise Refused("the provider redirects where it should answer")
            body = _bounded(response)
        finally:
            response.close()
        response._content = body
        response._content_consumed = True  # type: ignore[attr-defined]
        return response

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        watched(self.poolmanager)

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        return watched(super().proxy_manager_for(*arguments, **options))


def _too_slow() -> ProviderUnavailable:
    return ProviderUnavailable("the provider's answer comes too slowly")


def _bounded(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > _LARGEST_ANSWER:
            raise Refused("the provider's answer is too long")
    return bytes(body)


class Wire:
    """Speaks to one provider. Raises ProviderUnavailable when it does not answer, Refused when it answers nonsense."""

    def __init__(self, client_id: str, secret: str, timeout: float) -> None:
        self._client_id = client_id
        self._secret = secret
        self._timeout = timeout

    def session(self, **options: Any) -> OAuth2Session:
        """Return a new Authlib session that can go nowhere but on the terms of this module."""
        session = OAuth2Session(
            self._client_id, self._secret, code_challenge_method="S256", default_timeout=self._timeout, **options
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Careful(self._timeout))
        return session

    def get(self, url: str, what: str) -> dict[str, Any]:
        """Return the JSON object at an address of the provider."""
        try:
            with self.session() as session:
                # With an `auth` of its own the session takes none from a .netrc.
                response = session.get(url, withhold_token=True, auth=_as_it_is, headers={"Accept": "application/json"})
        except RequestException as error:
            raise ProviderUnavailable(f"{what} cannot be fetched: {type(error).__name__}") from error
        if response.status_code != 200:
            raise ProviderUnavailable(f"{what} cannot be fetched: status {response.status_code}")
        return read_object(response.content, what)

    def exchange(
        self, url: str, *, code: str, verifier: str, redirect_uri: str, secret_in_body: bool
    ) -> dict[str, Any]:
        """Return what the token endpoint gives for a code."""
        method = "client_secret_post" if secret_in_body else "client_secret_basic"
        try:
            with self.session(redirect_uri=redirect_uri, token_endpoint_auth_method=method) as session:
                found = session.fetch_token(
                    url, code=code, code_verifier=verifier, grant_type="authorization_code", allow_redirects=False
                )
        except OAuthError as error:
            raise Refused("the provider does not take the code") from error
        except RequestException as error:
            raise ProviderUnavailable(f"the code cannot be exchanged: {type(error).__name__}") from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Refused("the token endpoint's answer is malformed") from error
        return dict(found)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request

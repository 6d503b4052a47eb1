"""npm oidc-provider on loopback: a provider that is certified, and a reader who signs in there without a browser."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from tests.servers import free_port, running, settings_free_environment

HERE = Path(__file__).parent
CLIENT_SECRET = "a client secret of thirty-two characters"
USERS: dict[str, dict[str, Any]] = {
    "ann": {"name": "Ann Reader", "groups": ["members", "chess club"], "email": "ann@example.org"},
    "bob": {"name": "Bob Guest", "groups": []},
}


@dataclass
class Reader:
    """Somebody who has cookies at the provider, and fills in its pages."""

    issuer: str
    session: requests.Session = field(default_factory=requests.Session)

    def go(self, url: str, user: str = "ann", *, button: str = "") -> str:
        """Return the address that the provider sends the reader back to, having signed in if it asked."""
        response = self._follow(url)
        if isinstance(response, str):
            return response
        form = {"no": "1"} if button == "no" else {"user": user}
        found = self._follow(response.url, form)
        assert isinstance(found, str), found.text
        return found

    def sign_out(self) -> None:
        """End the session at the provider, as another application of it would."""
        response = self._follow(f"{self.issuer}/session/end")
        assert not isinstance(response, str)
        action = re.search(r'action="([^"]+)"', response.text)
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', response.text)
        assert action
        assert xsrf
        done = self._follow(action[1], {"xsrf": xsrf[1], "logout": "yes"})
        assert isinstance(done, str) or done.status_code == 200, done.text

    def _follow(self, url: str, form: dict[str, str] | None = None) -> requests.Response | str:
        """Return the page at the end of redirects, or the first address that is not the provider's."""
        for _ in range(10):
            if not url.startswith(self.issuer):
                return url
            method = "POST" if form else "GET"
            response = self.session.request(method, url, data=form, allow_redirects=False, timeout=10)
            form = None
            if response.status_code not in (302, 303):
                return response
            url = urljoin(url, response.headers["Location"])
        raise AssertionError("too many redirects")


@dataclass(frozen=True)
class RealProvider:
    """A running provider."""

    issuer: str

    def reader(self) -> Reader:
        return Reader(self.issuer)

    def change_keys(self) -> None:
        requests.post(f"{self.issuer}/_test/rotate", timeout=10).raise_for_status()

    def asked(self, path: str) -> int:
        """Return how often a path was asked for."""
        found = requests.post(f"{self.issuer}/_test/asked", timeout=10).json()
        return int(found.get(path, 0))

    def settings(self, **changed: Any) -> dict[str, Any]:
        """Return the settings by which Lectern knows this provider."""
        return {
            "kind": "oidc",
            "label": "Harbour ID",
            "issuer": self.issuer,
            "client_id": "lectern",
            "client_secret": CLIENT_SECRET,
            "scopes": ["openid", "profile", "groups"],
            "roles_claim": "groups",
            "roles": {"members": "member"},
            "logout": True,
            **changed,
        }


@contextmanager
def real_provider(folder: Path, lectern: str, *, coop: bool = False) -> Iterator[RealProvider]:
    """Serve a provider that knows Lectern at a base URL until the block ends; skips where there is no Node."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules/oidc-provider").is_dir():
        pytest.skip("there is no npm oidc-provider; tools/setup fetches it")
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    client = {
        "client_id": "lectern",
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [f"{lectern}/auth/callback/sso"],
        "post_logout_redirect_uris": [f"{lectern}/auth/logout/done/sso"],
        "backchannel_logout_uri": f"{lectern}/auth/backchannel/sso",
        "backchannel_logout_session_required": True,
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
    }
    settings = {"port": port, "issuer": issuer, "coop": coop, "users": USERS, "clients": [client]}
    file = folder / "provider.json"
    file.write_text(json.dumps(settings))
    command: list[str | Path] = [node, HERE / "idp.mjs", file]
    ready = f"{issuer}/.well-known/openid-configuration"
    with ExitStack() as stack:
        try:
            stack.enter_context(running(command, settings_free_environment(), ready, seconds=20))
        except AssertionError:  # Node was seen to hang at its start, once in many runs, before a line of ours ran
            stack.enter_context(running(command, settings_free_environment(), ready))
        yield RealProvider(issuer)

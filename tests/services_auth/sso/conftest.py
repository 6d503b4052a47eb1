"""A site whose readers sign in at a provider that may say anything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.clock import SetClock
from tests.hostile_provider import HostileProvider, hostile_provider, signed
from tests.services_auth.conftest import VIEWER, Browser, MakeSite, Site

POLICIES = """
[policies.elsewhere]
patterns = ["login"]
provider = "sso"
roles = ["member"]
label = "Harbour readers"

[policies.other]
patterns = ["login"]
provider = "other"
"""


@dataclass
class Sso:
    """A site with two providers: `sso`, which is asked, and `other`, which is another server."""

    site: Site
    provider: HostileProvider
    other: HostileProvider

    def leave(
        self, browser: Browser, policy: str = "elsewhere", name: str = "sso", origin: str = VIEWER
    ) -> TestResponse:
        """Return the answer to the button of a provider."""
        return browser.submit(policy, origin, action="sso", provider=name)

    def pending(self, browser: Browser, **options: Any) -> dict[str, str]:
        """Return what the provider is told when a reader is sent there."""
        response = self.leave(browser, **options)
        assert response.status_code == 303, response.text
        return {key: values[0] for key, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}

    def come_back(
        self, browser: Browser, sent: dict[str, str], claims: dict[str, Any] | None = None, **query: Any
    ) -> Any:
        """Return the answer to the callback, the provider having signed claims."""
        good = {"nonce": sent["nonce"], "groups": ["members"], "name": "Ann Reader", "sid": "there"}
        self.provider.id_token = signed(self.provider.claims(**{**good, **(claims or {})}))
        params = {"state": sent["state"], "code": "a code", **query}
        params = {key: value for key, value in params.items() if value is not None}
        return browser.get("/auth/callback/sso", query_string=params)

    def sign_in(self, browser: Browser, **claims: Any) -> Any:
        """Return the last page of a whole sign-in."""
        return self.come_back(browser, self.pending(browser), claims)


MakeSso = Callable[..., Sso]


@pytest.fixture
def make_sso(make_site: MakeSite, tmp_path: Path) -> Iterator[MakeSso]:
    clock = SetClock()
    with hostile_provider(clock) as provider, hostile_provider(clock) as other:

        def make(**changed: Any) -> Sso:
            file = tmp_path / "policies.toml"
            file.write_text(file.read_text() + POLICIES)
            common = {"roles_claim": "groups", "roles": {"members": "member"}, "label": "Harbour ID"}
            providers = {
                "sso": provider.settings(**{**common, **changed}),
                "other": other.settings(),
            }
            site = make_site(providers=providers)
            provider.clock = other.clock = site.clock
            return Sso(site, provider, other)

        yield make


@pytest.fixture
def sso(make_sso: MakeSso) -> Sso:
    return make_sso()


@pytest.fixture
def browser(sso: Sso) -> Browser:
    return sso.site.browser()

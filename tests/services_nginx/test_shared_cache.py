"""TH-72, TH-73: every door through a cache that many readers share: nobody gets what was somebody else's."""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from auth.identity import Identity
from lectern.clock import utc_now
from services.credentials import COOKIE
from tests.attack.test_auth_doors import OPEN, RESTRICTED, TILE, furnished
from tests.services_auth.conftest import BASE, VIEWER
from tests.services_nginx.cache import caching

pytestmark = pytest.mark.nginx

# What is asked with an access token beside the cookie (R1).
_BY_TOKEN = {"/iiif/2/staff-1/info.json": 1, "/auth/probe/staff-1": 2}
_RESTRICTED = [*RESTRICTED, "/presentation/2/closed/manifest", "/iiif/2/closed-1/" + TILE]
_ALIKE = ["/iiif/3/staff-1/info.json", "/presentation/3/staff/manifest", "/presentation/2/staff/manifest"]


@dataclass(frozen=True)
class Answer:
    """What came through the cache, and whether the cache had it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def kept(self) -> bool:
        """Return whether the cache gave it without asking."""
        return self.headers["X-Cache"] not in (None, "MISS", "BYPASS")


@dataclass(frozen=True)
class Cache:
    """The cache, and the cookies and tokens of two readers: `ann` is let in, `bob` is not."""

    url: str
    cookies: dict[str, str]
    tokens: dict[int, str]

    def ask(self, path: str, who: str = "", **headers: str) -> Answer:
        """Return the answer to a reader, or to a stranger; redirects are not followed."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        if who:
            headers["Cookie"] = f"{COOKIE}={self.cookies[who]}"
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        return answer


@pytest.fixture(scope="module")
def cache(needs_nginx: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    """Serve the home of the attack suite behind an nginx that keeps all it is allowed to."""
    folder = tmp_path_factory.mktemp("shared-cache")
    context = furnished(folder / "home", utc_now)
    sessions = context.sessions
    cookies = {
        name: sessions.sign_in(Identity(name, roles), VIEWER) for name, roles in (("ann", ("staff",)), ("bob", ()))
    }
    tokens = {}
    for version in (1, 2):
        token = sessions.issue_token(cookies["ann"], "staff", version, VIEWER)
        assert token is not None
        tokens[version] = token.value
    with caching(context.home, folder / "nginx", public_url=BASE) as url:
        yield Cache(url, cookies, tokens)
    context.catalogue.close()
    context.state.close()


@pytest.mark.parametrize("path", _RESTRICTED)
def test_th_72_a_reader_who_is_let_in_leaves_nothing_for_a_stranger_or_another(cache: Cache, path: str):
    first = cache.ask(path, "ann")
    assert first.status == 200
    for who in ("", "bob", ""):
        other = cache.ask(path, who)
        assert not other.kept
        assert (other.status, other.body) != (first.status, first.body)
        assert "Set-Cookie" not in other.headers
    again = cache.ask(path, "ann")  # and a refusal stays with nobody
    assert not again.kept
    assert (again.status, again.body) == (first.status, first.body)


@pytest.mark.parametrize(("path", "version"), _BY_TOKEN.items())
def test_th_72_what_a_token_shows_stays_with_nobody(cache: Cache, path: str, version: int):
    stranger = cache.ask(path)
    bearer = cache.ask(path, Authorization=f"Bearer {cache.tokens[version]}")
    assert (bearer.status, bearer.body) != (stranger.status, stranger.body)
    for who in ("", "bob"):
        again = cache.ask(path, who)
        assert not again.kept
        assert (again.status, again.body) != (bearer.status, bearer.body)
    assert (again.status, cache.ask(path).body) == (stranger.status, stranger.body)


@pytest.mark.parametrize("path", _ALIKE)
def test_th_72_what_says_how_to_be_let_in_is_alike_for_everybody(cache: Cache, path: str):
    answers = [cache.ask(path, who) for who in ("ann", "", "bob")]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len({answer.body for answer in answers}) == 1
    assert all("Set-Cookie" not in answer.headers for answer in answers)


@pytest.mark.parametrize("path", OPEN)
def test_th_73_what_is_everybodys_is_kept_and_given_to_everybody(cache: Cache, path: str):
    first = cache.ask(path, "ann")
    second = cache.ask(path)
    assert first.status == second.status == 200
    assert second.kept
    assert second.body == first.body
    assert "Set-Cookie" not in second.headers

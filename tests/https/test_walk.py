"""Every document of an installation behind TLS, found by following addresses, names https addresses of ours alone."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule

from lectern.settings import Settings
from services.app import create_app
from services.context import Context
from tests.deployment.reader import ORIGIN, Reply
from tests.https.addresses import complaints, links_of, urls_of
from tests.https.installation import BOOKS, NAME, PASSWORD, Installation, TlsVisitor

pytestmark = pytest.mark.nginx

OF_EXAMPLES = "http://elsewhere.example"  # another's server in the examples of the API's description
_OF_ONE_SHAPE = 2  # pages of one kind that are looked at, for each book
_AT_MOST = 1500
_VIEWER = {"origin": ORIGIN, "messageId": "7"}
# Answered to providers, to proxies and to stated networks: none is a document, and the gateway closes some.
_NOT_WALKED = {
    "/metrics",
    "/auth/callback/<provider>",
    "/auth/logout/done/<provider>",
    "/auth/backchannel/<provider>",
}


def seeds() -> Iterator[str]:
    """Yield what is asked for besides what documents lead to: questions, windows of viewers, errors."""
    yield from ("/", "/healthz", "/readyz", "/objects/nowhere", "/nowhere", "/presentation/3/collections/shelf")
    yield "/presentation/2/collections/shelf"
    yield from ("/openapi", "/openapi.json")
    yield from (
        f"/admin{page}" for page in ("", "/objects", "/ingest", "/ingest/now", "/policies", "/sessions", "/check")
    )
    for book in BOOKS:
        yield f"/admin/objects/{book}"
        yield from (f"/objects/{book}", f"/objects/{book}/", f"/objects/{book}?viewer=uv&q=the")
        for version in (0, 1, 2):
            for scope in (book, f"{book}/canvas/1", f"{book}/range/1", "collections/shelf"):
                yield f"/search/{version}/{scope}?q=a*"
                yield f"/search/{version}/{scope}/autocomplete?q=th"
        for version in (2, 3):
            # No manifest names the words: viewers would list every text twice.
            yield f"/presentation/{version}/{book}/canvas/1/words"
            yield from (
                f"/iiif/{version}/{book}-1",
                f"/iiif/{version}/{book}-1/info.json",
                f"/iiif/{version}/{book}-9/x",
            )
        yield f"/auth/probe/{book}-1"
    for policy in ("readers", "terms", "room", "nowhere"):
        yield f"/auth/access/{policy}?{urlencode({'origin': ORIGIN})}"
        yield from (f"/auth/token/{n}/{policy}?{urlencode(_VIEWER)}" for n in (0, 1, 2))
        yield from (f"/auth/token/1/{policy}", f"/auth/status/{policy}")
    yield "/auth/logout"


@dataclass
class Walk:
    """One reader's way through all documents: what came back, by address."""

    visitor: TlsVisitor
    base: str
    found: dict[str, Reply] = field(default_factory=dict)

    def go(self) -> None:
        """Ask for the seeds and for whatever the answers name, some of each kind."""
        waiting = deque(f"{self.base}{path}" for path in seeds())
        kinds: Counter[str] = Counter()
        while waiting and len(self.found) < _AT_MOST:
            url = waiting.popleft().partition("#")[0]
            if url in self.found or not url.startswith(f"{self.base}/"):
                continue
            reply = self.found[url] = self.visitor.ask(url, Accept="text/html, */*;q=0.5")
            for named in sorted(urls_of(reply) | links_of(reply, url)):
                kind = re.sub(r"\d+", "1", named)
                if named.startswith(f"{self.base}/") and named not in self.found and kinds[kind] < _OF_ONE_SHAPE:
                    kinds[kind] += 1
                    waiting.append(named)

    def complaints(self) -> list[str]:
        """Return everything wrong with any of the answers."""
        named = frozenset({ORIGIN.removesuffix("/"), OF_EXAMPLES})
        return [
            each
            for url, reply in self.found.items()
            if "/viewers/" not in url  # bundles that others made, whose help texts name the world
            for each in complaints(reply, url, self.base, named)
        ]


@pytest.fixture(scope="module", params=["a stranger", "a reader"])
def walk(request: pytest.FixtureRequest, site: Installation) -> Walk:
    """Return the way of a stranger, or of somebody who has signed in."""
    visitor = site.visitor()
    if request.param == "a reader":
        assert visitor.sign_in(f"{site.base}/auth/access/readers", NAME, PASSWORD).status == 200
        assert visitor.cookies
    made = Walk(visitor, site.base)
    made.go()
    assert len(made.found) < _AT_MOST
    return made


def test_every_address_in_every_document_is_https_and_of_the_public_url(walk: Walk):
    found = walk.complaints()
    assert found == [], "\n".join(found)


def test_nothing_that_a_document_names_is_a_fault_of_ours(walk: Walk):
    assert {url: reply.status for url, reply in walk.found.items() if reply.status >= 500} == {}


def _rules(walk: Walk, home_url: MapAdapter) -> Iterator[Rule]:
    prefix = urlsplit(walk.base).path
    for url in walk.found:
        try:
            rule, _ = home_url.match(urlsplit(url).path.removeprefix(prefix), method="GET", return_rule=True)
        except HTTPException:
            continue
        yield rule


def test_the_walk_comes_to_every_document_there_is(walk: Walk, tmp_path):
    app = create_app(Context(Settings(home=tmp_path)))
    walked = {rule.rule for rule in _rules(walk, app.url_map.bind(""))}
    there = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert there - walked - _NOT_WALKED == set()


def test_what_a_reader_needs_answers_at_the_address_that_names_it(walk: Walk):
    said = {url.removeprefix(walk.base): reply.status for url, reply in walk.found.items()}
    for path in ("/", "/objects/almanac", "/static/lectern.css", "/presentation/3/almanac/manifest"):
        assert said[path] == 200, path
    assert said["/search/2/almanac?q=a*"] == 200
    assert said["/presentation/3/collections/shelf"] == 200
    assert said["/iiif/3/almanac-1"] == 303
    assert said["/viewers/mirador/mirador.min.js"] == 200
    pictures = [status for path, status in said.items() if re.search(r"^/iiif/./almanac-.*default\.jpg$", path)]
    assert pictures
    assert set(pictures) == {200}

"""Nothing that a client says of hosts, schemes and paths changes an answer: LECTERN_PUBLIC_URL alone does (TH-55)."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.deployment.reader import ORIGIN, Reply, Visitor
from tests.https.addresses import complaints, urls_of
from tests.https.installation import Installation
from tests.https.test_walk import OF_EXAMPLES, seeds

pytestmark = pytest.mark.nginx

SPOOFS: dict[str, dict[str, Any]] = {
    "a scheme": {"X-Forwarded-Proto": "http", "X-Forwarded-Ssl": "off", "X-Scheme": "http", "Front-End-Https": "off"},
    "a host": {"X-Forwarded-Host": "evil.example", "X-Forwarded-Server": "evil.example", "X-Host": "evil.example"},
    "the host of the request": {"Host": "evil.example"},
    "a port": {"X-Forwarded-Port": "81"},
    "a path": {"X-Forwarded-Prefix": "/evil", "X-Script-Name": "/evil", "Script-Name": "/evil", "X-Original-Url": "/"},
    "the standard header": {"Forwarded": 'for="192.0.2.7";host=evil.example;proto=http'},
    "an address of the room": {"X-Forwarded-For": "192.0.2.7", "X-Real-Ip": "192.0.2.7", "Client-Ip": "192.0.2.7"},
}
# Each kind of document once, of an open book, one for readers and one for a room.
_SEEDS = [path for path in dict.fromkeys(seeds()) if not any(each in path for each in ("gazette", "/0/", "canvas"))]
Shape = tuple[int, str | None, frozenset[str]]


def shape(reply: Reply) -> Shape:
    """Return what must not change: the status, where it leads, and every address that is named."""
    return reply.status, reply.headers.get("location"), frozenset(urls_of(reply))


def answers(visitor: Visitor, prefix: str, headers: dict[str, Any]) -> dict[str, Reply]:
    return {path: visitor.ask(f"{prefix}{path}", cookies=False, Accept="text/html", **headers) for path in _SEEDS}


@pytest.fixture(scope="module")
def plain(site: Installation) -> dict[str, Shape]:
    """Return the answers to a stranger who says nothing of himself."""
    prefix = urlsplit(site.base).path
    return {path: shape(reply) for path, reply in answers(site.visitor(), prefix, {}).items()}


@pytest.mark.parametrize("said", SPOOFS)
def test_th_53_th_55_what_a_client_says_of_its_way_here_changes_nothing(
    site: Installation, plain: dict[str, Shape], said: str
):
    found = answers(site.visitor(), urlsplit(site.base).path, SPOOFS[said])
    assert {path: shape(reply) for path, reply in found.items()} == plain
    wrong = [
        each
        for path, reply in found.items()
        for each in complaints(reply, site.base + path, site.base, frozenset({ORIGIN, OF_EXAMPLES}))
    ]
    assert wrong == []


@pytest.mark.parametrize("said", [name for name in SPOOFS if name != "an address of the room"])
def test_th_55_beside_the_gateway_too_addresses_come_from_the_public_url_alone(site: Installation, said: str):
    beside = Visitor(f"http://127.0.0.1:{site.inner}")
    for path in (
        "/",
        "/objects/almanac",
        "/presentation/3/almanac/manifest",
        "/iiif/3/almanac-1",
        "/search/2/almanac?q=a*",
    ):
        reply = beside.ask(path, Accept="text/html, */*;q=0.5", **SPOOFS[said])
        assert list(complaints(reply, site.base + path, site.base)) == [], path
        assert reply.status < 400

"""Every route of every service, asked in every way: no answer lacks what keeps a browser strict."""

import re
from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from auth.identity import Identity
from services.app import create_app
from services.strictness import OF_PAGES
from tests.attack.test_auth_doors import House, furnished
from tests.clock import SetClock
from tests.services_auth.conftest import VIEWER

_OBJECTS = ("open", "staff", "closed", "absent", "%0d%0aX: y")
_VALUES = {
    "object_id": _OBJECTS,
    "image": ("open-1", "staff-1", "staff-1~degraded", "closed-1", "absent-1"),
    "resource": ("open-1", "staff-1", "closed-1"),
    "policy_name": ("staff", "closed", "absent"),
    "provider": ("sso",),
    "version": ("1", "2", "3"),
    "canvas": ("1",),
    "range": ("1",),
    "n": ("1", "9"),
    "collection": ("shelf",),
    "name": ("shelf", "mirador.min.js"),
    "filename": ("lectern.css", "absent.css"),
    "key": ("mirador",),
}
_BESIDES = (  # what Flask does not route: pixels, the verdict for proxies, addresses that there are not
    *(f"/iiif/{v}/{image}/0,0,64,64/32,/0/default.jpg" for v in (2, 3) for image in _VALUES["image"]),
    *("/iiif/2/open-1/full/max/0/default.exe", "/auth/verify", "/absent", "/search/9/x", "/static/", "//open"),
)
_ACCEPTS = ("text/html,*/*;q=0.1", "application/json", "")
_FRAMED = re.compile("^/auth/token/|/read$")  # the page that posts a token, and the reader's: docs/reader.md


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return all services over an open, a restricted and a hidden object, and a reader of the staff."""
    context = furnished(tmp_path_factory.mktemp("headers"), SetClock())
    cookie = context.sessions.sign_in(Identity("ann", ("staff",)), VIEWER)
    yield House(context, create_app(context), cookie)
    context.catalogue.close()
    context.state.close()


def paths(rule: Rule) -> list[str]:
    """Return addresses of a route, with each value of one argument and the first of all others."""
    values = {name: _VALUES.get(name, ("1",)) for name in rule.arguments}
    first = {name: some[0] for name, some in values.items()}
    found = {_filled(rule, first)}
    for name, some in values.items():
        found |= {_filled(rule, first | {name: value}) for value in some}
    return sorted(found)


def _filled(rule: Rule, values: dict[str, str]) -> str:
    text = "".join(values[part] if is_name else part for is_name, part in rule._trace).partition("|")[2]
    return f"{text}?q=harbour&origin={VIEWER}&messageId=1"


def strict(path: str, answer: TestResponse) -> None:
    """Raise AssertionError if an answer lacks what it must have."""
    answer.close()
    headers, told = answer.headers, (path, answer.status_code, dict(answer.headers))
    assert answer.status_code != 500, told
    assert headers.get("X-Content-Type-Options") == "nosniff", told
    assert headers.get("Referrer-Policy") in ("no-referrer", "same-origin"), told  # the latter: pages with a form
    kept = headers.get("Cache-Control", "")
    if answer.status_code >= 400:
        assert "no-store" in kept, told
    if "public" in kept:
        assert "Set-Cookie" not in headers, told
        assert "Cookie" not in headers.get("Vary", ""), told
    if answer.mimetype == "text/html" and answer.status_code != 304:
        policy = headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy, told
        assert "base-uri 'none'" in policy, told
        assert headers.get("Permissions-Policy") == OF_PAGES["Permissions-Policy"], told
        if not _FRAMED.search(path.partition("?")[0]):
            assert "frame-ancestors 'none'" in policy or "frame-ancestors 'self'" in policy, told


def test_th_07_th_24_th_72_every_answer_of_every_route_is_strict(house: House):
    routed = [path for rule in house.app.url_map.iter_rules() for path in paths(rule)]
    assert len(routed) > 100
    for path in (*routed, *_BESIDES):
        for cookie in ("", house.cookie):
            for accept in _ACCEPTS:
                strict(path, house.ask(path, cookie=cookie, Accept=accept))
        for method in ("HEAD", "OPTIONS", "POST", "DELETE", "TRACE"):
            strict(path, house.ask(path, method=method))


def test_th_72_nothing_restricted_is_kept_by_a_cache_whatever_the_route(house: House):
    for rule in house.app.url_map.iter_rules():
        for path in paths(rule):
            if "closed" in path and "degraded" not in path:
                with house.ask(path, cookie=house.cookie) as answer:
                    assert "public" not in answer.headers.get("Cache-Control", ""), path

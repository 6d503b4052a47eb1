"""Property tests of what is read from strangers: origins (TH-03, TH-04), addresses (TH-53), ids (TH-58, TH-59)."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from flask import Request
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from auth.origins import Origins, parse_origin
from auth.verify import canonical_path, read_wanted
from lectern.settings import Settings
from services.context import Context
from services.gate import Gate
from tests.services_auth.conftest import BASE, SECRET, VIEWER, Browser, Site, posted

HOSTILE_ORIGINS = [
    f"{VIEWER}@evil.tld",
    f"https://evil.tld\\@{VIEWER[8:]}",
    f"https://evil.tld/{VIEWER[8:]}",
    f"{VIEWER}.evil.tld",
    f"{VIEWER}%2eevil.tld",
    f"{VIEWER}%00.evil.tld",
    f"{VIEWER}\n",
    f"{VIEWER}\r\nSet-Cookie: a=b",
    f"{VIEWER}\t",
    f"{VIEWER}#@evil.tld",
    f"{VIEWER}?@evil.tld",
    f"{VIEWER}:443@evil.tld",
    f"{VIEWER};evil.tld",
    f"{VIEWER},https://evil.tld",
    f"{VIEWER} https://evil.tld",
    f"{VIEWER}\u3002evil.tld",
    f"{VIEWER}\uff0fevil.tld",
    "https:/\\evil.tld",
    "https:evil.tld",
    "https:///evil.tld",
    "https://evil.tld:443:443",
    "https://evil.tld:٤٤٣",
    "https://EVIL\u212a.tld",
    "https://[::ffff:1.2.3.4%25x]",
    "https://0177.0.0.1",
    "https://127.0.0.1.",
    "https://1.2.3",
    "wss://viewer.example.net",
    "file://",
    "blob:https://viewer.example.net/x",
    "about:blank",
    "javascript://viewer.example.net/%0aalert(1)",
]
_PIECES = st.sampled_from(
    [
        *(
            "https://",
            "http://",
            "HTTPS://",
            "//",
            "/",
            "\\",
            "@",
            ":",
            "443",
            ":443",
            "?",
            "#",
            "%",
            "%2e",
            "%40",
            ".",
        ),
        *("viewer.example.net", "evil.tld", "localhost", "127.0.0.1", "[::1]", "xn--bcher-kva", "0x7f", "-", "*", " "),
        *("\t", "\n", "\r", "\0", "\u3002", "\uff20", "a" * 64, "65536", "[", "]", "null"),
    ]
)
_SPELT = st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=8).map("".join))


def as_a_browser_reads(origin: str) -> str:
    """Return the origin that a browser would send for a URL of this host, by the standard library's parser.

    It is applied to the canonical form only, where parsers agree: no backslash, userinfo or escape is left in it.
    """
    parts = urlsplit(origin)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    default = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default) else "")


@settings(max_examples=600, deadline=None)
@given(_SPELT, st.booleans())
@example("https://127.0.0.1:443/", False)
def test_th_03_whatever_is_accepted_is_what_a_browser_would_send(text: str, http_on_loopback: bool):
    found = parse_origin(text, http_on_loopback=http_on_loopback)
    if found is None:
        return
    assert re.fullmatch(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[1-9][0-9]{0,4})?", found)
    assert parse_origin(found, http_on_loopback=http_on_loopback) == found
    assert as_a_browser_reads(found) == found
    assert len(text) <= 255
    assert found.startswith("https://") or http_on_loopback


@pytest.mark.parametrize("text", HOSTILE_ORIGINS)
def test_th_03_th_01_a_hostile_spelling_is_no_target_and_gets_no_token(site: Site, text: str):
    found = parse_origin(text)
    assert found is None or "evil" in found
    browser = site.browser()
    browser.sign_in()
    answer = browser.get("/auth/token/2/members", query_string={"origin": text, "messageId": "7"})
    if found is None:
        assert answer.status_code == 400
        assert "postMessage" not in answer.text
    else:
        message, target = posted(answer)
        assert target == found
        assert "accessToken" not in message


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=6).map("".join))
def test_th_04_nobody_is_admitted_whose_host_does_not_end_in_a_listed_label(text: str):
    origins = Origins(BASE, ["https://*.example.net", "https://viewer.example.org"])
    for spelling in (text, f"https://{text}", f"https://{text}example.net", f"https://viewer.example.net{text}"):
        found = origins.parse(spelling)
        if found is not None and origins.admits(found):
            assert found in (BASE, "https://viewer.example.org") or re.fullmatch(
                r"https://([a-z0-9-]+\.)+example\.net", found
            )


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.integers(1, 3))
def test_th_53_whatever_a_client_says_the_address_is_what_the_proxies_saw(text: str, proxies: int):
    said = text.replace("\r", "").replace("\n", "").encode("utf-8", "ignore").decode("latin-1")
    seen = ["192.0.2.7", "198.51.100.1", "198.51.100.2"][:proxies]
    forged = ", ".join(filter(None, [said, *seen]))
    gate = Gate(Context(Settings()))
    headers = {"X-Forwarded-For": forged, "X-Real-IP": "10.1.2.3", "Forwarded": "for=10.1.2.3"}
    request = Request(
        EnvironBuilder(headers=list(headers.items()), environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).get_environ()
    )
    assert str(gate.address(request, proxies=proxies)) == "192.0.2.7"
    assert str(gate.address(request, proxies=0)) == "192.0.2.7"


def spellings(path: str) -> Iterator[str]:
    """Yield ways to write the same path that a proxy or an image server might read as this one."""
    yield path
    yield path + "?x=.jpg"
    yield "".join(f"%{ord(c):02x}" if c.isalpha() else c for c in path)
    yield "".join(f"%{ord(c):02X}" if c.isalpha() else c for c in path)
    yield path.replace("-", "%2D")
    yield path.replace("~", "%7e")
    yield quote(path, safe="/")


OTHER_READINGS = [
    *("{}%2F..%2Fopen-1", "open-1%2f..%2f{}", "open-1%252F..%252F{}", "..%2f{}", "%2e%2e/{}", "./{}", "../{}", "/{}"),
    *("{};2", "{};2;1:2", "{}:1:4", "{}@2x", "{}.jpg", "{}%00", "{}%00.jpg", "{}%0a", "{}%0d%0aX:y", "{}%20", "{}+"),
    *("%c0%ae%c0%ae/{}", "{}%e2%80%8b", "%ef%bc%8e/{}", "{}%5c", "{}\\", "{}%25", "{}%2525", "{}/..", "{}/.", "{}//"),
    *("{}%3f", "{}%23", "{}#", "{},open-1", "{}~", "{}~full", "{}~degraded~full", "{}/;x", "{}%09", "{}é", "{}e\u0301"),
]


@pytest.mark.parametrize("name", ["open-1", "members-1", "staff-1", "secret-1", "members-1~degraded"])
def test_th_58_th_59_every_spelling_of_an_image_has_its_one_verdict_or_none(site: Site, name: str):
    browser = site.browser()
    path = f"/iiif/2/{name}/0,0,9,9/9,/0/default.jpg"
    right = verified(browser, path)
    for spelling in spellings(path):
        assert verified(browser, spelling) == right, spelling
    for form in OTHER_READINGS:
        for version in ("2", "3"):
            spelling = f"/iiif/{version}/{form.format(name)}/0,0,9,9/9,/0/default.jpg"
            assert verified(browser, spelling) == (403, None), spelling


def verified(browser: Browser, uri: str) -> tuple[int, str | None]:
    headers = {"X-Original-URI": uri.encode("utf-8").decode("latin-1"), "X-Lectern-Secret": SECRET}
    answer = browser.get("/auth/verify", headers=headers)
    return answer.status_code, answer.headers.get("X-Lectern-Tier")


@settings(max_examples=800, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("/", "//", "iiif", "2", "3", "open-1", "secret-1", "..", ".", "%2e", "%2E%2e", "%2f", "%252f", "%5c"),
                *("\\", ";x", "?", "#", "%00", "%0a", "info.json", "full", "max", "0", "default.jpg", "~degraded", "%"),
                *("%zz", "é", "%c3%a9", "%c0%af", "+", " ", "search", "1", "objects", "presentation", "canvas", "text"),
            ]
        ),
        max_size=12,
    )
)
def test_th_58_th_59_a_path_is_refused_or_has_one_reading_however_often_it_is_decoded(pieces: list[str]):
    uri = "/" + "".join(pieces)
    path = canonical_path(uri)
    if path is None:
        assert read_wanted("GET", uri) is None
        return
    assert canonical_path(path) == path
    assert canonical_path(quote(path, safe="/")) == path
    assert "%" not in path
    assert "//" not in path
    assert not {".", ".."} & set(path.split("/"))
    assert path.isascii()
    assert path.isprintable()
    assert "\\" not in path
    assert read_wanted("GET", uri) == read_wanted("GET", path)

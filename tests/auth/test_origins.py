"""Origins: what counts as one (TH-03), and which are admitted (TH-04)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.origins import Origins, foreign_origins, parse_origin
from lectern.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("https://viewer.example.org", "https://viewer.example.org"),
        ("https://viewer.example.org/", "https://viewer.example.org"),
        ("HTTPS://Viewer.Example.ORG", "https://viewer.example.org"),
        ("https://viewer.example.org:443", "https://viewer.example.org"),
        ("https://viewer.example.org:8443", "https://viewer.example.org:8443"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8:0:0::1]:444", "https://[2001:db8::1]:444"),
        ("https://192.0.2.7", "https://192.0.2.7"),
    ],
)
def test_th_03_one_origin_has_one_canonical_form(text: str, canonical: str):
    assert parse_origin(text) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "*",
        "https://",
        "https://*",
        "https://evil.tld\\@client.example",
        "https://client.example@evil.tld",
        "https://user:pw@client.example",
        "https://client.example%2eevil.tld",
        "https://client.example\n",
        "https://client.example\t",
        " https://client.example",
        "https://client.example//",
        "https://client.example/path",
        "https://client.example?x=1",
        "https://client.example#x",
        "https://client.example:0",
        "https://client.example:65536",
        "https://client.example:",
        "https://client.example:0443",
        "https://-client.example",
        "https://client..example",
        "https://client.example.",
        "https://client_x.example",
        "https://bücher.example",
        "https://2130706433",
        "https://0x7f.1",
        "https://127.1",
        "https://[::1",
        "https://[fe80::1%25eth0]",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://client.example",
        "//client.example",
        "client.example",
        "https://" + "a" * 250 + ".example",
    ],
)
def test_th_03_anything_else_is_no_origin(text: str):
    assert parse_origin(text, http_on_loopback=True) is None


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
def test_th_03_plain_http_is_for_loopback_hosts_and_only_when_we_live_on_one(host: str):
    assert parse_origin(f"http://{host}", http_on_loopback=True) == f"http://{host}"
    assert parse_origin(f"http://{host}") is None
    assert Origins("http://localhost:8080").parse(f"http://{host}") == f"http://{host}"
    assert Origins("https://books.example.org").parse(f"http://{host}") is None


def test_th_03_plain_http_elsewhere_is_no_origin():
    assert parse_origin("http://viewer.example.org", http_on_loopback=True) is None


@given(st.text(max_size=60))
def test_th_03_no_text_makes_an_origin_with_anything_behind_the_host(text: str):
    found = parse_origin("https://good.example" + text)
    assert found is None or (found.count("/") == 2 and not set(found) & set("@\\?#% \n\r\t*"))


@given(st.text(max_size=60))
def test_th_03_the_canonical_form_is_its_own_canonical_form(text: str):
    found = parse_origin("https://" + text)
    assert found is None or parse_origin(found) == found


def test_our_own_origin_is_the_public_url_without_its_path():
    assert Origins("https://example.org/books").own == "https://example.org"
    assert Origins("http://localhost:8080").own == "http://localhost:8080"
    assert Origins("http://books.example.org").own is None


def test_without_a_list_every_origin_is_admitted():
    assert Origins("https://books.example.org").admits("https://anything.example")


def test_th_04_a_list_admits_exact_origins_and_whole_labels():
    origins = Origins("https://books.example.org", ["https://viewer.example.net/", "https://*.example.org"])
    for origin in ("https://viewer.example.net", "https://a.example.org", "https://a.b.example.org"):
        assert origins.admits(origin)
    for origin in (
        "https://notexample.org",
        "https://example.org",
        "https://example.org.evil.tld",
        "https://a.example.org:8443",
        "https://viewer.example.net:8443",
        "https://evil.example.com",
    ):
        assert not origins.admits(origin)


def test_th_04_our_own_origin_needs_no_entry():
    assert Origins("https://books.example.org", ["https://viewer.example.net"]).admits("https://books.example.org")


@pytest.mark.parametrize("entry", ["*", "https://*", "https://*.", "viewer.example.net", "https://a.*.example.org"])
def test_a_list_with_something_that_is_no_origin_is_refused(entry: str):
    with pytest.raises(ConfigurationError, match="no origin"):
        Origins("https://books.example.org", [entry])


def test_th_03_an_origin_has_at_most_255_characters():
    host = ".".join(["a" * 60] * 4)
    assert parse_origin(f"https://{host}") is not None
    assert parse_origin(f"https://{host}.{'b' * 20}") is None


@pytest.mark.parametrize(
    ("origin", "foreign"),
    [
        ("https://books.example.org", False),
        ("https://viewer.example.org:8443", False),
        ("https://*.example.org", False),
        ("https://example.net", True),
        ("https://notexample.org", True),
        ("https://*.elsewhere.org", True),
        ("no origin at all", False),
    ],
)
def test_viewers_on_another_site_are_guessed_for_a_hint(origin: str, foreign: bool):
    assert foreign_origins([origin], "https://books.example.org/lectern") == ({origin} if foreign else set())


def test_a_site_below_a_country_s_second_level_has_three_labels():
    assert foreign_origins(["https://a.other.co.uk", "https://b.library.ac.uk"], "https://books.library.ac.uk") == {
        "https://a.other.co.uk"
    }
    assert foreign_origins(["https://[2001:db8::1]", "https://192.0.2.8"], "https://192.0.2.7") == {
        "https://[2001:db8::1]",
        "https://192.0.2.8",
    }

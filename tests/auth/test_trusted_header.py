"""A header says who has signed in only if the proxy says so (TH-52)."""

from ipaddress import ip_address

import pytest

from auth.identity import Identity
from auth.trusted_header import NOTHING, TrustedHeader
from lectern.providers import HeaderProvider

SECRET = "5307bde3e633f2df70fdcfeced1c8c14"
PROXY, OTHER = ip_address("10.0.0.2"), ip_address("192.0.2.7")
SHIB = {
    "kind": "header",
    "secret": SECRET,
    "roles_header": "X-Affiliation",
    "name_header": "X-Display-Name",
    "proxies": ["10.0.0.0/24", "2001:db8::2"],
}


def read(peer=PROXY, settings=None, **shown: str):
    headers = {"x-lectern-proxy-secret": SECRET} | {key.lower().replace("_", "-"): v for key, v in shown.items()}
    trusted = TrustedHeader("shib", HeaderProvider(**{**SHIB, **(settings or {})}))
    return trusted.read(lambda name: headers.get(name.lower()), peer)


def latin(text: str) -> str:
    """Return a text as a server hands a header's UTF-8 bytes on."""
    return text.encode().decode("latin-1")


def test_the_proxy_is_believed():
    shown = read(X_Remote_User="ann@example.org", X_Affiliation="member;staff", X_Display_Name=latin("Ann Åström, Dr."))
    assert shown.identity == Identity("ann@example.org", ("member", "staff"), "shib", name="Ann Åström, Dr.")


@pytest.mark.parametrize(
    "secret", ["", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), f"{SECRET},{SECRET}", "\xff"]
)
def test_th_52_without_the_secret_nothing_is_believed_and_the_refusal_is_told(secret: str):
    shown = read(X_Remote_User="ann", X_Lectern_Proxy_Secret=secret)
    assert (shown.identity, shown.refused) == (None, "not shown by the proxy")


@pytest.mark.parametrize("peer", [OTHER, ip_address("::1"), ip_address("2001:db8::3"), None])
def test_th_52_the_secret_from_another_address_is_refused(peer):
    assert read(peer, X_Remote_User="ann").refused == "not shown by the proxy"


def test_without_a_list_of_addresses_the_secret_is_enough():
    assert read(OTHER, {"proxies": []}, X_Remote_User="ann").identity is not None


def test_th_52_an_empty_secret_in_the_settings_lets_nobody_in():
    assert read(PROXY, {"secret": ""}, X_Remote_User="ann", X_Lectern_Proxy_Secret="").refused


def test_a_proxy_that_knows_nobody_says_nothing():
    assert read() == read(X_Remote_User="") == NOTHING


@pytest.mark.parametrize(
    "user", ["ann,eve", "ann, ann", " ", "a" * 300, "ann\teve", "an\x00n", "\xff\xfe", latin("a\u2028b")]
)
def test_th_52_a_user_who_may_be_two_or_cannot_be_read_is_refused(user: str):
    shown = read(X_Remote_User=user)
    assert shown.identity is None
    assert shown.refused


def test_th_18_no_case_is_folded_and_one_form_of_unicode_kept():
    upper, lower = read(X_Remote_User="ANN").identity, read(X_Remote_User="ann").identity
    assert upper is not None
    assert lower is not None
    assert upper.user != lower.user
    composed, apart = (read(X_Remote_User=latin(text)).identity for text in ("\u00c5sa", "A\u030asa"))
    assert composed == apart


@pytest.mark.parametrize("roles", ["member,staff", "x;staff;y,member", "\xff"])
def test_th_52_roles_that_two_headers_may_have_been_joined_into_are_refused(roles: str):
    shown = read(X_Remote_User="ann", X_Affiliation=roles)
    assert (shown.identity, shown.refused) == (None, "the roles are unreadable, or given twice")


def test_a_mapping_of_roles_gives_ours_and_drops_the_rest():
    mapping = {"roles": {"staff@example.org": ["member", "editor"], "cn=a,ou=b": ["member"]}}
    shown = read(PROXY, mapping, X_Remote_User="ann", X_Affiliation="staff@example.org; cn=a,ou=b;editor;unknown")
    assert shown.identity is not None
    assert shown.identity.roles == ("editor", "member")


def test_roles_count_only_from_the_header_that_was_named():
    shown = read(PROXY, {"roles_header": None}, X_Remote_User="ann", X_Affiliation="staff")
    assert shown.identity is not None
    assert shown.identity.roles == ()


def test_th_102_the_secret_is_in_no_repr():
    assert SECRET not in repr(TrustedHeader("shib", HeaderProvider(**SHIB)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"user_header": "REMOTE_USER"},
        {"user_header": "X_Remote_User"},
        {"user_header": "Cookie"},
        {"user_header": "X-Forwarded-For"},
        {"user_header": "X-Display-Name"},
        {"roles": {"a": ["two words"]}},
        {"proxies": ["somewhere"]},
        {"login_url": "javascript:alert(1)"},
        {"login_url": "//evil.example"},
        {"secret": SECRET, "secret_file": "also"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, object]):
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's own
        HeaderProvider(**{**SHIB, **wrong})

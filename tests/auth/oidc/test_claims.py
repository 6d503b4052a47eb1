"""Claims become roles by the map of the settings, and by nothing else (TH-47)."""

from typing import Any

import pytest

from auth.oidc.claims import identity_of
from lectern.providers import OidcProvider

MAP = {"members": "member", "librarians": ("staff", "member")}


def provider(**changed: Any) -> OidcProvider:
    values = {"issuer": "https://a.example", "client_id": "lectern", "client_secret": "secret"}
    return OidcProvider(**{**values, "roles_claim": "groups", "roles": MAP, **changed})


def roles(claims: dict[str, Any], **changed: Any) -> tuple[str, ...]:
    return identity_of({"sub": "ann", **claims}, "sso", provider(**changed)).roles


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("members", ("member",)),
        (["members"], ("member",)),
        (["members", "librarians"], ("member", "staff")),
        (["unknown"], ()),
        ("admin", ()),
        ("members librarians", ()),
        (["Members"], ()),
        ([], ()),
        ([7, None, ["members"], {"a": 1}, "members"], ("member",)),
        ({"members": True}, ()),
        (None, ()),
        (True, ()),
    ],
)
def test_th_47_values_are_mapped(value: Any, expected: tuple[str, ...]):
    assert roles({"groups": value}) == expected


def test_th_47_a_claim_that_is_missing_gives_nothing():
    assert roles({"roles": ["members"], "group": "members"}) == ()


def test_th_47_values_are_roles_as_they_are_only_if_the_settings_say_so():
    claims = {"groups": ["reader", "members", "no role", "<b>", "x" * 65, ""]}
    assert roles(claims) == ("member",)
    assert roles(claims, roles_as_they_are=True) == ("member", "reader")


def test_th_47_everybody_who_signs_in_can_be_given_a_role():
    assert roles({}, roles_of_everyone=("guest",)) == ("guest",)
    assert roles({"groups": ["unknown", "members"]}, roles_of_everyone=("guest",)) == ("guest", "member")


def test_th_47_nested_paths_are_followed_where_they_are_written():
    nested = {"realm_access": {"roles": ["members"]}, "realm_access.roles": ["librarians"]}
    assert roles(nested, roles_claim="realm_access.roles") == ("member",)
    assert roles(nested, roles_claim=("realm_access.roles",)) == ("member", "staff")
    assert roles({"realm_access": ["roles"]}, roles_claim="realm_access.roles") == ()
    assert roles({"https://a.example/roles": "members"}, roles_claim=("https://a.example/roles",)) == ("member",)


@pytest.mark.parametrize("verified", [None, False, "true", 1])
def test_th_47_an_address_that_is_not_verified_counts_for_nothing(verified: Any):
    claims = {"email": "ann@example.org", "email_verified": verified}
    given = provider(roles_claim="email", roles={"ann@example.org": "member"}, name_claim="email")
    found = identity_of({"sub": "ann", **claims}, "sso", given)
    assert (found.roles, found.name) == ((), "")
    found = identity_of({"sub": "ann", **claims, "email_verified": True}, "sso", given)
    assert (found.roles, found.name) == (("member",), "ann@example.org")


def test_th_47_the_reader_is_the_sub_at_this_provider_whatever_the_name():
    found = identity_of({"sub": "ann", "name": "Root\x00\u202e\n", "sid": "s"}, "sso", provider(), "a token")
    assert (found.user, found.provider, found.name, found.sid) == ("ann", "sso", "Root", "s")


@pytest.mark.parametrize("name", [None, 7, ["Ann"], ""])
def test_a_name_that_is_none_is_left_out(name: Any):
    assert identity_of({"sub": "ann", "name": name}, "sso", provider()).name == ""


def test_th_49_the_id_token_is_kept_only_for_signing_out_there():
    assert identity_of({"sub": "ann"}, "sso", provider(), "a token").id_token == ""
    assert identity_of({"sub": "ann"}, "sso", provider(logout=True), "a token").id_token == "a token"

"""What a line of the audit log says, and what it never says."""

from ipaddress import ip_address

import pytest

from auth.audit import Event, Happening, Refusal, line_of, network_class, who_of

KEY = b"k" * 32
MOMENT = "2026-05-04T12:00:00+00:00"


def test_a_line_says_who_did_what_where_and_why():
    happening = Happening(
        Event.SIGN_IN,
        granted=False,
        reason=Refusal.CREDENTIALS,
        provider="local",
        user="ann",
        policy="members",
        origin="https://viewer.example.net",
        where=ip_address("192.0.2.7"),
    )
    assert line_of(happening, KEY, moment=MOMENT, request="1f") == {
        "at": MOMENT,
        "event": "sign-in",
        "outcome": "refused",
        "reason": "wrong credentials",
        "who": who_of(KEY, "local", "ann"),
        "policy": "members",
        "origin": "https://viewer.example.net",
        "network": "private IPv4",
        "request": "1f",
    }


def test_what_is_not_known_is_left_out():
    line = line_of(Happening(Event.KEYS, granted=True, about="rotated"), KEY, moment=MOMENT)
    assert line == {"at": MOMENT, "event": "keys", "outcome": "granted", "about": "rotated"}


def test_th_103_a_user_is_the_same_digits_under_one_key_and_others_under_another():
    assert who_of(KEY, "local", "ann") == who_of(KEY, "local", "ann")
    assert len({who_of(KEY, "local", "ann"), who_of(b"x" * 32, "local", "ann"), who_of(KEY, "local", "bob")}) == 3
    assert who_of(KEY, "local a", "b") != who_of(KEY, "local", "a b")
    assert "ann" not in who_of(KEY, "local", "ann")


@pytest.mark.parametrize("evil", ["a\r\nevent=granted", "a\nb", "\x1b[2Jx", "a\u2028b", "\x00", "a\x85b", "\u202egnp"])
def test_th_103_th_109_no_value_begins_a_line_of_its_own(evil: str):
    happening = Happening(Event.VIEWER, granted=False, reason=evil, policy=evil, origin=evil, about=evil)
    for value in line_of(happening, KEY, moment=MOMENT).values():
        assert len(value.splitlines()) == 1
        assert value.isprintable()


def test_th_105_no_value_is_longer_than_a_line_should_be():
    line = line_of(Happening(Event.VIEWER, granted=False, policy="x" * 9000), KEY, moment=MOMENT)
    assert len(line["policy"]) == 256


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (None, "unknown"),
        ("127.0.0.1", "loopback IPv4"),
        ("::1", "loopback IPv6"),
        ("10.1.2.3", "private IPv4"),
        ("8.8.8.8", "public IPv4"),
        ("2a00::1", "public IPv6"),
    ],
)
def test_a_network_is_told_by_its_kind(address: str | None, kind: str):
    assert network_class(ip_address(address) if address else None) == kind

"""Keys are lists: the newest signs, older ones are accepted, one that is taken away opens nothing (TH-101)."""

import errno
import os
import stat

import pytest
from itsdangerous import BadSignature, URLSafeTimedSerializer

from lectern.errors import ConfigurationError, InputError, StoreUnavailable
from lectern.home import Home
from lectern.keys import FIXED, MOST_KEYS


def signer(home: Home) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(list(home.keys("forms")), salt="test")


def test_th_101_the_newest_key_signs_and_older_ones_are_accepted(home):
    before = signer(home).dumps("x")
    assert home.keyring.rotate("forms") == 1
    assert signer(home).loads(before) == "x"
    assert URLSafeTimedSerializer(home.keys("forms")[-1], salt="test").loads(signer(home).dumps("y")) == "y"


def test_th_101_a_key_that_is_dropped_rejects_at_once(home):
    open_already = Home(home.path)
    before = signer(open_already).dumps("x")
    assert home.keyring.rotate("forms", drop_old=True) == 0
    with pytest.raises(BadSignature):
        signer(open_already).loads(before)
    assert len(open_already.keys("forms")) == 1


def test_th_101_a_file_that_somebody_removes_rejects_at_once(home):
    before = signer(home).dumps("x")
    home.keyring.rotate("forms")
    (home.path / "keys" / "forms").unlink()
    with pytest.raises(BadSignature):
        signer(home).loads(before)


def test_rotating_again_and_again_keeps_the_newest_few_in_order(home):
    home.key("forms")
    made = []
    for _ in range(12):
        home.keyring.rotate("forms")
        made.append(home.key("forms"))
    assert home.keys("forms") == tuple(made[-MOST_KEYS:])
    assert [file.number for file in home.keyring.files("forms")] == [11, 12, 13]
    assert len(set(made)) == 12


def test_th_101_new_keys_are_for_their_owner_only(home):
    home.key("forms")
    home.keyring.rotate("forms")
    assert {stat.S_IMODE(file.path.stat().st_mode) for file in home.keyring.files()} == {0o600}
    assert home.keyring.problems() == []


@pytest.mark.parametrize("purpose", sorted(FIXED))
def test_a_key_that_holds_what_was_made_with_it_does_not_rotate_and_says_why(home, purpose):
    before = home.key(purpose)
    with pytest.raises(InputError, match="does not rotate: it"):
        home.keyring.rotate(purpose)
    assert home.key(purpose) == before


@pytest.mark.parametrize("purpose", ["nonsense", "../state", "forms.2", ""])
def test_a_purpose_that_there_is_not_is_refused(home, purpose):
    home.key("forms")
    with pytest.raises(InputError, match="There is no key"):
        home.keyring.rotate(purpose)


@pytest.mark.parametrize(
    "weak",
    [
        b"",
        b"x" * 31,
        bytes(32),
        b"\xff" * 64,
        b"changeme" * 8,
        b"0123456789abcdef" * 2,
        b"your-secret-key-goes-here-please!!",
    ],
)
def test_th_101_a_weak_key_is_refused_wherever_it_stands_in_the_list(home, weak):
    home.key("forms")
    (home.path / "keys" / "forms.2").write_bytes(weak)
    with pytest.raises(ConfigurationError, match=r"forms\.2"):
        home.keys("forms")


def test_th_101_keys_that_others_can_read_are_told_without_the_key(home):
    key = home.key("forms")
    (home.path / "keys" / "forms").chmod(0o640)
    [(detail, remedy)] = home.keyring.problems()
    assert "mode 0640" in detail
    assert "chmod 600" in remedy
    assert key.hex() not in detail + remedy


def test_th_101_a_file_of_another_name_is_no_key_and_stays_as_it_is(home):
    """A secret of the operator's own lies there: it is not listed, not judged, and never rotated away."""
    home.key("forms")
    others = {name: home.path / "keys" / name for name in ("sso-secret", "sso-secret.2", "forms.old", "forms-2")}
    for other in others.values():
        other.write_text("twenty letters of it")
    for _ in range(MOST_KEYS + 1):
        for purpose in {file.purpose for file in home.keyring.files()}:
            home.keyring.rotate(purpose, drop_old=True)
    with pytest.raises(InputError, match="There is no key 'sso-secret'"):
        home.keyring.rotate("sso-secret")
    assert {file.purpose for file in home.keyring.files()} == {"forms"}
    assert home.keyring.problems() == []
    assert {other.read_text() for other in others.values()} == {"twenty letters of it"}


def test_a_key_for_a_purpose_that_nobody_has_is_not_made(home):
    with pytest.raises(ValueError, match="no purpose"):
        home.key("nonsense")
    assert home.keyring.files() == []


def test_looking_for_keys_makes_none(tmp_path):
    keyring = Home(tmp_path / "none").keyring
    assert (keyring.files(), keyring.problems()) == ([], [])
    assert not (tmp_path / "none").exists()


def test_th_97_where_no_key_can_be_written_the_disk_is_told_and_nothing_half_is_left(home, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("lectern.keys.os.fsync", full)
    with pytest.raises(StoreUnavailable, match=r"No space left on device.*not full"):
        home.keys("forms")
    monkeypatch.undo()
    assert [path.name for path in (home.path / "keys").iterdir()] == []
    assert home.keys("forms")

"""What is no secret is known for it, and what a machine made is none of that."""

import secrets

import pytest

from lectern.strength import key_weakness, weakness


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "secret",
        "a" * 64,
        "0" * 32,
        "abab" * 16,
        "changeme" * 4,
        "ChangeMe-ChangeMe-ChangeMe-ChangeMe",
        "please-change-this-value-before-use!",
        "0123456789abcdef0123456789abcdef",
        "my-secret-my-secret-my-secret-my-secret",
        "the value of LECTERN_VERIFY_SECRET",
        "correct-horse-battery-staple-example",
        "5307bde3e633f2df70fdcfeced1c8c",
    ],
)
def test_th_101_samples_and_defaults_are_no_secrets(secret):
    assert weakness(secret) is not None


@pytest.mark.parametrize("make", [lambda: secrets.token_hex(16), lambda: secrets.token_urlsafe(24)])
def test_what_openssl_makes_is_a_secret(make):
    assert [weak for _ in range(500) if (weak := weakness(make()))] == []


def test_random_bytes_are_a_key():
    assert [weak for _ in range(500) if (weak := key_weakness(secrets.token_bytes(32)))] == []

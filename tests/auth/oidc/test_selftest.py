"""A start is refused where forged tokens would be believed (TH-104)."""

import pytest
from joserfc import jws

from auth.oidc import selftest
from auth.oidc.selftest import prove_guards
from auth.oidc.signed import read_signed
from lectern.errors import ConfigurationError


def test_th_104_the_guards_hold():
    prove_guards()


def test_th_104_a_start_is_refused_when_signatures_are_not_looked_at(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("joserfc.jws.validate_compact", lambda *arguments, **options: True)
    with pytest.raises(ConfigurationError, match="forged"):
        prove_guards()


def test_th_104_a_start_is_refused_when_any_algorithm_is_admitted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(selftest, "read_signed", lambda text, _: read_signed(text, ["none", "ES256", "HS256"]))
    monkeypatch.setattr(jws.JWSRegistry.algorithms["none"], "verify", lambda *_: True)
    with pytest.raises(ConfigurationError, match="forged"):
        prove_guards()


def test_th_104_nothing_here_stands_on_the_deprecated_part_of_authlib():
    import sys

    import auth.oidc.peer  # noqa: F401

    assert not any(name.startswith("authlib.jose") for name in sys.modules)

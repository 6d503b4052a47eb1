"""A provider that may say anything, and Lectern's side of the talk with it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auth.identity import Identity
from auth.oidc.peer import Peer
from tests.clock import SetClock
from tests.hostile_provider import NONCE, HostileProvider, hostile_provider

Identify = Callable[[object], Identity]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def provider(clock: SetClock) -> Iterator[HostileProvider]:
    with hostile_provider(clock) as found:
        yield found


@pytest.fixture
def make_peer(provider: HostileProvider, clock: SetClock, tmp_path: Path) -> Callable[..., Peer]:
    def make(**changed: Any) -> Peer:
        return Peer("sso", provider.settings(**changed), clock)

    return make


@pytest.fixture
def peer(make_peer: Callable[..., Peer]) -> Peer:
    return make_peer()


@pytest.fixture
def identify(provider: HostileProvider, peer: Peer) -> Identify:
    """Return what the end of a sign-in comes to when the provider gives this id_token."""

    def come_back(id_token: object) -> Identity:
        provider.id_token = id_token
        return peer.identify(code="a code", verifier="v" * 64, nonce=NONCE, redirect_uri="https://books.example.org/c")

    return come_back

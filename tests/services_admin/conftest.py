"""The operator's page over the home of the auth tests, and olga, whose role it asks for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from lectern.state import State, UserRow
from services.operators import OPERATORS
from tests.services_auth.conftest import (  # noqa: F401 - fixtures
    BASE,
    Browser,
    MakeSite,
    Site,
    cheap_hashes,
    filled_home,
    sites,
)

ROLE = "lectern-admin"


def add_operator(state: State) -> None:
    """Add the account of the operator of these tests."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    state.add_user(UserRow("olga", hasher.hash("secret"), (ROLE,)))


@pytest.fixture
def make_site(tmp_path: Path, filled_home: Path) -> Iterator[MakeSite]:  # noqa: F811
    """Return a function that makes a site with the portal and the auth service, and some settings of its own."""
    for file in filled_home.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with sites(["auth", "portal"], home=tmp_path) as make:
        yield make


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """Return a site with the usual settings."""
    site = make_site()
    add_operator(site.context.state)
    return site


@pytest.fixture
def operator(site: Site) -> Browser:
    """Return a browser in which the operator has signed in."""
    browser = site.browser()
    assert browser.sign_in(OPERATORS, "olga", origin=BASE).location == f"{BASE}/admin"
    return browser

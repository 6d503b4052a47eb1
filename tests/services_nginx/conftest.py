"""The gateway that the tests of this folder share: an empty home behind nginx."""

from collections.abc import Iterator

import pytest

from lectern.home import Home
from tests.services_nginx.gateway import Gateway, gateway, nginx_program


@pytest.fixture(scope="session")
def needs_nginx() -> None:
    nginx_program()


@pytest.fixture(scope="module")
def running_gateway(needs_nginx: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Serve a home without objects."""
    folder = tmp_path_factory.mktemp("gateway")
    home = Home(folder / "home")
    home.prepare()
    with gateway(home, folder / "nginx") as running:
        yield running

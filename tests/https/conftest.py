"""One home, served over https in two ways: at a host name of its own, and below a path of a site."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.https.installation import Authority, Installation, authority, installation, make_home


@pytest.fixture(scope="package")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return the certificate authority of these tests."""
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with an open book and restricted ones."""
    found = Path(tmp_path_factory.mktemp("https")) / "home"
    make_home(found)
    return found


@pytest.fixture(scope="package", params=["", "/lib/books"], ids=["a host of its own", "below a path"])
def site(
    request: pytest.FixtureRequest, home: Path, trusted: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Serve the home over https."""
    with installation(home, Path(tmp_path_factory.mktemp("nginx")), trusted, prefix=request.param) as running:
        yield running

"""compose.yaml brought up for real: only `make test-compose` runs these tests, for they build an image.

COMPOSE is the command: `docker compose`, or what stands in for it. Without it nothing here is collected.
"""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose.installation import Installation, bare
from tests.servers import free_port

COMPOSE = shlex.split(os.environ.get("COMPOSE", ""))
collect_ignore_glob = [] if COMPOSE else ["test_*.py"]


@pytest.fixture(scope="session")
def built() -> Iterator[Installation]:
    """Return an installation that is not up, whose image is built; its image is removed at the end."""
    installation = bare(COMPOSE, "lectern-built", free_port())
    installation.compose("build", "search", seconds=1800)
    yield installation
    installation.take_down()
    installation.engine("rmi", "--force", installation.image)
    _give_back_null()


def _give_back_null() -> None:
    """Undo what crun of Debian 12 does: it gives /dev/null of the machine to the account of the newest container."""
    if os.geteuid() == 0:
        os.chown("/dev/null", 0, 0)


@pytest.fixture(scope="module")
def installation(built: Installation) -> Iterator[Installation]:
    """Return an installation that nobody has brought up yet; what it has become by then is taken down."""
    one = bare(COMPOSE, "lectern-tried", free_port())
    try:
        yield one
    finally:
        one.take_down()


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for secrets."""
    return tmp_path_factory.mktemp("secrets")

"""One home for all tests of this folder, and the document of all services over it."""

from pathlib import Path

import pytest

from services import SERVICES
from services.openapi.document import Json, document
from tests.openapi.shelf import make_home
from tests.openapi.situations import BASE


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home; what changes something in it copies it first."""
    return make_home(tmp_path_factory.mktemp("openapi") / "home").path


@pytest.fixture(scope="session")
def whole() -> Json:
    """Return the document of all services."""
    return document(SERVICES, server=BASE, version="1.2.3", query_length=1000)

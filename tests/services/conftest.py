"""An empty home and the whole composition over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from lectern.settings import load_settings
from services.app import create_app
from services.context import Context


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Return an installation with an empty home."""
    context = Context(load_settings(tmp_path / "home"))
    context.home.prepare()
    yield context
    context.catalogue.close()
    context.state.close()


@pytest.fixture
def client(context: Context) -> FlaskClient:
    """Return a client of all services together."""
    return create_app(context).test_client()

"""A home with objects of several policies and odd titles, small stand-ins for the npm packages, and the portal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lectern.catalogue import CanvasRow, ObjectRow
from lectern.settings import load_settings
from lectern.urls import canvas_path
from services import http
from services.context import Context
from services.portal import blueprint

POLICIES = """
[policies.members]
patterns = ["login"]
substitute = { max_scale = 0.25 }

[policies.terms]
patterns = ["clickthrough"]

[policies.room]
patterns = ["external"]
networks = ["10.0.0.0/8"]

[policies.sparing]
patterns = ["login"]
manifest = "minimal"

[policies.secret]
patterns = ["login"]
manifest = "hidden"
"""


def publish(context: Context, object_id: str, label: str = "", policy: str = "open", **changes: object) -> None:
    values = {"languages": ("en", "grc"), "pages": 2, "words": 5} | changes
    row = ObjectRow(object_id, object_id, label or f"The {object_id}", policy=policy, **values)  # type: ignore[arg-type]
    context.catalogue.publish(row, [CanvasRow(1, canvas_path(object_id, 1), 600, 800, image="x/1.tif")])


def install_viewers(packages: Path) -> None:
    """Lay out files as the npm packages have them."""
    files = {
        "mirador/dist/mirador.min.js": "mirador",
        "mirador/package.json": "not for readers",
        "universalviewer/dist/umd/UV.js": "uv",
        "universalviewer/dist/uv.css": ".uv {}",
        "openseadragon/build/openseadragon/openseadragon.min.js": "openseadragon",
        "leaflet/dist/leaflet.js": "leaflet",
        "leaflet/dist/leaflet.css": ".leaflet {}",
        "leaflet-iiif/leaflet-iiif.js": "plugin",
        "secret/dist/key": "not for readers",
    }
    for name, text in files.items():
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text(text)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "policies.toml").write_text(POLICIES)
    packages = tmp_path / "node_modules"
    changes = {"public_url": "https://books.example.org", "viewers": packages, "institution": "Harbour Library"}
    found = Context(load_settings(home).model_copy(update=changes))
    found.home.prepare()
    install_viewers(packages)
    yield found
    found.catalogue.close()
    found.state.close()


class BufferedClient(FlaskClient):
    """A client that closes the files that an answer was read from, as a server does."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True} | kwargs)


@pytest.fixture
def client(context: Context) -> FlaskClient:
    app = Flask("tests", static_folder=None)
    http.install(app)
    app.register_blueprint(blueprint(context))
    app.test_client_class = BufferedClient
    return app.test_client()

"""Pictures of every odd shape in one home, and its image service without a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import load_settings
from lectern.urls import canvas_path
from services.app import create_app
from services.context import Context
from tests.image.conftest import ramp

BASE = "https://books.example.org"
WIDTH, HEIGHT = 700, 600
SHAPES = [(1, 1), (1, 700), (1300, 1), (513, 511), (512, 512), (65_500, 3)]  # of `odd`, pages 1 to 6
LICENCE = "https://creativecommons.org/licenses/by/4.0/deed.de"
RIGHTS = {"atlas": LICENCE, "letters": "Ask the library first.", "odd": ""}


def make_gallery(folder: Path) -> Home:
    """Return a home with an atlas that has a licence, letters whose rights are words, and pictures of odd shapes."""
    home = Home(folder)
    home.prepare()
    catalogue = Catalogue(home)
    shapes = {"atlas": [(WIDTH, HEIGHT)], "letters": [(WIDTH, HEIGHT)], "odd": SHAPES}
    for name, sizes in shapes.items():
        home.image_folder(name).mkdir(parents=True)
        canvases = []
        for n, (width, height) in enumerate(sizes, 1):
            source, target = folder / "page.png", home.image_folder(name) / f"{n}.tif"
            picture = ramp(max(2, width), max(2, height)).crop(0, 0, width, height)
            picture.pngsave(str(source))
            make_pyramid(source, target)
            file = str(target.relative_to(home.images))
            canvases.append(CanvasRow(n, canvas_path(name, n), width, height, str(n), image=file))
        row = ObjectRow(
            name, name, f"The {name}", catalogue.next_generation(), rights=RIGHTS[name], pages=len(canvases)
        )
        catalogue.publish(row, canvases)
    catalogue.close()
    return home


@pytest.fixture(scope="session")
def gallery_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_gallery(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="session")
def gallery(gallery_home: Home) -> Iterator[FlaskClient]:
    """Yield a client of the image service, a stranger's."""
    context = Context(load_settings(gallery_home.path).model_copy(update={"public_url": BASE}))
    yield create_app(context, ["image"]).test_client()
    context.catalogue.close()
    context.state.close()

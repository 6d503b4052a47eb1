"""A home with one object whose pages are open, reduced, closed and without a picture, and others under one policy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow, ObjectRow, RangeRow
from lectern.settings import load_settings
from lectern.urls import canvas_path
from lectern.words import Block, Box, Line, Page, Text, Word
from search.packing import write_pack
from services.cli import main
from services.context import Context
from tests.image.conftest import noise, ramp

BASE = "https://static.example.org/copies/mixed"
WIDTH, HEIGHT = 1100, 800
POLICIES = """
[policies.members]
patterns = ["login"]
substitute = { max_scale = 0.25, tier = "small" }

[policies.readable]
patterns = ["login"]
substitute = { max_scale = 0.25, tier = "small" }
search = "open"

[policies.sealed]
patterns = ["login"]

[policies.places]
patterns = ["login"]
search = "boxes"

[policies.sparing]
patterns = ["login"]
manifest = "minimal"
substitute = { max_scale = 0.25, tier = "small" }

[policies.unseen]
patterns = ["login"]
manifest = "hidden"
substitute = { max_scale = 0.25, tier = "small" }

[policies.later]
patterns = ["login"]
until = 2026-06-01

[policies.soon]
patterns = ["login"]
from = 2026-06-01

[[objects.mixed.pages]]
pages = "2"
policy = "readable"

[[objects.mixed.pages]]
pages = "3"
policy = "sealed"

[[objects.mixed.pages]]
pages = "5"
policy = "places"

[[objects.cellar.pages]]
pages = "1"
policy = "open"
"""


def lines(*texts: str) -> Page:
    """Return a page of lines, forty pixels from one to the next."""
    found = []
    for row, text in enumerate(texts):
        words = [Word(word, Box(100 * i + 20, 40 * row + 20, 90, 30)) for i, word in enumerate(text.split())]
        found.append(Line(words, Box(20, 40 * row + 20, 100 * len(words) - 10, 30)))
    return Page([Block(found)])


class Desk:
    """A home, and the command that is under test."""

    def __init__(self, home: Path) -> None:
        (home / "policies.toml").write_text(POLICIES)
        self.context = Context(load_settings(home))
        self.context.home.prepare()

    def publish(self, object_id: str, policy: str, pictures: list[Path | None], **changes: object) -> None:
        """Put an object with these pictures on the shelf, a line of text on each of its pages."""
        home, catalogue = self.context.home, self.context.catalogue
        folder = home.image_folder(object_id)
        folder.mkdir(parents=True, exist_ok=True)
        generation = catalogue.next_generation()
        text = Text([lines(f"the harbour of {n}", "was closed") for n in range(1, len(pictures) + 1)])
        summary = write_pack(home, object_id, generation, text)
        canvases = []
        for n, picture in enumerate(pictures, start=1):
            image = None
            if picture is not None:
                (folder / f"{n}.tif").unlink(missing_ok=True)
                (folder / f"{n}.tif").hardlink_to(picture)
                image = str((folder / f"{n}.tif").relative_to(home.images))
            label = f"folio {n}"
            canvases.append(CanvasRow(n, canvas_path(object_id, n), WIDTH, HEIGHT, label, image=image, words=6))
        told = {"label": f"The {object_id}", "languages": ("en",), "summary": "About it."} | changes
        row = ObjectRow(
            object_id,
            object_id,
            generation=generation,
            policy=policy,
            pages=len(pictures),
            words=summary.words,
            **told,  # type: ignore[arg-type]
        )
        catalogue.publish(row, canvases, ranges=[RangeRow(1, None, "Beginning", "chapter", (1, 2))])

    def run(self, *arguments: str) -> Result:
        """Return what the command does; `--base` is given unless it is among the arguments."""
        base = [] if "--base" in arguments else ["--base", BASE]
        home = str(self.context.home.path)
        return CliRunner().invoke(main, ["--home", home, "tiles", *arguments, *base])


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the pyramids of two pages: random detail, and colours that tell the place."""
    folder = tmp_path_factory.mktemp("pages")
    for name, picture in (("noise", noise(WIDTH, HEIGHT)), ("ramp", ramp(WIDTH, HEIGHT))):
        picture.pngsave(str(folder / f"{name}.png"))
        make_pyramid(folder / f"{name}.png", folder / f"{name}.tif")
    return [folder / "noise.tif", folder / "ramp.tif"]


@pytest.fixture
def desk(tmp_path: Path, pictures: list[Path]) -> Iterator[Desk]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    made = Desk(home)
    noisy, even = pictures
    made.publish("mixed", "open", [even, noisy, noisy, None, noisy])
    made.publish("cellar", "unseen", [noisy, noisy])
    for policy in ("sealed", "sparing"):
        made.publish(policy, policy, [noisy, noisy])
    yield made
    made.context.catalogue.close()


Run = Callable[..., Result]

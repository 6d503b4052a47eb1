"""A newspaper page drawn for measuring: 10,000 by 8,000 pixels of columns of text and some photographs, on paper."""

import random
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from image.engine import vips
from image.pyramid import JPEG_QUALITY, make_pyramid
from tests.load.prose import zipf

WIDTH, HEIGHT = 10_000, 8_000
_COLUMNS, _MARGIN, _GAP = 8, 120, 100
_LINE, _LETTER = 56, 44
_PHOTOGRAPH, _PHOTOGRAPH_HEIGHT = 140, 800


def draw_page() -> Any:
    """Return the page as a libvips picture in memory, always the same one."""
    return _printed(_typeset())


def page_files(folder: Path) -> None:
    """Write the page's pyramids, if they are not there: `p.tif` as ingest makes it, `s.tif` with tiles of 256."""
    if (folder / "s.tif").exists():
        return
    source = folder / "source.tif"
    draw_page().tiffsave(str(source))
    make_pyramid(source, folder / "p.tif")
    vips().Image.tiffload(str(source), access="sequential").tiffsave(
        str(folder / "s.tif"),
        tile=True,
        tile_width=256,
        tile_height=256,
        pyramid=True,
        compression="jpeg",
        Q=JPEG_QUALITY,
        keep="none",
    )
    source.unlink()


def _typeset() -> Image.Image:
    """Return columns of lines; where a photograph goes, an even grey."""
    draw, words = random.Random(1), zipf()
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(_LETTER)
    measure = (WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _GAP) // _COLUMNS
    for column in range(_COLUMNS):
        x, y = _MARGIN + column * (measure + _GAP), 2 * _MARGIN
        while y < HEIGHT - 2 * _MARGIN:
            if draw.random() < 0.01 and y < HEIGHT - _PHOTOGRAPH_HEIGHT - 2 * _MARGIN:
                pen.rectangle([x, y, x + measure, y + _PHOTOGRAPH_HEIGHT], fill=_PHOTOGRAPH)
                y += _PHOTOGRAPH_HEIGHT + _LINE
                continue
            line = next(words)
            while pen.textlength(longer := f"{line} {next(words)}", font=font) < measure:
                line = longer
            pen.text((x, y), line, font=font, fill=draw.randint(10, 60))
            y += _LINE
    return page


def _printed(page: Image.Image) -> Any:
    """Return the page as scanned: uneven yellowed paper, grain, and something to see in the photographs."""
    ours = vips().Image
    text = ours.new_from_memory(page.tobytes(), WIDTH, HEIGHT, 1, "uchar")

    def clouds(size: int) -> Any:
        return ours.perlin(WIDTH, HEIGHT, cell_size=size, seed=1)

    photograph = clouds(60) * 70 + clouds(9) * 25
    grain = ours.gaussnoise(WIDTH, HEIGHT, sigma=5, mean=0, seed=1)
    shown = (text == _PHOTOGRAPH).ifthenelse(photograph, 0)
    grey = text.cast("float") * 0.86 + clouds(300) * 14 + grain + shown
    colours = grey.bandjoin([grey * 0.97 - 3, grey * 0.86 - 8])
    return colours.cast("uchar").copy(interpretation="srgb").copy_memory()

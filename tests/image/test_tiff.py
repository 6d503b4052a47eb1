"""Which images of a TIFF are pages."""

import struct
from pathlib import Path

import pytest

from image.engine import vips
from image.pyramid import make_pyramid
from image.tiff import pages_of

from .conftest import ramp


def chain(*images: tuple[int, int, int], order: str = "<", big: bool = False, loop: bool = False) -> bytes:
    """Return a TIFF of directories only: NewSubfileType, width and height of each image."""
    count, field, offset, size = ("Q", "HHQQ", "Q", 16) if big else ("H", "HHII", "I", 8)
    mark = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}H", 43 if big else 42)
    head = mark + (struct.pack(f"{order}HHQ", 8, 0, size) if big else struct.pack(f"{order}I", size))
    made, length = bytearray(head), struct.calcsize(order + count) + 3 * struct.calcsize(order + field)
    length += struct.calcsize(order + offset)
    for n, image in enumerate(images):
        made += struct.pack(order + count, 3)
        for tag, value in zip((254, 256, 257), image, strict=True):
            made += struct.pack(order + field, tag, 4, 1, value << (32 if big and order == ">" else 0))
        last = n == len(images) - 1
        made += struct.pack(order + offset, size if last and loop else 0 if last else size + (n + 1) * length)
    return bytes(made)


def pages(tmp_path: Path, data: bytes) -> tuple[int, ...]:
    (tmp_path / "a.tif").write_bytes(data)
    return pages_of(tmp_path / "a.tif")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_every_form_of_tiff_is_read(tmp_path: Path, order: str, big: bool):
    images = ((0, 900, 1200), (1, 90, 120), (2, 910, 1190), (4, 910, 1190))
    assert pages(tmp_path, chain(*images, order=order, big=big)) == (0, 2)


def test_a_pyramid_is_one_page_whether_its_levels_are_marked_or_not(tmp_path: Path):
    assert pages(tmp_path, chain((0, 901, 1201), (0, 450, 600), (0, 225, 300))) == (0,)
    assert pages(tmp_path, chain((0, 901, 1201), (1, 451, 601), (1, 226, 301))) == (0,)
    ramp(1300, 700).write_to_file(str(tmp_path / "a.png"))
    make_pyramid(tmp_path / "a.png", tmp_path / "p.tif")
    assert pages_of(tmp_path / "p.tif") == (0,)


def test_pages_of_different_sizes_are_pages(tmp_path: Path):
    assert pages(tmp_path, chain((0, 900, 1200), (0, 450, 600), (0, 900, 1200))) == (0, 1, 2)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II",
        b"no TIFF at all, only text",
        b"II*\x00\xff\xff\xff\xff",
        b"MM\x00*\x00\x00\x00\x00",
        chain((0, 9, 9), loop=True),
        chain((0, 9, 9), (0, 9, 9))[:50],
        chain((1, 9, 9), (1, 9, 9)),
    ],
)
def test_a_torn_or_looping_chain_is_one_page(tmp_path: Path, data: bytes):
    assert pages(tmp_path, data) == (0,)


def test_a_page_of_a_real_file_is_made_into_a_pyramid(tmp_path: Path):
    sheets = [(vips().Image.black(80, 60) + grey).cast("uchar").copy(interpretation="b-w") for grey in (10, 120, 230)]
    joined = sheets[0].join(sheets[1], "vertical").join(sheets[2], "vertical")
    joined.tiffsave(str(tmp_path / "book.tif"), page_height=60)
    assert pages_of(tmp_path / "book.tif") == (0, 1, 2)
    for page, grey in enumerate((10, 120, 230)):
        info = make_pyramid(tmp_path / "book.tif", tmp_path / f"{page}.pyramid.tif", page)
        assert (info.width, info.height) == (80, 60)
        made = vips().Image.tiffload(str(tmp_path / f"{page}.pyramid.tif"))
        assert made.avg() == pytest.approx(grey, abs=1)

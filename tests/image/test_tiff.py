"""Which images of a TIFF are pages."""

import struct
from pathlib import Path

import pytest

from image import tiff
from image.engine import vips
from image.pyramid import is_pyramid, make_pyramid
from image.tiff import MAX_FIELDS, OpenFile, halves, pages_of, pyramid_size

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


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the lengths in bytes of what is read of files from now on."""
    lengths: list[int] = []
    plainly = OpenFile.read

    def counted(self: OpenFile, at: int, length: int) -> bytes:
        lengths.append(length)
        return plainly(self, at, length)

    monkeypatch.setattr(OpenFile, "read", counted)
    return lengths


def swollen(fields: tuple[int, ...], images: int, values: int) -> bytes:
    """Return a TIFF whose directories name the same `values` numbers of four bytes for every one of some fields."""
    size = 2 + 12 * len(fields) + 4
    end = 8 + images * size
    made = bytearray(b"II*\0\x08\0\0\0")
    for n in range(images):
        made += struct.pack("<H", len(fields))
        for tag in fields:
            made += struct.pack("<HHII", tag, 4, values, end)
        made += struct.pack("<I", 0 if n == images - 1 else 8 + (n + 1) * size)
    return bytes(made) + bytes(4 * values)


def test_of_a_field_that_fills_the_file_one_number_is_read(tmp_path: Path, read: list[int]):
    (tmp_path / "a.tif").write_bytes(swollen((254, 256, 257, 259, 262, 277, 322, 323), 20, 1 << 18))
    assert pyramid_size(tmp_path / "a.tif") is None
    assert sum(read) < 1000
    read.clear()
    assert pages_of(tmp_path / "a.tif")
    assert sum(read) < 20 * 1000


def test_a_chain_is_left_at_the_first_image_that_is_no_level(tmp_path: Path, read: list[int]):
    (tmp_path / "a.tif").write_bytes(chain(*[(0, 900, 1200)] * 4000))
    assert pyramid_size(tmp_path / "a.tif") is None
    assert len(read) < 5


def test_directories_that_lie_upon_each_other_come_to_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    count = 0xFFFF
    made = bytearray(b"II*\0\x08\0\0\0" + bytes(14 * 5000) + bytes(12 * count + 6))
    starts = [8 + 14 * n for n in range(4000)]
    for start, following in zip(starts, [*starts[1:], 0], strict=True):
        struct.pack_into("<H", made, start, count)
        struct.pack_into("<I", made, start + 2 + 12 * count, following)
    seen = 0
    plainly = tiff._fields

    def counted(*given: object) -> object:
        nonlocal seen
        found = plainly(*given)  # type: ignore[arg-type]
        seen += found[1]
        return found

    monkeypatch.setattr(tiff, "_fields", counted)
    (tmp_path / "a.tif").write_bytes(made)
    assert pages_of(tmp_path / "a.tif")
    assert MAX_FIELDS < seen <= MAX_FIELDS + 2 * count


def levels(*sizes: tuple[int, int], tile: int = 512, **other: int) -> bytes:
    """Return a TIFF of directories only, whose images are tiled JPEG in grey; `other` are tags as t259=5."""
    made = bytearray(b"II*\0\x08\0\0\0")
    for n, (width, height) in enumerate(sizes):
        fields = {256: width, 257: height, 259: 7, 262: 1, 277: 1, 322: tile, 323: tile}
        fields |= {int(tag[1:]): value for tag, value in other.items()}
        made += struct.pack("<H", len(fields))
        for tag, value in sorted(fields.items()):
            made += struct.pack("<HHII", tag, 4, 1, value)
        made += struct.pack("<I", 0 if n == len(sizes) - 1 else len(made) + 4)
    return bytes(made)


@pytest.mark.parametrize(("side", "half"), [(514, {257}), (515, {257, 258}), (2, {1}), (1, {0, 1})])
def test_half_of_a_side_is_rounded_up_or_down_and_nothing_else(side: int, half: set[int]):
    assert {n for n in range(600) if halves(n, side)} == half


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (levels((514, 300), (257, 150)), (514, 300, 512)),
        (levels((515, 301), (258, 150)), (515, 301, 512)),
        (levels((514, 300), (256, 150)), None),
        (levels((514, 300), (258, 150)), None),
        (levels((1, 1024), (1, 512)), (1, 1024, 512)),
        (levels((1, 1024), (0, 512)), None),
        (levels((0, 0)), None),
        (levels((1100, 300), (550, 150)), None),
        (levels((514, 300), (257, 150), t259=5), None),
        (levels((514, 300), (257, 150), t274=6), None),
        (levels((514, 300), (257, 150), t34675=1), None),
        (levels((514, 300), (257, 150), t323=256), None),
        (b"", None),
    ],
)
def test_a_pyramid_halves_down_to_one_tile_in_square_tiles_of_jpeg(
    tmp_path: Path, data: bytes, size: tuple[int, int, int] | None
):
    (tmp_path / "a.tif").write_bytes(data)
    assert pyramid_size(tmp_path / "a.tif") == size


@pytest.mark.parametrize(("width", "height"), [(1300, 700), (515, 514), (257, 3), (256, 256), (2, 2), (5, 2051)])
def test_what_is_made_here_is_taken_as_it_is(tmp_path: Path, width: int, height: int):
    ramp(width, height).write_to_file(str(tmp_path / "a.png"))
    made = make_pyramid(tmp_path / "a.png", tmp_path / "p.tif")
    assert pyramid_size(tmp_path / "p.tif") == (made.width, made.height, made.tile)
    assert is_pyramid(tmp_path / "p.tif")


def _pyramid(width: int, height: int, tile: int) -> bytes:
    sizes = [(width, height)]
    while max(sizes[-1]) > tile:
        sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
    return levels(*sizes, tile=tile)


@pytest.mark.parametrize(
    ("width", "height", "tile", "ours"),
    [
        (2000, 1000, 512, True),
        (2000, 1000, 256, False),  # info.json announces tiles of 512
        (250, 100, 256, True),
        (250, 100, 512, False),
        (40_000, 25_000, 512, True),
        (40_000, 25_001, 512, False),  # more pixels than a picture may have
    ],
)
def test_only_tiles_that_are_announced_and_so_many_pixels_are_taken_as_they_are(
    tmp_path: Path, width: int, height: int, tile: int, ours: bool
):
    (tmp_path / "a.tif").write_bytes(_pyramid(width, height, tile))
    assert pyramid_size(tmp_path / "a.tif") == (width, height, tile)
    assert is_pyramid(tmp_path / "a.tif") is ours

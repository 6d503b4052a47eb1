import resource
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from image.engine import vips
from image.pyramid import (
    MAX_SOURCE_PIXELS,
    MAX_WHOLE_PIXELS,
    PictureTooLarge,
    PyramidInfo,
    ensure_reduced,
    make_pyramid,
    make_reduced,
    read_size,
    reduced_path,
    reduced_size,
)
from image.stored import open_pyramid
from lectern.errors import InputError, StoreUnavailable

from .conftest import decoded, difference, noise, ramp


def load(path: Path, level: int = 0) -> Any:
    return vips().Image.tiffload(str(path), page=level)


@pytest.mark.parametrize(
    "name", ["page.jpg", "page.png", "page.tif", "page.webp", "page.gif", "page[1].jpg", "page %2F ü.jpg"]
)
def test_any_picture_becomes_a_tiled_pyramid_of_the_same_size(tmp_path: Path, name: str):
    ramp(1300, 700).write_to_file(str(tmp_path / "plain") + Path(name).suffix)
    (tmp_path / "plain").with_suffix(Path(name).suffix).rename(tmp_path / name)
    target = tmp_path / "made" / "1.tif"
    assert make_pyramid(tmp_path / name, target) == PyramidInfo(1300, 700, 512)
    assert read_size(target) == (1300, 700)
    raster = open_pyramid(target)
    assert (raster.tile, len(raster.sizes)) == (512, 3)
    assert [(load(target, n).width, load(target, n).height) for n in range(3)] == [(1300, 700), (650, 350), (325, 175)]
    assert difference(load(target), ramp(1300, 700)) < 4


@pytest.mark.parametrize(
    ("width", "height", "tile"), [(40, 30, 256), (1, 1, 256), (256, 3, 256), (257, 3, 512), (3, 512, 512)]
)
def test_a_picture_smaller_than_a_tile_has_one_level(tmp_path: Path, width: int, height: int, tile: int):
    noise(width, height).pngsave(str(tmp_path / "a.png"))
    assert make_pyramid(tmp_path / "a.png", tmp_path / "a.tif") == PyramidInfo(width, height, tile)
    raster = open_pyramid(tmp_path / "a.tif")
    assert (raster.width, raster.height, raster.tile, len(raster.sizes)) == (width, height, tile, 1)
    assert load(tmp_path / "a.tif").avg() > 0


@pytest.mark.parametrize(("orientation", "size"), [(3, (300, 200)), (6, (200, 300)), (8, (200, 300)), (5, (200, 300))])
def test_a_picture_is_turned_as_its_camera_says(tmp_path: Path, orientation: int, size: tuple[int, int]):
    picture = ramp(300, 200).copy()
    picture.set_type(vips().GValue.gint_type, "orientation", orientation)
    picture.jpegsave(str(tmp_path / "a.jpg"))
    info = make_pyramid(tmp_path / "a.jpg", tmp_path / "a.tif")
    assert (info.width, info.height) == size
    made = load(tmp_path / "a.tif")
    assert made.get("orientation") == 1
    upright = vips().Image.new_from_file(str(tmp_path / "a.jpg")).autorot()
    assert difference(made, upright) < 4


def test_transparency_becomes_white_paper(tmp_path: Path):
    clear = ramp(60, 60).bandjoin(vips().Image.black(60, 60).cast("uchar"))
    clear.pngsave(str(tmp_path / "a.png"))
    make_pyramid(tmp_path / "a.png", tmp_path / "a.tif")
    made = load(tmp_path / "a.tif")
    assert made.bands == 3
    assert made.avg() > 254


def test_a_grey_picture_with_a_profile_stays_grey_and_a_torn_profile_does_no_harm(tmp_path: Path):
    grey = (vips().Image.black(64, 64) + 128).cast("uchar").copy(interpretation="b-w")
    srgb = grey.bandjoin([grey, grey]).copy(interpretation="srgb").icc_transform("srgb", input_profile="srgb")
    torn = grey.copy()
    torn.set_type(vips().GValue.blob_type, "icc-profile-data", srgb.get("icc-profile-data")[:200])
    torn.tiffsave(str(tmp_path / "a.tif"))
    make_pyramid(tmp_path / "a.tif", tmp_path / "b.tif")
    made = load(tmp_path / "b.tif")
    assert (made.bands, made(9, 9)) == (1, [128.0])


@pytest.mark.parametrize(
    ("interpretation", "bands", "form", "expected"),
    [("b-w", 1, "uchar", "b-w"), ("grey16", 1, "ushort", "b-w"), ("rgb16", 3, "ushort", "srgb")],
)
def test_grey_stays_grey_and_deep_colours_become_eight_bit(
    tmp_path: Path, interpretation: str, bands: int, form: str, expected: str
):
    level = 40_000 if form == "ushort" else 156
    picture = (vips().Image.black(60, 50, bands=bands) + level).cast(form).copy(interpretation=interpretation)
    picture.pngsave(str(tmp_path / "a.png"))
    make_pyramid(tmp_path / "a.png", tmp_path / "a.tif")
    made = load(tmp_path / "a.tif")
    assert (made.interpretation, made.format, made.bands) == (expected, "uchar", bands)
    assert made.avg() == pytest.approx(156, abs=2)


def test_colours_with_a_profile_become_srgb_and_the_profile_goes(tmp_path: Path):
    colour = [200, 100, 60]
    plain = (vips().Image.black(64, 64, bands=3) + colour).cast("uchar").copy(interpretation="srgb")
    plain.icc_transform("p3", input_profile="srgb").jpegsave(str(tmp_path / "a.jpg"), Q=98)
    stored = vips().Image.new_from_file(str(tmp_path / "a.jpg"))
    assert stored(30, 30) != pytest.approx(colour, abs=4)
    make_pyramid(tmp_path / "a.jpg", tmp_path / "a.tif")
    made = load(tmp_path / "a.tif")
    assert made(30, 30) == pytest.approx(colour, abs=4)
    assert not [name for name in made.get_fields() if name.startswith(("exif", "icc"))]


def test_ink_colours_become_screen_colours(tmp_path: Path):
    ramp(60, 60).colourspace("cmyk").jpegsave(str(tmp_path / "a.jpg"))
    make_pyramid(tmp_path / "a.jpg", tmp_path / "a.tif")
    assert load(tmp_path / "a.tif").bands == 3


@pytest.mark.parametrize("suffix", [".png", ".gif"])
def test_colours_from_a_palette_become_screen_colours(tmp_path: Path, suffix: str):
    colour = [200, 20, 20]
    red = (vips().Image.black(64, 64, bands=3) + colour).cast("uchar").copy(interpretation="srgb")
    if suffix == ".png":
        red.pngsave(str(tmp_path / "a.png"), palette=True, bitdepth=4)
    else:
        red.gifsave(str(tmp_path / "a.gif"))
    make_pyramid(tmp_path / f"a{suffix}", tmp_path / "a.tif")
    assert load(tmp_path / "a.tif")(30, 30) == pytest.approx(colour, abs=6)


@pytest.mark.parametrize("white_is_zero", [False, True])
def test_black_and_white_scans_become_grey_and_not_their_negative(tmp_path: Path, white_is_zero: bool):
    paper = (vips().Image.black(64, 64) + 255).cast("uchar").draw_rect(0, 10, 10, 20, 20, fill=True)
    options = {"compression": "ccittfax4", "bitdepth": 1, "miniswhite": white_is_zero}
    paper.copy(interpretation="b-w").tiffsave(str(tmp_path / "a.tif"), **options)
    make_pyramid(tmp_path / "a.tif", tmp_path / "b.tif")
    made = load(tmp_path / "b.tif")
    assert made.bands == 1
    assert made(20, 20)[0] < 20
    assert made(50, 50)[0] > 235


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_ink_colours_keep_their_look(tmp_path: Path, suffix: str):
    colour = [200, 40, 40]
    red = (vips().Image.black(64, 64, bands=3) + colour).cast("uchar").copy(interpretation="srgb")
    ink = red.icc_transform("cmyk", input_profile="srgb")
    ink.write_to_file(str(tmp_path / f"a{suffix}"))
    make_pyramid(tmp_path / f"a{suffix}", tmp_path / "b.tif")
    assert load(tmp_path / "b.tif")(30, 30) == pytest.approx(colour, abs=25)


def _half(path: Path) -> bytes:
    return path.read_bytes()[: path.stat().st_size // 2]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_a_torn_picture_is_refused_by_name_and_the_old_pyramid_stays(tmp_path: Path, suffix: str):
    noise(900, 700).write_to_file(str(tmp_path / f"whole{suffix}"))
    torn = tmp_path / f"torn{suffix}"
    torn.write_bytes(_half(tmp_path / f"whole{suffix}"))
    target = tmp_path / "made" / "1.tif"
    make_pyramid(tmp_path / f"whole{suffix}", target)
    before = target.read_bytes()
    with pytest.raises(InputError, match="torn") as refusal:
        make_pyramid(torn, target)
    assert "\n" not in str(refusal.value)
    assert refusal.value.remedy
    assert target.read_bytes() == before
    assert [each.name for each in target.parent.iterdir()] == ["1.tif"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("notes.jpg", b"not a picture"), ("empty.png", b""), ("drawing.svg", b'<svg width="9" height="9"/>')],
)
def test_a_file_that_is_no_picture_is_refused(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        make_pyramid(tmp_path / name, tmp_path / "made" / "1.tif")
    assert not (tmp_path / "made" / "1.tif").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"3 3\n1 2 3\n4 5 6\n7 8 9\n",
        b"1,2,3\n4,5,6\n7,8,9\n",
        b"P2\n2 2\n255\n1 2 3 4\n",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b"push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 'label:@notes'\npop graphic-context\n",
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\nabcd",
        b"\x08\xf2\xa6\xb6" + bytes(200),
    ],
    ids=["matrix", "csv", "ppm", "pdf", "svg", "magick", "radiance", "vips"],
)
def test_only_the_formats_of_pages_are_opened_whatever_a_file_is_called(tmp_path: Path, content: bytes):
    (tmp_path / "page.png").write_bytes(content)
    with pytest.raises(InputError, match=r"page\.png does not decode as a picture"):
        make_pyramid(tmp_path / "page.png", tmp_path / "made" / "1.tif")
    assert not (tmp_path / "made").exists()


def _png_header(width: int, height: int) -> bytes:
    """Return a PNG that says its size and then has no picture."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    chunks = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_a_picture_of_too_many_pixels_is_refused_by_its_header_and_the_limit_is_named(tmp_path: Path):
    assert MAX_SOURCE_PIXELS == 1_000_000_000
    (tmp_path / "huge.png").write_bytes(_png_header(40_000, 25_001))
    with pytest.raises(InputError, match=r"huge\.png has 40000 x 25001 pixels; the limit is 1,000 mega") as refusal:
        make_pyramid(tmp_path / "huge.png", tmp_path / "1.tif")
    assert refusal.value.remedy
    (tmp_path / "large.png").write_bytes(_png_header(40_000, 25_000))
    with pytest.raises(InputError, match="does not decode"):
        make_pyramid(tmp_path / "large.png", tmp_path / "1.tif")


def _saved(path: Path, **options: Any) -> Path:
    image = ramp(60, 40)
    if turn := options.pop("turn", 0):
        image = image.copy()
        image.set_type(vips().GValue.gint_type, "orientation", turn)
    image.write_to_file(str(path), **options)
    return path


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("a.png", {"interlace": True}, "interlaced or progressive"),
        ("a.jpg", {"interlace": True}, "interlaced or progressive"),
        ("a.jpg", {"turn": 6}, "to be turned"),
        ("a.tif", {"turn": 2}, "to be turned"),
        ("a.webp", {}, "WebP"),
        ("a.gif", {}, "GIF"),
        ("a.avif", {}, "HEIF"),
    ],
)
def test_what_is_decoded_in_one_piece_has_a_limit_of_its_own(
    tmp_path: Path, name: str, options: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
):
    source, target = _saved(tmp_path / name, **options), tmp_path / "1.tif"
    monkeypatch.setattr("image.pyramid.MAX_WHOLE_PIXELS", 60 * 40)
    make_pyramid(source, target)
    target.unlink()
    monkeypatch.setattr("image.pyramid.MAX_WHOLE_PIXELS", 60 * 40 - 1)
    with pytest.raises(PictureTooLarge, match=rf"has 60 x 40 pixels and is {reason}") as refusal:
        make_pyramid(source, target)
    assert "baseline JPEG" in refusal.value.remedy
    assert not target.exists()


@pytest.mark.parametrize(("name", "options"), [("a.png", {}), ("a.jpg", {}), ("a.jpg", {"turn": 1}), ("a.tif", {})])
def test_what_is_decoded_line_by_line_keeps_the_larger_limit(
    tmp_path: Path, name: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("image.pyramid.MAX_WHOLE_PIXELS", 1)
    make_pyramid(_saved(tmp_path / name, **options), tmp_path / "1.tif")
    assert MAX_WHOLE_PIXELS == 100_000_000


@contextmanager
def _full_disk(size: int) -> Iterator[None]:
    """Let no file grow over `size` bytes: writing fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_no_fault_of_the_picture_and_leaves_nothing_behind(tmp_path: Path):
    noise(900, 700).pngsave(str(tmp_path / "a.png"))
    target = tmp_path / "made" / "1.tif"
    with _full_disk(50_000), pytest.raises(StoreUnavailable, match=r"1\.tif cannot be written") as refusal:
        make_pyramid(tmp_path / "a.png", target)
    assert "room" in refusal.value.remedy
    assert "\n" not in str(refusal.value)
    assert list(target.parent.iterdir()) == []
    make_pyramid(tmp_path / "a.png", target)
    with _full_disk(50_000), pytest.raises(StoreUnavailable, match="cannot be written"):
        ensure_reduced(target, "open", 0.9)
    assert list(target.parent.iterdir()) == [target]


def test_a_torn_picture_on_a_full_disk_is_still_a_torn_picture(tmp_path: Path):
    noise(900, 700).pngsave(str(tmp_path / "whole.png"))
    (tmp_path / "torn.png").write_bytes(_half(tmp_path / "whole.png"))
    with _full_disk(50_000), pytest.raises(InputError, match="torn"):
        make_pyramid(tmp_path / "torn.png", tmp_path / "1.tif")


def test_a_folder_that_cannot_be_made_or_written_is_said_with_a_remedy(tmp_path: Path):
    ramp(60, 50).pngsave(str(tmp_path / "a.png"))
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "taken.tif" / "x").mkdir(parents=True)
    for target in (tmp_path / "file" / "1.tif", tmp_path / "file" / "deep" / "1.tif", tmp_path / "taken.tif"):
        with pytest.raises(StoreUnavailable, match=r"\.tif cannot be written") as refusal:
            make_pyramid(tmp_path / "a.png", target)
        assert refusal.value.remedy
    assert not list(tmp_path.glob(".*"))


def test_a_missing_picture_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"gone\.jpg"):
        make_pyramid(tmp_path / "gone.jpg", tmp_path / "1.tif")


@pytest.mark.parametrize(
    ("scale", "size"),
    [(0.125, (126, 94)), (0.1, (101, 75)), (1.0, (1001, 750)), (0.0001, (1, 1)), (0.5, (501, 375))],
)
def test_the_reduced_size_is_rounded_up(scale: float, size: tuple[int, int]):
    assert reduced_size(1001, 750, scale) == size
    assert reduced_size(1000, 1000, 0.1) == (100, 100)


@pytest.mark.parametrize("scale", [0.0, -0.5, 1.01, float("nan")])
def test_a_scale_that_reduces_nothing_sensible_is_refused(scale: float):
    with pytest.raises(InputError):
        reduced_size(100, 100, scale)


def test_the_reduced_raster_has_the_size_and_the_look_of_the_picture(ramp_pyramid: Path, tmp_path: Path):
    target = tmp_path / "small.tif"
    assert make_reduced(ramp_pyramid, target, 0.3) == PyramidInfo(600, 450, 512)
    assert read_size(target) == (600, 450)
    assert difference(load(target), ramp(600, 450)) < 2


def test_another_scale_or_tier_is_another_file(tmp_path: Path):
    pyramid = tmp_path / "1.tif"
    paths = {reduced_path(pyramid, tier, scale) for tier in ("open", "small") for scale in (0.1, 0.125, 0.5)}
    assert len(paths) == 6
    assert pyramid not in paths
    assert {path.parent for path in paths} == {tmp_path}


def test_a_reduced_raster_is_made_once_and_anew_after_its_picture_changed(tmp_path: Path):
    noise(800, 600, seed=1).pngsave(str(tmp_path / "a.png"))
    make_pyramid(tmp_path / "a.png", tmp_path / "1.tif")
    path = ensure_reduced(tmp_path / "1.tif", "open", 0.25)
    first = path.stat().st_ino
    assert ensure_reduced(tmp_path / "1.tif", "open", 0.25) == path
    assert path.stat().st_ino == first
    (ramp(640, 480)).pngsave(str(tmp_path / "a.png"))
    make_pyramid(tmp_path / "a.png", tmp_path / "1.tif")
    assert ensure_reduced(tmp_path / "1.tif", "open", 0.25) == path
    assert read_size(path) == (160, 120)


def test_many_may_ask_for_a_missing_raster_at_once(noise_pyramid: Path):
    for leftover in noise_pyramid.parent.glob("*~race*"):
        leftover.unlink()
    found: list[tuple[int, int]] = []

    def ask() -> None:
        found.append(read_size(ensure_reduced(noise_pyramid, "race", 0.2)))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(321, 241)] * 6
    assert not list(noise_pyramid.parent.glob(".*"))


def test_a_lost_or_torn_pyramid_is_a_store_that_cannot_be_read(tmp_path: Path, noise_pyramid: Path):
    with pytest.raises(StoreUnavailable, match=r"lost\.tif"):
        read_size(tmp_path / "lost.tif")
    with pytest.raises(StoreUnavailable):
        ensure_reduced(tmp_path / "lost.tif", "open", 0.5)
    torn = tmp_path / "torn.tif"
    torn.write_bytes(_half(noise_pyramid))
    with pytest.raises(StoreUnavailable, match=r"torn\.tif"):
        ensure_reduced(torn, "open", 1.0)
    assert [each.name for each in tmp_path.iterdir()] == ["torn.tif"]


def test_the_engine_keeps_no_pictures_open_and_refuses_unsafe_formats():
    assert vips().cache_get_max() == 0
    with pytest.raises(vips().Error):
        decoded(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')

"""Pyramids of pages, whatever file holds them."""

from pathlib import Path
from typing import Any

import pytest

from image.engine import vips
from ingest.pictures import make_picture, picture_pages, size_of
from ingest.traps import Unreadable
from lectern.errors import InputError
from tests.ingest.files import write_picture
from tests.ingest.pdfs import line, locked_pdf, pdf

# Made by OpenJPEG: 120 x 90, red left and blue right below a light band; a grey ramp of 8 and of 16 bit.
PICTURES = Path(__file__).parent / "pictures"


def made(source: Path, folder: Path, page: int = 0) -> Any:
    make_picture(source, folder / f"made{page}.tif", page)
    return vips().Image.tiffload(str(folder / f"made{page}.tif"))


def test_a_page_of_a_pdf_is_rendered_at_300_dpi(tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(pdf(line("one"), line("HHHH", y=100, size=60), media="0 0 144 216"))
    first, second = made(tmp_path / "a.pdf", tmp_path), made(tmp_path / "a.pdf", tmp_path, 1)
    assert (first.width, first.height) == (second.width, second.height) == (600, 900)
    assert (first.bands, first.avg()) == (3, pytest.approx(255, abs=1))
    assert second.avg() < 250


def test_colours_of_a_pdf_are_not_mixed_up(tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(pdf("0.8 0.1 0.2 rg 0 0 75 75 re f", media="0 0 75 75"))
    assert made(tmp_path / "a.pdf", tmp_path)(50, 50) == pytest.approx([204, 25, 51], abs=3)


def test_a_turned_pdf_page_is_shown_as_it_is_meant(tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(pdf("", extra="/Rotate 90", media="0 0 144 216"))
    found = made(tmp_path / "a.pdf", tmp_path)
    assert (found.width, found.height) == (900, 600)


def test_a_large_page_is_rendered_smaller_with_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.pdf.MAX_PAGE_PIXELS", 600 * 900 // 4)
    (tmp_path / "a.pdf").write_bytes(pdf("", media="0 0 144 216"))
    info, warnings = make_picture(tmp_path / "a.pdf", tmp_path / "a.tif")
    assert (info.width, info.height) == (300, 450)
    assert [text.partition(":")[0] for text in warnings] == ["pdf-page-large"]
    assert "150 dpi" in warnings[0]


def test_a_page_of_absurd_shape_has_sides_that_can_be_served(tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(pdf("", media="0 0 2 2000000"))
    info, warnings = make_picture(tmp_path / "a.pdf", tmp_path / "a.tif")
    assert (info.width, info.height, len(warnings)) == (1, 65_000, 1)


@pytest.mark.parametrize("media", ["0 0 144 216", "0 0 595.28 841.89", "0 0 20000 30000", "0 0 2 2000000"])
def test_the_size_of_a_pdf_page_is_told_without_rendering_it(tmp_path: Path, media: str):
    (tmp_path / "a.pdf").write_bytes(pdf("", media=media))
    info, _ = make_picture(tmp_path / "a.pdf", tmp_path / "a.tif")
    assert size_of(tmp_path / "a.pdf") == (info.width, info.height)


def test_sizes_of_other_pictures_come_from_their_headers(tmp_path: Path):
    write_picture(tmp_path / "a.png", 30, 40)
    assert (size_of(tmp_path / "a.png"), size_of(PICTURES / "grey.jp2")) == ((30, 40), (120, 90))
    with pytest.raises(InputError):
        size_of(tmp_path / "gone.png")


def test_a_locked_pdf_has_no_picture(tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(locked_pdf())
    with pytest.raises(Unreadable, match="password"):
        make_picture(tmp_path / "a.pdf", tmp_path / "a.tif")


@pytest.mark.parametrize("name", ["colour.jp2", "colour.j2k"])
def test_jpeg_2000_keeps_its_colours(tmp_path: Path, name: str):
    found = made(PICTURES / name, tmp_path)
    assert (found.width, found.height, found.bands) == (120, 90, 3)
    assert found(30, 70) == pytest.approx([200, 30, 30], abs=3)
    assert found(90, 70) == pytest.approx([30, 60, 200], abs=3)
    assert found(30, 5) == pytest.approx([250, 250, 250], abs=3)


@pytest.mark.parametrize("name", ["grey.jp2", "grey16.jp2"])
def test_grey_jpeg_2000_stays_grey_whatever_its_depth(tmp_path: Path, name: str):
    found = made(PICTURES / name, tmp_path)
    assert found.bands == 1
    assert [found(x, 40)[0] for x in (0, 60, 119)] == pytest.approx([0, 128, 255], abs=3)


@pytest.mark.parametrize("size", [40, 100, 700])
def test_torn_jpeg_2000_is_refused(tmp_path: Path, size: int):
    (tmp_path / "a.jp2").write_bytes((PICTURES / "colour.jp2").read_bytes()[:size])
    with pytest.raises(InputError) as caught:
        make_picture(tmp_path / "a.jp2", tmp_path / "a.tif")
    assert caught.value.remedy


def test_a_jpeg_2000_that_announces_a_huge_size_is_refused_from_its_header(tmp_path: Path):
    data = bytearray((PICTURES / "colour.j2k").read_bytes())
    data[8:16] = (200_000).to_bytes(4, "big") * 2
    (tmp_path / "a.j2k").write_bytes(data)
    with pytest.raises(Unreadable) as caught:
        make_picture(tmp_path / "a.j2k", tmp_path / "a.tif")
    assert caught.value.trap == "picture-too-large"


def test_pages_are_counted_for_tiff_and_pdf_only(tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(pdf("", ""))
    write_picture(tmp_path / "a.png")
    (vips().Image.black(10, 40)).tiffsave(str(tmp_path / "a.tif"), page_height=10)
    assert picture_pages(tmp_path / "a.pdf") == (0, 1)
    assert picture_pages(tmp_path / "a.png") == (0,)
    assert picture_pages(tmp_path / "a.tif") == (0, 1, 2, 3)


def test_a_picture_that_is_gone_is_named(tmp_path: Path):
    with pytest.raises(Unreadable, match=r"gone\.png cannot be read"):
        make_picture(tmp_path / "gone.png", tmp_path / "a.tif")


def test_a_picture_of_too_many_pixels_to_be_held_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    vips().Image.black(60, 40).pngsave(str(tmp_path / "a.png"), interlace=True)
    monkeypatch.setattr("image.pyramid.MAX_WHOLE_PIXELS", 1_000)
    with pytest.raises(Unreadable, match="held in memory") as refusal:
        made(tmp_path / "a.png", tmp_path)
    assert (refusal.value.trap, "TIFF" in refusal.value.remedy) == ("picture-too-large", True)

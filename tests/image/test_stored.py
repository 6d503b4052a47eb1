"""Stored tiles handed over as they lie in the file, and files that are not what they should be."""

import os
import shutil
import struct
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from image import stored
from image.engine import vips
from image.pyramid import JPEG_QUALITY, ensure_reduced, make_pyramid
from image.render import render
from image.stored import Pyramid, open_pyramid, stored_tile
from image.tiff import OpenFile, TornTiff, directories
from lectern.errors import StoreUnavailable

from .conftest import decoded, difference, noise
from .pyramids import KINDS, TILE, first_directory, level_of, save, saved_noise, tile_request
from .test_request import ask

SIZE = (1111, 777)


def tiles(size: tuple[int, int], levels: int, side: int = TILE) -> list[tuple[int, int, int]]:
    """Return level, column and row of every tile of a picture."""
    return [
        (level, column, row)
        for level in range(levels)
        for column in range(-(-size[0] // (side << level)))
        for row in range(-(-size[1] // (side << level)))
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_stored_tile_is_handed_over_with_the_pixels_that_libvips_reads(tmp_path: Path, kind: str):
    path = saved_noise(tmp_path, kind)
    pyramid = open_pyramid(path)
    assert (pyramid.width, pyramid.height, pyramid.tile, len(pyramid.sizes)) == (*SIZE, TILE, 4)
    handed = 0
    for place in tiles(SIZE, 4):
        level, column, row = place
        raster = level_of(path, level)
        answer = stored_tile(pyramid, tile_request(SIZE, place))
        whole = (column + 1) * TILE <= raster.width and (row + 1) * TILE <= raster.height
        assert (answer is not None) == whole
        if answer is not None:
            handed += 1
            tile = decoded(answer)
            assert (tile.width, tile.height, tile.bands) == (TILE, TILE, raster.bands)
            assert difference(tile, raster.crop(column * TILE, row * TILE, TILE, TILE)) == 0
    assert handed == 4 * 3 + 2 * 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_tile_of_the_grid_is_right_at_every_level_of_a_picture_with_odd_sides(tmp_path: Path, kind: str):
    path = saved_noise(tmp_path, kind)
    for place in tiles(SIZE, 4):
        level, column, row = place
        request = tile_request(SIZE, place)
        tile, raster = decoded(render(request, path)), level_of(path, level)
        assert (tile.width, tile.height) == request.size
        x, y = column * TILE, row * TILE
        w, h = min(TILE, raster.width - x), min(TILE, raster.height - y)
        if (w, h) == request.size:  # else the level has lost the last odd line, and a larger one has it
            # Noise in 4:2:0 is not what it was: compared with what libvips makes of the very pixels.
            expected = decoded(raster.crop(x, y, w, h).jpegsave_buffer(Q=JPEG_QUALITY))
            assert min(difference(tile, expected), difference(tile, raster.crop(x, y, w, h))) < 0.5
        else:
            assert abs(tile.avg() - raster.crop(x, y, w, h).avg()) < 12


def test_a_handed_over_jpeg_says_what_its_colours_are(tmp_path: Path):
    place = tile_request(SIZE, (0, 0, 0))
    for kind, mark in (("colour", b"JFIF"), ("grey", b"JFIF"), ("rgb", b"Adobe")):
        answer = stored_tile(open_pyramid(saved_noise(tmp_path, kind)), place) or b""
        assert answer[6:10] in mark
        assert answer[2:20].count(mark) == 1


@pytest.mark.parametrize(
    "parts",
    [
        ("0,0,256,256", "max", "90", "default.jpg"),
        ("0,0,256,256", "max", "!0", "default.jpg"),
        ("0,0,256,256", "max", "0", "gray.jpg"),
        ("0,0,256,256", "max", "0", "bitonal.jpg"),
        ("0,0,256,256", "max", "0", "default.png"),
        ("0,0,256,256", "255,256", "0", "default.jpg"),
        ("0,0,257,256", "256,256", "0", "default.jpg"),
        ("1,0,256,256", "max", "0", "default.jpg"),
        ("0,128,256,256", "max", "0", "default.jpg"),
        ("256,0,512,512", "256,256", "0", "default.jpg"),
        ("0,0,512,256", "256,256", "0", "default.jpg"),
        ("0,0,768,768", "256,256", "0", "default.jpg"),
        ("0,0,128,128", "^256,256", "0", "default.jpg"),
        ("full", "256,256", "0", "default.jpg"),
        ("1024,512,256,256", "max", "0", "default.jpg"),
    ],
)
def test_anything_but_one_whole_tile_as_it_is_is_not_handed_over(tmp_path: Path, parts: tuple[str, ...]):
    request = ask(3, *parts, width=SIZE[0], height=SIZE[1])
    path = saved_noise(tmp_path)
    assert stored_tile(open_pyramid(path), request) is None
    assert decoded(render(request, path)).width in {request.size[0], request.size[1]}


def test_a_grey_pictures_tiles_are_its_grey_quality_too(tmp_path: Path):
    request = ask(3, "256,256,256,256", "max", quality_format="gray.jpg", width=SIZE[0], height=SIZE[1])
    assert stored_tile(open_pyramid(saved_noise(tmp_path, "grey")), request) is not None


def test_th_62_a_tier_hands_over_its_own_tiles_where_they_are_the_region_to_the_pixel(tmp_path: Path):
    full = (8192, 4096)
    noise(2048, 1024).resize(4).pngsave(str(tmp_path / "a.png"))
    make_pyramid(tmp_path / "a.png", tmp_path / "a.tif")
    reduced = ensure_reduced(tmp_path / "a.tif", "small", 0.25)
    pyramid = open_pyramid(reduced)
    assert (pyramid.width, pyramid.tile) == (2048, 512)
    for level, column, row in ((0, 1, 1), (1, 1, 0)):
        request = tile_request(full, (level + 2, column, row), 512)
        tile = stored_tile(pyramid, request)
        assert tile is not None
        assert difference(decoded(tile), level_of(reduced, level).crop(column * 512, row * 512, 512, 512)) == 0
    assert stored_tile(pyramid, tile_request(full, (0, 1, 1), 512)) is None
    assert stored_tile(pyramid, tile_request(full, (1, 1, 1), 512)) is None


def test_th_62_a_tier_whose_pixels_lie_between_those_of_the_picture_hands_over_none(tmp_path: Path):
    path = saved_noise(tmp_path, size=(1024, 512))
    for place in tiles((8191, 4095), 6):
        assert stored_tile(open_pyramid(path), tile_request((8191, 4095), place)) is None


@pytest.mark.parametrize(
    ("bands", "options"),
    [
        (3, {"compression": "deflate"}),
        (3, {"compression": "none", "pyramid": False}),
        (1, {"compression": "lzw"}),
        (3, {"tile_height": 128}),
        (3, {"subifd": True}),
    ],
)
def test_a_picture_stored_in_another_way_is_shown_all_the_same(tmp_path: Path, bands: int, options: dict[str, Any]):
    path = saved_noise(tmp_path, "grey" if bands == 1 else "colour", **options)
    for parts in (("256,256,256,256", "max"), ("full", "200,140"), ("full", "max")):
        request = ask(3, *parts, quality_format="default.png", width=SIZE[0], height=SIZE[1])
        answer = decoded(render(request, path))
        assert (answer.width, answer.height) == request.size
        whole = noise(*SIZE).colourspace("b-w" if bands == 1 else "srgb").crop(*request.region)
        assert answer.avg() == pytest.approx(whole.avg(), abs=1.5)


def test_a_file_put_in_anothers_place_is_seen_at_once(tmp_path: Path):
    first, second = tmp_path / "a.tif", tmp_path / "b.tif"
    save(noise(512, 512), first)
    save(noise(512, 512, seed=9), second)
    os.utime(second, ns=(first.stat().st_atime_ns, first.stat().st_mtime_ns))
    request = tile_request((512, 512), (0, 1, 1))
    before = render(request, first)
    expected = render(request, second)
    assert before != expected
    second.rename(first)
    assert render(request, first) == expected
    first.unlink()
    with pytest.raises(StoreUnavailable):
        render(request, first)


def test_a_tile_costs_one_look_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = saved_noise(tmp_path)
    request = tile_request(SIZE, (0, 1, 1))
    expected = render(request, path)
    looks: list[Path] = []
    stat = Path.stat

    def looked(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        looks.append(self)
        return stat(self, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", looked)
    assert render(request, path) == expected
    assert looks == [path]


def test_a_pipe_or_a_folder_in_a_pictures_place_is_unreadable_at_once(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.tif")
    (tmp_path / "folder.tif").mkdir()
    for name in ("pipe.tif", "folder.tif"):
        with pytest.raises(StoreUnavailable):
            open_pyramid(tmp_path / name)


def _descriptors_of(folder: Path) -> int:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(str(link.readlink()).startswith(str(folder)) for link in links)


def test_the_files_kept_open_are_bounded_and_those_put_aside_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stored, "_OPEN", stored._OpenPyramids(3))
    save(noise(300, 300), tmp_path / "0.tif")
    for n in range(1, 9):
        shutil.copy(tmp_path / "0.tif", tmp_path / f"{n}.tif")
    kept = open_pyramid(tmp_path / "0.tif")
    for n in range(1, 9):
        assert open_pyramid(tmp_path / "0.tif") is kept  # asked for again and again, it stays
        open_pyramid(tmp_path / f"{n}.tif")
    assert len(stored._OPEN) == 3
    assert _descriptors_of(tmp_path) == 3


def test_a_file_in_use_stays_open_when_it_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stored, "_OPEN", stored._OpenPyramids(1))
    path = saved_noise(tmp_path)
    held = open_pyramid(path)
    open_pyramid(saved_noise(tmp_path, "grey"))
    assert decoded(held.jpeg(0, 1, 1)[0]).width == TILE
    assert open_pyramid(path) is not held


def test_any_number_of_threads_may_ask_while_files_come_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stored, "_OPEN", stored._OpenPyramids(2))
    paths = [saved_noise(tmp_path, kind) for kind in KINDS]
    requests = [tile_request(SIZE, (0, column, row)) for column in range(3) for row in range(2)]
    expected = {(path, n): render(request, path) for path in paths for n, request in enumerate(requests)}
    wrong: list[object] = []

    def ask_for_all(turn: int) -> None:
        for step in range(60):
            path, n = paths[(turn + step) % len(paths)], step % len(requests)
            if render(requests[n], path) != expected[path, n]:
                wrong.append((path, n))

    threads = [threading.Thread(target=ask_for_all, args=(turn,)) for turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert _descriptors_of(tmp_path) <= 2


def test_a_file_cut_short_while_it_is_open_is_unreadable_and_no_crash(tmp_path: Path):
    path = saved_noise(tmp_path)
    pyramid = open_pyramid(path)
    os.truncate(path, 5000)
    for request in (tile_request(SIZE, (0, 1, 1)), ask(3, "full", "200,", width=SIZE[0], height=SIZE[1])):
        with pytest.raises(StoreUnavailable) as failure:
            render(request, path)
        assert failure.value.remedy
    with pytest.raises(StoreUnavailable):
        pyramid.jpeg(0, 3, 2)


REQUESTS = [
    tile_request((600, 500), (0, 0, 0)),
    tile_request((600, 500), (1, 0, 0)),
    tile_request((600, 500), (0, 2, 1)),
    ask(3, "full", "100,", width=600, height=500),
    ask(3, "100,100,300,300", "290,290", width=600, height=500),
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return save(noise(600, 500), tmp_path_factory.mktemp("small") / "a.tif").read_bytes()


def answers(path: Path) -> int:
    """Return how many requests are answered; the others are refused in the one way there is."""
    answered = 0
    for request in REQUESTS:
        try:
            answer = render(request, path)
        except StoreUnavailable:
            continue
        answered += 1
        with suppress(vips().Error):  # a tile handed over is not looked into
            assert decoded(answer).width == request.size[0]
    return answered


def test_a_file_cut_at_any_place_is_a_picture_or_unreadable(tmp_path: Path, small: bytes):
    path = tmp_path / "a.tif"
    for length in [*range(20), *range(20, len(small), 1999), *range(len(small) - 40, len(small))]:
        path.write_bytes(small[:length])
        answers(path)
    path.write_bytes(small)
    assert answers(path) == len(REQUESTS)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_with_any_bytes_changed_is_a_picture_or_unreadable(tmp_path: Path, small: bytes, data: st.DataObject):
    at = first_directory(small)
    count = struct.unpack_from("<H", small, at)[0]
    places = st.one_of(
        st.integers(0, 15), st.integers(at, at + 6 + 12 * count), st.integers(at, len(small) - 1),
        st.integers(0, len(small) - 1),
    )  # fmt: skip
    made = bytearray(small)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)):
        made[place] = value
    path = tmp_path / "mutated.tif"
    path.write_bytes(made)
    answers(path)


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_directories_or_torn(data: bytes):
    for head in (b"", b"II*\x00\x08\x00\x00\x00", b"MM\x00*\x00\x00\x00\x08", b"II+\x00\x08\x00\x00\x00"):
        number = os.memfd_create("tiff")
        try:
            os.write(number, head + data)
            for directory in directories(OpenFile(number, len(head + data))):
                for tag in range(600):
                    directory.numbers(tag)
        except TornTiff:
            pass
        finally:
            os.close(number)


def _with_field(data: bytes, tag: int, kind: int, count: int, value: int) -> bytes:
    """Return a TIFF with one field of its first directory replaced."""
    made, at = bytearray(data), first_directory(data)
    for n in range(struct.unpack_from("<H", data, at)[0]):
        place = at + 2 + 12 * n
        if struct.unpack_from("<H", data, place)[0] == tag:
            struct.pack_into("<HHII", made, place, tag, kind, count, value)
            return bytes(made)
    raise AssertionError(tag)


@pytest.mark.parametrize(
    ("tag", "kind_count_value"),
    [
        (324, (4, 6, 0xFFFFFF00)),  # places of tiles outside the file
        (324, (4, 5, 8)),  # one tile too few
        (324, (4, 0xFFFFFFFF, 8)),  # four thousand million tiles
        (325, (16, 0x7FFFFFFF, 8)),
        (256, (4, 1, 0)),
        (257, (4, 1, 0xFFFFFFFF)),
        (322, (4, 1, 1)),
        (347, (7, 40, 8)),  # tables that are none
    ],
)
def test_a_directory_that_leads_astray_is_unreadable(
    tmp_path: Path, small: bytes, tag: int, kind_count_value: tuple[int, int, int]
):
    path = tmp_path / "a.tif"
    path.write_bytes(_with_field(small, tag, *kind_count_value))
    for request in (REQUESTS[0], REQUESTS[2], REQUESTS[4]):  # those of the largest level
        with pytest.raises(StoreUnavailable) as failure:
            render(request, path)
        assert "ngest" in failure.value.remedy
        assert str(tmp_path) not in str(failure.value)


def test_a_chain_that_bites_its_tail_is_unreadable(tmp_path: Path, small: bytes):
    at = first_directory(small)
    made, end = bytearray(small), at + 2 + 12 * struct.unpack_from("<H", small, at)[0]
    struct.pack_into("<I", made, end, at)
    (tmp_path / "a.tif").write_bytes(made)
    with pytest.raises(StoreUnavailable):
        open_pyramid(tmp_path / "a.tif")


def test_a_tile_of_another_size_than_its_directory_says_is_unreadable(tmp_path: Path, small: bytes):
    pyramid = _pyramid(tmp_path, small)
    made, frame = bytearray(small), small.index(b"\xff\xc0", pyramid.tiles(0).offsets[0])
    struct.pack_into(">HH", made, frame + 5, 60000, 60000)
    with pytest.raises(StoreUnavailable):
        _pyramid(tmp_path, bytes(made)).jpeg(0, 0, 0)


def _pyramid(folder: Path, data: bytes) -> Pyramid:
    (folder / "a.tif").write_bytes(data)
    return Pyramid(folder / "a.tif")


def test_files_that_were_removed_are_let_go_of_when_another_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "_OPEN", stored._OpenPyramids(9))
    monkeypatch.setattr(stored, "_SWEPT_EVERY", 0)
    first = saved_noise(tmp_path, "grey")
    names = [tmp_path / f"{n}.tif" for n in range(3)]
    for name in names:
        shutil.copyfile(first, name)
    for name in names[:2]:
        open_pyramid(name)
    names[0].unlink()
    open_pyramid(names[2])
    assert sorted(stored._OPEN._kept) == [str(name) for name in names[1:]]

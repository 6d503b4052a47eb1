"""Bad pictures at ingest and in the home: a clear refusal, bounded memory, and everybody else is served (TH-105)."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from image.pyramid import Pixels, make_pyramid_of_pixels
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.urls import canvas_path
from tests.attack.bad_pictures import bomb, refused
from tests.attack.test_image_requests import Server, well_formed
from tests.conftest import ROOT
from tests.servers import free_port, running, settings_free_environment

_MOST_MEMORY = 400 << 20  # what a builder or worker may come to hold, in bytes
_SPARSE = 2 << 30
_BUILDER = """
import json, re, sys
from pathlib import Path
from image.pyramid import make_pyramid
from lectern.errors import InputError

out = Path(sys.argv[1])
for name in sys.argv[2:]:
    try:
        found = str(make_pyramid(Path(name), out / "made.tif"))
    except InputError as error:
        found = f"{error.detail}|{error.remedy}"
    # Of this image alone: ru_maxrss would begin with what the process that started it held.
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024
    print(json.dumps([Path(name).name, found, peak]), flush=True)
"""


def _built(folder: Path, *names: Path) -> dict[str, tuple[str, int]]:
    """Return what one builder process says of each picture, and its peak memory in bytes after it."""
    out = folder / "out"
    out.mkdir()
    command = [sys.executable, "-c", _BUILDER, str(out), *map(str, names)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []
    lines = (json.loads(line) for line in done.stdout.splitlines())
    return {name: (found, peak) for name, found, peak in lines}


def test_th_105_a_header_or_a_bomb_costs_a_builder_no_memory_and_is_refused_by_name(tmp_path: Path):
    sources = tmp_path / "sources"
    sources.mkdir()
    for name, content in refused():
        (sources / name).write_bytes(content)
    for name in ("sparse.jpg", "sparse.png", "sparse.tif"):
        with (sources / name).open("wb") as file:
            file.write({"j": b"\xff\xd8\xff", "p": b"\x89PNG\r\n\x1a\n", "t": b"II*\0\x08\0\0\0"}[name[7]])
            file.truncate(_SPARSE)
    names = sorted(sources.iterdir(), key=lambda path: (path.name == "sparse.jpg", path.name))
    told = _built(tmp_path, *names)
    assert told.keys() == {path.name for path in names}
    for name, (found, peak) in told.items():
        assert found.startswith(name), found
        assert "|" in found
        assert str(tmp_path) not in found
        # That one is read to its end through a map: what is counted are the file's own pages.
        assert peak < _MOST_MEMORY or name == "sparse.jpg"


def test_th_105_a_small_file_that_becomes_a_large_picture_is_made_line_by_line(tmp_path: Path):
    source = tmp_path / "bomb.tif"
    source.write_bytes(bomb(10_000))
    assert source.stat().st_size < 200_000
    ((found, peak),) = _built(tmp_path, source).values()
    assert "width=10000" in found
    assert peak < _MOST_MEMORY


# In the home: the pyramid was good when it was made


@dataclass(frozen=True)
class Shelf:
    """A running Lectern, and its pyramids."""

    server: Server
    images: Path
    pid: int

    def memory(self) -> int:
        """Return what the worker holds, in bytes."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        pages = sum(int(Path(f"/proc/{child}/statm").read_text().split()[1]) for child in children)
        return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    home = Home(tmp_path_factory.mktemp("spoilt"))
    home.prepare()
    home.policies_file.write_text(
        '[policies.readers]\npatterns = ["login"]\nsubstitute = { max_scale = 0.3, tier = "small" }\n'
    )
    catalogue = Catalogue(home)
    side = 2000
    for name, policy in (("good", "open"), ("spoilt", "open"), ("tiered", "readers")):
        row = ObjectRow(name, name, name, policy=policy, pages=1)
        catalogue.publish(row, [CanvasRow(1, canvas_path(name, 1), side, side, image=f"{name}.tif")])
        pixels = Pixels(os.urandom(side * 3) * side, side, side, 3, side * 3)
        make_pyramid_of_pixels(pixels, home.images / f"{name}.tif")
    catalogue.close()
    port = free_port()
    environment = settings_free_environment(
        LECTERN_HOME=str(home.path), PORT=str(port), LECTERN_WORKERS="1", LECTERN_PUBLIC_URL="http://localhost"
    )
    command = [sys.executable, "-m", "services.cli", "up"]
    with running(command, environment, f"http://127.0.0.1:{port}/readyz") as program:
        yield Shelf(Server(port, "", program), home.images, program.process.pid)


PARTS = [
    "0,0,512,512/512,512/0/default.jpg",
    "100,100,700,700/700,700/0/default.jpg",
    "1536,1536,464,464/464,464/0/default.jpg",
    "full/200,/0/default.jpg",
    "full/1000,/0/default.jpg",
    "full/max/0/default.jpg",
    "full/300,/90/gray.png",
    "square/256,/37/default.webp",
]


def _half(good: bytes) -> bytes:
    return good[: len(good) // 2]


def _claims(good: bytes, width: int) -> bytes:
    """Return a pyramid whose first directory claims another width and height."""
    at = int.from_bytes(good[4:8], "little")
    data = bytearray(good)
    for n in range(int.from_bytes(good[at : at + 2], "little")):
        field = at + 2 + 12 * n
        if int.from_bytes(good[field : field + 2], "little") in (256, 257):
            data[field + 2 : field + 12] = b"\x04\0\x01\0\0\0" + width.to_bytes(4, "little")
    return bytes(data)


def _tiles_claim(good: bytes) -> bytes:
    """Return a pyramid each of whose tiles says in its JPEG header that it has 65,535 pixels a side."""
    return good.replace(b"\xff\xc0\x00\x11\x08\x02\x00\x02\x00", b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff")


def _instead(content: bytes, _good: bytes) -> bytes:
    return content


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda good: b"",
    "half": _half,
    "head only": lambda good: good[:8],
    "zeros": lambda good: bytes(len(good)),
    "noise": lambda good: os.urandom(len(good)),
    "text": lambda good: b"not a picture at all",
    "tiles gone": lambda good: good[: len(good) // 20] + bytes(len(good) - len(good) // 20),
    "claims 65535": lambda good: _claims(good, 65_535),
    "claims 2^31": lambda good: _claims(good, 2**31 - 1),
    "claims nothing": lambda good: _claims(good, 0),
    "tiles claim 65535": _tiles_claim,
    **{name: partial(_instead, content) for name, content in refused() if name.endswith(".tif")},
}


@pytest.mark.parametrize("how", SPOILT)
def test_th_105_a_spoilt_pyramid_is_a_clear_error_for_itself_alone(shelf: Shelf, how: str):
    good = (shelf.images / "good.tif").read_bytes()
    assert good[:4] == b"II*\0"
    for name in ("spoilt", "tiered"):
        beside = shelf.images / f".{name}.new"
        beside.write_bytes(SPOILT[how](good))
        beside.replace(shelf.images / f"{name}.tif")
        for reduced in shelf.images.glob(f"{name}~*"):
            reduced.unlink()
    for number, parts in enumerate(PARTS):
        for image in ("spoilt-1", "tiered-1~small"):
            answer = shelf.server.ask(f"/iiif/3/{image}/{parts}")
            assert answer.status in (200, 503), (image, parts, answer.body)
            if answer.status == 503:
                _unavailable(answer.body)
        assert shelf.server.ask("/iiif/3/spoilt-1/info.json").status in (200, 503)
        if number % 4 == 0:
            assert shelf.server.ask(f"/iiif/3/good-1/{parts}").status == 200
    assert shelf.memory() < _MOST_MEMORY


def _unavailable(body: bytes) -> None:
    found = json.loads(body)
    assert found["status"] == 503
    assert found.keys() >= {"type", "title", "detail"}
    assert ".tif" not in found["detail"]


def test_th_105_others_are_served_while_spoilt_and_largest_pictures_are_asked_for(shelf: Shelf):
    (shelf.images / ".new").write_bytes(_half((shelf.images / "good.tif").read_bytes()))
    (shelf.images / ".new").replace(shelf.images / "spoilt.tif")
    hard = [
        f"/iiif/3/{image}/full/{size}/{turn}/default.png"
        for image in ("spoilt-1", "good-1")
        for size in ("max", "1999,")
        for turn in ("0", "37")
    ]
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(shelf.server.ask, path) for path in hard * 6]
        for _ in range(10):
            assert shelf.server.ask("/healthz").status == 200
            tile = shelf.server.ask("/iiif/3/good-1/512,512,512,512/512,512/0/default.jpg")
            assert tile.status == 200
        statuses = {future.result().status for future in asked}
    assert statuses <= {200, 503}
    assert shelf.memory() < _MOST_MEMORY
    well_formed(shelf.server.ask("/iiif/3/good-1/0,0,9,9/max/0/default.jpg"))


def test_th_97_a_picture_that_is_gone_or_is_no_file_is_a_clear_error(shelf: Shelf):
    lost = shelf.images / "spoilt.tif"

    def refused_clearly() -> None:
        answer = shelf.server.ask("/iiif/3/spoilt-1/full/200,/0/default.jpg")
        assert answer.status == 503
        _unavailable(answer.body)

    lost.unlink()
    refused_clearly()
    lost.mkdir()
    refused_clearly()
    lost.rmdir()
    for target in ("/nowhere", lost.name):
        lost.symlink_to(target)
        refused_clearly()
        lost.unlink()

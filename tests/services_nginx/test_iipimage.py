"""Debian's iipsrv behind nginx and Lectern's verdict: the recipe of deploy/iipimage, as it is."""

import json
import os
import signal
import time
from contextlib import ExitStack
from urllib.request import urlopen

import pytest

from image.headers import picture_size
from image.pyramid import Pixels, make_pyramid_of_pixels
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.urls import canvas_path
from tests.conformance.test_schemas import errors
from tests.iipsrv import iipsrv_program, plain_iipsrv
from tests.services_nginx.iipimage import HEIGHT, POLICIES, WIDTH, Behind, ask

pytestmark = pytest.mark.nginx

_TILE = "0,0,512,512/512,/0/default.jpg"
_SMALL = "full/150,110/0/default.jpg"
_JPEG = b"\xff\xd8\xff"


def test_an_iipsrv_without_a_gate_gives_its_images_to_everybody(needs_nginx, tmp_path):
    """What the gate is for, and what our own pixels are measured beside."""
    (tmp_path / "images").mkdir()
    make_pyramid_of_pixels(Pixels(bytes(600 * 600), 600, 600, 1, 600), tmp_path / "images" / "a.tif")
    with plain_iipsrv(tmp_path / "images", tmp_path / "run") as plain:
        assert len(set(plain.pids)) == 3
        with urlopen(f"{plain.url}/iiif/a.tif/info.json", timeout=20) as info:
            assert json.load(info)["width"] == 600
        with urlopen(f"{plain.url}/iiif/a.tif/full/300,/0/default.jpg", timeout=20) as picture:
            assert picture.read(2) == b"\xff\xd8"


class Gate:
    """The recipe, and what readers ask of it."""

    def __init__(self, behind: Behind, port: int) -> None:
        self.behind, self.port = behind, port

    def ask(self, path: str, cookie: str = "", method: str = "GET", **headers: str):
        return ask(self.port, path, cookie, method, **headers)

    def status(self, path: str, cookie: str = "", **headers: str) -> int:
        return int(self.ask(path, cookie, **headers)[0])

    def verdicts(self) -> int:
        return self.behind.lectern.log().count('"/auth/verify"')


@pytest.fixture(scope="module")
def gate(needs_nginx, tmp_path_factory):
    iipsrv_program()
    with ExitStack() as stack:
        behind = Behind(tmp_path_factory.mktemp("iipimage"), stack)
        port, _ = stack.enter_context(behind.gateway())
        yield Gate(behind, port)


def path(image: str, parts: str = _TILE, version: int = 2) -> str:
    return f"/iiif/{version}/{image}/{parts}"


def size_of(body: bytes, tmp_path) -> tuple[int, int]:
    (tmp_path / "it.jpg").write_bytes(body)
    return picture_size(tmp_path / "it.jpg")


@pytest.mark.parametrize("version", [2, 3])
def test_pictures_are_given_to_those_who_may(gate, version):
    member = gate.behind.cookie("member")
    status, headers, body = gate.ask(path("members-1", _SMALL, version), member)
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert body == gate.behind.direct("members%2F0001.tif", _SMALL)
    assert gate.ask(path("members-2", _SMALL, version), member)[2] == gate.behind.direct("members%2F0002.tif", _SMALL)
    assert gate.ask(path("open-1", _SMALL, version))[2] == gate.behind.direct("open%2F0001.tif", _SMALL)
    assert gate.status(path("members-1", version=version)) == 401
    assert gate.status(path("staff-1", version=version), member) == 403
    assert gate.status(path("nothing-1", version=version), member) == 403
    assert gate.status(path("open-3", version=version), member) == 403


def test_th_72_answers_are_kept_by_no_cache_and_tell_nothing_of_the_file(gate):
    _, headers, _ = gate.ask(path("members-1"), gate.behind.cookie("member"))
    assert headers.get_all("Cache-Control") == ["private, no-store"]
    assert headers.get_all("Access-Control-Allow-Origin") == ["*"]
    assert headers["Last-Modified"] is headers["ETag"] is headers["X-Lectern-Name"] is headers["X-Lectern-Tier"] is None


@pytest.mark.parametrize(
    ("version", "parts", "size"),
    [
        (2, "full/full/0/default.jpg", (WIDTH, HEIGHT)),
        (2, "full/max/0/default.jpg", (WIDTH, HEIGHT)),
        (3, "full/max/0/default.jpg", (WIDTH, HEIGHT)),
        (3, "full/300,220/0/default.jpg", (300, 220)),
        (3, "512,512,512,512/512,512/0/default.jpg", (512, 512)),
        (3, "1024,0,476,1024/238,512/0/default.jpg", (238, 512)),
        (2, "0,0,1500,1100/,110/90/gray.jpg", (110, 150)),
        (3, "square/!100,200/!180/color.jpg", (100, 100)),
        (3, "pct:0,0,50,50/pct:10/270/bitonal.jpg", (55, 75)),
    ],
)
def test_im3_05_to_09_iipsrv_gives_what_both_versions_ask_of_it(gate, tmp_path, version, parts, size):
    status, _, body = gate.ask(path("open-1", parts, version))
    assert status == 200
    assert size_of(body, tmp_path) == size


@pytest.mark.parametrize(
    ("version", "parts"),
    [
        (3, "full/full/0/default.jpg"),
        (3, "full/^3000,/0/default.jpg"),
        (3, "full/max/45/default.jpg"),
        (2, "full/max/0/default.png"),
        (2, "full/max/0/native.jpg"),
        (2, "full/max/0/default.tif"),
        (2, "0,0,0,0/max/0/default.jpg"),
        (2, "-5,0,5,5/max/0/default.jpg"),
        (2, "99999999999,0,5,5/max/0/default.jpg"),
        (2, "full/0,/0/default.jpg"),
        (2, "full/max/0/default.jpg.jpg"),
        (2, "full/max/0"),
    ],
)
def test_what_iipsrv_does_not_give_is_refused_in_our_words(gate, version, parts):
    status, headers, body = gate.ask(path("open-1", parts, version))
    assert status in (400, 404)
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["status"] == status
    assert headers.get_all("Access-Control-Allow-Origin") == ["*"]
    assert str(gate.behind.images) not in body.decode()


def test_a_picture_that_iipsrv_has_lost_does_not_tell_where_it_was(gate):
    lost = gate.behind.images / "open" / "0002.tif"
    kept = lost.rename(lost.with_suffix(".away"))
    try:
        status, _, body = gate.ask(path("open-2"))
    finally:
        kept.rename(lost)
    assert status == 404
    assert b"images" not in body


def test_imx_03_info_json_is_iipsrv_s_with_our_id_and_services(gate):
    own = json.loads(gate.behind.direct("members%2F0001.tif", "info.json"))
    member = gate.behind.cookie("member")
    base = f"http://localhost:{gate.port}"
    status, headers, body = gate.ask("/iiif/2/members-1/info.json", member)
    found = json.loads(body)
    assert (status, "no-store" in headers["Cache-Control"]) == (200, True)
    assert found.pop("service")[0]["@id"] == f"{base}/auth/access/members"
    assert found == own | {"@id": f"{base}/iiif/2/members-1"}
    assert json.loads(gate.ask("/iiif/2/open-1/info.json")[2]) == json.loads(
        gate.behind.direct("open%2F0001.tif", "info.json")
    ) | {"@id": f"{base}/iiif/2/open-1"}


def test_imx_08_version_3_has_a_probe_and_says_level_1(gate):
    status, _, body = gate.ask("/iiif/3/staff-1/info.json")
    found = json.loads(body)
    assert (status, found["id"]) == (200, f"http://localhost:{gate.port}/iiif/3/staff-1")
    assert found["service"][0]["id"] == f"http://localhost:{gate.port}/auth/probe/staff-1"
    assert found["profile"] == "level1"
    assert found["@context"][-1] == "http://iiif.io/api/image/3/context.json"
    assert (found["width"], found["height"], found["tiles"][0]["width"]) == (WIDTH, HEIGHT, 512)


def test_imx_04_a_stranger_is_told_how_to_sign_in_or_sent_to_the_small_version(gate):
    status, headers, body = gate.ask("/iiif/2/staff-1/info.json")
    assert (status, json.loads(body)["width"]) == (401, WIDTH)
    assert "no-store" in headers["Cache-Control"]
    status, headers, _ = gate.ask("/iiif/2/members-1/info.json")
    assert (status, headers["Location"]) == (302, f"http://localhost:{gate.port}/iiif/2/members-1~small/info.json")


def test_th_62_64_the_small_version_is_ours_and_made_of_a_small_picture(gate, tmp_path):
    status, _, body = gate.ask("/iiif/2/members-1~small/info.json")
    found = json.loads(body)
    assert (status, found["width"], found["height"]) == (200, WIDTH, HEIGHT)
    assert found["service"][0]["@id"].endswith("/auth/access/members")
    for parts in ("full/max/0/default.jpg", "full/full/0/default.jpg", "0,0,150,110/1500,1100/0/default.jpg"):
        status, _, body = gate.ask(path("members-1~small", parts))
        assert (status, size_of(body, tmp_path)) == (200, (WIDTH, HEIGHT))
    made = list(gate.behind.home.image_folder("members").glob("*~small*.tif"))
    assert [picture_size(file) for file in made] == [(150, 110)]


def test_th_61_another_tier_is_another_question(gate):
    member = gate.behind.cookie("member")
    full = gate.ask(path("members-1"), member)[2]
    small = gate.ask(path("members-1~small"), member)[2]
    assert full[:3] == small[:3] == _JPEG
    assert full != small
    assert gate.ask(path("members-1~small"))[2] == small
    assert gate.status(path("members-1~large"), member) == 404
    assert gate.status(path("members-1")) == 401


def test_manifest_and_probe_know_of_the_pictures(gate):
    base = f"http://localhost:{gate.port}"
    for version in (2, 3):
        manifest = gate.ask(f"/presentation/{version}/members/manifest")[2].decode()
        for n in (1, 2):
            assert f'"{base}/iiif/2/members-{n}"' in manifest
    found = json.loads(gate.ask("/auth/probe/members-1")[2])
    assert (found["status"], "members-1~small" in json.dumps(found["substitute"])) == (401, True)
    assert json.loads(gate.ask("/auth/probe/members-3")[2])["status"] == 404
    assert b"/iiif/2/open-1/" in gate.ask("/")[2]


def test_a_yes_is_kept_for_all_tiles_of_an_image(gate):
    member = gate.behind.cookie("member")
    assert gate.status(path("members-1"), member) == 200
    before = gate.verdicts()
    for x in range(8):
        assert gate.status(path("members-1", f"{x},0,64,64/64,/0/default.jpg"), member) == 200
    assert gate.verdicts() <= before + 1


@pytest.mark.parametrize(
    "line",
    [
        "/iiif/2/{}/../staff-1/" + _TILE,
        "/iiif/2/{}/%2e%2e/staff-1/" + _TILE,
        "/iiif/2/{}/..%2fstaff-1/" + _TILE,
        "/iiif/2/{}%2f..%2fstaff-1/" + _TILE,
        "/iiif/2/{}%2F0001.tif/" + _TILE,
        "/iiif/2/staff%2F0001.tif/" + _TILE,
        "/iiif/2/staff/0001.tif/" + _TILE,
        "/iiif/2//{}/../staff-1/" + _TILE,
        "/iiif/2//staff-1/" + _TILE,
        "/iiif//2/staff-1/" + _TILE,
        "/iiif/2/staff%2D1/" + _TILE,
        "/iiif/2/%73taff-1/" + _TILE,
        "/iiif/2/staff%252D1/" + _TILE,
        "/iiif/2/staff-1;/" + _TILE,
        "/iiif/2/{};staff-1/" + _TILE,
        "/iiif/2/staff-1/" + _TILE + "?/iiif/2/{}/" + _TILE,
        "/iiif/2/staff-1/" + _TILE + "#/iiif/2/{}/" + _TILE,
        "/iiif/2/staff-01/" + _TILE,
        "/iiif/2/STAFF-1/" + _TILE,
        "/iiif/2/staff-1%00/" + _TILE,
        "/iiif/1/staff-1/" + _TILE,
        "/iiif/staff-1/" + _TILE,
        "/iiif/staff%2F0001.tif/full/150,110/0/default.jpg",
        "/x/../iiif/2/staff-1/" + _TILE,
    ],
)
@pytest.mark.parametrize("warm", ["open-1", "members-1"])
def test_th_58_59_what_is_judged_is_what_is_given(gate, warm, line):
    member = gate.behind.cookie("member")
    assert gate.status(path(warm), member) == 200
    status, _, body = gate.ask(line.replace("{}", warm), member)
    assert status in (400, 401, 403, 404)
    assert not body.startswith(_JPEG)


@pytest.mark.parametrize(
    "query",
    [
        "FIF=/staff/0001.tif&WID=150&CVT=jpeg",
        "FIF=staff/0001.tif&RGN=0,0,1,1&CVT=jpeg",
        "FIF=/staff/0001.tif&JTL=0,0",
        "IIIF=/staff/0001.tif/full/150,110/0/default.jpg",
        "DeepZoom=/staff/0001.tif_files/8/0_0.jpg",
        "Zoomify=/staff/0001.tif/TileGroup0/0-0-0.jpg",
        "fif=/staff/0001.tif&cvt=jpeg",
    ],
)
def test_th_68_the_other_protocols_of_iipsrv_are_closed(gate, query):
    """By its query alone iipsrv opens any file that it can read; none of it gets through to it."""
    for where in (
        "/",
        "/iiif/",
        "/iiif",
        "/iiif/2/",
        "/fcgi-bin/iipsrv.fcgi",
        "/iipsrv/iipsrv.fcgi",
        "/_lectern_verdict",
    ):
        assert not gate.ask(f"{where}?{query}")[2].startswith(_JPEG)
    own = gate.ask(path("open-1", _SMALL))[2]
    for separator in ("?", "%3F", "&", "%26", ";", "%3B", "?&"):
        _, _, body = gate.ask(path("open-1", _SMALL) + separator + query)
        assert body == own or not body.startswith(_JPEG)
    assert ask(gate.behind.door, f"/iiif/open%2F0001.tif/info.json?{query}")[0] == 404
    assert ask(gate.behind.door, f"/?{query}")[0] == 404


@pytest.mark.parametrize("where", ["members%2F0001.tif/full/full/0/default.jpg", "members%2F0001.tif/" + _TILE])
def test_th_68_the_door_for_lectern_gives_no_large_picture(gate, where):
    assert ask(gate.behind.door, f"/iiif/{where}")[0] == 404


def test_th_57_a_reader_names_neither_the_picture_nor_the_version(gate):
    spoken = {"X_Lectern_Name": "staff%2F0001.tif", "X_Lectern_Tier": "full", "X_Original_URI": path("open-1")}
    assert gate.status(path("staff-1"), **spoken) == 401
    assert gate.ask(path("open-1", _SMALL), **spoken)[2] == gate.behind.direct("open%2F0001.tif", _SMALL)


def test_th_65_head_and_ranges_are_judged_as_get_is(gate):
    member = gate.behind.cookie("member")
    for headers in (
        {},
        {"Range": "bytes=0-5"},
        {"If_None_Match": "*"},
        {"If_Modified_Since": "Fri, 01 Jan 2038 00:00:00 GMT"},
    ):
        for method in ("GET", "HEAD"):
            status, told, body = gate.ask(path("members-1"), method=method, **headers)
            assert status == 401
            assert told["ETag"] is told["Last-Modified"] is told["Content-Range"] is None
            assert not body.startswith(_JPEG)
        status, told, body = gate.ask(path("members-1"), member, **headers)
        assert (status, body[:3]) == (200, _JPEG)
    status, told, body = gate.ask(path("members-1"), member, "HEAD")
    assert (status, told["Content-Type"], body) == (200, "image/jpeg", b"")


def test_th_76_a_preflight_comes_first_and_asks_nobody(gate):
    before = gate.verdicts()
    status, headers, body = gate.ask(path("members-1"), method="OPTIONS", Origin="https://viewer.example.org")
    assert (status, body, headers["Access-Control-Allow-Origin"]) == (204, b"", "*")
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    assert gate.verdicts() == before


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_th_65_other_methods_are_refused(gate, method):
    assert gate.ask(path("open-1"), method=method, Content_Length="0")[0] == 405


def test_iipsrv_over_our_own_pyramids_gives_what_it_can_and_we_the_rest(needs_nginx, tmp_path):
    """By `{file}` the picture that the verdict names is the one in the home."""
    iipsrv_program()
    home = Home(tmp_path / "home")
    home.prepare()
    home.policies_file.write_text(POLICIES)
    folder = home.image_folder("members")
    folder.mkdir(parents=True)
    make_pyramid_of_pixels(Pixels(bytes(range(200)) * 100, 200, 100, 1, 200), folder / "p.tif")
    catalogue = Catalogue(home)
    image = (folder / "p.tif").relative_to(home.images).as_posix()
    pages = [
        CanvasRow(1, canvas_path("members", 1), 200, 100, image=image),
        CanvasRow(2, canvas_path("members", 2), 9, 9),
    ]
    catalogue.publish(ObjectRow("members", "members", "members", policy="members", pages=2), pages)
    catalogue.close()
    (tmp_path / "images").symlink_to(home.images)
    with ExitStack() as stack:
        behind = Behind(tmp_path, stack, image_server_name="{file}")
        port, _ = stack.enter_context(behind.gateway())
        member, small = behind.cookie("member"), "full/20,10/0/default.jpg"
        assert ask(port, path("members-1", small), member)[2] == behind.direct(image.replace("/", "%2F"), small)
        assert ask(port, path("members-1", small))[0] == 401
        assert ask(port, path("members-1", "full/20,10/0/default.png"), member)[2].startswith(b"\x89PNG")
        assert json.loads(ask(port, "/iiif/2/members-1/info.json", member)[2])["profile"][0].endswith("level1.json")
        assert ask(port, path("members-1~small", "full/max/0/default.jpg"))[0] == 200
        assert ask(port, "/iiif/2/members-2/info.json", member)[0] == 404
        assert not ask(port, path("members-2", small), member)[2].startswith(_JPEG)


def test_th_28_74_a_revoked_session_is_refused_once_its_yes_has_run_out(gate):
    member = gate.behind.cookie("member")
    assert gate.status(path("members-1"), member) == 200
    gate.behind.context.sessions.sign_out(member.partition("=")[2])
    deadline = time.monotonic() + 10
    while gate.status(path("members-1"), member) == 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert gate.status(path("members-1"), member) == 401


def test_th_98_without_lectern_there_is_no_picture(gate):
    """Last in this file, because it ends Lectern."""
    member = gate.behind.cookie("member")
    assert gate.status(path("members-1"), member) == 200
    os.killpg(gate.behind.lectern.process.pid, signal.SIGTERM)
    gate.behind.lectern.process.wait(20)
    assert gate.status(path("open-1")) >= 500
    assert gate.status(path("staff-1"), member) >= 500
    deadline = time.monotonic() + 10
    while gate.status(path("members-1"), member) == 200:  # a kept yes, for its own time only
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert gate.status(path("members-1"), member) >= 500
    for asked in (path("open-1"), "/iiif/2/open-1/info.json"):
        status, _, body = gate.ask(asked)
        assert status == 503
        assert errors("image-problem", json.loads(body)) == []

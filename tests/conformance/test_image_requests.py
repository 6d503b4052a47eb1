"""Image URLs of both versions: what is asked for is what comes, and what makes no sense is refused before any file."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from PIL import Image
from PIL.Image import Transpose

from lectern.ids import object_id
from lectern.settings import load_settings
from services.app import create_app
from services.context import Context
from tests.conformance.image_shelf import BASE, HEIGHT, WIDTH, make_gallery

BOTH = pytest.mark.parametrize("version", [2, 3])
PATH = "/iiif/{}/atlas-1/{}"


def picture(client: FlaskClient, version: int, parts: str) -> Image.Image:
    """Return the image that comes for a path after the identifier."""
    answer = client.get(PATH.format(version, parts))
    assert answer.status_code == 200, answer.text
    return Image.open(BytesIO(answer.data))


def status(client: FlaskClient, version: int, parts: str) -> int:
    return client.get(PATH.format(version, parts)).status_code


def whole(version: int) -> str:
    return "full" if version == 2 else "max"


def corner(image: Image.Image, x: int, y: int) -> tuple[int, int]:
    """Return where in the picture, in pixels, a pixel of an image comes from."""
    red, green, _ = image.convert("RGB").getpixel((x, y))  # type: ignore[misc]
    return round(red / 250 * (WIDTH - 1)), round(green / 250 * (HEIGHT - 1))


@BOTH
def test_im3_01_image_and_info_uris_have_one_base(gallery: FlaskClient, version):
    info = gallery.get(PATH.format(version, "info.json")).get_json()
    base = info["@id" if version == 2 else "id"]
    assert base == f"{BASE}/iiif/{version}/atlas-1"
    assert gallery.get(f"{base.removeprefix(BASE)}/full/{whole(version)}/0/default.jpg").status_code == 200


def test_im3_04_identifiers_need_no_encoding():
    for name in ("ark:/12345/x", "Köln 1", "a#b?c[d]@e%f", "plain_1.2~x-3"):
        assert quote(object_id(name), safe="") == object_id(name)


@BOTH
def test_im3_05_region_size_mirror_rotation_in_this_order(gallery: FlaskClient, version):
    image = picture(gallery, version, "100,200,400,200/200,100/!90/default.png")
    assert image.size == (100, 200)
    plain = picture(gallery, version, "100,200,400,200/200,100/0/default.png")
    by_hand = plain.transpose(Transpose.FLIP_LEFT_RIGHT).transpose(Transpose.ROTATE_270)
    assert image.tobytes() == by_hand.tobytes()
    other = plain.transpose(Transpose.ROTATE_270).transpose(Transpose.FLIP_LEFT_RIGHT)
    assert image.tobytes() != other.tobytes()


@BOTH
@pytest.mark.parametrize(
    ("region", "size", "origin"),
    [
        ("full", (WIDTH, HEIGHT), (0, 0)),
        ("square", (600, 600), (50, 0)),
        ("10,20,30,40", (30, 40), (10, 20)),
        ("650,550,500,500", (50, 50), (650, 550)),
        ("pct:50,50,25,25", (175, 150), (350, 300)),
        ("pct:90,90,50,50", (70, 60), (630, 540)),
    ],
)
def test_im3_06_regions_are_cut_at_the_edge(gallery: FlaskClient, version, region, size, origin):
    image = picture(gallery, version, f"{region}/{whole(version)}/0/default.png")
    assert image.size == size
    x, y = corner(image, 0, 0)
    assert abs(x - origin[0]) <= 4
    assert abs(y - origin[1]) <= 4


@BOTH
@pytest.mark.parametrize("region", ["0,0,0,5", "0,0,5,0", "700,0,5,5", "0,600,5,5", "pct:100,0,1,1", "pct:0,0,0,9"])
def test_im3_06_53_nothing_of_the_picture_is_400(gallery: FlaskClient, version, region):
    assert status(gallery, version, f"{region}/{whole(version)}/0/default.jpg") == 400


@pytest.mark.parametrize(
    ("version", "size", "expected"),
    [
        (2, "full", (700, 600)),
        (2, "max", (700, 600)),
        (2, "350,", (350, 300)),
        (2, ",300", (350, 300)),
        (2, "pct:50", (350, 300)),
        (2, "100,200", (100, 200)),
        (2, "!140,300", (140, 120)),
        (2, "1400,", (1400, 1200)),
        (3, "max", (700, 600)),
        (3, "350,", (350, 300)),
        (3, ",300", (350, 300)),
        (3, "pct:50", (350, 300)),
        (3, "100,200", (100, 200)),
        (3, "!140,300", (140, 120)),
        (3, "^max", (700, 600)),
        (3, "^1400,", (1400, 1200)),
        (3, "^,1200", (1400, 1200)),
        (3, "^pct:200", (1400, 1200)),
        (3, "^800,100", (800, 100)),
        (3, "^!1400,1300", (1400, 1200)),
    ],
)
def test_im3_07_every_form_of_size(gallery: FlaskClient, version, size, expected):
    assert picture(gallery, version, f"full/{size}/0/default.jpg").size == expected


@pytest.mark.parametrize("size", ["701,", ",601", "pct:101", "701,10", "10,601", "!800,700"])
def test_im3_07_53_enlarging_is_asked_for_by_its_sign(gallery: FlaskClient, size):
    assert status(gallery, 3, f"full/{size}/0/default.jpg") == 400
    assert status(gallery, 3, f"full/^{size}/0/default.jpg") == 200


@BOTH
def test_im3_07_imx_05_below_a_pixel_and_above_the_limit_are_400(gallery: FlaskClient, version):
    sign = "^" if version == 3 else ""
    for size in ("pct:0.01", "0,", ",0", f"{sign}9999,9999", f"{sign}pct:99999", "99999999999,"):
        assert status(gallery, version, f"full/{size}/0/default.jpg") == 400


def test_im3_08_there_is_no_size_full_in_version_3(gallery: FlaskClient):
    assert status(gallery, 3, "full/full/0/default.jpg") == 400
    assert status(gallery, 2, "full/full/0/default.jpg") == 200


@BOTH
def test_im3_09_rotations(gallery: FlaskClient, version):
    plain = picture(gallery, version, "0,0,40,20/max/0/default.png")
    assert picture(gallery, version, "0,0,40,20/max/360/default.png").tobytes() == plain.tobytes()
    turned = plain.transpose(Transpose.ROTATE_270)
    assert picture(gallery, version, "0,0,40,20/max/90/default.png").tobytes() == turned.tobytes()
    mirrored = plain.transpose(Transpose.FLIP_LEFT_RIGHT)
    assert picture(gallery, version, "0,0,40,20/max/!0/default.png").tobytes() == mirrored.tobytes()
    for bad in ("-1", "361", "360.1", "!", "9o", "!!90", "90!"):
        assert status(gallery, version, f"full/100,/{bad}/default.jpg") == 400


@BOTH
@pytest.mark.parametrize("form", ["png", "tif", "webp", "jpg"])
def test_im3_09_the_corners_of_a_turned_image_are_clear_or_black(gallery: FlaskClient, version, form):
    image = picture(gallery, version, f"0,0,200,200/max/45/default.{form}")
    assert image.width == image.height > 280
    found = image.getpixel((2, 2))
    assert isinstance(found, tuple)
    assert max(found[:3]) < 30 if form == "jpg" else found[3] == 0


@BOTH
def test_im3_10_qualities(gallery: FlaskClient, version):
    for quality, mode in (("default", "RGB"), ("color", "RGB"), ("gray", "L"), ("bitonal", "1")):
        assert picture(gallery, version, f"0,0,50,50/max/0/{quality}.png").mode == mode
        assert picture(gallery, version, f"0,0,50,50/max/0/{quality}.tif").mode == mode
    for bad in ("native", "grey", "Default", ""):
        assert status(gallery, version, f"full/max/0/{bad}.jpg") == 400


@BOTH
def test_im3_11_imx_05_formats_are_what_they_are_called(gallery: FlaskClient, version):
    kinds = {"jpg": ("JPEG", "image/jpeg"), "png": ("PNG", "image/png"), "tif": ("TIFF", "image/tiff")}
    for form, (kind, media) in (kinds | {"webp": ("WEBP", "image/webp")}).items():
        answer = gallery.get(PATH.format(version, f"full/300,/0/default.{form}"))
        assert answer.content_type == media
        assert Image.open(BytesIO(answer.data)).format == kind
    for bad in ("gif", "jp2", "pdf", "jpeg", "JPG", "svg", ""):
        assert status(gallery, version, f"full/max/0/default.{bad}") == 400


@BOTH
@pytest.mark.parametrize(
    "parts",
    [
        "1.0,0,9,9/max/0/default.jpg",
        "1e1,0,9,9/max/0/default.jpg",
        "+1,0,9,9/max/0/default.jpg",
        "-1,0,9,9/max/0/default.jpg",
        "full/1.5,/0/default.jpg",
        "full/pct:1e1/0/default.jpg",
        "full/max/1e1/default.jpg",
        "full/max/+90/default.jpg",
        "full/max/٩٠/default.jpg",
    ],
)
def test_im3_12_numbers_are_digits_and_points(gallery: FlaskClient, version, parts):
    assert status(gallery, version, parts) == 400
    assert status(gallery, version, "pct:0.5,.5,050,50/pct:50.0/090.0/default.jpg") == 200


CANONICAL = [
    (2, "full/full/0/default.jpg", "full/full/0/default.jpg"),
    (2, "0,0,700,600/700,600/0.0/default.jpg", "full/full/0/default.jpg"),
    (2, "pct:0,0,50,50/pct:50/!90.50/gray.png", "0,0,350,300/175,/!90.5/gray.png"),
    (2, "full/100,100/360/color.jpg", "full/100,100/0/color.jpg"),
    (2, "square/!60,60/00/default.tif", "50,0,600,600/60,/0/default.tif"),
    (3, "full/max/0/default.jpg", "full/max/0/default.jpg"),
    (3, "0,0,700,600/^700,/0.0/default.jpg", "full/max/0/default.jpg"),
    (3, "pct:0,0,50,50/pct:50/!90.50/gray.png", "0,0,350,300/175,150/!90.5/gray.png"),
    (3, "0,0,35,30/^max/0/default.webp", "0,0,35,30/^max/0/default.webp"),
    (3, "0,0,35,30/^pct:200/0/default.webp", "0,0,35,30/^70,60/0/default.webp"),
    (3, "square/!60,60/00/default.tif", "50,0,600,600/60,60/0/default.tif"),
]


@pytest.mark.parametrize(("version", "asked", "canonical"), CANONICAL)
def test_im3_20_to_25_the_canonical_uri_is_named_and_gives_the_same_image(
    gallery: FlaskClient, version, asked, canonical
):
    answer = gallery.get(PATH.format(version, asked))
    assert f'<{BASE}{PATH.format(version, canonical)}>;rel="canonical"' in answer.headers["Link"]
    again = gallery.get(PATH.format(version, canonical))
    assert (again.data, again.headers["ETag"]) == (answer.data, answer.headers["ETag"])


def test_im3_20_the_square_of_a_square_picture_is_all_of_it(gallery: FlaskClient):
    for version in (2, 3):
        link = gallery.get(f"/iiif/{version}/odd-5/square/{whole(version)}/0/default.jpg").headers["Link"]
        assert f"/iiif/{version}/odd-5/full/{whole(version)}/0/default.jpg>" in link


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[FlaskClient]:
    """Yield a client of a service whose pictures are gone: whatever opens one cannot answer."""
    home = make_gallery(tmp_path)
    for file in home.images.rglob("*.tif"):
        file.unlink()
    context = Context(load_settings(home.path))
    yield create_app(context, ["image"]).test_client()
    context.catalogue.close()
    context.state.close()


def test_im3_53_imx_05_what_makes_no_sense_is_refused_before_any_file_is_opened(bare: FlaskClient):
    for version in (2, 3):
        assert status(bare, version, "full/max/0/default.jpg") == 503
        for parts in (
            "9999,0,5,5/max/0/default.jpg",
            "full/0,/0/default.jpg",
            "full/^99999,99999/0/default.jpg",
            "full/99999,99999/0/default.jpg",
            "full/max/400/default.jpg",
            "full/max/0/other.jpg",
            "full/max/0/default.exe",
        ):
            answer = bare.get(PATH.format(version, parts))
            assert answer.status_code == 400
            assert answer.get_json()["status"] == 400
            assert answer.headers["Access-Control-Allow-Origin"] == "*"

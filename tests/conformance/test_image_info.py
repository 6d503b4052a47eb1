"""info.json of both versions: valid, true of what is served, and whole after expansion by the official contexts."""

import logging
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from pyld import jsonld

from image.info import rights_uri
from image.stored import open_pyramid
from lectern.home import Home
from tests.conformance.auth_shelf import BASE as HOUSE
from tests.conformance.auth_shelf import RESTRICTED, enter, info
from tests.conformance.contexts import Contexts
from tests.conformance.image_shelf import BASE, HEIGHT, LICENCE, SHAPES, WIDTH
from tests.conformance.test_schemas import errors
from tests.services_auth.conftest import Site

BOTH = pytest.mark.parametrize("version", [2, 3])
ODD = pytest.mark.parametrize(("n", "shape"), list(enumerate(SHAPES, 1)))


def document(client: FlaskClient, version: int, image: str = "atlas-1") -> dict[str, Any]:
    answer = client.get(f"/iiif/{version}/{image}/info.json")
    assert answer.status_code == 200
    return dict(answer.get_json())


@BOTH
@pytest.mark.parametrize("image", ["atlas-1", "letters-1", *(f"odd-{n}" for n in range(1, len(SHAPES) + 1))])
def test_every_info_json_is_valid(gallery: FlaskClient, version, image):
    assert errors(f"image-{version}", document(gallery, version, image)) == []


@BOTH
@pytest.mark.parametrize("name", [*RESTRICTED, "open", "hidden"])
def test_im3_39_im2_04_every_info_json_of_restricted_pictures_is_valid(house: Site, name, version):
    stranger, reader = house.browser(), house.browser()
    if name not in ("open", "kiosk", "external", "screens", "every"):
        enter(reader, name)
    for browser in (stranger, reader):
        answer = info(browser, name, version)
        if answer.status_code == 302:
            answer = browser.get(answer.headers["Location"].removeprefix(HOUSE))
        found = answer.get_json()
        schema = "image-problem" if answer.status_code == 404 else f"image-{version}"
        assert errors(schema, found) == []
        assert answer.status_code in ((404,) if name == "hidden" and browser is stranger else (200, 401))


def test_im3_30_31_what_version_3_must_have(gallery: FlaskClient):
    found = document(gallery, 3)
    assert next(iter(found)) == "@context"
    assert found["@context"] == "http://iiif.io/api/image/3/context.json"
    assert found["id"] == f"{BASE}/iiif/3/atlas-1"
    assert (found["type"], found["protocol"]) == ("ImageService3", "http://iiif.io/api/image")
    assert (found["profile"], found["width"], found["height"]) == ("level2", WIDTH, HEIGHT)


def test_im2_01_02_what_version_2_must_have(gallery: FlaskClient):
    found = document(gallery, 2)
    assert found["@context"] == "http://iiif.io/api/image/2/context.json"
    assert found["@id"] == f"{BASE}/iiif/2/atlas-1"
    assert found["protocol"] == "http://iiif.io/api/image"
    assert (found["width"], found["height"]) == (WIDTH, HEIGHT)
    level, more = found["profile"]
    assert level == "http://iiif.io/api/image/2/level2.json"
    assert not {"@context", "@id", "@type"} & set(more)
    assert all(more.values())


@ODD
def test_im3_32_33_38_im2_08_sizes_and_tiles_are_inside_the_area_promised(gallery: FlaskClient, n, shape):
    found = document(gallery, 3, f"odd-{n}")
    assert found["maxArea"] == document(gallery, 2, f"odd-{n}")["profile"][1]["maxArea"] == shape[0] * shape[1]
    assert "sizeUpscaling" in found["extraFeatures"]
    for size in found["sizes"]:
        assert size["width"] * size["height"] <= found["maxArea"]
    assert "maxHeight" not in found


@ODD
def test_im3_34_im2_07_every_size_can_be_asked_for(gallery: FlaskClient, n, shape):
    sizes = document(gallery, 3, f"odd-{n}")["sizes"]
    assert sizes == document(gallery, 2, f"odd-{n}")["sizes"]
    assert sizes[-1] == {"width": shape[0], "height": shape[1]}
    for size in sizes:
        w, h = size["width"], size["height"]
        for version, text in ((3, f"{w},{h}"), (2, f"{w},{h}"), (2, f"{w},")):
            answer = gallery.get(f"/iiif/{version}/odd-{n}/full/{text}/0/default.jpg")
            assert answer.status_code == 200
            assert Image.open(BytesIO(answer.data)).size == (w, h) or text == f"{w},"


@ODD
def test_im3_35_the_tiles_are_those_of_the_file_and_every_one_can_be_asked_for(
    gallery: FlaskClient, gallery_home: Home, n, shape
):
    (grid,) = document(gallery, 3, f"odd-{n}")["tiles"]
    assert [grid] == document(gallery, 2, f"odd-{n}")["tiles"]
    pyramid = open_pyramid(gallery_home.image_folder("odd") / f"{n}.tif")
    assert (grid["width"], grid["height"]) == (pyramid.tile, pyramid.tile)
    assert grid["scaleFactors"] == [2**level for level in range(len(grid["scaleFactors"]))]
    width, height = shape
    for factor in grid["scaleFactors"]:
        side = pyramid.tile * factor
        for x in range(0, width, side):
            for y in range(0, height, side):
                w, h = min(side, width - x), min(side, height - y)
                wanted = -(-w // factor), -(-h // factor)
                path = f"{x},{y},{w},{h}/{wanted[0]},{wanted[1]}/0/default.jpg"
                answer = gallery.get(f"/iiif/3/odd-{n}/{path}")
                assert answer.status_code == 200, path
                assert Image.open(BytesIO(answer.data)).size == wanted


def test_im3_10_36_38_what_is_claimed_is_served_and_nothing_is_preferred(gallery: FlaskClient):
    found = document(gallery, 3)
    assert "preferredFormats" not in found
    for form in ("jpg", "png", *found["extraFormats"]):
        assert gallery.get(f"/iiif/3/atlas-1/full/50,/0/default.{form}").status_code == 200
    for quality in ("default", *found["extraQualities"]):
        assert gallery.get(f"/iiif/3/atlas-1/full/50,/0/{quality}.jpg").status_code == 200
    for path in ("full/50,/!0/default.jpg", "full/50,/33.3/default.jpg", "full/^800,/0/default.jpg"):
        assert gallery.get(f"/iiif/3/atlas-1/{path}").status_code == 200
    more = document(gallery, 2)["profile"][1]
    assert set(more["formats"]) == {"jpg", "png", *found["extraFormats"]}
    assert set(more["qualities"]) == {"default", *found["extraQualities"]}


def test_im3_37_im2_03_rights_are_a_uri_that_is_known_or_words(gallery: FlaskClient):
    assert document(gallery, 3)["rights"] == "http://creativecommons.org/licenses/by/4.0/"
    assert document(gallery, 2)["license"] == LICENCE
    assert "rights" not in document(gallery, 3, "letters-1")
    assert document(gallery, 2, "letters-1")["attribution"] == "Ask the library first."
    for version in (2, 3):
        assert not {"rights", "license", "attribution"} & set(document(gallery, version, "odd-1"))


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("http://creativecommons.org/publicdomain/zero/1.0/", "http://creativecommons.org/publicdomain/zero/1.0/"),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0", "http://creativecommons.org/licenses/by-nc-sa/4.0/"),
        ("https://rightsstatements.org/page/InC/1.0/?language=en", "http://rightsstatements.org/vocab/InC/1.0/"),
        (" http://rightsstatements.org/vocab/NoC-US/1.0/ ", "http://rightsstatements.org/vocab/NoC-US/1.0/"),
        ("https://creativecommons.org.evil.example/licenses/by/4.0/", None),
        ("https://library.example/terms", None),
        ("CC BY 4.0", None),
        ("", None),
    ],
)
def test_im3_37_addresses_of_pages_become_the_uri(text, uri):
    assert rights_uri(text) == uri


def test_im3_40_the_manifest_is_named(gallery: FlaskClient):
    manifest = {"id": f"{BASE}/presentation/3/atlas/manifest", "type": "Manifest", "label": {"none": ["The atlas"]}}
    assert document(gallery, 3)["partOf"] == [manifest]


def test_im3_41_a_probe_service_brings_its_context_first(house: Site):
    found = info(house.browser(), "login", 3).get_json()
    contexts = ["http://iiif.io/api/auth/2/context.json", "http://iiif.io/api/image/3/context.json"]
    assert found["@context"] == contexts


@pytest.mark.corpus
@BOTH
@pytest.mark.parametrize("image", ["atlas-1", "letters-1", "odd-4"])
def test_info_json_expands_and_nothing_is_lost(gallery: FlaskClient, corpus: Path, version, image):
    dropped: set[str] = set()
    logging.getLogger("pyld").setLevel(logging.ERROR)
    options = {"documentLoader": Contexts(corpus, images=True), "base": BASE}
    (expanded,) = jsonld.expand(document(gallery, version, image), options, on_property_dropped=dropped.add)
    assert expanded["@id"] == f"{BASE}/iiif/{version}/{image}"
    assert dropped == set()

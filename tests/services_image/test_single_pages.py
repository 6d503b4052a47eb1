"""Pictures of an object whose pages have policies of their own (TH-62, TH-72, TH-85, TH-97)."""

import pytest
from flask.testing import FlaskClient

from lectern.catalogue import CanvasRow, ObjectRow
from lectern.urls import canvas_path

from .conftest import HEIGHT, POLICIES, WIDTH, House
from .test_hidden import break_state

PAGES = """
[policies.coarse]
patterns = ["login"]
provider = "local"
substitute = { max_scale = 0.02, tier = "coarse" }

[[objects.atlas.pages]]
pages = "2"
policy = "members"

[[objects.atlas.pages]]
pages = "3"
policy = "coarse"

[[objects.atlas.pages]]
pages = "4"
policy = "unseen"

[objects.album]
policy = "sealed"

[[objects.album.pages]]
pages = "1"
policy = "open"

[objects.cabinet]
policy = "unseen"

[[objects.cabinet.pages]]
pages = "1"
policy = "open"
"""
TILE = "0,0,512,512/512,512/0/default.jpg"


@pytest.fixture
def pages(house: House) -> House:
    """Return the house with an atlas, an album and a cabinet of four pages each; all were ingested as open."""
    house.context.home.policies_file.write_text(POLICIES + PAGES)
    for name in ("atlas", "album", "cabinet"):
        image = house.context.catalogue.canvas("leaflet", 1)
        assert image is not None
        canvases = [CanvasRow(n, canvas_path(name, n), WIDTH, HEIGHT, image=image.image) for n in (1, 2, 3, 4)]
        house.context.catalogue.publish(ObjectRow(name, name, name, policy="open", pages=4), canvases)
    return house


@pytest.mark.parametrize(
    ("image", "status", "kept"),
    [
        ("atlas-1", 200, "public, max-age=3600"),
        ("atlas-2", 401, "no-store"),
        ("atlas-3", 401, "no-store"),
        ("atlas-4", 404, "no-store"),
        ("album-1", 200, "public, max-age=3600"),
        ("album-2", 401, "no-store"),
        ("cabinet-1", 404, "no-store"),
        ("cabinet-2", 404, "no-store"),
    ],
)
def test_th_72_each_page_is_shown_and_kept_as_its_own_policy_says(pages: House, image: str, status: int, kept: str):
    answer = pages.client().get(f"/iiif/2/{image}/{TILE}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, kept)


def test_a_page_names_the_services_of_its_own_policy(pages: House):
    stranger = pages.client()
    for n, policy in ((2, "members"), (3, "coarse")):
        third = stranger.get(f"/iiif/3/atlas-{n}/info.json").get_json()
        assert f"/auth/access/{policy}" in str(third["service"])
    assert "service" not in stranger.get("/iiif/3/atlas-1/info.json").get_json()
    assert "service" not in stranger.get("/iiif/2/album-1/info.json").get_json()
    assert "/auth/access/sealed" in str(stranger.get("/iiif/2/album-2/info.json").get_json()["service"])


def test_th_62_pages_have_the_reduced_version_of_their_own_policy_and_no_other(pages: House):
    stranger = pages.client()
    assert stranger.get("/iiif/2/atlas-3/info.json").headers["Location"].endswith("/iiif/2/atlas-3~coarse/info.json")
    for image, status in (
        ("atlas-2~degraded", 200),
        ("atlas-3~coarse", 200),
        ("atlas-3~degraded", 404),
        ("atlas-2~coarse", 404),
        ("atlas-1~degraded", 404),
        ("atlas-4~degraded", 404),
        ("cabinet-2~degraded", 404),
    ):
        answer = stranger.get(f"/iiif/2/{image}/full/100,/0/default.jpg")
        assert answer.status_code == status, image
        assert status == 404 or answer.headers["Cache-Control"].startswith("public")
    made = {path.name for path in pages.context.home.images.rglob("1~*")}
    assert made == {"1~degraded-0.125.tif", "1~coarse-0.02.tif"}


def test_th_62_an_object_that_is_put_under_another_policy_has_its_reduced_version_at_once(pages: House):
    row = pages.context.catalogue.get("atlas")
    pages.context.home.policies_file.write_text(POLICIES + '[objects.atlas]\npolicy = "members"\n')
    assert pages.context.policies.current().rules(row.id, row.policy).policy.name == "members"
    answer = pages.client().get("/iiif/2/atlas-1~degraded/full/100,/0/default.jpg")
    assert answer.status_code == 200


def test_th_85_open_pages_of_a_hidden_object_are_shown_to_its_readers_and_kept_by_no_cache(pages: House):
    member = pages.client("ada")
    for rest in (TILE, "info.json"):
        answer = member.get(f"/iiif/2/cabinet-1/{rest}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")
    services = member.get("/iiif/3/cabinet-1/info.json").get_json()["service"]
    assert "/auth/access/unseen" in str(services)


def test_th_97_open_pages_need_no_store_and_restricted_ones_do(pages: House):
    stranger: FlaskClient = pages.client()
    break_state(pages)
    assert stranger.get(f"/iiif/2/album-1/{TILE}").status_code == 200
    assert stranger.get(f"/iiif/2/album-2/{TILE}").status_code == 503
    assert stranger.get(f"/iiif/2/atlas-2/{TILE}").status_code == 503
    assert stranger.get(f"/iiif/2/cabinet-1/{TILE}").status_code == 404

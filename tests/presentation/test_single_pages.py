"""Manifests and lines of objects whose pages have policies of their own (TH-74, TH-85, TH-86)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from services.context import Context
from tests.presentation.conftest import POLICIES, publish

Canvases = list[dict[str, Any]]


@pytest.fixture
def canvases(mixed: Context, client: FlaskClient) -> Any:
    """Return what gives the canvases of an object's manifest, by version."""

    def get(object_id: str, version: int) -> Canvases:
        found = client.get(f"/presentation/{version}/{object_id}/manifest").get_json()
        listed: Canvases = found["items"] if version == 3 else found["sequences"][0]["canvases"]
        return listed

    return get


@pytest.mark.parametrize("version", [2, 3])
def test_th_86_pages_that_are_open_carry_no_doors_and_the_others_theirs(canvases, version: int):
    closed, opened = (str(each) for each in canvases("part-open", version))
    assert "/auth/access/members" in closed
    assert "/auth/" not in opened
    opened, closed = (str(each) for each in canvases("part-closed", version))
    assert "/auth/" not in opened
    assert "/auth/access/counted" in closed
    assert "/auth/access/members" not in closed


@pytest.mark.parametrize("version", [2, 3])
def test_th_86_pages_have_thumbnails_of_the_version_that_everybody_sees(canvases, version: int):
    closed, opened = canvases("part-open", version)
    assert "thumbnail" not in closed
    assert "part-open-2/full" in str(opened["thumbnail"])
    opened, closed = canvases("part-closed", version)
    assert "part-closed-1/full" in str(opened["thumbnail"])
    assert "part-closed-2~degraded/full" in str(closed["thumbnail"])


def test_th_86_pages_are_searched_and_name_their_lines_whether_they_have_words_or_not(
    mixed: Context, client: FlaskClient, canvases
):
    publish(mixed, "part-closed", "open", words=0)
    found = client.get("/presentation/3/part-closed/manifest").get_json()
    assert "service" in found
    assert "annotations" in canvases("part-closed", 3)[1]  # the restricted page, on which there is not a word
    assert "annotations" not in canvases("part-open", 3)[1]  # the open one


@pytest.mark.parametrize("version", [2, 3])
def test_th_85_a_page_that_is_hidden_keeps_an_empty_canvas(canvases, version: int):
    shown, hidden = canvases("part-hidden", version)
    assert "/iiif/2/part-hidden-1" in str(shown)
    assert (hidden["width"], hidden["height"]) == (600, 800)
    assert "2" in str(hidden["label"])
    assert not any(sign in str(hidden) for sign in ("/iiif/", "/auth/", "/text", "thumbnail", "/search/"))


def test_th_72_a_manifest_is_public_where_its_pages_are_told_alike_to_all(mixed: Context, client: FlaskClient):
    def kept(object_id: str) -> str:
        return client.get(f"/presentation/3/{object_id}/manifest").headers["Cache-Control"]

    assert kept("part-closed") == "public, max-age=3600"
    assert kept("part-hidden") == "private, no-store"
    assert kept("part-open") == "private, no-store"


def test_th_78_lines_of_pages_are_told_and_kept_by_the_policy_of_each(mixed: Context, client: FlaskClient):
    mixed.home.policies_file.write_text(
        POLICIES + '[[objects.part-closed.pages]]\npages = "1"\npolicy = "members"\n'
        '[[objects.part-open.pages]]\npages = "1"\npolicy = "open"\n'
    )
    closed, opened = (client.get(f"/presentation/3/part-{name}/canvas/1/text") for name in ("closed", "open"))
    assert (closed.status_code, closed.get_json()["items"]) == (200, [])
    assert closed.headers["Cache-Control"] == "private, no-store"
    assert len(opened.get_json()["items"]) == 2
    assert opened.headers["Cache-Control"].startswith("public")


def test_th_97_open_pages_of_a_restricted_object_need_no_store(mixed: Context, client: FlaskClient):
    mixed.home.state_file.mkdir()
    assert client.get("/presentation/3/part-open/canvas/2/text").status_code == 200
    assert client.get("/presentation/3/part-open/canvas/1/text").status_code == 503

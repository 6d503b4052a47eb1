"""The outside surface is built from one base, and only canvas ids may lie elsewhere."""

from dataclasses import fields
from urllib.parse import urlsplit

import pytest

from lectern.ids import ImageId
from lectern.urls import Urls, canvas_path, time_fragment

BASE = "https://example.org/books"
urls = Urls(BASE)


def test_every_url_of_the_contract():
    image = ImageId("faust", 12)
    assert urls.page("faust") == f"{BASE}/objects/faust"
    assert urls.manifest("faust") == f"{BASE}/presentation/3/faust/manifest"
    assert urls.manifest("faust", 2) == f"{BASE}/presentation/2/faust/manifest"
    assert urls.collection("shelf") == f"{BASE}/presentation/3/collections/shelf"
    assert urls.text("faust", 4, 2) == f"{BASE}/presentation/2/faust/canvas/4/text"
    assert urls.search("faust", 1) == f"{BASE}/search/1/faust"
    assert urls.search_canvas("faust", 4, 2) == f"{BASE}/search/2/faust/canvas/4"
    assert urls.search_range("faust", 3, 0) == f"{BASE}/search/0/faust/range/3"
    assert urls.search_collection("old maps", 2) == f"{BASE}/search/2/collections/old%20maps"
    assert urls.image(image, 2) == f"{BASE}/iiif/2/faust-12"
    assert urls.image(ImageId("faust", 12, "degraded"), 3) == f"{BASE}/iiif/3/faust-12~degraded"
    assert urls.access("readers") == f"{BASE}/auth/access/readers"
    assert urls.token("readers", 2) == f"{BASE}/auth/token/2/readers"
    assert urls.logout() == f"{BASE}/auth/logout"
    assert urls.probe(image) == f"{BASE}/auth/probe/faust-12"


@pytest.mark.parametrize("name", ["reading room", "a/b", "a?b", "a#b", "é"])
def test_a_policys_name_cannot_change_the_path(name):
    parts = urlsplit(urls.access(name))
    assert parts.query == parts.fragment == ""
    assert parts.path.startswith("/books/auth/access/")


def test_our_canvases_move_with_the_base_and_foreign_ones_stay():
    assert urls.absolute(canvas_path("faust", 3)) == f"{BASE}/presentation/3/faust/canvas/3"
    assert urls.absolute("https://elsewhere.example/c/3") == "https://elsewhere.example/c/3"


def test_the_base_and_the_declared_versions_are_all_that_a_builder_holds():
    assert [field.name for field in fields(Urls)] == ["base", "declared", "declared_auth"]


@pytest.mark.parametrize(
    ("time", "fragment"),
    [((0, 1.5), "t=0,1.5"), ((10, 20), "t=10,20"), ((1.0004, 2.9999), "t=1,3"), ((60.25, 60.25), "t=60.25")],
)
def test_a_stretch_of_time_is_told_to_the_millisecond(time, fragment):
    assert time_fragment(time) == fragment

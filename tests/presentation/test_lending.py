"""Pictures of somebody else's in our manifests: their words in both versions, their thumbnails, and who is told."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from lectern.catalogue import CanvasRow
from services.context import Context
from services.presentation import manifest2, manifest3
from services.presentation.lending import MOST_ORIGINS, addresses_in, origins_of, small_picture
from services.presentation.model import Detail
from tests.presentation.books import body3, book, canvas, resource2
from tests.presentation.conftest import POLICIES

SERVICE2 = {
    "@id": "https://img.example/2/p1",
    "@type": "ImageService2",
    "profile": "http://iiif.io/api/image/2/level2.json",
}
SERVICE3 = {"id": "https://img.example/3/p1", "type": "ImageService3", "profile": "level1"}
SERVICE1 = {
    "@id": "https://img.example/1/p1",
    "@type": "ImageService1",
    "profile": "http://library.stanford.edu/iiif/image-api/1.1/compliance.html#level1",
}
PICTURE: dict[str, Any] = {
    "id": "https://img.example/p1.jpg",
    "type": "Image",
    "format": "image/jpeg",
    "width": 1200,
    "height": 1800,
}


def borrowing(**more: Any) -> CanvasRow:
    return canvas(1, image=None, borrowed=json.dumps(PICTURE | more))


def test_pr3_25_a_canvas_paints_the_picture_that_it_borrows_as_it_came():
    manifest = manifest3.manifest(book(canvases=[borrowing(service=[SERVICE3, SERVICE2])]))
    assert body3(manifest) == PICTURE | {"service": [SERVICE3, SERVICE2]}
    assert manifest["@context"] == manifest3.CONTEXT


@pytest.mark.parametrize(
    ("services", "block", "context"),
    [
        ([SERVICE3, SERVICE2], SERVICE2, 2),
        ([SERVICE3, SERVICE1], SERVICE1, 1),
        ([SERVICE3], SERVICE3, 3),
    ],
)
def test_pr2_01_version_2_names_the_image_service_that_its_viewers_know_best(services, block, context: int):
    resource = resource2(manifest2.manifest(book(canvases=[borrowing(service=services)])))
    assert resource["service"] == {"@context": f"http://iiif.io/api/image/{context}/context.json"} | block
    assert (resource["@id"], resource["@type"], resource["width"]) == (PICTURE["id"], "dctypes:Image", 1200)


def test_a_picture_without_any_service_is_painted_too():
    shown = book(canvases=[borrowing()])
    assert body3(manifest3.manifest(shown)) == PICTURE
    assert "service" not in resource2(manifest2.manifest(shown))


def test_a_picture_of_ours_goes_before_one_that_is_borrowed():
    own = canvas(1, borrowed=json.dumps(PICTURE))
    assert "/iiif/2/gazette-1" in body3(manifest3.manifest(book(canvases=[own])))["id"]
    elsewhere = replace(book(canvases=[borrowing()]), pictures_elsewhere=True)
    assert "/iiif/2/gazette-1" in body3(manifest3.manifest(elsewhere))["id"]


@pytest.mark.parametrize("build", [manifest2.manifest, manifest3.manifest])
def test_th_86_a_picture_that_is_withheld_leaves_no_trace(build):
    shown = replace(book(canvases=[borrowing(service=[SERVICE3]), canvas(2)]), withheld=frozenset({1}))
    assert "img.example" not in json.dumps(build(shown))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"service": [SERVICE2]}, ("https://img.example/2/p1/full/213,/0/default.jpg", 213, 320)),
        ({"service": [SERVICE3]}, ("https://img.example/3/p1/full/213,320/0/default.jpg", 213, 320)),
        ({"service": [SERVICE1]}, ("https://img.example/1/p1/full/213,/0/native.jpg", 213, 320)),
        ({"service": [SERVICE2 | {"profile": "http://iiif.io/api/image/2/level0.json"}]}, None),
        (
            {
                "service": [
                    SERVICE3
                    | {
                        "profile": "level0",
                        "sizes": [
                            {"width": 75, "height": 113},
                            {"width": 150, "height": 225},
                            {"width": 1200, "height": 1800},
                        ],
                    }
                ]
            },
            ("https://img.example/3/p1/full/150,225/0/default.jpg", 150, 225),
        ),
        ({}, None),
        (
            {"thumbnail": [{"id": "https://t.example/1.jpg", "width": 90, "height": 135}]},
            ("https://t.example/1.jpg", 90, 135),
        ),
    ],
)
def test_a_thumbnail_is_what_the_manifest_names_or_what_a_service_makes(more, expected):
    assert small_picture(json.dumps(PICTURE | more), (213, 320)) == expected


def test_a_thumbnail_stands_at_the_canvas_and_on_the_cover_but_not_in_a_minimal_manifest():
    rows = [borrowing(service=[SERVICE3])]
    manifest = manifest3.manifest(book(canvases=rows))
    assert manifest["thumbnail"] == manifest["items"][0]["thumbnail"]
    assert manifest["thumbnail"][0]["id"].startswith("https://img.example/3/p1/full/")
    assert "thumbnail" not in json.dumps(manifest3.manifest(book(detail=Detail.MINIMAL, canvases=rows)))


def test_addresses_are_those_of_picture_thumbnail_and_services_at_every_depth():
    login = {"@id": "https://auth.example/login", "service": {"@id": "https://tok.example/token"}}
    text = json.dumps(
        PICTURE | {"service": [SERVICE3 | {"service": [login]}], "thumbnail": [{"id": "https://t.example/1.jpg"}]}
    )
    assert origins_of(addresses_in(text)) == (
        "https://auth.example",
        "https://img.example",
        "https://t.example",
        "https://tok.example",
    )
    assert list(addresses_in("")) == [""]


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://img.example/a/b?c#d", "https://img.example"),
        ("http://img.example:8182/x", "http://img.example:8182"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example"),
        ("https://IMG.example/x", "https://img.example"),
    ],
)
def test_an_origin_is_scheme_host_and_port(address: str, origin: str):
    assert origins_of([address]) == (origin,)


@pytest.mark.parametrize(
    "address",
    ["https://a.example;script-src *", "https://a.example, b", "https://*", "https://a b/", "https://'self'/", "data:x",
     "javascript:1", "", "https://a:99999/", "https://[::1]/", "https:///x", "https://a.example\n;x/"],
)  # fmt: skip
def test_th_72_no_address_can_write_into_the_content_security_policy(address: str):
    assert all(set(origin) <= set("abcdefghijklmnopqrstuvwxyz:/.-0123456789") for origin in origins_of([address]))


def lend(context: Context, object_id: str) -> None:
    """Take the pictures of an object away, and have its canvases borrow some."""
    row = context.catalogue.get(object_id)
    canvases = [
        replace(each, image=None, borrowed=json.dumps(PICTURE | {"id": f"https://img.example/{each.n}.jpg"}))
        for each in context.catalogue.canvases(object_id)
    ]
    context.catalogue.publish(row, canvases)


@pytest.mark.parametrize("version", [2, 3])
def test_th_86_a_stranger_is_not_told_of_a_restricted_picture_and_no_cache_keeps_what_others_are_told(
    mixed: Context, client: FlaskClient, version: int
):
    for object_id in ("open-book", "members-book", "counted-book", "part-closed"):
        lend(mixed, object_id)

    def answer(object_id: str) -> tuple[str, str]:
        response = client.get(f"/presentation/{version}/{object_id}/manifest")
        return response.text, response.headers["Cache-Control"]

    text, kept = answer("open-book")
    assert "img.example/1.jpg" in text
    assert kept.startswith("public")
    for object_id in ("members-book", "counted-book"):
        text, kept = answer(object_id)
        assert "img.example" not in text
        assert kept == "private, no-store"
    text, kept = answer("part-closed")
    assert ("img.example/1.jpg" in text, "img.example/2.jpg" in text) == (True, False)
    assert kept == "private, no-store"


def test_th_89_an_address_opens_no_restricted_picture_to_a_page_of_another_site(context: Context, client: FlaskClient):
    inside = '[policies.members]\npatterns = ["external"]\nnetworks = ["127.0.0.0/8"]\n'
    context.home.policies_file.write_text(POLICIES.replace('[policies.members]\npatterns = ["login"]\n', inside))
    lend(context, "members-book")
    url = "/presentation/3/members-book/manifest"
    assert "img.example" in client.get(url).text
    assert "img.example" not in client.get(url, headers={"Origin": "https://evil.example"}).text


def test_th_108_a_manifest_of_very_many_hosts_does_not_grow_the_policy_of_our_pages():
    hosts = [f"https://h{n:03}.example" for n in range(300)]
    assert origins_of((f"{host}/{n}" for host in hosts for n in range(3)), MOST_ORIGINS) == tuple(hosts[:MOST_ORIGINS])
    assert origins_of(["mailto:x", *reversed(hosts)], most=1) == ("https://h299.example",)

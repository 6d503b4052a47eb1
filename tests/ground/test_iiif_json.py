"""JSON that others wrote: what takes a manifest in and what writes it anew see the same in it."""

from typing import Any

import pytest

from lectern.iiif_json import (
    id_of,
    image_service_version,
    is_image_service,
    kind_of,
    objects_of,
    painted,
    several,
    side_of,
    version_of,
)


def test_one_value_and_several_are_read_alike():
    assert [several(each) for each in (None, [], "a", [1, None])] == [[], [], ["a"], [1, None]]
    assert objects_of(["a", {"b": 1}, None]) == [{"b": 1}]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"id": " a:b "}, "a:b"),
        ({"@id": "c"}, "c"),
        ({"id": "", "@id": "c"}, "c"),
        ("d\n", "d"),
        ({"id": 5}, ""),
        (5, ""),
    ],
)
def test_an_id_is_that_of_either_version_without_space_around_it(value: Any, name: str):
    assert id_of(value) == name


def test_a_document_with_an_empty_type_is_of_version_2():
    assert [version_of(each) for each in ({"type": "Manifest"}, {"type": "", "@type": "sc:Manifest"})] == [3, 2]


@pytest.mark.parametrize(
    ("found", "kind"),
    [({"type": "Image"}, "image"), ({"@type": ["dctypes:Image"]}, "image"), ({"type": [5]}, "?"), ({}, "")],
)
def test_types_of_both_versions_are_one_word(found: Any, kind: str):
    assert kind_of(found) == kind


@pytest.mark.parametrize(
    ("value", "side"),
    [(7, 7), ("12", 12), (7.6, 8), (True, None), (0, None), ("x", None), (float("inf"), None), (10**7, None)],
)
def test_sides_are_whole_pixels(value: Any, side: int | None):
    assert side_of(value) == side


@pytest.mark.parametrize(
    ("block", "version"),
    [
        ({"type": "ImageService3"}, 3),
        ({"@type": "ImageService2"}, 2),
        ({"@context": "http://iiif.io/api/image/2/context.json"}, 2),
        ({"profile": ["http://iiif.io/api/image/2/level1.json", {"formats": ["png"]}]}, 2),
        ({"profile": "http://library.stanford.edu/iiif/image-api/1.1/compliance.html#level1"}, 1),
        ({"dcterms:conformsTo": "http://iiif.io/api/image/1/"}, 1),
        ({"type": "SearchService2"}, None),
    ],
)
def test_image_services_are_told_by_type_context_or_profile(block: Any, version: int | None):
    assert image_service_version(block) == version
    assert is_image_service(block) == (version is not None)
    assert is_image_service({"type": "ImageService4"})


@pytest.mark.parametrize(
    "motivation", [None, "painting", "sc:painting", ["painting"], "http://iiif.io/api#painting", 5]
)
def test_th_86_what_does_not_say_that_it_does_something_else_paints(motivation: Any):
    annotation = {"motivation": motivation}
    assert painted({"items": [{"items": [annotation]}]}) == [annotation]
    assert painted({"images": annotation}) == [annotation]
    assert painted({"items": [{"items": [{"motivation": "commenting"}]}]}) == []

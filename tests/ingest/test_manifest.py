"""Manifests of both versions, as they are really written."""

import json
from pathlib import Path

import pytest

from ingest.manifest import ForeignCollection, ForeignManifest, Link, read_document, read_manifest
from lectern.errors import InputError

_C = "https://a.example/c"


def p3(*canvases: object, **more: object) -> dict[str, object]:
    return {"id": "https://a.example/m", "type": "Manifest", "items": list(canvases)} | more


def p2(*canvases: object, **more: object) -> dict[str, object]:
    return {"@id": "https://a.example/m", "@type": "sc:Manifest", "sequences": [{"canvases": list(canvases)}]} | more


def test_a_canvas_of_version_3():
    alto = {"id": "https://a.example/1.xml", "type": "Dataset", "format": "application/xml", "profile": "http://p"}
    canvas = {"id": _C, "type": "Canvas", "label": {"none": ["p. 1"]}, "width": 30, "height": 40, "seeAlso": [alto]}
    (found,) = read_manifest(p3(canvas)).canvases
    assert (found.id, found.label, found.size) == (_C, "p. 1", (30, 40))
    assert found.links == (Link("seeAlso", "https://a.example/1.xml", "application/xml", "http://p", "Dataset"),)


@pytest.mark.parametrize(
    "links",
    ["https://a.example/1.xml", ["https://a.example/1.xml"], {"@id": "https://a.example/1.xml"},
     [{"@id": "https://a.example/1.xml"}, {"no": "id"}, 7, None]],
)  # fmt: skip
def test_links_of_version_2_are_strings_objects_or_arrays(links: object):
    (found,) = read_manifest(p2({"@id": _C, "seeAlso": links})).canvases
    assert [link.url for link in found.links] == ["https://a.example/1.xml"]


@pytest.mark.parametrize(
    ("label", "read"),
    [
        ("a", "a"), (["a", "b"], "a"), ({"@value": "a", "@language": "en"}, "a"), ([{"@value": "a"}], "a"),
        ({"de": ["a"], "en": ["b"]}, "a"), ({"de": "a"}, "a"), (None, ""), (7, ""), ({"de": [3]}, ""), ({}, ""),
    ],
)  # fmt: skip
def test_labels_are_texts_lists_and_maps(label: object, read: str):
    assert read_manifest(p2({"@id": _C}, label=label)).label == read


@pytest.mark.parametrize("side", [0, -1, "x", None, 1e300, float("nan"), True, [], 10**9])
def test_a_side_that_is_no_side_is_not_told(side: object):
    (found,) = read_manifest(p3({"id": _C, "type": "Canvas", "width": side, "height": 9})).canvases
    assert found.size is None


def test_sides_in_quotes_and_with_points_count():
    (found,) = read_manifest(p2({"@id": _C, "width": "30", "height": 40.0})).canvases
    assert found.size == (30, 40)


def test_what_is_no_canvas_is_passed_over():
    found = read_manifest(p3({"type": "Canvas"}, "x", 5, {"id": _C, "type": "Range"}, {"id": _C, "type": "Canvas"}))
    assert [canvas.id for canvas in found.canvases] == [_C]


def test_a_canvas_cannot_take_the_place_of_one_of_ours():
    with pytest.raises(InputError, match="no canvas"):
        read_manifest(p3({"id": "/presentation/3/secret/canvas/1", "type": "Canvas"}))


def test_the_description_is_read_in_both_versions():
    new = p3(summary={"en": ["s"]}, rights="r", metadata=[{"label": {"en": ["Language"]}, "value": {"en": ["German"]}}])
    old = p2(description="s", license=["r"], metadata=[{"label": "Language:", "value": "ger"}])
    for document in (new, old):
        found = read_document(document)
        assert isinstance(found, ForeignManifest)
        assert (found.summary, found.rights, found.languages) == ("s", "r", ("de",))


@pytest.mark.parametrize(
    ("document", "direction"),
    [
        (p3(viewingDirection="right-to-left"), "right-to-left"),
        (p2(viewingDirection="top-to-bottom"), "top-to-bottom"),
        (p2(sequences=[{"viewingDirection": "right-to-left", "canvases": []}]), "right-to-left"),
        (p3(viewingDirection="backwards"), ""),
        (p3(viewingDirection=["right-to-left"]), ""),
        (p2(), ""),
    ],
)
def test_which_way_the_pages_turn_is_read_from_the_manifest_or_its_sequence(document: object, direction: str):
    found = read_document(document)
    assert isinstance(found, ForeignManifest)
    assert found.viewing_direction == direction


@pytest.mark.parametrize("document", [None, [], "x", {}, {"type": "AnnotationPage"}, {"type": 5}])
def test_other_documents_are_refused_by_name(document: object):
    with pytest.raises(InputError, match="no manifest"):
        read_document(document)


def test_collections_name_manifests_and_collections():
    members = [{"@id": "x:4", "@type": "sc:Collection"}, {"@id": "x:1", "@type": "sc:Manifest"}]
    manifests = ["x:1", {"@id": "x:2", "@type": "sc:Manifest"}]
    document = {"@id": "x:c", "@type": "sc:Collection", "manifests": manifests, "members": members}
    found = read_document(document | {"collections": ["x:3"]})
    assert found == ForeignCollection("x:c", ("x:1", "x:2"), ("x:4", "x:3"))
    with pytest.raises(InputError, match="collection"):
        read_manifest({"type": "Collection"})


@pytest.mark.parametrize(
    ("told", "duration", "size"),
    [
        ({"duration": 60.5}, 60.5, (1920, 1080)),
        ({"duration": 60, "width": 640, "height": 480}, 60, (640, 480)),
        ({"duration": "60"}, None, None),
        ({"duration": -1}, None, None),
        ({"duration": float("inf")}, None, None),
        ({"duration": True}, None, None),
    ],
)
def test_a_recording_has_a_length(told: dict[str, object], duration: float | None, size: tuple[int, int] | None):
    (found,) = read_manifest(p3({"id": _C, "type": "Canvas"} | told)).canvases
    assert (found.duration, found.size) == (duration, size)


@pytest.mark.corpus
def test_every_manifest_of_the_corpus_is_read(corpus: Path):
    manifests = canvases = links = collections = 0
    for path in [*corpus.glob("iiif/presentation-*/**/*.json"), *corpus.glob("newspapers/*/*manifest.json")]:
        document = json.loads(path.read_bytes())
        kind = document.get("type") or document.get("@type")
        if kind in {"Collection", "sc:Collection"}:
            found = read_document(document)
            assert isinstance(found, ForeignCollection)
            assert found.manifests or found.collections, path.name
            collections += 1
        elif kind in {"Manifest", "sc:Manifest"}:
            manifest = read_manifest(document)
            assert manifest.label, path.name
            manifests += 1
            canvases += len(manifest.canvases)
            links += sum(len(canvas.links) for canvas in manifest.canvases)
    assert (manifests, collections) == (39, 2)
    assert canvases > 600
    assert links > 200

import pytest

from services.presentation import manifest2
from services.presentation.model import Detail
from tests.presentation.books import LOCKED, TIERED, URLS, book, canvas, listed, objects, resource2, row


def test_the_shape_is_manifest_sequence_canvas_image():
    found = manifest2.manifest(book())
    assert found["@context"] == "http://iiif.io/api/presentation/2/context.json"
    assert found["@type"] == "sc:Manifest"
    assert found["label"] == "The Harbour Gazette"
    sequence = found["sequences"][0]
    assert sequence["@type"] == "sc:Sequence"
    page = sequence["canvases"][0]
    assert page["@type"] == "sc:Canvas"
    picture = page["images"][0]
    assert (picture["@type"], picture["motivation"], picture["on"]) == ("oa:Annotation", "sc:painting", page["@id"])


def test_canvas_ids_are_those_of_version_3():
    ids = [c["@id"] for c in manifest2.manifest(book())["sequences"][0]["canvases"]]
    assert ids == [f"https://books.example.org/presentation/3/gazette/canvas/{n}" for n in (1, 2)]


def test_the_image_service_is_one_object_with_its_context():
    service = resource2(manifest2.manifest(book()))["service"]
    assert service["@context"] == "http://iiif.io/api/image/2/context.json"
    assert service["@id"] == "https://books.example.org/iiif/2/gazette-1"
    assert service["profile"] == "http://iiif.io/api/image/2/level2.json"


def test_nothing_of_version_3_is_named():
    for found in objects(manifest2.manifest(book(LOCKED))):
        assert "id" not in found
        assert "type" not in found


def test_text_is_an_annotation_list_referred_to_by_other_content():
    first, second = manifest2.manifest(book(canvases=[canvas(1), canvas(2, words=0)]))["sequences"][0]["canvases"]
    assert first["otherContent"][0]["@id"] == URLS.text("gazette", 1, 2)
    assert first["otherContent"][0]["@type"] == "sc:AnnotationList"
    assert "resources" not in first["otherContent"][0]
    assert "otherContent" not in second


def test_a_canvas_without_a_picture_has_no_images_but_a_size():
    found = manifest2.manifest(book(canvases=[canvas(1, image=None)]))["sequences"][0]["canvases"][0]
    assert "images" not in found
    assert (found["width"], found["height"]) == (1200, 1800)


def test_summary_rights_and_collections_have_their_old_names():
    told = manifest2.manifest(book(summary="Weekly", rights="https://r.example/", collections=("press",)))
    assert (told["description"], told["license"]) == ("Weekly", "https://r.example/")
    assert told["within"] == [URLS.collection("press", 2)]
    assert manifest2.manifest(book(rights="Ask us"))["attribution"] == "Ask us"


def test_viewing_direction_stands_at_the_sequence():
    found = manifest2.manifest(book(languages=("ar",)))
    assert found["sequences"][0]["viewingDirection"] == "right-to-left"
    found = manifest2.manifest(book(languages=("ja",), viewing_direction="right-to-left"))
    assert found["sequences"][0]["viewingDirection"] == "right-to-left"


def test_a_minimal_manifest_has_label_and_pages_only():
    found = manifest2.manifest(book(TIERED, Detail.MINIMAL, summary="Secret", collections=("a",)))
    assert set(found) == {"@context", "@id", "@type", "label", "sequences"}
    assert set(found["sequences"][0]["canvases"][0]) == {"@id", "@type", "label", "width", "height", "images"}


@pytest.mark.parametrize("doors", [LOCKED, TIERED])
def test_the_full_picture_of_a_restricted_page_is_the_gated_one(doors):
    assert resource2(manifest2.manifest(book(doors)))["@id"].startswith("https://books.example.org/iiif/2/gazette-1/")


def test_a_collection_lists_manifests_of_version_2():
    found = manifest2.collection(listed("press", row()), URLS)
    assert found["@type"] == "sc:Collection"
    assert found["manifests"][0]["@id"] == URLS.manifest("gazette", 2)

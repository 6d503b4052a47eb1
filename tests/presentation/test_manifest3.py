from dataclasses import replace

import pytest

from services.presentation import manifest3
from services.presentation.model import Access, Detail
from tests.presentation.books import LOCKED, TIERED, URLS, body3, book, canvas, listed, objects, row

P3 = "http://iiif.io/api/presentation/3/context.json"
AUTH2 = "http://iiif.io/api/auth/2/context.json"


def test_context_comes_first_and_once():
    found = manifest3.manifest(book())
    assert next(iter(found)) == "@context"
    assert found["@context"] == P3


def test_a_probe_puts_the_auth_2_context_before_the_presentation_context():
    assert manifest3.manifest(book(LOCKED))["@context"] == [AUTH2, P3]


def test_a_restricted_object_without_pictures_needs_no_auth_2_context():
    assert manifest3.manifest(book(LOCKED, canvases=[canvas(1, image=None)]))["@context"] == P3


def test_only_version_1_blocks_carry_a_context_of_their_own():
    inner = [o for o in objects(manifest3.manifest(book(LOCKED))) if "@context" in o and o.get("type") != "Manifest"]
    assert inner
    assert all("@id" in o for o in inner)


def test_a_canvas_without_a_picture_keeps_its_size_and_an_empty_painting_page():
    found = manifest3.manifest(book(canvases=[canvas(1, image=None)]))["items"][0]
    assert (found["width"], found["height"]) == (1200, 1800)
    assert [page["items"] for page in found["items"]] == [[]]
    assert "thumbnail" not in found


def test_the_painting_targets_its_canvas_and_is_a_jpeg_of_image_2():
    page = manifest3.manifest(book())["items"][1]
    painting = page["items"][0]["items"][0]
    assert painting["motivation"] == "painting"
    assert painting["target"] == page["id"] == "https://books.example.org/presentation/3/gazette/canvas/2"
    assert painting["body"]["id"] == "https://books.example.org/iiif/2/gazette-2/full/max/0/default.jpg"
    assert painting["body"]["format"] == "image/jpeg"


def test_text_is_a_reference_without_items_at_pages_that_have_words():
    first, second = manifest3.manifest(book(canvases=[canvas(1), canvas(2, words=0)]))["items"]
    assert first["annotations"][0]["id"] == URLS.text("gazette", 1, 3)
    assert "items" not in first["annotations"][0]
    assert "annotations" not in second


def test_an_open_object_without_words_offers_no_search():
    assert "service" not in manifest3.manifest(book(words=0))


@pytest.mark.parametrize("words", [0, 50])
def test_a_restricted_manifest_does_not_tell_whether_there_is_text(words: int):
    pages = [canvas(1, words=words), canvas(2, words=0)]
    found = manifest3.manifest(book(LOCKED, canvases=pages, words=words))
    assert found == manifest3.manifest(book(LOCKED))


def test_rights_that_are_an_address_stand_as_rights_and_others_as_a_statement():
    address = "http://creativecommons.org/publicdomain/mark/1.0/"
    assert manifest3.manifest(book(rights=address))["rights"] == address
    said = manifest3.manifest(book(rights="All rights with the heirs"))
    assert "rights" not in said
    assert said["requiredStatement"]["value"] == {"none": ["All rights with the heirs"]}


def test_languages_are_named_and_a_foreign_identifier_is_kept():
    found = manifest3.manifest(book(languages=("de", "grc", "x-odd"), original_id="ark:/12148/bpt6k1"))
    values = {m["label"]["en"][0]: m["value"]["none"][0] for m in found["metadata"]}
    assert values == {"Language": "German, Ancient Greek, x-odd", "Identifier": "ark:/12148/bpt6k1"}


@pytest.mark.parametrize(("languages", "expected"), [(("he",), "right-to-left"), (("en", "he"), None), ((), None)])
def test_hebrew_books_turn_from_right_to_left(languages: tuple[str, ...], expected: str | None):
    assert manifest3.manifest(book(languages=languages)).get("viewingDirection") == expected


@pytest.mark.parametrize(
    ("language", "said"), [("ja", "right-to-left"), ("he", "left-to-right"), ("en", "top-to-bottom")]
)
def test_a_direction_that_was_said_goes_before_the_language(language: str, said: str):
    found = manifest3.manifest(book(languages=(language,), viewing_direction=said))
    assert found["viewingDirection"] == said


def test_a_minimal_manifest_has_label_pages_and_pictures_and_nothing_else():
    told = book(LOCKED, Detail.MINIMAL, summary="Secret", rights="https://r.example/", collections=("a",))
    found = manifest3.manifest(told)
    assert set(found) == {"@context", "id", "type", "label", "items"}
    assert [set(page) for page in found["items"]] == [{"id", "type", "label", "width", "height", "items"}] * 2
    assert [page["label"] for page in found["items"]] == [{"none": ["1"]}, {"none": ["2"]}]


def test_unlabelled_canvases_are_numbered():
    assert manifest3.manifest(book(canvases=[canvas(7, label="")]))["items"][0]["label"] == {"none": ["7"]}


def test_the_thumbnail_of_an_open_page_is_small_and_in_proportion():
    small = manifest3.manifest(book())["items"][0]["thumbnail"][0]
    assert small["id"] == "https://books.example.org/iiif/2/gazette-1/full/213,/0/default.jpg"
    assert (small["width"], small["height"]) == (213, 320)


def test_a_thumbnail_is_never_larger_than_the_picture():
    small = manifest3.manifest(book(canvases=[canvas(1, width=50, height=30)]))["items"][0]["thumbnail"][0]
    assert (small["width"], small["height"]) == (50, 30)


def test_a_very_long_picture_has_a_thumbnail_at_least_one_pixel_wide():
    small = manifest3.manifest(book(canvases=[canvas(1, width=10, height=90000)]))["items"][0]["thumbnail"][0]
    assert (small["width"], small["height"]) == (1, 320)


def test_thumbnails_of_a_restricted_object_come_from_its_public_tier_or_not_at_all():
    assert "thumbnail" not in str(manifest3.manifest(book(LOCKED)))
    tiered = manifest3.manifest(book(TIERED))
    assert "/iiif/2/gazette-1~small/full/" in tiered["thumbnail"][0]["id"]
    assert body3(tiered)["service"][0]["@id"] == "https://books.example.org/iiif/2/gazette-1"


def test_the_manifest_shows_the_first_picture_there_is():
    found = manifest3.manifest(book(canvases=[canvas(1, image=None), canvas(2)]))
    assert "/gazette-2/" in found["thumbnail"][0]["id"]


def test_collections_are_named_by_the_manifest_and_list_it_in_order():
    found = manifest3.manifest(book(collections=("letters",)))
    assert found["partOf"] == [{"id": URLS.collection("letters", 3), "type": "Collection"}]
    shelf = manifest3.collection(listed("letters", row(), row(id="b", label="B")), URLS)
    assert [i["id"] for i in shelf["items"]] == [URLS.manifest("gazette", 3), URLS.manifest("b", 3)]
    assert shelf["type"] == "Collection"


def test_the_ids_inside_a_manifest_are_all_different():
    items = manifest3.manifest(book(LOCKED))["items"]
    ids = [
        o["id"] for page in items for o in objects(page) if o.get("type") in {"Canvas", "AnnotationPage", "Annotation"}
    ]
    assert len(ids) == len(set(ids)) == 10


def test_pages_have_the_access_of_the_stretch_that_they_lie_in():
    first, second = Access(LOCKED), Access(TIERED)
    told = replace(book(), others=[(2, 3, first), (6, 6, second)])
    expected = {1: None, 2: first, 3: first, 4: None, 5: None, 6: second, 7: None}
    assert {n: told.access(n) for n in expected} == {n: each or Access(told.doors) for n, each in expected.items()}


def test_one_restricted_page_of_an_open_book_has_the_manifest_name_the_context_of_its_probe():
    assert manifest3.manifest(replace(book(), others=[(2, 2, Access(LOCKED))]))["@context"] == [AUTH2, P3]
    assert manifest3.manifest(replace(book(), others=[(2, 2, Access())]))["@context"] == P3

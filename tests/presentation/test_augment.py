"""A foreign manifest with our search and our doors in it: nothing else of it is changed."""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.manifest import ForeignManifest, read_document
from lectern.catalogue import CanvasRow
from lectern.iiif_json import id_of, painted
from services.presentation.augment import Images, augment
from services.presentation.foreign import bodies, canvases_of, image_services, is_recording
from services.presentation.model import OPEN_DOORS, Access, Book, Detail, Doors, Json
from tests.presentation.books import AUTH1, BASE, LOCKED, TIERED, URLS, book, row

SEARCH1, SEARCH2 = (f"{BASE}/search/{version}/gazette" for version in (1, 2))
AUTH2 = "http://iiif.io/api/auth/2/context.json"
PRESENTATION3 = "http://iiif.io/api/presentation/3/context.json"
NAMES = ("https://lib.example/c1", "https://lib.example/c2")
SERVICE2 = {
    "@context": "http://iiif.io/api/image/2/context.json",
    "@id": "https://img.example/2/p1",
    "profile": "http://iiif.io/api/image/2/level2.json",
}
SERVICE3 = {"id": "https://img.example/3/p1", "type": "ImageService3", "profile": "level1"}
THEIR_LOGIN = {"@id": "https://img.example/login", "profile": "http://iiif.io/api/auth/1/login", "label": "Log in"}


def rows(image: str | None = "ab/1.tif", names: tuple[str, ...] = NAMES) -> list[CanvasRow]:
    return [CanvasRow(n, name, 1200, 1800, f"p. {n}", image, words=5) for n, name in enumerate(names, 1)]


def shown(doors: Doors = OPEN_DOORS, image: str | None = "ab/1.tif", **changes: Any) -> Book:
    return replace(book(doors, canvases=rows(image)), **changes)


def manifest3(*services: Json) -> Json:
    def canvas(name: str) -> Json:
        body = {
            "id": "https://img.example/3/p1/full/max/0/default.jpg",
            "type": "Image",
            "service": list(services or [SERVICE3]),
        }
        painting = {"id": f"{name}/a", "type": "Annotation", "motivation": "painting", "body": body, "target": name}
        return {
            "id": name,
            "type": "Canvas",
            "label": {"en": ["x"]},
            "width": 1200,
            "height": 1800,
            "thumbnail": [{"id": "https://img.example/3/p1/full/90,/0/default.jpg", "type": "Image"}],
            "items": [{"id": f"{name}/page", "type": "AnnotationPage", "items": [painting]}],
        }

    return {
        "@context": PRESENTATION3,
        "id": "https://lib.example/m",
        "type": "Manifest",
        "thumbnail": [{"id": "https://img.example/3/p1/full/90,/0/default.jpg", "type": "Image"}],
        "items": [canvas(name) for name in NAMES],
    }


def manifest2(*services: Json) -> Json:
    def canvas(name: str) -> Json:
        resource = {
            "@id": "https://img.example/2/p1/full/full/0/default.jpg",
            "@type": "dctypes:Image",
            "service": services[0] if services else SERVICE2,
        }
        painting = {"@type": "oa:Annotation", "motivation": "sc:painting", "resource": resource, "on": name}
        return {"@id": name, "@type": "sc:Canvas", "width": 1200, "height": 1800, "images": [painting]}

    return {
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@id": "https://lib.example/m",
        "@type": "sc:Manifest",
        "sequences": [{"@type": "sc:Sequence", "canvases": [canvas(name) for name in NAMES]}],
    }


def picture(document: Json, n: int = 1) -> Json:
    return next(bodies(painted(canvases_of(document)[n - 1])[0]))


def without_search(document: Json) -> Json:
    return {key: value for key, value in document.items() if key != "service"}


def traps(document: Json, of: Book, images: Images = Images.AUTO) -> list[str]:
    return [trap for trap, _ in augment(document, of, images).doubts]


# Search


def test_both_versions_of_search_are_declared():
    first, second = augment({"id": "m", "type": "Manifest"}, shown()).document["service"]
    assert (first["@id"], first["@type"], first["profile"]) == (
        SEARCH1,
        "SearchService1",
        "http://iiif.io/api/search/1/search",
    )
    assert first["@context"] == "http://iiif.io/api/search/1/context.json"
    assert second == {
        "id": SEARCH2,
        "type": "SearchService2",
        "service": [{"id": f"{SEARCH2}/autocomplete", "type": "AutoCompleteService2"}],
    }


def test_in_presentation_2_every_service_has_its_context():
    services = augment({"@id": "m", "@type": "sc:Manifest"}, shown()).document["service"]
    assert [service["@context"] for service in services] == [
        "http://iiif.io/api/search/1/context.json",
        "http://iiif.io/api/search/2/context.json",
    ]


@pytest.mark.parametrize(
    "given", [{"@id": "a"}, "https://a.example/service", [{"@id": "a"}], [{"@id": "a"}, {"id": "b"}, "c"], []]
)
def test_services_that_were_there_stay_behind_ours(given: object):
    document: Json = {"@id": "m", "@type": "sc:Manifest", "service": given, "services": [{"id": "d"}]}
    before = deepcopy(document)
    found = augment(document, shown()).document
    assert document == before
    assert found["service"][2:] == (given if isinstance(given, list) else [given])
    assert [id_of(each) for each in found["service"]][:2] == [SEARCH1, SEARCH2]
    assert found["services"] == [{"id": "d"}]


def test_another_version_of_search_that_was_declared_before_gives_way():
    before = augment({"id": "m", "type": "Manifest"}, shown(urls=replace(URLS, declared=0))).document
    found = augment(before, shown()).document
    assert [id_of(each) for each in found["service"]] == [SEARCH1, SEARCH2]


# Access


@pytest.mark.parametrize("images", [Images.AUTO, Images.THEIRS])
@pytest.mark.parametrize("document", [manifest2(SERVICE2 | {"service": THEIR_LOGIN}), manifest3(SERVICE3, SERVICE2)])
def test_of_an_open_object_nothing_is_changed_but_search(document: Json, images: Images):
    found = augment(document, shown(), images)
    assert without_search(found.document) == document
    assert found.doubts == ()


def test_pr3_11_our_image_services_with_their_doors_take_the_place_of_an_open_picture():
    found = augment(manifest3(), shown(LOCKED)).document
    body = picture(found)
    assert body["id"] == f"{BASE}/iiif/2/gazette-1/full/max/0/default.jpg"
    assert (body["width"], body["height"]) == (1200, 1800)
    image2, image3 = body["service"]
    assert image2["service"] == AUTH1
    (probe,) = image3["service"]
    assert (probe["id"], probe["type"]) == (f"{BASE}/auth/probe/gazette-1", "AuthProbeService2")
    assert probe["profile"]
    assert found["@context"] == [AUTH2, PRESENTATION3]
    assert "img.example" not in json.dumps(found)
    assert painted(canvases_of(found)[0])[0]["id"] == "https://lib.example/c1/a"


def test_pr2_01_in_version_2_the_image_service_has_its_context_and_auth_1_alone():
    found = augment(manifest2(), shown(LOCKED)).document
    service = picture(found)["service"]
    assert service["@context"] == "http://iiif.io/api/image/2/context.json"
    assert service["@id"] == f"{BASE}/iiif/2/gazette-1"
    assert service["service"] == AUTH1
    assert "/auth/probe/" not in json.dumps(found)
    assert found["@context"] == manifest2()["@context"]
    assert "img.example" not in json.dumps(found)


@pytest.mark.parametrize("document", [manifest2(), manifest3()])
def test_th_86_only_pages_that_are_restricted_are_changed(document: Json):
    part = shown(others=[(2, 2, Access(LOCKED))])
    found = augment(document, part).document
    first, second = canvases_of(found)
    assert first == canvases_of(document)[0]
    assert "img.example" not in json.dumps(second)
    assert "/auth/access/members" in json.dumps(second)


def test_a_thumbnail_of_a_restricted_page_is_that_of_its_open_version_or_none():
    found = augment(manifest3(), shown(TIERED)).document
    small = f"{BASE}/iiif/2/gazette-1~small/full/213,/0/default.jpg"
    assert canvases_of(found)[0]["thumbnail"][0]["id"] == found["thumbnail"][0]["id"] == small
    found = augment(manifest3(), shown(LOCKED)).document
    assert "thumbnail" not in found
    assert "thumbnail" not in canvases_of(found)[0]


@pytest.mark.parametrize("document", [manifest2(), manifest3()])
@pytest.mark.parametrize("images", [Images.AUTO, Images.OURS])
def test_a_picture_that_we_do_not_have_stays_without_our_services_and_it_is_said(document: Json, images: Images):
    found = augment(document, shown(LOCKED, image=None), images)
    assert without_search(found.document) == document
    ((trap, message),) = found.doubts
    assert trap == "picture-open-elsewhere"
    assert "pages 1, 2 are restricted here" in message
    assert "https://img.example" in message


def test_th_13_our_tokens_are_sent_to_no_server_that_does_not_ask_us():
    found = augment(manifest3(SERVICE2, SERVICE3), shown(LOCKED, image=None), Images.THEIRS)
    assert "/auth/" not in json.dumps(found.document)
    assert [trap for trap, _ in found.doubts] == ["picture-open-elsewhere"]


def test_viewer_rules_12_and_13_doors_stand_inside_their_image_services_where_those_ask_us():
    found = augment(manifest3(SERVICE2, SERVICE3), shown(LOCKED), Images.THEIRS)
    assert found.doubts == ()
    second, third = picture(found.document)["service"]
    assert (second["@id"], second["service"]) == (SERVICE2["@id"], AUTH1)
    assert third["id"] == SERVICE3["id"]
    assert third["service"][0] == AUTH1[0]
    assert third["service"][1]["type"] == "AuthProbeService2"
    assert all(isinstance(each["profile"], str) for each in third["service"])
    assert found.document["@context"] == [AUTH2, PRESENTATION3]


def test_access_services_of_theirs_stay_behind_ours_and_ours_go_when_the_policy_opens():
    document = manifest2(SERVICE2 | {"service": THEIR_LOGIN})
    found = augment(document, shown(LOCKED), Images.THEIRS).document
    assert picture(found)["service"]["service"] == [*AUTH1, THEIR_LOGIN]
    reopened = augment(found, shown(), Images.THEIRS).document
    assert picture(reopened)["service"]["service"] == [THEIR_LOGIN]
    bare = augment(augment(manifest2(), shown(LOCKED), Images.THEIRS).document, shown()).document
    assert without_search(bare) == manifest2()


def test_a_picture_without_image_service_cannot_be_guarded_and_it_is_said():
    document = manifest3()
    del picture(document)["service"]
    assert traps(document, shown(LOCKED), Images.THEIRS) == ["picture-open-elsewhere"]


def test_with_ours_every_picture_that_we_have_is_named_by_us():
    found = augment(manifest3(), shown(), Images.OURS).document
    assert {id_of(picture(found, n)["service"][0]) for n in (1, 2)} == {f"{BASE}/iiif/2/gazette-{n}" for n in (1, 2)}
    assert found["@context"] == PRESENTATION3
    assert found["thumbnail"] == manifest3()["thumbnail"]


def test_where_another_server_of_ours_has_all_pictures_it_is_ours_that_is_named():
    found = augment(manifest3(), shown(LOCKED, image=None, pictures_elsewhere=True))
    assert id_of(picture(found.document)["service"][0]) == f"{BASE}/iiif/2/gazette-1"
    assert found.doubts == ()


def test_several_pictures_and_choices_of_a_restricted_page_give_way_to_ours():
    document = manifest3()
    annotations = canvases_of(document)[0]["items"][0]["items"]
    annotations[0]["body"] = {"type": "Choice", "items": [annotations[0]["body"], {"id": "https://x.example/2.jpg"}]}
    annotations.append(deepcopy(annotations[0]))
    found = augment(document, shown(LOCKED)).document
    assert len(painted(canvases_of(found)[0])) == 1
    assert "x.example" not in json.dumps(found)


def other_canvas(address: str = "https://x.example/before.jpg") -> Json:
    body = {"id": address, "type": "Image"}
    painting = {"type": "Annotation", "motivation": "painting", "body": body, "target": "https://lib.example/other"}
    page = {"type": "AnnotationPage", "items": [painting]}
    return {"id": "https://lib.example/other", "type": "Canvas", "width": 60, "height": 80, "items": [page]}


@pytest.mark.parametrize("key", ["placeholderCanvas", "accompanyingCanvas"])
def test_th_86_what_is_shown_before_or_with_a_restricted_page_goes_with_its_picture(key: str):
    document = manifest3()
    canvases_of(document)[0][key] = other_canvas() | {key: other_canvas("https://x.example/deeper.jpg")}
    assert without_search(augment(document, shown()).document) == document
    found = augment(document, shown(LOCKED))
    assert "x.example" not in json.dumps(found.document)
    assert found.doubts == ()


@pytest.mark.parametrize("key", ["placeholderCanvas", "accompanyingCanvas"])
def test_th_86_what_is_shown_before_or_with_a_page_that_stays_elsewhere_is_a_doubt(key: str):
    document = manifest3()
    canvases_of(document)[0][key] = other_canvas()
    ((_, message),) = augment(document, shown(LOCKED, image=None)).doubts
    assert "https://x.example" in message
    assert traps(document, shown(LOCKED), Images.THEIRS) == ["picture-open-elsewhere"]
    bare = manifest3()
    bare["items"][0] |= {"items": [], "thumbnail": [], key: other_canvas()}
    assert "picture-open-elsewhere" in traps(bare, shown(LOCKED))


def test_th_86_no_annotation_or_page_of_it_keeps_a_small_picture_of_a_restricted_page():
    document = manifest3()
    page = canvases_of(document)[0]["items"][0]
    page["thumbnail"] = page["items"][0]["thumbnail"] = [{"id": "https://x.example/small.jpg", "type": "Image"}]
    page["items"][0]["resource"] = {"@id": "https://x.example/old.jpg", "@type": "dctypes:Image"}
    assert "x.example" not in json.dumps(augment(document, shown(LOCKED)).document)


@pytest.mark.parametrize("key", ["placeholderCanvas", "accompanyingCanvas"])
def test_th_86_a_picture_before_or_with_the_whole_that_is_of_a_closed_page_goes(key: str):
    document = manifest3()
    document[key] = other_canvas("https://img.example/3/p1/full/400,/0/default.jpg")
    found = augment(document, shown(LOCKED))
    assert key not in found.document
    assert found.doubts == ()


@pytest.mark.parametrize("key", ["thumbnail", "placeholderCanvas", "accompanyingCanvas"])
def test_th_86_a_cover_on_another_server_that_is_of_no_page_is_said_where_pages_are_closed(key: str):
    document = manifest3()
    document[key] = other_canvas() if key != "thumbnail" else "https://x.example/cover.jpg"
    found = augment(document, shown(LOCKED))
    assert found.document[key] == document[key]
    ((trap, message),) = found.doubts
    assert trap == "cover-open-elsewhere"
    assert key in message
    assert traps(found.document, shown(LOCKED)) == ["cover-open-elsewhere"]
    assert traps(document, shown()) == []


def test_a_cover_that_is_the_picture_of_an_open_page_is_no_doubt():
    document = manifest3()
    second = canvases_of(document)[1]
    second["thumbnail"] = []
    service = SERVICE3 | {"id": "https://img.example/3/p2"}
    painted(second)[0]["body"] |= {"id": f"{service['id']}/full/max/0/default.jpg", "service": [service]}
    part = shown(others=[(2, 2, Access(LOCKED))])
    assert traps(document, part) == []
    assert augment(document, part).document["thumbnail"] == document["thumbnail"]
    document["thumbnail"] = f"{service['id']}/full/90,/0/default.jpg"
    (small,) = augment(document, part).document["thumbnail"]
    assert small["id"].startswith(f"{BASE}/iiif/2/gazette-1/full/")


@pytest.mark.parametrize("images", list(Images))
def test_what_is_painted_in_the_other_version_s_place_gives_way_where_it_stands(images: Images):
    third, second = manifest3(), manifest2()
    for new, old in zip(canvases_of(third), canvases_of(second), strict=True):
        new["images"], old["items"] = old.pop("images"), new.pop("items")
        new.pop("thumbnail")
    del third["thumbnail"]
    for document, where, probes in ((third, "images", False), (second, "items", True)):
        found = augment(document, shown(LOCKED), images)
        assert augment(found.document, shown(LOCKED), images).document == found.document
        assert "/auth/access/members" in json.dumps(found.document)
        assert where in canvases_of(found.document)[0]
        if images is not Images.THEIRS:
            assert "img.example" not in json.dumps(found.document)
            assert ("/auth/probe/" in json.dumps(found.document)) == probes
            assert found.document["@context"] == document["@context"]


def test_a_restricted_page_that_has_both_versions_paintings_keeps_neither():
    document = manifest3()
    for canvas, older in zip(canvases_of(document), canvases_of(manifest2()), strict=True):
        canvas["images"] = older["images"]
    found = augment(document, shown(LOCKED))
    assert "img.example" not in json.dumps(found.document)
    assert found.doubts == ()


def test_th_86_a_restricted_canvas_whose_id_has_space_around_it_is_closed_too():
    document = manifest3()
    for canvas in canvases_of(document):
        canvas["id"] = f" {canvas['id']}\n"
    found = augment(document, of_theirs(document, LOCKED))
    assert "img.example" not in json.dumps(found.document)


def test_what_still_leads_to_restricted_pages_is_said():
    document = manifest3()
    document["structures"] = [{"id": "r", "type": "Range", "thumbnail": [deepcopy(SERVICE3)]}]
    canvases_of(document)[1]["seeAlso"] = [{"id": "https://lib.example/alto.xml"}]
    assert traps(document, shown(LOCKED)) == ["picture-still-named", "text-open-elsewhere"]
    assert traps(document, shown()) == []
    assert traps(manifest3(), shown(LOCKED, detail=Detail.MINIMAL)) == ["manifest-tells-more"]


@pytest.mark.parametrize("images", list(Images))
@pytest.mark.parametrize("doors", [OPEN_DOORS, LOCKED, TIERED])
@pytest.mark.parametrize(
    "document",
    [manifest2(), manifest2(SERVICE2 | {"service": [THEIR_LOGIN]}), manifest3(), manifest3(SERVICE2, SERVICE3)],
)
def test_twice_is_once(document: Json, doors: Doors, images: Images):
    once = augment(document, shown(doors), images).document
    assert augment(once, shown(doors), images).document == once


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"seeAlso": [{"id": "https://lib.example/1.xml", "type": "Dataset"}]}, False),
        ({"annotations": [{"id": "https://lib.example/a", "type": "AnnotationPage"}]}, False),
        ({"rendering": [{"id": "https://lib.example/1.txt", "type": "Text", "format": "text/plain"}]}, False),
        ({"rendering": [{"id": "https://lib.example/1.pdf", "type": "Text", "format": "application/pdf"}]}, True),
    ],
)
def test_where_everybody_may_have_the_text_only_files_that_may_show_the_picture_are_a_doubt(files: Json, said: bool):
    whole, single = manifest3(), manifest3()
    whole |= files
    single["items"][0] |= files
    for document in (whole, single):
        assert "text-open-elsewhere" in traps(document, shown(LOCKED))
        assert ("text-open-elsewhere" in traps(document, shown(replace(LOCKED, text_open=True)))) == said


@pytest.mark.parametrize(
    "junk", [5, "x", None, [], [None], [[]], {"items": 5}, {"body": []}, [{"items": [{"body": 5}]}]]
)
def test_what_has_the_wrong_form_stays_as_it_is(junk: Any):
    for key in ("items", "images", "thumbnail"):
        document = manifest3()
        document["items"][0] |= {"id": NAMES[0], key: junk}
        assert without_search(augment(document, shown()).document) == document
        for images in Images:
            augment(document, shown(LOCKED), images)


# Other people's manifests


def corpus_manifests(corpus: Path) -> list[tuple[str, Json]]:
    found = []
    for path in sorted([*corpus.glob("iiif/presentation-*/**/*.json"), *corpus.glob("iiif/auth/*.json")]):
        document = json.loads(path.read_bytes())
        if (document.get("type") or document.get("@type")) in {"Manifest", "sc:Manifest"}:
            found.append((path.name, document))
    return found


def of_theirs(document: Json, doors: Doors = OPEN_DOORS, image: str | None = "ab/1.tif") -> Book:
    """Return a book whose pages are the canvases of a manifest."""
    found = read_document(document)
    assert isinstance(found, ForeignManifest)
    canvases = [
        CanvasRow(n, canvas.id, *(canvas.size or (1000, 1000)), image=image, borrowed=canvas.painting.resource)
        for n, canvas in enumerate(found.canvases, 1)
    ]
    return Book(row(), canvases, URLS, doors)


@pytest.mark.corpus
def test_every_manifest_of_the_corpus_stays_as_it_is(corpus: Path):
    manifests = corpus_manifests(corpus)
    for name, document in manifests:
        found = json.loads(json.dumps(augment(document, of_theirs(document)).document))
        others = found["service"][2:]
        if "service" in document:
            found["service"] = others if isinstance(document["service"], list) else others[0]
        else:
            assert others == []
            del found["service"]
        assert found == document, name
    assert len(manifests) == 45


@pytest.mark.corpus
@pytest.mark.parametrize("images", [Images.AUTO, Images.THEIRS])
def test_every_restricted_manifest_of_the_corpus_keeps_its_canvases_and_has_doors_to_each(corpus: Path, images: Images):
    for name, document in corpus_manifests(corpus):
        of = of_theirs(document, LOCKED)
        found = augment(document, of, images).document
        assert [id_of(each) for each in canvases_of(found)] == [id_of(each) for each in canvases_of(document)], name
        assert augment(found, of, images).document == found, name
        for before, after in zip(canvases_of(document), canvases_of(found), strict=True):
            resources = [body for each in painted(before) for body in bodies(each)]
            pictures = [body for body in resources if not is_recording(body)]
            guarded = images is Images.AUTO or any(map(image_services, pictures))
            assert ("/auth/access/members" in json.dumps(after)) == bool(pictures and guarded), (name, id_of(before))


@pytest.mark.corpus
def test_every_restricted_manifest_without_pictures_of_ours_stays_as_it_is_and_it_is_said(corpus: Path):
    for name, document in corpus_manifests(corpus):
        found = augment(document, of_theirs(document, LOCKED, image=None))
        assert without_search(found.document) == without_search(document), name
        assert "picture-open-elsewhere" in [trap for trap, _ in found.doubts], name

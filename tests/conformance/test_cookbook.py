"""Recipes of the IIIF cookbook by shape: what a recipe is about stands in our manifests at the same places.

A shape is the set of all places of a document with the kind of value that is there; numbers in lists count as one, and
so do languages. What else a recipe happens to have is left out, and what else we tell does not matter.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.presentation.library import SAMPLES, Library

pytestmark = pytest.mark.corpus

_LANGUAGE_MAPS = {"label", "summary", "value"}
# Recipe, our object, the member of the manifest or of its canvases that it is about, and members that we do not offer.
SIZED = {"id", "type", "label", "width", "height", "items"}
PAINTING = "items/[]/items"
RECIPES = [
    ("0005-image-service", "almanac", PAINTING, ()),
    ("0009-book-1", "paged", "behavior", ()),
    ("0009-book-1", "paged", "items", ()),
    ("0010-book-2-viewing-direction-manifest-rtl", "odes", "viewingDirection", ()),
    ("0010-book-2-viewing-direction-manifest-rtl", "odes", "summary", ()),
    ("0010-book-2-viewing-direction-manifest-ttb", "paged", "viewingDirection", ()),
    ("0024-book-4-toc", "parts", "structures", ()),
    ("0025-newspaper-article-index/manifest", "parts", "structures", ("supplementary", "source", "selector")),
    ("0269-embedded-or-referenced-annotations", "almanac", "items/[]/annotations", ()),
    ("0283-missing-image", "almanac", PAINTING, ()),
    ("0309-annotation-collection", "paged", "rights", ()),
    ("0309-annotation-collection", "paged", "requiredStatement", ()),
]


def shape(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield every place in a document with the kind of value there."""
    if isinstance(value, dict):
        yield at, "object"
        for name, inner in value.items():
            if name in _LANGUAGE_MAPS and isinstance(inner, dict):
                yield f"{at}/{name}", "language map"
            else:
                yield from shape(inner, f"{at}/{name}")
    elif isinstance(value, list):
        yield at, "array"
        for inner in value:
            yield from shape(inner, f"{at}/[]")
    else:
        yield at, type(value).__name__


def about(document: dict[str, Any], place: str) -> set[tuple[str, str]]:
    """Return the part of a document's shape at a place and below."""
    return {each for each in shape(document) if f"{each[0]}/".startswith(f"/{place}/")}


def recipe(corpus: Path, name: str) -> dict[str, Any]:
    folder = corpus / "iiif" / "presentation-3"
    file = folder / f"{name}.json" if "/" in name else folder / "cookbook" / f"{name}.json"
    found: dict[str, Any] = json.loads(file.read_text())
    return found


@pytest.fixture(scope="module")
def paged(library: Library, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return an object that turns like a book, downwards, with a statement; its pictures are those of the odes."""
    folder = tmp_path_factory.mktemp("paged")
    shutil.copytree(SAMPLES / "odes" / "images", folder / "images")
    described = {
        "label": {"en": "Simple Manifest - Book"},
        "behavior": "paged",
        "viewing_direction": "top-to-bottom",
        "rights": "http://creativecommons.org/licenses/by/4.0/",
        "required_statement": {"label": {"en": "Attribution"}, "value": {"en": "Harbour Library"}},
    }
    (folder / "object.json").write_text(json.dumps(described))
    library.ingest(folder, object_id="paged")
    return "paged"


@pytest.mark.usefixtures("paged")
@pytest.mark.parametrize("wanted", RECIPES, ids=lambda wanted: "-".join(wanted[0:3:2]))
def test_what_a_recipe_is_about_is_at_the_same_places(
    corpus: Path, library: Library, wanted: tuple[str, str, str, tuple[str, ...]]
):
    name, object_id, place, not_offered = wanted
    theirs = {each for each in about(recipe(corpus, name), place) if not any(part in each[0] for part in not_offered)}
    assert theirs
    assert theirs - about(library.manifest(object_id), place) == set()


@pytest.mark.usefixtures("paged")
@pytest.mark.parametrize(
    ("name", "object_id", "member"),
    [
        ("0009-book-1", "paged", "behavior"),
        ("0010-book-2-viewing-direction-manifest-rtl", "odes", "viewingDirection"),
        ("0010-book-2-viewing-direction-manifest-ttb", "paged", "viewingDirection"),
    ],
)
def test_a_recipe_s_word_is_ours(corpus: Path, library: Library, name: str, object_id: str, member: str):
    assert library.manifest(object_id)[member] == recipe(corpus, name)[member]


def test_0053_a_file_for_machines_has_what_the_recipe_says_of_one(corpus: Path, library: Library):
    theirs = recipe(corpus, "0053-seeAlso")["seeAlso"][0]
    for canvas in library.manifest("almanac")["items"]:
        alto = next(each for each in canvas["seeAlso"] if "alto" in each["profile"])
        assert set(shape(theirs)) <= set(shape(alto))
        assert alto["type"] == theirs["type"]


def test_0269_a_page_of_annotations_that_is_referred_to_stands_alone(corpus: Path, library: Library):
    theirs = recipe(corpus, "0269-embedded-or-referenced-annotations-annotationpage")
    ours = library.document(library.manifest("almanac")["items"][1]["annotations"][0]["id"])
    assert set(shape(theirs["items"])) <= set(shape(ours["items"]))
    assert ours["type"] == theirs["type"]


def test_0283_a_page_without_a_picture_keeps_its_place_and_size(corpus: Path, library: Library):
    theirs = recipe(corpus, "0283-missing-image")["items"]
    missing = [each for each in theirs if not any(page["items"] for page in each["items"])]
    assert missing
    for canvas in library.manifest("words")["items"]:
        assert not any(page["items"] for page in canvas["items"])
        assert all(theirs.keys() & SIZED == canvas.keys() & SIZED for theirs in missing)


def test_hits_of_search_2_have_the_shape_of_those_of_a_newspaper_elsewhere(corpus: Path, library: Library):
    theirs = json.loads((corpus / "iiif" / "search" / "clover-search2-Berliner.json").read_text())
    ours = library.document("/search/2/almanac?q=lantern")
    for name in ("type", "items"):
        assert type(ours[name]) is type(theirs[name])
    needed = {"id", "type", "motivation", "body", "target"} & theirs["items"][0].keys()
    assert needed <= ours["items"][0].keys()


def test_a_probe_has_the_shape_of_one_elsewhere(corpus: Path, library: Library):
    theirs = json.loads((corpus / "iiif" / "auth" / "ramp-auth2-manifest.json").read_text())
    ours = library.manifest("login")

    def probes(document: Any) -> list[Any]:
        if isinstance(document, list):
            return [found for each in document for found in probes(each)]
        if not isinstance(document, dict):
            return []
        own = [document] if document.get("type") == "AuthProbeService2" else []
        return own + [found for value in document.values() for found in probes(value)]

    wanted = {place for place in shape(probes(theirs)[0]) if place[0].rpartition("/")[2] in ("id", "type", "service")}
    assert wanted
    assert wanted <= set(shape(probes(ours)[0]))

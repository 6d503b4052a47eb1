"""Collections in collections: what each lists, and in which order."""

from dataclasses import replace

import pytest

from lectern.collection_tree import CollectionTree, parse_collections
from lectern.description import plain
from services.presentation import manifest2, manifest3
from services.presentation.listing import Entry, listing
from tests.presentation.books import URLS, row

TREE = parse_collections(
    """
    [collections.press]
    label = { en = "Newspapers", de = "Zeitungen" }
    summary = "What was in the papers"
    order = 2

    [collections.gazettes]
    label = "Gazettes"
    parent = "press"

    [collections.letters]
    label = "Letters"
    order = 1

    [collections.empty]
    label = "Nothing yet"
    """,
    "collections.toml",
)
ENTRIES = [
    Entry(row(id="a", collections=("gazettes",)), plain("A"), "1871-03-04T00:00:00Z"),
    Entry(row(id="b", collections=("letters", "other")), {"en": ("B",), "de": ("Be",)}),
    Entry(row(id="c"), plain("C")),
]


def inside(name: str, tree: CollectionTree = TREE, entries: list[Entry] = ENTRIES) -> tuple[list[str], list[str]]:
    found = listing(name, tree, entries, "Library")
    assert found is not None
    return [each.id for each in found.inside], [entry.row.id for entry in found.entries]


def test_all_lists_the_topmost_collections_and_every_object():
    assert inside("all") == (["other", "letters", "press"], ["a", "b", "c"])


def test_a_collection_lists_those_in_it_and_its_own_objects():
    assert inside("press") == (["gazettes"], [])
    assert inside("gazettes") == ([], ["a"])


@pytest.mark.parametrize("name", ["empty", "nothing", "press"])
def test_th_85_a_collection_of_nothing_that_may_be_known_is_not_there(name: str):
    assert listing(name, TREE, ENTRIES[1:], "Library") is None
    assert name not in inside("all", entries=ENTRIES[1:])[0]


def test_collections_name_the_one_around_them_and_tell_their_languages():
    press, gazettes = (listing(name, TREE, ENTRIES, "Library") for name in ("press", "gazettes"))
    assert press is not None
    assert gazettes is not None
    whole = {"id": URLS.collection("all", 3), "type": "Collection", "label": {"none": ["Library"]}}
    found = manifest3.collection(press, URLS)
    assert found["partOf"] == [whole]
    assert found["label"] == {"en": ["Newspapers"], "de": ["Zeitungen"]}
    assert found["summary"] == {"none": ["What was in the papers"]}
    assert [item["type"] for item in found["items"]] == ["Collection"]
    assert manifest3.collection(gazettes, URLS)["partOf"][0]["id"] == found["id"]
    assert manifest2.collection(gazettes, URLS)["within"] == URLS.collection("press", 2)


def test_the_topmost_collection_says_so_in_version_2():
    found = listing("all", TREE, ENTRIES, "Library")
    assert found is not None
    told = manifest2.collection(found, URLS)
    assert (told["viewingHint"], "within" in told) == ("top", False)
    assert [each["@id"] for each in told["collections"]] == [
        URLS.collection(name, 2) for name in ("other", "letters", "press")
    ]
    assert told["manifests"][0]["navDate"] == "1871-03-04T00:00:00Z"
    assert told["manifests"][1]["label"][1] == {"@value": "Be", "@language": "de"}


def test_an_object_in_a_collection_named_all_is_listed_once():
    odd = [replace(ENTRIES[2], row=row(id="c", collections=("all",)))]
    assert inside("all", entries=odd) == ([], ["c"])

"""Manifests against the official JSON Schema of Presentation 3."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from services.presentation import manifest3
from services.presentation.lines import TextLine, annotation_page
from services.presentation.listing import listing
from services.presentation.model import Book, Detail, Doors
from tests.presentation.books import (
    AUTH1,
    EXTERNAL1,
    LOCKED,
    TIERED,
    URLS,
    book,
    book_in_parts,
    canvas,
    listed,
    probe,
    row,
)
from tests.presentation.said import EVERYTHING
from tests.presentation.test_listing import ENTRIES, TREE

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def validator(corpus: Path) -> Draft7Validator:
    schema = json.loads((corpus.parent / "spec" / "schema" / "iiif_presentation_3.json").read_text())
    return Draft7Validator(schema)


BOOKS = {
    "open": book(summary="Weekly", rights="http://rightsstatements.org/vocab/NoC-US/1.0/", collections=("press",)),
    "restricted": book(LOCKED),
    "with a tier": book(TIERED, rights="Ask the library"),
    "with external": book(Doors(True, [EXTERNAL1, *AUTH1], probe)),
    "minimal": book(LOCKED, Detail.MINIMAL),
    "without pictures": book(canvases=[canvas(1, image=None)]),
    "right to left": book(languages=("he",)),
    "with ranges": book_in_parts(),
    "with everything": replace(book(rights="http://creativecommons.org/licenses/by/4.0/"), description=EVERYTHING),
    "with rights of its own": replace(book(rights="https://library.example/terms"), description=EVERYTHING),
    "minimal with everything": replace(book(LOCKED, Detail.MINIMAL), description=EVERYTHING),
    "with foreign canvases": book(canvases=[canvas(1, canvas="https://elsewhere.org/canvas/1")]),
}


@pytest.mark.parametrize("one", BOOKS.values(), ids=BOOKS.keys())
def test_manifests_are_valid(validator: Draft7Validator, one: Book):
    assert errors(validator, manifest3.manifest(one)) == []


def test_collections_are_valid(validator: Draft7Validator):
    assert errors(validator, manifest3.collection(listed("all", row()), URLS)) == []


@pytest.mark.parametrize("name", ["all", "press", "gazettes", "letters"])
def test_collections_in_collections_are_valid(validator: Draft7Validator, name: str):
    found = listing(name, TREE, ENTRIES, "Library")
    assert found is not None
    assert errors(validator, manifest3.collection(found, URLS)) == []


def test_text_pages_are_valid(validator: Draft7Validator):
    lines = [TextLine("harbour", (1, 2, 3, 4), "en"), TextLine("wall")]
    assert errors(validator, annotation_page("https://h/t", canvas(1), "https://h/c/1", lines)) == []


def test_the_schema_does_refuse_a_broken_manifest(validator: Draft7Validator):
    broken = manifest3.manifest(book())
    broken["label"] = "a bare string"
    assert errors(validator, broken) != []


def errors(validator: Draft7Validator, document: Any) -> list[str]:
    return [f"{list(e.path)}: {e.message}"[:300] for e in validator.iter_errors(document)]

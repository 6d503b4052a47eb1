"""Manifests of copies against the official JSON Schema of Presentation 3."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from tests.services_tiles.conftest import Desk

pytestmark = pytest.mark.corpus


@pytest.mark.parametrize("name", ["mixed", "sparing"])
@pytest.mark.parametrize("version", ["2", "3"])
def test_manifests_and_lines_of_copies_are_valid(desk: Desk, tmp_path: Path, corpus: Path, name: str, version: str):
    schema = json.loads((corpus.parent / "spec" / "schema" / "iiif_presentation_3.json").read_text())
    assert desk.run(name, str(tmp_path / "copy"), "--version", version).exit_code == 0
    documents = [tmp_path / "copy" / "manifest.json", *(tmp_path / "copy").glob("text/*.json")]
    for document in documents:
        errors = Draft7Validator(schema).iter_errors(json.loads(document.read_bytes()))
        assert [f"{list(error.path)}: {error.message}"[:300] for error in errors] == []

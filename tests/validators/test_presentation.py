"""Judges of the Presentation API that others made: the official schema, tripoli (2.1), iiif-prezi3 (3.0)."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.presentation.documents import Documents
from tests.servers import settings_free_environment
from tests.validators.conftest import BOOKS

HERE = Path(__file__).parent
# It knows no services at files to take along, which restricted ones carry (PR3-41).
_FILES_DOORS = re.compile(r"/rendering/[0-9]+/service$")
# What iiif-prezi3 does to every document of anybody: it has no word for the extension, and a reference becomes a page
# that has nothing in it.
ITS_OWN = {("lost", "textGranularity"), ("added", "items")}
# What tripoli would like that not everything has. A restricted object has no thumbnail where no version of its pictures
# is everybody's; a minimal manifest tells nothing of its object. A thumbnail is one small file that is made once: an
# image service beside it would have every viewer ask for a size of its own.
ITS_WISHES = {
    "manifest SHOULD have thumbnail field.",
    "manifest SHOULD have description field.",
    "manifest SHOULD have metadata field.",
    "thumbnail SHOULD be IIIF image service.",
}


Versions = dict[int, Documents]


@pytest.fixture(scope="module", params=["ours", pytest.param("real", marks=pytest.mark.corpus)])
def shown(request: pytest.FixtureRequest) -> Versions:
    """Return the documents of one of the two libraries, by version."""
    found: Versions = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def schema(corpus: Path) -> Draft7Validator:
    return Draft7Validator(json.loads((corpus.parent / "spec" / "schema" / "iiif_presentation_3.json").read_text()))


def asked(judge: str, documents: Documents) -> dict[str, Any]:
    """Return what a judge says of documents, by their names."""
    packages = HERE / judge / ".packages"
    if not packages.is_dir():
        pytest.skip(f"{judge} is not there; tools/setup dev installs it")
    done = subprocess.run(
        [sys.executable, HERE / f"run_{judge}.py"],
        env=settings_free_environment(PYTHONPATH=str(packages)),
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found.keys() == documents.keys()
    return found


def kinds(documents: Documents) -> Counter[str]:
    return Counter(document.get("type", document.get("@type")) for document in documents.values())


def wrong(schema: Draft7Validator, documents: Documents) -> list[str]:
    """Return what the schema finds wrong, each with the document's name and its place there."""
    return [
        f"{name} {'/'.join(map(str, error.path))}: {error.message[:200]}"
        for name, document in documents.items()
        for error in schema.iter_errors(document)
    ]


def differences(ours: Any, theirs: Any, at: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield what another's copy of a document lost, added or changed: which of these, the member, and its path."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in ours.keys() | theirs.keys():
            if name in ours and name in theirs:
                yield from differences(ours[name], theirs[name], f"{at}/{name}")
            else:
                yield "lost" if name in ours else "added", name, f"{at}/{name}"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for n, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, f"{at}/{n}")
    elif ours != theirs:
        yield "changed", at.rpartition("/")[2], f"{at}: {ours!r:.100} is {theirs!r:.100}"


def test_judges_are_shown_all_kinds_of_documents_of_both_versions_to_both_readers(shown: Versions):
    two, three = kinds(shown[2]), kinds(shown[3])
    assert three["Manifest"] == two["sc:Manifest"] >= len(BOOKS)
    assert three["Collection"] == two["sc:Collection"] == 2
    assert three["AnnotationPage"] >= two["sc:AnnotationList"] >= 50
    assert {name.split()[0] for name in shown[3]} == {name.split()[0] for name in shown[2]} == {"stranger", "member"}


@pytest.mark.corpus
def test_the_official_schema_finds_nothing_wrong_in_version_3(schema: Draft7Validator, shown: Versions):
    assert wrong(schema, shown[3]) == []


def test_tripoli_finds_nothing_wrong_in_version_2(shown: Versions):
    # It knows manifests and what is in them; collections and lists of text are not among what it can judge.
    manifests = {name: document for name, document in shown[2].items() if document["@type"] == "sc:Manifest"}
    found = asked("tripoli", manifests)
    assert {name: said["errors"] for name, said in found.items() if said["errors"]} == {}
    warned = Counter(warning.partition(" @ ")[0] for said in found.values() for warning in said["warnings"])
    assert warned.keys() <= ITS_WISHES


def test_tripoli_does_find_what_is_wrong(ours: Versions):
    document = ours[2]["stranger /presentation/2/almanac/manifest"]
    found = asked("tripoli", {"x": {name: value for name, value in document.items() if name != "label"}})
    assert any("label" in error for error in found["x"]["errors"])


def test_iiif_prezi3_reads_every_document_and_writes_the_same(shown: Versions):
    found = asked("prezi3", shown[3])
    assert {name: said for name, said in found.items() if isinstance(said, str)} == {}
    changed = [
        (name, place)
        for name, document in shown[3].items()
        for what, member, place in differences(document, found[name])
        if (what, member) not in ITS_OWN and not _FILES_DOORS.search(place)
    ]
    assert changed == []


def test_iiif_prezi3_does_find_what_is_wrong(ours: Versions):
    document = ours[3]["stranger /presentation/3/almanac/manifest"]
    assert "label" in asked("prezi3", {"x": document | {"label": "a bare string"}})["x"]

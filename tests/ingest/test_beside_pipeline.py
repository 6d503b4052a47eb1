"""Annotations are kept with an object at ingest and harvest, change it when they change, and go when it goes."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.keeping import remove_files
from ingest.manifest import ForeignManifest, read_manifest
from ingest.pipeline import IngestResult, Wishes, ingest_object
from ingest.planning import plan
from ingest.reindexing import reindex_object
from lectern.catalogue import Catalogue
from lectern.errors import InputError
from lectern.home import Home
from lectern.pack import PackFile
from search.packing import read_remarks
from search.remarks import Remark
from tests.ingest.files import alto, string, text_lines

CANVAS = "https://lib.example/c"


def note(text: str, n: int, motivation: str = "commenting", **more: Any) -> dict[str, Any]:
    body = {"type": "TextualBody", "value": text}
    target = f"{CANVAS}{n}#xywh=1,2,3,4"
    return {"type": "Annotation", "motivation": motivation, "body": body, "target": target} | more


def page(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "AnnotationPage", "items": list(items)} | more


def manifest(*canvases: dict[str, Any], **more: Any) -> ForeignManifest:
    items = [
        {"id": f"{CANVAS}{n}", "type": "Canvas", "width": 500, "height": 700, "label": {"none": [f"p{n}"]}} | canvas
        for n, canvas in enumerate(canvases, 1)
    ]
    return read_manifest({"id": "https://lib.example/m", "type": "Manifest", "items": items} | more)


def ingest(home: Home, catalogue: Catalogue, folder: Path, given: ForeignManifest | None = None) -> IngestResult:
    return ingest_object(home, catalogue, folder, Wishes("book", jobs=1, manifest=given))


def kept(home: Home, catalogue: Catalogue) -> list[Remark]:
    row = catalogue.get("book")
    return read_remarks(PackFile(home.pack_file(row.id, row.generation)))


def texts(home: Home, catalogue: Catalogue) -> list[tuple[int, str]]:
    return [(remark.n, remark.text) for remark in kept(home, catalogue)]


def test_annotations_inside_a_manifest_are_kept_beside_the_text(home: Home, catalogue: Catalogue, book: Path):
    inside = page(note("A comment", 1), note("ALPHA", 1, "supplementing"), note("a translation", 1, "translating"))
    given = manifest({"annotations": [inside]}, {}, {}, annotations=[page(note("of the whole", 3))])
    result = ingest(home, catalogue, book, given)
    assert texts(home, catalogue) == [(1, "A comment"), (1, "a translation"), (3, "of the whole")]
    assert [e.trap for e in result.entries] == ["matched-to-canvases", "annotations-beside", "annotations-repeat"]
    assert [canvas.words for canvas in result.canvases] == [1, 1, 1]


def test_files_in_the_folder_are_kept_beside_the_text(home: Home, catalogue: Catalogue, book: Path):
    (book / "notes.json").write_text(json.dumps(page(note("A comment", 2))))
    lines = [note(text, 2, "supplementing") for text in ("beta", "BETTER")]
    (book / "more.json").write_text(json.dumps(page(*lines)))
    ingest(home, catalogue, book, manifest({}, {}, {}))
    assert sorted(texts(home, catalogue)) == [(2, "A comment"), (2, "BETTER")]


def test_a_file_of_a_pages_name_needs_no_manifest(home: Home, catalogue: Catalogue, book: Path):
    (book / "p3.json").write_text(json.dumps({"@type": "sc:AnnotationList", "resources": [note("A comment", 9)]}))
    ingest(home, catalogue, book)
    assert texts(home, catalogue) == [(3, "A comment")]


def test_what_was_read_as_text_is_not_kept_and_what_is_said_of_it_is(home: Home, catalogue: Catalogue, tmp_path: Path):
    folder = tmp_path / "letters"
    folder.mkdir()
    lines = [note("first line", 1, "supplementing"), note("second line", 1, "supplementing"), note("A comment", 1)]
    (folder / "a.json").write_text(json.dumps(page(*lines)))
    for given in (None, manifest({})):
        result = ingest(home, catalogue, folder, given)
        assert result.row.words == 4
        assert texts(home, catalogue) == [(1, "A comment")]


def test_nothing_is_done_while_nothing_changes_and_a_changed_comment_is_a_new_generation(
    home: Home, catalogue: Catalogue, book: Path
):
    notes = book / "notes.json"
    notes.write_text(json.dumps(page(note("A comment", 1), note("nowhere", 7))))
    given = manifest({}, {}, {})
    before = ingest(home, catalogue, book, given)
    again = ingest(home, catalogue, book, given)
    assert again.unchanged
    assert again.entries == before.entries
    assert catalogue.get("book") == before.row
    notes.write_text(json.dumps(page(note("Another comment", 1))))
    changed = ingest(home, catalogue, book, given)
    assert changed.row.generation > before.row.generation
    assert changed.read == 0  # no page is read again
    assert texts(home, catalogue) == [(1, "Another comment")]
    notes.unlink()
    assert ingest(home, catalogue, book, given).row.generation > changed.row.generation
    assert kept(home, catalogue) == []
    assert ingest(home, catalogue, book, given).unchanged


def test_reindexing_keeps_them_and_the_next_ingest_knows_it(home: Home, catalogue: Catalogue, book: Path):
    (book / "notes.json").write_text(json.dumps(page(note("A comment", 1, id="https://n.example/1"))))
    given = manifest({}, {}, {})
    ingest(home, catalogue, book, given)
    before = kept(home, catalogue)
    reindex_object(home, catalogue, "book")
    assert kept(home, catalogue) == before != []
    assert ingest(home, catalogue, book, given).unchanged


def test_removal_leaves_nothing_behind(home: Home, catalogue: Catalogue, book: Path):
    (book / "notes.json").write_text(json.dumps(page(note("unmistakable", 1))))
    ingest(home, catalogue, book, manifest({}, {}, {}))
    catalogue.remove("book")
    remove_files(home, "book")
    left = [path for path in home.path.rglob("*") if path.is_file() and path.suffix in {".pack", ".json", ".spool"}]
    assert left == []


def test_pictures_with_comments_and_no_text_at_all_are_an_object(home: Home, catalogue: Catalogue, book: Path):
    for file in (book / "ocr").iterdir():
        file.unlink()
    ingest(home, catalogue, book, manifest({"annotations": [page(note("A comment", 1))]}, {}, {}))
    assert texts(home, catalogue) == [(1, "A comment")]


def test_a_folder_of_comments_alone_is_nothing_to_ingest(home: Home, catalogue: Catalogue, tmp_path: Path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.json").write_text(json.dumps(page(note("A comment", 1))))
    with pytest.raises(InputError, match="nothing to ingest"):
        ingest(home, catalogue, tmp_path / "notes")


def test_a_broken_file_of_annotations_costs_nothing_but_itself(home: Home, catalogue: Catalogue, book: Path):
    (book / "notes.json").write_text('{"type": "AnnotationPage", "items": [')
    result = ingest(home, catalogue, book)
    assert [(entry.level, entry.trap) for entry in result.entries] == [("warning", "not-json")]
    assert result.row.words == 3
    assert ingest(home, catalogue, book).unchanged


def test_a_text_that_changes_is_compared_anew(home: Home, catalogue: Catalogue, book: Path):
    given = manifest({"annotations": [page(note("alphabet", 1, "supplementing"))]}, {}, {})
    ingest(home, catalogue, book, given)
    assert texts(home, catalogue) == [(1, "alphabet")]
    (book / "ocr" / "p1.xml").write_bytes(alto(text_lines(string("Alphabet"))))
    ingest(home, catalogue, book, given)
    assert kept(home, catalogue) == []


def test_a_plan_tells_of_pages_that_are_elsewhere(home: Home, book: Path):
    link = {"id": "https://x.example/list.json", "type": "AnnotationPage"}
    given = manifest({"annotations": [link]}, {}, {})
    found = plan(book, Wishes("book", manifest=given), home)
    assert "annotations-elsewhere" in [entry.trap for entry in found.entries]


@pytest.mark.corpus
def test_line_annotations_of_a_real_newspaper_are_its_ocr_and_are_not_there_twice(
    home: Home, catalogue: Catalogue, corpus: Path, tmp_path: Path
):
    source = corpus / "newspapers" / "berliner-tageblatt-1925"
    folder = tmp_path / "issue"
    folder.mkdir()
    for path in source.glob("newspaper_issue_1-a*"):
        (folder / path.name).write_bytes(path.read_bytes())
    given = read_manifest(json.loads((source / "newspaper_issue_1-manifest.json").read_bytes()))
    result = ingest(home, catalogue, folder, given)
    assert kept(home, catalogue) == []
    (entry,) = (entry for entry in result.entries if entry.trap == "annotations-repeat")
    assert entry.message.startswith("523 transcriptions")


@pytest.mark.corpus
def test_descriptions_in_a_real_manifest_are_plain_text(home: Home, catalogue: Catalogue, corpus: Path, book: Path):
    given = read_manifest(json.loads((corpus / "iiif/presentation-3/ocean-liners.json").read_bytes()))
    ingest(home, catalogue, book, given)
    found = kept(home, catalogue)
    assert len(found) == 10
    assert {remark.motivations for remark in found} == {("describing",)}
    assert not any("<" in remark.text for remark in found)
    assert found[0].id.startswith("https://iiif.vam.ac.uk/collections/O1023003/annopage/")

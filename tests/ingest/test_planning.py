"""A plan says what an ingest then does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.manifest import ForeignCanvas, ForeignManifest
from ingest.pipeline import ingest_object
from ingest.planning import Plan, plan
from ingest.wishes import Wishes
from lectern.catalogue import Catalogue
from lectern.errors import InputError
from lectern.home import Home
from tests.ingest.files import alto, hocr, hocr_line, string, text_lines, write_picture


def everything(folder: Path) -> list[tuple[str, bytes]]:
    return sorted((str(path), path.read_bytes()) for path in folder.rglob("*") if path.is_file())


def traps(found: Plan) -> list[tuple[str, str, str | None]]:
    return [(entry.level, entry.trap, entry.page) for entry in found.entries]


@pytest.fixture
def nowhere(tmp_path: Path) -> Iterator[Home]:
    """Return a home that is not there; it must not be there afterwards either."""
    yield Home(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_pages_are_told_with_their_files_formats_and_sizes(book: Path, nowhere: Home):
    (book / "ocr" / "p3.xml").unlink()
    (book / "ocr" / "p4.hocr").write_bytes(hocr(hocr_line("delta")))
    before = everything(book)
    found = plan(book, Wishes(label="A", policy="terms"), nowhere)
    assert [(p.n, p.name, p.image, p.ocr, p.format, p.size) for p in found.pages] == [
        (1, "p1", "images/p1.png", "ocr/p1.xml", "ALTO", (500, 700)),
        (2, "p2", "images/p2.png", "ocr/p2.xml", "ALTO", (500, 700)),
        (3, "p3", "images/p3.png", None, None, (500, 700)),
        (4, "p4", None, "ocr/p4.hocr", "hOCR", None),
    ]
    assert (found.object, found.label, found.policy, found.replaces) == ("book", "A", "terms", None)
    assert traps(found) == [("warning", "no-ocr", "p3"), ("warning", "no-picture", "p4")]
    assert everything(book) == before


def test_what_is_left_out_is_named_file_by_file_with_its_reason(book: Path, nowhere: Home, tmp_path: Path):
    (book / "notes.txt").write_text("hello")
    (book / "more.txt").write_text("hello")
    (book / "other").mkdir()
    (book / "other" / "p1.xml").write_bytes(alto(text_lines(string("x"))))
    (tmp_path / "secret.xml").write_bytes(alto(""))
    (book / "p9.xml").symlink_to(tmp_path / "secret.xml")
    found = plan(book, Wishes(), nowhere)
    assert sorted(file for file, _ in found.left_out) == ["more.txt", "notes.txt", "other/p1.xml"]
    assert all(reason for _, reason in found.left_out)
    assert traps(found) == [("failure", "link-outside", "p9"), ("warning", "second-file", "p1")]


def test_files_that_cannot_be_read_are_failures_beforehand(book: Path, nowhere: Home):
    (book / "ocr" / "p2.xml").write_bytes(b"")
    (book / "images" / "p3.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    found = plan(book, Wishes(), nowhere)
    assert traps(found) == [("failure", "image-broken", "p3"), ("failure", "empty-file", "p2")]
    assert found.failures == 2


def test_pages_of_one_file_are_counted_and_a_wrong_number_is_told(tmp_path: Path, nowhere: Home):
    folder = tmp_path / "volume"
    for n in (1, 2):
        write_picture(folder / f"p{n}.png")
    page = "<div class='ocr_page' title='bbox 0 0 9 9'></div>"
    (folder / "all.hocr").write_text(f"<html><body>{page * 3}</body></html>")
    found = plan(folder, Wishes(), nowhere)
    assert [(p.image, p.ocr, p.page) for p in found.pages] == [
        ("p1.png", "all.hocr", 0),
        ("p2.png", "all.hocr", 1),
        (None, "all.hocr", 2),
    ]
    assert traps(found) == [("warning", "count-mismatch", None)]


def test_a_given_manifest_decides_the_pages_and_their_shape(book: Path, nowhere: Home):
    canvases = tuple(ForeignCanvas(f"https://x/{n}", f"p{n}", 1000, 1400 if n < 3 else 1500) for n in (2, 1, 3, 4))
    manifest = ForeignManifest("https://x/m", 3, "A title", canvases=canvases)
    found = plan(book, Wishes(manifest=manifest), nowhere)
    assert [(p.n, p.image) for p in found.pages] == [
        (1, "images/p2.png"),
        (2, "images/p1.png"),
        (3, "images/p3.png"),
        (4, None),
    ]
    assert found.label == "A title"
    assert ("warning", "canvas-shape-differs", "p3") in traps(found)
    assert ("warning", "canvas-count-mismatch", None) in traps(found)


def test_where_there_is_nothing_the_plan_says_so(tmp_path: Path, nowhere: Home):
    with pytest.raises(InputError):
        plan(tmp_path, Wishes(), nowhere)


def test_the_plan_is_what_the_ingest_does(book: Path, home: Home, catalogue: Catalogue):
    (book / "ocr" / "p3.xml").unlink()
    (book / "odd.xml").write_text("<odd/>")
    found = plan(book, Wishes(), home)
    result = ingest_object(home, catalogue, book, Wishes())
    assert [(p.name, p.image is not None, Path(p.ocr).name if p.ocr else None) for p in found.pages] == [
        (canvas.label, canvas.image is not None, canvas.ocr) for canvas in result.canvases
    ]
    assert list(found.entries) == [entry for entry in result.entries if entry.trap != "not-ocr"]
    assert plan(book, Wishes(), home, catalogue.find("book")).replaces == result.row

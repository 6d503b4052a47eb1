"""What a file is, and what lies in a folder."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ingest.description import read_description
from ingest.formats import count_pages
from ingest.sniff import Kind, root_name, sniff
from ingest.survey import object_name, survey
from ingest.traps import Unreadable
from lectern.errors import InputError
from tests.ingest.files import alto, hocr, hocr_line, write_picture

METS = """<m:mets xmlns:m="http://www.loc.gov/METS/" xmlns:x="http://www.w3.org/1999/xlink" xmlns:mix="urn:mix">
<m:amdSec ID="A"><m:techMD ID="T1"><mix:imageWidth>4552</mix:imageWidth><mix:imageHeight>7218</mix:imageHeight>
</m:techMD><m:techMD ID="T2"><mix:ImageWidth>10</mix:ImageWidth><mix:ImageLength>x</mix:ImageLength></m:techMD>
</m:amdSec>
<m:fileSec><m:fileGrp>
<m:file ID="i1" ADMID="T1"><m:FLocat x:href="file://./scans/p%201.jp2"/></m:file>
<m:file ID="a1"><m:FLocat x:href="alto/p%201.xml"/></m:file>
<m:file ID="a2" ADMID="T2"><m:FLocat x:href="alto/p2.xml"/></m:file>
</m:fileGrp></m:fileSec>
<m:structMap TYPE="LOGICAL"><m:div><m:fptr FILEID="a1"/></m:div></m:structMap>
<m:structMap TYPE="PHYSICAL"><m:div TYPE="physSequence">
<m:div TYPE="page" ORDER="2"><m:fptr FILEID="i1"/><m:fptr><m:area FILEID="a1"/></m:fptr></m:div>
<m:div TYPE="page" ORDER="1"><m:fptr FILEID="a2"/></m:div>
</m:div></m:structMap></m:mets>"""


def write(folder: Path, **files: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.txt", alto(""), Kind.ALTO),
        ("a.jpg.xml", b"\xff\xd8\xff\xe0", Kind.IMAGE),
        ("a.xml", hocr(hocr_line("x")), Kind.HOCR),
        ("a.html", b"<!DOCTYPE html><html><body><p>no OCR</p></body></html>", Kind.OTHER),
        ("a.xml", b'<div class="ocr_page"></div>', Kind.HOCR),
        ("a.xml", b"<!-- <alto> --><?x?><!DOCTYPE mets><m:mets/>", Kind.METS),
        ("a.xml", b"<PcGts/>", Kind.PAGE),
        ("a.xml", b"", Kind.BROKEN),
        ("a.hocr", b"\x00\x01\x02", Kind.BROKEN),
        ("a.txt", b"plain words", Kind.OTHER),
        ("a.jpg", b"not a picture", Kind.IMAGE),
        ("a", b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
        ("a.jpg", b"%PDF-1.4\n", Kind.PDF),
        ("a.pdf", b"junk\n" * 20 + b"%PDF-1.4\n", Kind.PDF),
        ("a.xml", b"<x>%PDF-1.4</x>", Kind.OTHER),
        ("a.xml", b"<o:OAI-PMH><GetRecord><record><m:mets x='1'/></record></GetRecord></o:OAI-PMH>", Kind.METS),
        ("a.xml", b"<OAI-PMH><GetRecord/></OAI-PMH>", Kind.OTHER),
        ("a.xml", b"\n\n" + alto(""), Kind.ALTO),
        ("a.xml", b'\xef\xbb\xbf {"items": [], "type": "AnnotationPage"}', Kind.ANNOTATIONS),
        ("a.json", b'{"@type": "sc:AnnotationList", "resources": [', Kind.ANNOTATIONS),
        ("a.json", b'{"type": "Manifest", "items": []}', Kind.OTHER),
        ("a.json", b'{"type": "Manif', Kind.OTHER),
        ("a.json", b"[" * 100_000, Kind.OTHER),
        ("a.rtf", b"{\\rtf1 words}", Kind.OTHER),
        ("a.xml", alto("").decode().replace("UTF-8", "UTF-16").encode("utf-16"), Kind.ALTO),
    ],
)
def test_content_tells_what_a_file_is(tmp_path: Path, name: str, data: bytes, kind: Kind):
    (tmp_path / name).write_bytes(data)
    assert sniff(tmp_path / name)[0] is kind


def test_root_names_are_local_and_in_lower_case():
    assert root_name(b"<x:ALTO xmlns:x='y'>") == "alto"
    assert root_name(b"plain") == ""


@pytest.mark.parametrize(("pages", "several"), [(0, False), (1, False), (2, True)])
def test_files_of_several_pages_are_noticed(tmp_path: Path, pages: int, several: bool):
    page = "<div title='bbox 0 0 1 1' class='ocr_page'></div>"
    (tmp_path / "a.hocr").write_text(f"<html><body><!-- {page} -->{page * pages}</body></html>")
    assert (count_pages(tmp_path / "a.hocr", Kind.HOCR) > 1) is several
    (tmp_path / "a.xml").write_text(f"<alto><Layout>{'<Page/>' * pages}<PageX/></Layout></alto>")
    assert (count_pages(tmp_path / "a.xml", Kind.ALTO) > 1) is several


def test_a_page_at_the_border_of_two_reads_counts_once(tmp_path: Path):
    page = b"<div class='ocr_page'>"
    for shift in range(-30, 10, 3):
        (tmp_path / "a.hocr").write_bytes(b"<html>" + b" " * ((1 << 20) + shift - 6) + page + b"</div></html>")
        assert count_pages(tmp_path / "a.hocr", Kind.HOCR) < 2


def test_a_folder_is_looked_through_with_its_subfolders(tmp_path: Path):
    book = tmp_path / "book"
    write_picture(book / "images" / "p1.png")
    write(book / "ocr", p1__xml=alto(""), p2__hocr=hocr(""), notes__txt=b"x", more__txt=b"y", __hidden=b"")
    write(book / ".git", p9__xml=alto(""))
    found = survey(book)
    assert [path.name for path in found.images] == ["p1.png"]
    assert {path.name: kind for path, kind in found.ocr.items()} == {"p1.xml": Kind.ALTO, "p2.hocr": Kind.HOCR}
    assert [(entry.level, entry.trap) for entry in found.notes] == [("info", "not-ocr")]
    assert "more.txt, notes.txt" in found.notes[0].message


def test_links_to_folders_elsewhere_are_not_followed(tmp_path: Path):
    write(tmp_path / "secret", p9__xml=alto(""))
    write(tmp_path / "book", p1__xml=alto(""))
    (tmp_path / "book" / "link").symlink_to(tmp_path / "secret")
    assert [path.name for path in survey(tmp_path / "book").ocr] == ["p1.xml"]


def secrets(tmp_path: Path) -> Path:
    """Return a folder of files that no object may show."""
    folder = tmp_path / "secret"
    write_picture(folder / "scan.png")
    write(folder, page__xml=alto(""), mets__xml=METS.encode(), object__json=b'{"label": "root:x:0:0"}', key=b"k")
    return folder


@pytest.mark.parametrize("relative", [False, True])
def test_links_to_files_elsewhere_are_refused_by_name_and_never_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: bool
):
    folder, book = secrets(tmp_path), tmp_path / "book"
    write(book / "deep", p1__xml=alto(""))
    names = {"a.png": "scan.png", "deep/b.xml": "page.xml", "m.xml": "mets.xml", "object.json": "object.json"}
    for name, target in {**names, "k.txt": "key"}.items():
        up = Path(*[".."] * (1 + name.count("/")))
        (book / name).symlink_to(up / "secret" / target if relative else folder / target)
    opened: list[Path] = []
    whole = Path.open

    def noted(path: Path, *args: Any, **options: Any) -> Any:
        opened.append(path.resolve())
        return whole(path, *args, **options)

    monkeypatch.setattr(Path, "open", noted)
    found = survey(book, tmp_path / "home")
    assert opened == [(book / "deep" / "p1.xml").resolve()]
    assert (found.images, [path.name for path in found.ocr]) == ([], ["p1.xml"])
    assert (found.description.label, found.pages, found.mets.sizes) == ("", (), {})
    assert {(entry.level, entry.trap) for entry in found.notes} == {("failure", "link-outside")}
    told = " ".join(entry.message for entry in found.notes)
    assert all(Path(name).name in told for name in [*names, "k.txt"])
    assert "cp -L" in found.notes[0].message
    assert "secret" not in told


def test_links_that_stay_in_the_folder_are_read_unless_they_lead_into_the_home(tmp_path: Path):
    book, home = tmp_path / "book", tmp_path / "book" / "home"
    write_picture(book / "masters" / "scan.png")
    write_picture(home / "images" / "1.png")
    (book / "p1.png").symlink_to("masters/scan.png")
    (book / "p2.png").symlink_to(home / "images" / "1.png")
    (book / "p3.png").symlink_to("p2.png")
    (book / "gone.png").symlink_to("nothing.png")
    assert {"p1.png", "p2.png", "p3.png"} <= {path.name for path in survey(book).images}
    found = survey(book, home)
    assert {"p1.png", "scan.png"} <= {path.name for path in found.images}
    assert not {"p2.png", "p3.png", "gone.png"} & {path.name for path in found.images}
    assert [(entry.trap, entry.page) for entry in found.notes] == [("link-outside", "p2"), ("link-outside", "p3")]


def test_a_folder_that_is_named_by_a_link_is_read_as_itself(tmp_path: Path):
    write(tmp_path / "book", p1__xml=alto(""))
    (tmp_path / "book" / "p2.xml").symlink_to(tmp_path / "book" / "p1.xml")
    (tmp_path / "link").symlink_to(tmp_path / "book")
    found = survey(tmp_path / "link", tmp_path / "home")
    assert ([path.name for path in found.ocr], found.notes) == (["p1.xml", "p2.xml"], [])


def test_links_that_lead_out_beside_a_mets_file_are_refused_too(tmp_path: Path):
    folder = secrets(tmp_path)
    write(tmp_path / "issue", mets__xml=METS.encode(), p2__xml=alto(""))
    (tmp_path / "issue" / "p 1.xml").symlink_to(folder / "page.xml")
    found = survey(tmp_path / "issue" / "mets.xml", tmp_path / "home")
    assert [path.name for path in found.ocr] == ["p2.xml"]
    assert "link-outside" in {entry.trap for entry in found.notes}


def test_a_folder_of_nothing_but_refused_links_says_so(tmp_path: Path):
    folder = secrets(tmp_path)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "p1.png").symlink_to(folder / "scan.png")
    with pytest.raises(InputError, match=r"p1\.png is a link that leads out"):
        survey(tmp_path / "book", tmp_path / "home")


@pytest.mark.parametrize("named", [False, True])
def test_a_mets_file_gives_order_and_its_missing_pages_are_reported(tmp_path: Path, named: bool):
    write(tmp_path / "issue", mets__xml=METS.encode(), p2__xml=alto(""))
    found = survey(tmp_path / "issue" / "mets.xml" if named else tmp_path / "issue")
    assert (found.name, [path.name for path in found.ocr]) == ("issue", ["p2.xml"])
    assert found.mets.sizes == {"p 1": (4552, 7218)}
    assert [(leaf.n, leaf.name) for leaf in found.pages] == [(1, "p2")]
    assert [(entry.trap, entry.page) for entry in found.notes] == [("mets-order", None), ("mets-page-missing", "p 1")]


def test_a_pipe_or_a_device_is_refused_by_name_and_never_opened(tmp_path: Path):
    pipe = tmp_path / "pipe.xml"
    os.mkfifo(pipe)
    (tmp_path / "link.xml").symlink_to(pipe)
    for path in (pipe, tmp_path / "link.xml", Path("/dev/zero")):
        with pytest.raises(Unreadable, match="neither a file nor a folder") as caught:
            survey(path)
        assert str(path) in caught.value.detail


def test_a_broken_mets_file_is_a_warning(tmp_path: Path):
    write(tmp_path / "issue", mets__xml=METS[:-30].encode(), p2__xml=alto(""))
    assert [(entry.level, entry.trap) for entry in survey(tmp_path / "issue").notes] == [("warning", "truncated")]


def test_names_of_objects_come_from_their_paths(tmp_path: Path):
    write(tmp_path / "My Book", book__hocr__html=hocr(""))
    assert object_name(tmp_path / "My Book") == "My Book"
    (tmp_path / "Bu\u0308cher").mkdir()
    assert object_name(tmp_path / "Bu\u0308cher") == "B\u00fccher"
    assert object_name(tmp_path / "My Book" / "book.hocr.html") == "book"


@pytest.mark.parametrize("made", [False, True])
def test_nothing_to_ingest_is_said_with_a_remedy(tmp_path: Path, made: bool):
    if made:
        write(tmp_path / "x", notes__txt=b"hello")
    with pytest.raises(InputError) as caught:
        survey(tmp_path / "x")
    assert caught.value.remedy
    assert ("notes.txt" in caught.value.detail) is made


def test_object_json_gives_defaults(tmp_path: Path):
    path = tmp_path / "object.json"
    path.write_text(
        json.dumps({"label": "L", "language": ["en", "fr"], "pages": [{"label": "Title"}, {"language": "de"}]})
    )
    found = read_description(path)
    assert (found.label, found.languages) == ("L", ("en", "fr"))
    assert (found.page_labels, found.page_languages) == (("Title", ""), ((), ("de",)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"label": 3}',
        '{"pages": 3}',
        '{"pages": [3]}',
        '{"language": {"en": 1}}',
        '{"viewing_direction": "rtl"}',
        '{"viewing_direction": ["right-to-left"]}',
        "\x00",
        "[" * 100_000,
        '{"label": "\\ud800"}',
        '{"language": "\\udc00"}',
        "[" + "7," * 3_000_000 + "7]",
    ],
    ids=lambda text: text[:20],
)
def test_an_object_json_of_another_form_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "object.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"object\.json cannot be used") as caught:
        read_description(path)
    assert "label" in caught.value.remedy


def test_annotations_beside_ocr_by_page_are_no_pages_text_and_kept_beside_it(tmp_path: Path):
    anno = json.dumps({"type": "AnnotationPage", "items": []}).encode()
    write(tmp_path / "book", a1__json=anno, a2__json=anno, p1__xml=alto(""), object__json=b"{}")
    found = survey(tmp_path / "book")
    assert [path.name for path in found.ocr] == ["p1.xml"]
    assert [source.name for source in found.annotations] == ["a1.json", "a2.json"]
    assert found.notes == []
    (tmp_path / "book" / "p1.xml").unlink()
    assert [path.name for path in survey(tmp_path / "book").ocr] == ["a1.json", "a2.json"]


def test_folders_that_are_not_entered_are_named(tmp_path: Path):
    write(tmp_path / "elsewhere", p9__xml=alto(""))
    write(tmp_path / "book", p1__xml=alto(""))
    write(tmp_path / "book" / "a" / "b" / "c", p2__xml=alto(""))
    write(tmp_path / "book" / "a" / "b" / "c" / "d", p3__xml=alto(""))
    (tmp_path / "book" / "link").symlink_to(tmp_path / "elsewhere")
    found = survey(tmp_path / "book")
    assert [path.name for path in found.ocr] == ["p2.xml", "p1.xml"]
    assert [(note.level, note.trap) for note in found.notes] == [("warning", "folder-left-out")] * 2
    assert "the folder a/b/c/d was" in found.notes[0].message
    assert "the folder link was" in found.notes[1].message

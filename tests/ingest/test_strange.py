"""What files are told that are neither OCR nor pictures, and what is said of those that only have such names."""

import io
import tarfile
from pathlib import Path

import pytest

from ingest.leaves import read_pages
from ingest.pictures import make_picture, size_of
from ingest.sniff import Kind, sniff
from ingest.strange import looks_of, remedy_of
from ingest.survey import survey
from ingest.traps import Unreadable
from lectern.errors import InputError


def tar() -> bytes:
    """Return a tar archive of one file."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        info = tarfile.TarInfo("p1.xml")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"<a>"))
    return held.getvalue()


@pytest.mark.parametrize(
    ("head", "what", "remedy"),
    [
        (b"", "an empty file", "Copy it again"),
        (b" \n\t", "an empty file", "Copy it again"),
        (b"Once upon a time\r\n", "plain text", "hOCR, ALTO or PAGE"),
        ("Es war einmal ein König".encode("latin-1"), "plain text", "hOCR, ALTO or PAGE"),
        ("Es war".encode("utf-16"), "plain text", "hOCR, ALTO or PAGE"),
        (tar(), "a tar archive", "Unpack it"),
        (b"7z\xbc\xaf\x27\x1c\0", "a 7-Zip archive", "Unpack it"),
        (b"BZh91AY", "packed with bzip2", "Unpack it"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/epub", "an e-book or an office file", ""),
        (b"\x00\x01\x02", "of no format that Lectern knows", ""),
    ],
)
def test_a_file_is_told_what_it_is_and_what_to_do(head: bytes, what: str, remedy: str):
    assert looks_of(head) == what
    assert remedy in remedy_of(what)
    assert bool(remedy) == bool(remedy_of(what))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("notes.txt", b"Once upon a time", ("plain text", "hOCR, ALTO or PAGE")),
        ("pages.tar", tar(), ("a tar archive", "Unpack it")),
        ("pages.txt", b"", ("an empty file", "Copy it again")),
    ],
)
def test_a_single_file_of_another_sort_is_refused_by_what_it_is(
    tmp_path: Path, name: str, content: bytes, told: tuple[str, str]
):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as refusal:
        survey(tmp_path / name)
    assert all(text in str(refusal.value) for text in told)


def test_an_empty_file_has_a_name_of_its_own_as_ocr_and_as_picture(tmp_path: Path):
    for name in ("p1.xml", "p1.jpg"):
        (tmp_path / name).write_bytes(b"")
    assert sniff(tmp_path / "p1.xml") == (Kind.BROKEN, "an empty file")
    with pytest.raises(Unreadable, match=r"p1\.xml is empty") as ocr:
        list(read_pages(tmp_path / "p1.xml", Kind.BROKEN))
    with pytest.raises(Unreadable, match=r"p1\.jpg is empty") as picture:
        make_picture(tmp_path / "p1.jpg", tmp_path / "1.tif")
    with pytest.raises(Unreadable, match=r"p1\.jpg is empty") as planned:
        size_of(tmp_path / "p1.jpg")
    assert [refusal.value.trap for refusal in (ocr, picture, planned)] == ["empty-file"] * 3


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<!DOCTYPE html><html><h1>404</h1></html>", "HTML"),
        (b"<svg/>", "XML"),
        (b'{"error": 1}', "JSON"),
        (b"not found", "plain text"),
        (b"BM" + bytes(60), "a BMP picture"),
    ],
)
def test_what_is_no_picture_is_told_what_it_is(tmp_path: Path, content: bytes, what: str):
    (tmp_path / "p1.jpg").write_bytes(content)
    with pytest.raises(Unreadable, match=what) as refusal:
        make_picture(tmp_path / "p1.jpg", tmp_path / "1.tif")
    assert (refusal.value.trap, "vips" in str(refusal.value).lower()) == ("not-a-picture", False)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n torn", b"\xff\xd8\xff torn", b"II*\x00 torn", b"GIF8 torn"])
def test_a_damaged_picture_is_told_of_in_plain_words(tmp_path: Path, content: bytes):
    (tmp_path / "p1.png").write_bytes(content)
    with pytest.raises(InputError) as refusal:
        make_picture(tmp_path / "p1.png", tmp_path / "1.tif")
    assert "p1.png does not decode as a picture: it is " in refusal.value.detail
    assert not {"vips", "spng", "jpegload", "libjpeg", "tiff2vips"} & set(refusal.value.detail.lower().split())

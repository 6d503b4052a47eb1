"""Compressed inputs: what is in them is read, what is wrong with them is said, and nothing lands elsewhere."""

import gzip
import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.archives import Limits, Unpacked, Unpacker
from ingest.pipeline import Wishes, ingest_object
from ingest.planning import plan
from ingest.scratch import Scratch
from ingest.sniff import Kind, sniff
from ingest.survey import object_name, survey
from lectern.catalogue import Catalogue
from lectern.errors import InputError, StoreUnavailable
from lectern.home import Home
from tests.ingest.files import alto, string, text_lines, write_picture

PAGE = alto(text_lines(string("alpha")))
WHEN = (2020, 5, 17, 10, 20, 30)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path / "home") as scratch:
        yield scratch


def zipped(path: Path, members: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> Path:
    """Write a zip file; `change` may spoil its members."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change is not None:
                change(info)
            archive.writestr(info, data)
    return path


def gzipped(path: Path, data: bytes, mtime: int = 1_500_000_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, mtime=mtime))
    return path


def names(found: Unpacked) -> list[str]:
    return [path.name for path in found.files]


def traps(found: Unpacked) -> list[str]:
    assert all(entry.level == "failure" and entry.message for entry in found.entries)
    return [entry.trap for entry in found.entries]


def test_archives_are_known_by_their_content(tmp_path: Path):
    assert sniff(gzipped(tmp_path / "a.xml", PAGE))[0] is Kind.ARCHIVE
    assert sniff(zipped(tmp_path / "b", {"p1.xml": PAGE}))[0] is Kind.ARCHIVE
    assert sniff(zipped(tmp_path / "c.zip", {}))[0] is Kind.ARCHIVE
    assert sniff(zipped(tmp_path / "d.zip", {"mimetype": b"application/epub+zip"}))[0] is Kind.OTHER


def test_a_gzip_file_is_the_file_in_it(tmp_path: Path, scratch: Scratch):
    found = Unpacker(scratch).unpack(gzipped(tmp_path / "ocr" / "p1.xml.gz", PAGE))
    (path,) = found.files
    assert (path.name, path.parent.name, path.read_bytes()) == ("p1.xml", "ocr", PAGE)
    assert path.stat().st_mtime == 1_500_000_000
    assert path.is_relative_to(tmp_path / "home" / "work")
    assert found.entries == []


def test_a_zip_file_is_the_folder_in_it(tmp_path: Path, scratch: Scratch):
    members = {"images/p1.jpg": b"\xff\xd8\xff", "ocr\\p1.xml": PAGE, ".DS_Store": b"x", "__MACOSX/._p1": b"x"}
    found = Unpacker(scratch).unpack(zipped(tmp_path / "book.zip", members))
    assert [(path.parent.name, path.name) for path in found.files] == [("images", "p1.jpg"), ("ocr", "p1.xml")]
    assert found.files[0].parent.parent.name == "book.zip"
    assert found.files[0].stat().st_mtime == found.files[1].stat().st_mtime == 1589710830


def test_gzip_files_in_a_zip_file_are_read_and_archives_in_archives_are_not(tmp_path: Path, scratch: Scratch):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("p9.xml", PAGE)
    twice = gzip.compress(gzip.compress(PAGE))
    members = {"p1.xml.gz": gzip.compress(PAGE), "in.zip": inner.getvalue(), "p2.xml.gz": twice, "p3.xml": PAGE}
    found = Unpacker(scratch).unpack(zipped(tmp_path / "book.zip", members))
    assert names(found) == ["p1.xml", "p3.xml"]
    assert traps(found) == ["archive-in-archive"] * 2
    assert traps(Unpacker(scratch).unpack(gzipped(tmp_path / "x.gz", inner.getvalue()))) == ["archive-in-archive"]
    left = {path.name for path in scratch.folder.rglob("*") if path.is_file()}
    assert left == {"p1.xml", "p3.xml"}


@pytest.mark.parametrize(
    "name",
    ["../evil.xml", "a/../../evil.xml", "/evil.xml", "..\\evil.xml", "C:\\evil.xml", "c:evil.xml", "a\n.xml", ".."],
)
def test_names_that_lead_elsewhere_are_refused_and_the_rest_is_read(tmp_path: Path, scratch: Scratch, name: str):
    found = Unpacker(scratch).unpack(zipped(tmp_path / "in" / "book.zip", {name: PAGE, "p1.xml": PAGE}))
    assert names(found) == ["p1.xml"]
    assert traps(found) == ["archive-path"]
    assert [path.name for path in tmp_path.rglob("*.xml")] == ["p1.xml"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(tmp_path: Path, scratch: Scratch, kind: int):
    def make(info: zipfile.ZipInfo) -> None:
        if info.filename == "link.xml":
            info.create_system = 3
            info.external_attr = (kind | 0o777) << 16

    found = Unpacker(scratch).unpack(zipped(tmp_path / "b.zip", {"link.xml": b"/etc/passwd", "p1.xml": PAGE}, make))
    assert (names(found), traps(found)) == (["p1.xml"], ["archive-link"])


def spoil(path: Path, find: bytes, change: Callable[[bytearray, int], None]) -> Path:
    """Change a file at every place of some bytes."""
    data = bytearray(path.read_bytes())
    at = data.find(find)
    while at >= 0:
        change(data, at)
        at = data.find(find, at + 1)
    path.write_bytes(bytes(data))
    return path


def test_encrypted_members_and_strange_packing_are_refused(tmp_path: Path, scratch: Scratch):
    path = zipped(tmp_path / "b.zip", {"p1.xml": PAGE})
    spoil(path, b"PK\x01\x02", lambda data, at: data.__setitem__(at + 8, 1))
    assert traps(Unpacker(scratch).unpack(path)) == ["archive-encrypted"]
    path = zipped(tmp_path / "c.zip", {"p1.xml": PAGE})
    spoil(path, b"PK\x01\x02", lambda data, at: data.__setitem__(at + 10, 14))
    assert traps(Unpacker(scratch).unpack(path)) == ["archive-method"]


def test_a_wrong_checksum_costs_its_member_only(tmp_path: Path, scratch: Scratch):
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bad.xml", b"wrong" + PAGE)
        archive.writestr("p1.xml", PAGE)
    spoil(path, b"wrong", lambda data, at: data.__setitem__(at, 0x20))
    found = Unpacker(scratch).unpack(path)
    assert (names(found), traps(found)) == (["p1.xml"], ["archive-broken"])
    assert not any(path.name == "bad.xml" for path in scratch.folder.rglob("*"))


@pytest.mark.parametrize("keep", [0.3, 0.95])
def test_archives_cut_short_are_refused_by_name(tmp_path: Path, scratch: Scratch, keep: float):
    data = os.urandom(20_000)
    whole = zipped(tmp_path / "b.zip", {"p1.xml": data}).read_bytes()
    (tmp_path / "b.zip").write_bytes(whole[: int(len(whole) * keep)])
    packed = gzip.compress(data)
    (tmp_path / "p.xml.gz").write_bytes(packed[: int(len(packed) * keep)])
    for name in ("b.zip", "p.xml.gz"):
        found = Unpacker(scratch).unpack(tmp_path / name)
        assert (found.files, traps(found)) == ([], ["archive-broken"])
        assert name in found.entries[0].message


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path, scratch: Scratch):
    zeros = bytes(9 * 1024**2)
    found = Unpacker(scratch).unpack(zipped(tmp_path / "b.zip", {"bomb.xml": zeros, "p1.xml": PAGE}))
    assert traps(found)[0] == "archive-ratio"
    assert traps(Unpacker(scratch).unpack(gzipped(tmp_path / "b.xml.gz", zeros))) == ["archive-ratio"]
    assert not any(path.stat().st_size > 2**20 for path in scratch.folder.rglob("*") if path.is_file())


def test_members_that_share_what_is_packed_are_a_bomb_too(tmp_path: Path, scratch: Scratch):
    limits = Limits(harmless=100_000, ratio=10)
    path = zipped(tmp_path / "b.zip", {f"p{n}.xml": bytes(90_000) for n in range(9)})
    found = Unpacker(scratch, limits).unpack(path)
    assert traps(found) == ["archive-ratio"]
    assert len(found.files) < 9


def test_small_files_may_be_packed_ever_so_well(tmp_path: Path, scratch: Scratch):
    assert names(Unpacker(scratch).unpack(gzipped(tmp_path / "blank.tif.gz", bytes(2_000_000)))) == ["blank.tif"]


def test_limits_of_size_and_number_are_kept(tmp_path: Path, scratch: Scratch):
    members = {"p1.xml": os.urandom(3000), "p2.xml": os.urandom(3000), "p3.xml": os.urandom(3000)}
    path = zipped(tmp_path / "b.zip", members)
    assert traps(Unpacker(scratch, Limits(file=2000)).unpack(path)) == ["file-too-large"] * 3
    unpacker = Unpacker(scratch, Limits(total=5000))
    found = unpacker.unpack(path)
    assert (names(found), traps(found)) == (["p1.xml"], ["archive-too-large"])
    assert traps(unpacker.unpack(gzipped(tmp_path / "p4.xml.gz", PAGE))) == ["archive-too-large"]
    assert traps(Unpacker(scratch, Limits(members=2)).unpack(path)) == ["archive-too-many"]


def test_a_table_of_members_that_is_too_large_is_not_read(tmp_path: Path, scratch: Scratch):
    path = zipped(tmp_path / "b.zip", {"p1.xml": PAGE})
    spoil(path, b"PK\x05\x06", lambda data, at: struct.pack_into("<I", data, at + 12, 1 << 30))
    assert traps(Unpacker(scratch).unpack(path)) == ["archive-too-many"]


def test_two_members_of_one_name_are_one_and_a_refusal(tmp_path: Path, scratch: Scratch):
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("p1.xml", PAGE)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("p1.xml", b"other")
    found = Unpacker(scratch).unpack(tmp_path / "b.zip")
    assert ([path.read_bytes() for path in found.files], traps(found)) == ([PAGE], ["archive-path"])


def test_a_file_that_is_a_folder_too_and_a_name_without_end_cost_themselves(tmp_path: Path, scratch: Scratch):
    members = {"a": b"x", "a/p1.xml": PAGE, "n" * 300 + ".xml": PAGE, "p2.xml": PAGE}
    found = Unpacker(scratch).unpack(zipped(tmp_path / "b.zip", members))
    assert (names(found), traps(found)) == (["a", "p2.xml"], ["archive-path"] * 2)


def test_a_full_disk_is_not_the_archives_fault(tmp_path: Path, scratch: Scratch, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Unpacker, "_copy", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        Unpacker(scratch).unpack(gzipped(tmp_path / "p1.xml.gz", PAGE))


def test_the_scratch_folder_is_made_at_need_and_goes_with_its_ingest(tmp_path: Path):
    with Scratch(tmp_path) as one, Scratch(tmp_path) as other:
        assert not (tmp_path / "work").exists()
        assert one.folder.is_dir()
        assert other.folder != one.folder
        assert stat.S_IMODE(one.folder.stat().st_mode) == 0o700
    assert list((tmp_path / "work" / "unpacked").iterdir()) == []


def test_what_a_killed_process_left_behind_goes_with_the_next(tmp_path: Path):
    left = tmp_path / "work" / "unpacked" / "left"
    left.mkdir(parents=True)
    (left / "p1.xml").write_bytes(PAGE)
    with Scratch(tmp_path) as one:
        assert one.folder.is_dir()
        assert not left.exists()
        with Scratch(tmp_path) as other:
            assert other.folder.is_dir()
            assert one.folder.is_dir()


def test_a_folder_with_compressed_files_matches_them_by_the_names_in_them(tmp_path: Path, scratch: Scratch):
    book = tmp_path / "book"
    write_picture(book / "images" / "p10.png")
    write_picture(book / "images" / "p2.png")
    gzipped(book / "ocr" / "p2.xml.gz", PAGE)
    zipped(book / "more.zip", {"p10.xml": PAGE, "../p3.xml": PAGE})
    found = survey(book, None, scratch)
    assert [path.name for path in found.ocr] == ["p10.xml", "p2.xml"]
    assert [entry.trap for entry in found.notes] == ["archive-path"]
    assert [path.name for path in survey(book).ocr] == []


def test_archives_left_out_are_said(tmp_path: Path):
    write_picture(tmp_path / "book" / "p2.png")
    gzipped(tmp_path / "book" / "p2.xml.gz", PAGE)
    assert ["not unpacked" in entry.message for entry in survey(tmp_path / "book").notes] == [True]


def test_a_path_that_is_an_archive_is_an_object_with_its_description(tmp_path: Path, scratch: Scratch):
    path = zipped(tmp_path / "book.zip", {"b/object.json": b'{"label": "Old book"}', "b/ocr/p1.xml": PAGE})
    found = survey(path, None, scratch)
    assert (found.name, found.description.label, [p.name for p in found.ocr]) == ("book", "Old book", ["p1.xml"])
    assert object_name(gzipped(tmp_path / "issue.xml.gz", PAGE)) == "issue"
    with pytest.raises(InputError, match="leads out of its archive"):
        survey(zipped(tmp_path / "bad.zip", {"../x.xml": PAGE}), None, scratch)


def test_an_archive_is_ingested_and_nothing_of_it_stays_in_the_home(tmp_path: Path, home: Home, catalogue: Catalogue):
    write_picture(tmp_path / "p1.png", 500, 700)
    members = {"img/p1.png": (tmp_path / "p1.png").read_bytes(), "ocr/p1.xml.gz": gzip.compress(PAGE)}
    source = zipped(tmp_path / "book.zip", members)
    result = ingest_object(home, catalogue, source, Wishes())
    assert (result.row.pages, result.row.words, result.failures) == (1, 1, 0)
    before = [path.name for path in home.images.rglob("*.tif")]
    again = ingest_object(home, catalogue, source, Wishes())
    assert again.unchanged
    assert [path.name for path in home.images.rglob("*.tif")] == before
    assert not any(path.is_file() for path in (home.path / "work" / "unpacked").rglob("*"))


def test_a_trial_looks_into_archives_and_leaves_the_home_alone(tmp_path: Path):
    source = zipped(tmp_path / "book.zip", {"ocr/p1.xml": PAGE, "../p2.xml": PAGE})
    found = plan(source, Wishes(), Home(tmp_path / "home"))
    assert [page.ocr for page in found.pages] == ["book.zip/ocr/p1.xml"]
    assert [entry.trap for entry in found.entries if entry.level == "failure"] == ["archive-path"]
    assert not (tmp_path / "home").exists()

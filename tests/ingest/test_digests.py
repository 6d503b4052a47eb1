"""Which files are gone through again, and that pictures are known by what they contain."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest

import ingest.leaves
from ingest import digests
from ingest.bounds import bounds_of
from ingest.digests import Digests, digest_of
from ingest.keeping import digests_path, keep_originals, remove_files
from ingest.leaves import Reduced, Task, picture
from ingest.matching import Leaf
from ingest.pictures import make_picture
from ingest.pipeline import Wishes, ingest_object
from ingest.traps import Unreadable
from lectern.catalogue import Catalogue
from lectern.home import Home
from tests.ingest.files import write_picture

DAY_NS = 24 * 3600 * 1_000_000_000


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files count as settled although they were just written."""
    monkeypatch.setattr(digests, "SETTLED_NS", -DAY_NS)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by the name of each file that is gone through."""
    names: list[str] = []
    real = hashlib.file_digest

    def file_digest(file: Any, name: str) -> Any:
        names.append(Path(file.name).name)
        return real(file, name)

    monkeypatch.setattr(hashlib, "file_digest", file_digest)
    return names


def replaced(path: Path, data: bytes) -> None:
    """Give a file other content, of the same size and time of change."""
    before = path.stat()
    assert before.st_size == len(data)
    time.sleep(0.02)  # a tick of the inode's clock
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.usefixtures("settled")
def test_an_unchanged_file_is_gone_through_once(tmp_path: Path, hashed: list[str]):
    path, kept = tmp_path / "a", tmp_path / "work" / "kept"
    path.write_bytes(b"one")
    for _ in range(3):
        known = Digests(kept)
        assert known.of_all([path, path]) == {path: digest_of(path)}
        known.keep()
    assert hashed.count("a") == 1 + 3  # digest_of remembers nothing


@pytest.mark.usefixtures("settled")
def test_a_file_of_the_same_size_and_time_is_gone_through_again(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    known = Digests(tmp_path / "kept")
    first = known.of(path)
    known.keep()
    replaced(path, b"two")
    assert Digests(tmp_path / "kept").of(path) == digest_of(path) != first


def test_a_file_that_was_just_written_is_not_remembered(tmp_path: Path, hashed: list[str]):
    (tmp_path / "a").write_bytes(b"one")
    known = Digests()
    assert known.of(tmp_path / "a") == known.of(tmp_path / "a")
    assert hashed == ["a", "a"]
    assert known.of(tmp_path / "gone") == ""


@pytest.mark.parametrize("data", [b"", b"[1]", b"\xff", b'{"a": 1}', b"[" * 100_000])
def test_a_spoilt_cache_is_as_none(tmp_path: Path, data: bytes):
    (tmp_path / "kept").write_bytes(data)
    (tmp_path / "a").write_bytes(b"one")
    assert Digests(tmp_path / "kept").of(tmp_path / "a") == digest_of(tmp_path / "a")


def test_a_picture_replaced_by_one_of_the_same_size_and_time_is_converted_anew(
    home: Home, catalogue: Catalogue, tmp_path: Path
):
    book = tmp_path / "book"
    write_picture(book / "p1.png", 100, 140)
    write_picture(tmp_path / "other.png", 140, 100)
    size = max((book / "p1.png").stat().st_size, (tmp_path / "other.png").stat().st_size)
    for path in (book / "p1.png", tmp_path / "other.png"):
        path.write_bytes(path.read_bytes().ljust(size, b"\0"))
    first = ingest_object(home, catalogue, book, Wishes(reduced=Reduced("small", 0.5), policy="readers"))
    replaced(book / "p1.png", (tmp_path / "other.png").read_bytes())
    second = ingest_object(home, catalogue, book, Wishes(reduced=Reduced("small", 0.5), policy="readers"))
    assert [(c.width, c.height) for c in (*first.canvases, *second.canvases)] == [(100, 140), (140, 100)]
    assert first.canvases[0].image != second.canvases[0].image


@pytest.mark.usefixtures("settled")
def test_the_digests_of_an_object_are_kept_and_go_with_it(
    home: Home, catalogue: Catalogue, tmp_path: Path, hashed: list[str]
):
    write_picture(tmp_path / "book" / "p1.png")
    ingest_object(home, catalogue, tmp_path / "book", Wishes())
    before = hashed.count("p1.png")
    os.utime(tmp_path / "book")
    assert ingest_object(home, catalogue, tmp_path / "book", Wishes()).unchanged
    assert hashed.count("p1.png") == before
    remove_files(home, "book")
    assert not digests_path(home, "book").exists()


def test_a_picture_that_changes_while_it_is_converted_fails_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source, target = tmp_path / "p1.png", tmp_path / "home" / "mark.tif"
    write_picture(source, 100, 140)
    task = Task(Leaf(1, "p1", source, None), None, target, Reduced("small", 0.5), digest=digest_of(source))

    def make_and_change(path: Path, pyramid: Path, page: int = 0) -> object:
        made = make_picture(path, pyramid, page)
        write_picture(source, 140, 100)
        return made

    monkeypatch.setattr(ingest.leaves, "make_picture", make_and_change)
    found = picture(task)
    assert (found.image, [entry.trap for entry in found.entries]) == (None, ["changed-meanwhile"])
    assert list(target.parent.iterdir()) == []  # neither a pyramid of this name nor a reduced file


def test_an_original_that_is_another_by_now_is_not_kept(home: Home, tmp_path: Path):
    write_picture(tmp_path / "p1.png")
    with pytest.raises(Unreadable, match="changed while"):
        keep_originals(home, "book", {tmp_path / "p1.png": "0" * 64})
    (tmp_path / "book").mkdir()
    link, inside = tmp_path / "book" / "p1.png", bounds_of(tmp_path / "book", None)
    link.symlink_to(tmp_path / "p1.png")
    with pytest.raises(Unreadable, match="leads out"):
        keep_originals(home, "book", {link: digest_of(link)}, inside)
    keep_originals(home, "book", {tmp_path / "gone.png": ""})
    assert list((home.image_folder("book") / "originals").iterdir()) == []

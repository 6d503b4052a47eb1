"""Nothing leads out of a folder, not even what is put there while it is ingested."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import ingest.finding
import ingest.pipeline
from ingest import bounds
from ingest.bounds import Bounds, bounds_of
from ingest.pipeline import Wishes, ingest_object
from ingest.reading import make_records
from ingest.survey import survey
from ingest.traps import Unreadable
from lectern.catalogue import Catalogue
from lectern.home import Home
from tests.ingest.files import alto, string, text_lines, write_picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "book" / "in").mkdir(parents=True)
    (tmp_path / "book" / "in" / "a.txt").write_text("inside")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.txt").write_text("secret")
    return tmp_path / "book"


def test_a_file_keeps_its_name_and_stays_itself_while_it_is_held(folder: Path):
    path = folder / "in" / "a.txt"
    with bounds_of(folder, None).held(path) as held:
        path.unlink()
        path.symlink_to(folder.parent / "secret" / "a.txt")
        assert (held.name, held.read_text(), held.read_bytes()) == ("a.txt", "inside", b"inside")
    assert not held.exists()


def to_file(folder: Path) -> None:
    (folder / "in" / "a.txt").unlink()
    (folder / "in" / "a.txt").symlink_to("../../secret/a.txt")


def to_folder(folder: Path) -> None:
    (folder / "in").rename(folder / "was")
    (folder / "in").symlink_to(folder.parent / "secret")


def to_the_whole(folder: Path) -> None:
    folder.rename(folder.with_name("was"))
    folder.symlink_to(folder.parent)
    (folder.parent / "in").symlink_to(folder.parent / "secret")


def to_pipe(folder: Path) -> None:
    (folder / "in" / "a.txt").unlink()
    os.mkfifo(folder / "in" / "a.txt")


@pytest.mark.parametrize("linux", [True, False])
@pytest.mark.parametrize("swap", [to_file, to_folder, to_the_whole, to_pipe])
def test_what_leads_elsewhere_since_is_not_held(
    folder: Path, swap: Callable[[Path], None], linux: bool, monkeypatch: pytest.MonkeyPatch
):
    if not linux:
        monkeypatch.setattr(bounds, "_OPEN_FILES", folder / "nothing")
    found = bounds_of(folder, None)
    found.check(folder / "in" / "a.txt")
    swap(folder)
    with pytest.raises(Unreadable, match="leads out") as refused:
        found.check(folder / "in" / "a.txt")
    assert refused.value.trap == "link-outside"
    assert "secret" not in str(refused.value)


def test_links_inside_hold_and_those_into_the_home_do_not(folder: Path):
    home = folder / "home"
    home.mkdir()
    (home / "key").write_text("key")
    (folder / "b.txt").symlink_to("in/a.txt")
    (folder / "c.txt").symlink_to("home/key")
    found = bounds_of(folder, home)
    found.check(folder / "b.txt")
    found.check(home / "key")  # where archives are unpacked
    with pytest.raises(Unreadable, match="leads out"):
        found.check(folder / "c.txt")
    with pytest.raises(Unreadable, match="cannot be read"):
        found.check(folder / "gone.txt")
    with Bounds().held(folder / "c.txt") as held:
        assert held == folder / "c.txt"


@pytest.mark.parametrize("name", ["p1.xml", "p1.png"])
def test_a_link_put_in_place_of_a_file_after_the_survey_is_refused(
    home: Home, catalogue: Catalogue, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    book, secret = tmp_path / "book", tmp_path / "secret"
    for place, word in ((book, "open"), (secret, "secret")):
        write_picture(place / "p1.png", 100, 140)
        (place / "p1.xml").write_bytes(alto(text_lines(string(word))))

    def swap() -> None:
        (book / name).unlink()
        (book / name).symlink_to(secret / name)

    def survey_and_swap(*args: object) -> object:
        found = survey(*args)  # type: ignore[arg-type]
        swap()
        return found

    monkeypatch.setattr(ingest.finding, "survey", survey_and_swap)
    first = ingest_object(home, catalogue, book, Wishes())
    assert [(e.level, e.trap) for e in first.entries if e.level == "failure"] == [("failure", "link-outside")]
    assert (first.row.words == 0) == (name == "p1.xml")
    assert (first.canvases[0].image is None) == (name == "p1.png")


@pytest.mark.parametrize("name", ["p1.xml", "p1.png"])
def test_a_link_put_in_place_of_a_file_after_its_digest_is_refused(
    home: Home, catalogue: Catalogue, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    book, secret = tmp_path / "book", tmp_path / "secret"
    for place in (book, secret):  # the same content: only where it lies tells them apart
        write_picture(place / "p1.png", 100, 140)
        (place / "p1.xml").write_bytes(alto(text_lines(string("word"))))

    def swap_and_make(*args: object) -> object:
        (book / name).unlink()
        (book / name).symlink_to(secret / name)
        return make_records(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(ingest.pipeline, "make_records", swap_and_make)
    result = ingest_object(home, catalogue, book, Wishes())
    assert "link-outside" in {entry.trap for entry in result.entries if entry.level == "failure"}

"""What was read once is not read again: after a kill, and when an object comes a second time."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ingest.keeping import remove_files, spool_path
from ingest.leaves import Outcome, Task, work
from ingest.pipeline import Wishes, ingest_object
from ingest.reindexing import reindex_object
from ingest.spool import Spool
from ingest.wishes import Access
from lectern.catalogue import Catalogue, ObjectRow
from lectern.errors import InputError, PackError
from lectern.home import Home
from lectern.keys import INDEX_KEY
from lectern.pack import PackFile, write_sections
from search.analysis import chosen
from search.library import Library
from search.packing import read_text
from tests.ingest.files import alto, hocr_line, string, text_lines

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = 40


def words_of(home: Home, catalogue: Catalogue, name: str) -> list[str]:
    row = catalogue.get(name)
    return [w.text for page in read_text(PackFile(home.pack_file(row.id, row.generation))).pages for w in page.words()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "vol"
    folder.mkdir()
    for n in range(1, PAGES + 1):
        (folder / f"p{n}.xml").write_bytes(alto(text_lines(string(f"word{n}"))))
    return folder


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    path = tmp_path / "vol.hocr"
    pages = (f"<div class='ocr_page' title='bbox 0 0 1000 1400'>{hocr_line(f'word{n}')}</div>" for n in range(1, 41))
    path.write_text(f"<html><body>{''.join(pages)}</body></html>")
    return path


_KILLED = """
import sys, time
from pathlib import Path
from ingest import spool
from ingest.pipeline import Wishes, ingest_object
from lectern.catalogue import Catalogue
from lectern.home import Home

add = spool.Spool.add

def slow_add(self, record):
    add(self, record)
    print("one", flush=True)
    time.sleep(0.02)

spool.Spool.add = slow_add
home = Home(Path(sys.argv[1]))
ingest_object(home, Catalogue(home), Path(sys.argv[2]), Wishes(name="vol"))
"""


@pytest.mark.parametrize("source", ["folder", "volume"])
def test_a_killed_ingest_goes_on_where_it_was(
    home: Home, catalogue: Catalogue, source: str, request: pytest.FixtureRequest
):
    path: Path = request.getfixturevalue(source)
    command = [sys.executable, "-c", _KILLED, str(home.path), str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(15):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    spool = Spool(spool_path(home, "vol"))
    kept = len(spool)
    spool.close(done=False)
    assert kept >= 15
    result = ingest_object(home, catalogue, path, Wishes(name="vol"))
    assert result.read == PAGES - kept
    assert words_of(home, catalogue, "vol") == [f"word{n}" for n in range(1, PAGES + 1)]
    assert not spool_path(home, "vol").exists()


def test_an_unchanged_object_is_left_as_it_is(home: Home, catalogue: Catalogue, folder: Path):
    first = ingest_object(home, catalogue, folder, Wishes())
    epoch = catalogue.epoch()
    again = ingest_object(home, catalogue, folder, Wishes())
    assert (first.unchanged, again.unchanged, again.read) == (False, True, 0)
    assert (again.row, catalogue.epoch()) == (first.row, epoch)


def test_a_touched_file_of_the_same_content_is_not_read_again(home: Home, catalogue: Catalogue, folder: Path):
    ingest_object(home, catalogue, folder, Wishes())
    os.utime(folder / "p3.xml", (1, 1))
    assert ingest_object(home, catalogue, folder, Wishes()).unchanged


def test_a_changed_page_alone_is_read_again(home: Home, catalogue: Catalogue, folder: Path):
    before = ingest_object(home, catalogue, folder, Wishes())
    (folder / "p7.xml").write_bytes(alto(text_lines(string("other"))))
    after = ingest_object(home, catalogue, folder, Wishes())
    assert (after.read, after.row.generation > before.row.generation) == (1, True)
    expected = ["other" if n == 7 else f"word{n}" for n in range(1, PAGES + 1)]
    assert words_of(home, catalogue, "vol") == expected


def test_pages_that_come_and_go_cost_only_themselves(home: Home, catalogue: Catalogue, folder: Path):
    ingest_object(home, catalogue, folder, Wishes())
    (folder / "p1.xml").unlink()
    (folder / "p41.xml").write_bytes(alto(text_lines(string("word41"))))
    assert ingest_object(home, catalogue, folder, Wishes()).read == 1
    assert words_of(home, catalogue, "vol") == [f"word{n}" for n in range(2, PAGES + 2)]


def test_another_label_or_policy_is_published_without_reading_a_page(home: Home, catalogue: Catalogue, folder: Path):
    before = ingest_object(home, catalogue, folder, Wishes())
    after = ingest_object(home, catalogue, folder, Wishes(label="New", policy="members"))
    assert (after.unchanged, after.read) == (False, 0)
    row = catalogue.get("vol")
    assert (row.label, row.policy, row.generation) == ("New", "members", before.row.generation)


def test_a_failed_page_is_tried_again_though_its_file_is_the_same(home: Home, catalogue: Catalogue, folder: Path):
    (folder / "p5.xml").write_bytes(b"<alto>")
    assert ingest_object(home, catalogue, folder, Wishes()).failures == 1
    again = ingest_object(home, catalogue, folder, Wishes())
    assert (again.unchanged, again.failures, again.read) == (False, 1, 1)


def test_hyphens_are_found_anew_around_a_changed_page(home: Home, catalogue: Catalogue, folder: Path):
    (folder / "p1.xml").write_bytes(alto(text_lines(string("gov-"))))
    ingest_object(home, catalogue, folder, Wishes())
    (folder / "p2.xml").write_bytes(alto(text_lines(string("ernment"))))
    row = ingest_object(home, catalogue, folder, Wishes()).row
    (join,) = read_text(PackFile(home.pack_file(row.id, row.generation))).joins
    assert (join.first, join.second, join.whole) == (0, 1, "government")


def test_a_reindexed_object_still_knows_its_pages(home: Home, catalogue: Catalogue, folder: Path):
    ingest_object(home, catalogue, folder, Wishes())
    row = reindex_object(home, catalogue, "vol")
    again = ingest_object(home, catalogue, folder, Wishes())
    assert (again.unchanged, again.row.generation) == (True, row.generation)


def test_a_removed_object_is_read_anew(home: Home, catalogue: Catalogue, folder: Path):
    ingest_object(home, catalogue, folder, Wishes())
    catalogue.remove("vol")
    assert ingest_object(home, catalogue, folder, Wishes()).read == PAGES


def test_nothing_is_kept_of_an_ingest_of_which_nothing_could_be_read(home: Home, catalogue: Catalogue, tmp_path: Path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "p1.xml").write_bytes(b"<alto>")
    with pytest.raises(InputError):
        ingest_object(home, catalogue, tmp_path / "bad", Wishes())
    assert not spool_path(home, "bad").exists()


def test_every_page_has_a_state_and_a_reason(home: Home, catalogue: Catalogue, folder: Path):
    (folder / "p2.xml").write_bytes(b"<alto>")
    (folder / "p3.xml").write_bytes(alto("", namespace="urn:other"))
    ingest_object(home, catalogue, folder, Wishes())
    first, second, third, *_ = catalogue.pages("vol")
    assert (first.place, first.name, first.n, first.state, first.words, first.reason) == (1, "p1", 1, "read", 1, "")
    assert (second.n, second.state, "ends in the middle" in second.reason) == (None, "failed", True)
    assert (third.n, third.state, third.warnings) == (2, "empty", {"namespace": 1})
    catalogue.remove("vol")
    assert catalogue.pages("vol") == []


def test_a_volume_cut_after_some_pages_keeps_none_and_says_so_once(home: Home, catalogue: Catalogue, volume: Path):
    volume.write_bytes(volume.read_bytes()[:-300])
    with pytest.raises(InputError, match="ends in the middle"):
        ingest_object(home, catalogue, volume, Wishes())
    assert [entry.trap for _, entry in catalogue.ledger("vol")] == ["truncated"]


def test_a_file_that_changes_while_it_is_read_is_read_again(
    home: Home, catalogue: Catalogue, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    def swap(task: Task) -> Outcome:
        path = task.leaf.ocr
        assert path is not None
        kept = path.read_bytes()
        if path.name == "p3.xml":
            path.write_bytes(alto(text_lines(string("wrong"))))
        found = work(task)
        path.write_bytes(kept if path.name != "p3.xml" else alto(text_lines(string("wrong"))))
        return found

    before = (folder / "p3.xml").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("ingest.records.work", swap)
        result = ingest_object(home, catalogue, folder, Wishes(jobs=1))
    assert [entry.trap for entry in result.entries] == ["changed-meanwhile"]
    (folder / "p3.xml").write_bytes(before)
    ingest_object(home, catalogue, folder, Wishes())
    assert words_of(home, catalogue, "vol") == [f"word{n}" for n in range(1, PAGES + 1)]


def test_a_policy_that_is_set_meanwhile_is_not_undone(home: Home, catalogue: Catalogue, folder: Path):
    ingest_object(home, catalogue, folder, Wishes())
    wishes = Wishes(access=lambda before: Access(before.policy if before else "open"))
    ingest_object(home, catalogue, folder, Wishes(policy="readers"))  # by another process, after those wishes were made
    ingest_object(home, catalogue, folder, wishes)
    assert catalogue.get("vol").policy == "readers"


@pytest.mark.parametrize("section", ["records", "blocks", "block_offsets", "joins"])
def test_a_pack_that_a_disk_has_spoilt_is_made_anew_from_the_files(
    home: Home, catalogue: Catalogue, folder: Path, section: str
):
    row = ingest_object(home, catalogue, folder, Wishes()).row
    path = home.pack_file(row.id, row.generation)
    view = PackFile(path).section(section)
    place = path.read_bytes().index(bytes(view))
    with path.open("r+b") as file:
        file.seek(place)
        file.write(bytes(len(view)))
    with pytest.raises(PackError, match=section):
        reindex_object(home, catalogue, "vol")
    assert ingest_object(home, catalogue, folder, Wishes()).read == PAGES
    assert words_of(home, catalogue, "vol") == [f"word{n}" for n in range(1, PAGES + 1)]


@pytest.mark.parametrize("tail", [bytes(12), bytes(100), b"\xff" * 300])
def test_a_spool_that_ends_in_anything_is_used_up_to_it(home: Home, catalogue: Catalogue, folder: Path, tail: bytes):
    path = spool_path(home, "vol")
    path.parent.mkdir(parents=True)
    path.write_bytes(tail)
    assert ingest_object(home, catalogue, folder, Wishes()).read == PAGES


def test_what_a_kill_left_of_a_pack_goes_with_the_object(home: Home, catalogue: Catalogue, folder: Path):
    row = ingest_object(home, catalogue, folder, Wishes()).row
    left = home.pack_file("vol", 0).parent / ".vol.9.pack.4242"
    other = home.pack_file("vol", 0).parent / ".vol.x.9.pack.4242"
    for path in (left, other):
        path.write_bytes(b"words")
    remove_files(home, row.id)
    assert (left.exists(), other.exists()) == (False, True)


def test_what_an_object_chose_for_its_searches_is_kept_until_it_chooses_anew(
    home: Home, catalogue: Catalogue, folder: Path
):
    def analysis() -> Mapping[str, Any]:
        header = PackFile(home.pack_file("vol", catalogue.get("vol").generation)).header
        return {key: header.get(key) for key in ("fold", "stem")}

    ingest_object(home, catalogue, folder, Wishes(folds=("uv",), stems=("de",)))
    assert analysis() == {"fold": ["uv"], "stem": ["de"]}
    again = ingest_object(home, catalogue, folder, Wishes())
    assert (again.unchanged, again.read) == (True, 0)
    (folder / "p7.xml").write_bytes(alto(text_lines(string("changed"))))
    assert ingest_object(home, catalogue, folder, Wishes()).read == 1
    reindex_object(home, catalogue, "vol")
    assert analysis() == {"fold": ["uv"], "stem": ["de"]}
    other = ingest_object(home, catalogue, folder, Wishes(stems=()))
    assert (other.unchanged, other.read, analysis()) == (False, 0, {"fold": ["uv"], "stem": None})
    reindex_object(home, catalogue, "vol", folds=("ij",), stems=("fr", "de"))
    assert analysis() == {"fold": ["ij"], "stem": ["de", "fr"]}


def test_a_pack_of_another_analysis_is_indexed_anew_from_its_words(home: Home, catalogue: Catalogue, folder: Path):
    row = ingest_object(home, catalogue, folder, Wishes(folds=("uv",))).row
    _write_as_version_1(home, row)
    with pytest.raises(PackError, match="reindex"):
        Library(home, 1).open(row)
    row = reindex_object(home, catalogue, "vol")
    assert Library(home, 1).open(row).profile == chosen({}, ["uv"])
    _write_as_version_1(home, row)
    again = ingest_object(home, catalogue, folder, Wishes())
    assert (again.unchanged, again.read) == (False, 0)
    assert Library(home, 1).open(again.row).profile == chosen({}, ["uv"])


def _write_as_version_1(home: Home, row: ObjectRow) -> None:
    """Make the pack of an object one of an earlier release."""
    path = home.pack_file(row.id, row.generation)
    pack = PackFile(path)
    sections = {name: bytes(pack.section(name)) for name in pack._directory["sections"]}
    write_sections(path, pack.header | {"profile_version": 1}, sections, home.key(INDEX_KEY))

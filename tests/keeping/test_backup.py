"""A backup is whole or not there, is made while everything runs, and opens nothing that was closed since."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import backup as backing_up
from ingest.backup_source import open_backup
from ingest.engines import Embedded
from ingest.keeping import remove_files
from lectern.catalogue import Catalogue
from lectern.database_snapshot import snapshot_catalogue
from lectern.errors import ExitCode
from lectern.home import Home
from lectern.state import State
from lectern.state_codes import CodeRow, CodeStore
from lectern.state_sessions import SessionRow, SessionStore, TokenRow
from tests.conftest import ROOT
from tests.keeping.conftest import done, lectern, write_book
from tests.servers import settings_free_environment

Answers = Callable[[Path], list[str]]


def _times(images: Path) -> dict[str, int]:
    return {str(path.relative_to(images)): path.stat().st_mtime_ns for path in images.rglob("*.tif")}


@pytest.mark.parametrize("name", ["kept", "kept.tar"])
def test_what_is_brought_back_answers_byte_for_byte_the_same(home: Home, tmp_path: Path, answers: Answers, name: str):
    before = answers(home.path)
    done(home.path, "backup", tmp_path / name)
    other = tmp_path / "machine" / "home"
    done(other, "restore", tmp_path / name)
    assert answers(other) == before
    assert done(other, "verify") == ""
    assert [user.name for user in State(Home(other)).users()] == ["ann"]
    assert (other / "policies.toml").read_bytes() == home.policies_file.read_bytes()
    times = _times(home.images)
    assert _times(other / "images") == times


def test_an_object_goes_on_where_it_was_brought_back(shelf: Path, home: Home, tmp_path: Path):
    done(home.path, "backup", tmp_path / "kept")
    later = Catalogue(home)
    generations = {later.next_generation() for _ in range(3)}
    later.close()
    other = tmp_path / "other"
    done(other, "restore", tmp_path / "kept")
    write_book(shelf / "faust", "alpha delta")
    done(other, "ingest", shelf / "faust", "-q")
    catalogue = Catalogue(Home(other))
    assert catalogue.get("faust").generation > max(generations)  # kept answers and clusters know those
    catalogue.close()


def test_it_works_at_another_public_url(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    done(home.path, "backup", tmp_path / "kept")
    done(tmp_path / "other", "restore", tmp_path / "kept")
    monkeypatch.setenv("LECTERN_PUBLIC_URL", "https://books.example.org")
    answer = done(tmp_path / "other", "search", "faust", "alpha", "--version", "2")
    assert "https://books.example.org/search/2/faust" in answer
    assert "localhost" not in answer


def test_entrances_are_not_in_a_backup(home: Home, tmp_path: Path):
    state = State(home)
    store = SessionStore(state)
    store.put(SessionRow("digest-of-ann", "ann", (), (), (), created=0, seen=0, ends=2**31), idle=10)
    store.put_token(TokenRow("digest-of-token", "digest-of-ann", "p", 1, "o", 2**31), now=0)
    CodeStore(state).add(CodeRow("digest-of-code", "June", ("guest",), 0, 2**31, 1))
    state.close()
    home.keys("forms")
    done(home.path, "backup", tmp_path / "kept")
    kept = tmp_path / "kept" / "home"
    assert b"digest-of" not in (kept / "state.db").read_bytes()
    assert not (kept / "keys" / "forms").exists()
    done(tmp_path / "other", "restore", tmp_path / "kept")
    found = State(Home(tmp_path / "other")).counts()
    assert (found["users"], found["sessions"], found["tokens"], found["codes"]) == (1, 0, 0, 0)
    assert Home(tmp_path / "other").keys("forms") != home.keys("forms")


def test_only_its_owner_can_read_it(home: Home, tmp_path: Path):
    for name in ("kept", "kept.tar"):
        done(home.path, "backup", tmp_path / name)
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    assert (tmp_path / "kept.tar").stat().st_mode & 0o077 == 0
    done(tmp_path / "other", "restore", tmp_path / "kept.tar")
    for path in (tmp_path / "other", tmp_path / "other" / "state.db", tmp_path / "other" / "keys" / "index"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_it_never_lies_in_the_home_nor_over_anything(home: Home, tmp_path: Path):
    (tmp_path / "there").write_text("something")
    for target in (home.path / "kept", home.path, tmp_path / "there"):
        assert lectern(home.path, "backup", target).exit_code == ExitCode.INPUT
    assert lectern(tmp_path / "nothing", "backup", tmp_path / "kept").exit_code == ExitCode.INPUT
    assert (tmp_path / "there").read_text() == "something"


def test_a_second_one_links_what_the_first_has_and_leaves_it_as_it_was(shelf: Path, home: Home, tmp_path: Path):
    done(home.path, "backup", tmp_path / "one")
    home.policies_file.write_text("# nothing but this\n")
    done(home.path, "ingest", write_book(shelf / "egmont", "gamma omega", picture=False), "-q")
    done(home.path, "backup", tmp_path / "two", "--since", tmp_path / "one")
    pictures = sorted((tmp_path / "two" / "home" / "images").rglob("*.tif"))
    assert pictures
    assert all(path.stat().st_nlink == 2 for path in pictures)
    assert (tmp_path / "one" / "home" / "policies.toml").read_text() != "# nothing but this\n"
    for name in ("one", "two"):
        assert lectern(home.path, "restore", tmp_path / name, "--check").exit_code == 0
    shutil.rmtree(tmp_path / "one")
    done(tmp_path / "other", "restore", tmp_path / "two")
    assert "omega" in done(tmp_path / "other", "search", "egmont", "omega")


def test_lasting_files_are_linked_from_the_home_where_that_is_asked_for(home: Home, tmp_path: Path):
    done(home.path, "backup", tmp_path / "kept", "--link")
    pack = next((tmp_path / "kept" / "home" / "index").rglob("*.pack"))
    assert pack.stat().st_nlink == 2
    assert (tmp_path / "kept" / "home" / "policies.toml").stat().st_nlink == 1
    assert lectern(home.path, "backup", tmp_path / "kept.tar", "--link").exit_code == ExitCode.INPUT


def test_pictures_may_be_left_out(home: Home, tmp_path: Path):
    done(home.path, "backup", tmp_path / "kept", "--no-images")
    result = lectern(tmp_path / "other", "restore", tmp_path / "kept")
    assert "Pictures are not in this backup" in result.stderr
    result = lectern(tmp_path / "other", "verify", "--json")
    assert {json.loads(line)["kind"] for line in result.stdout.splitlines()} == {"picture-missing"}


def test_what_the_home_lacks_is_told_and_all_else_is_kept(home: Home, tmp_path: Path):
    next(home.images.rglob("*.tif")).unlink()
    result = lectern(home.path, "backup", tmp_path / "kept", "--json")
    assert result.exit_code == ExitCode.PAGES_FAILED
    assert len(json.loads(result.stdout)["lacking"]) == 1
    assert lectern(home.path, "restore", tmp_path / "kept", "--check").exit_code == 0


def test_files_that_the_settings_name_elsewhere_are_told(home: Home, tmp_path: Path):
    (tmp_path / "secret").write_text("0123456789abcdef0123456789abcdef")
    (tmp_path / "secret").chmod(0o600)
    home.settings_file.write_text(f'verify_secret_file = "{tmp_path / "secret"}"\n')
    assert done(home.path, "backup", tmp_path / "kept", "--json")["outside"] == [str(tmp_path / "secret")]


def test_an_object_that_is_removed_before_it_is_taken_is_in_neither_catalogue_nor_files(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    take = snapshot_catalogue
    looks: list[int] = []

    def taken_and_then_removed(home: Home, target: Path) -> None:
        take(home, target)
        looks.append(1)
        if len(looks) == 1:
            catalogue = Catalogue(home)
            catalogue.remove("egmont")
            remove_files(home, "egmont")
            catalogue.close()

    monkeypatch.setattr(backing_up, "snapshot_catalogue", taken_and_then_removed)
    head = backing_up.back_up(home, Embedded(home), tmp_path / "kept")
    assert (len(looks), head.objects, head.lacking) == (2, 1, ())
    with open_backup(tmp_path / "kept") as found:
        assert not any("egmont" in entry.path for entry in found.entries())


_INGESTING = """
import sys
from pathlib import Path
from tests.keeping.conftest import done, write_book
n = 0
while True:
    n += 1
    write_book(Path(sys.argv[2]), f"gamma beta round{n}", picture=False)
    done(Path(sys.argv[1]), "ingest", "-q", sys.argv[2])
"""


def test_a_backup_while_objects_are_replaced_and_readers_sign_in_is_consistent(shelf: Path, home: Home, tmp_path: Path):
    ending = threading.Event()

    def sign_in() -> None:
        store = SessionStore(State(home))
        n = 0
        while not ending.is_set():
            n += 1
            store.put(SessionRow(f"d{n}", "ann", (), (), (), created=0, seen=0, ends=2**31), idle=10**9)

    def generation() -> int:
        catalogue = Catalogue(home)
        try:
            return catalogue.get("egmont").generation
        finally:
            catalogue.close()

    before = generation()
    command = [sys.executable, "-c", _INGESTING, str(home.path), str(shelf / "egmont")]
    ingesting = subprocess.Popen(command, env=settings_free_environment(), cwd=ROOT, stdout=subprocess.DEVNULL)
    signing_in = threading.Thread(target=sign_in)
    signing_in.start()
    seen: list[int] = []
    try:
        for n in range(3):
            while generation() in {before, *seen}:
                assert ingesting.poll() is None
                time.sleep(0.02)
            seen.append(generation())
            backing_up.back_up(home, Embedded(home), tmp_path / f"kept{n}.tar")
    finally:
        ending.set()
        signing_in.join()
        ingesting.kill()
        ingesting.wait()
    for n in range(3):
        other = tmp_path / f"other{n}"
        done(other, "restore", tmp_path / f"kept{n}.tar")
        assert done(other, "verify") == ""
        assert State(Home(other)).counts()["sessions"] == 0


_KILLED = """
import os, sys
from pathlib import Path
from ingest import backup, backup_target, restore
from ingest.backup_source import open_backup
from ingest.engines import Embedded
from lectern.home import Home
calls = 0
function = {function}
def ended(*arguments, **named):
    global calls
    calls += 1
    if calls == {at}:
        os.kill(os.getpid(), 9)
    return function(*arguments, **named)
{function} = ended
{act}
"""


def _killed(function: str, at: int, act: str) -> None:
    program = _KILLED.format(function=function, at=at, act=act)
    env = settings_free_environment()
    ended = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.mark.parametrize(
    ("target", "function", "at"),
    [
        ("kept", "backup_target.opened", 4),
        ("kept.tar", "backup_target.opened", 4),
        ("kept", "backup.write_list", 1),
    ],
)
def test_one_that_is_killed_is_taken_for_none_and_the_next_is_whole(
    home: Home, tmp_path: Path, target: str, function: str, at: int
):
    act = (
        f"home = Home(Path({str(home.path)!r}))\nbackup.back_up(home, Embedded(home), Path({str(tmp_path / target)!r}))"
    )
    _killed(function, at, act)
    assert not (tmp_path / target).exists()
    left = tmp_path / f".{target}.partial"
    assert left.exists()
    for place in (left, left / "whole", left / "whole.tar"):
        if place.exists():
            assert lectern(tmp_path / "other", "restore", place).exit_code == ExitCode.INPUT
    done(home.path, "backup", tmp_path / target)
    assert not left.exists()
    assert lectern(home.path, "restore", tmp_path / target, "--check").exit_code == 0


@pytest.mark.parametrize(("name", "at"), [("_copied", 5), ("_put_in_place", 1)])
def test_a_restore_that_is_killed_makes_no_home_and_the_next_does(home: Home, tmp_path: Path, name: str, at: int):
    done(home.path, "backup", tmp_path / "kept")
    kept, other = str(tmp_path / "kept"), str(tmp_path / "other")
    act = f"with open_backup(Path({kept!r})) as found:\n    restore.restore(found, Path({other!r}), lambda _: None)"
    _killed(f"restore.{name}", at, act)
    assert not (tmp_path / "other").exists()
    done(tmp_path / "other", "restore", tmp_path / "kept")
    assert done(tmp_path / "other", "verify") == ""
    assert not list(tmp_path.glob(".other*"))


@pytest.mark.parametrize("name", ["kept", "kept.tar"])
def test_a_damaged_backup_is_refused_and_nothing_is_changed(home: Home, tmp_path: Path, name: str):
    done(home.path, "backup", tmp_path / name)
    picture = next(
        path for path in sorted(home.images.rglob("*.tif")) if "~" not in path.name and path.parent.name != "originals"
    )
    spoilt = picture.read_bytes()[100:140]
    file = tmp_path / name
    file = file if file.is_file() else file / "home" / picture.relative_to(home.path)
    data = file.read_bytes()
    at = data.index(spoilt)
    file.write_bytes(data[:at] + bytes(40) + data[at + 40 :])
    result = lectern(home.path, "restore", tmp_path / name, "--check")
    assert result.exit_code == ExitCode.INPUT
    assert f"{picture.relative_to(home.path)} is not as it was written" in result.stderr
    assert lectern(tmp_path / "other", "restore", tmp_path / name).exit_code == ExitCode.INPUT
    assert not (tmp_path / "other").exists()
    found = done(tmp_path / "other", "restore", tmp_path / name, "--partly", "--json")
    assert found["damaged"] == [str(picture.relative_to(home.path))]
    assert "alpha" in done(tmp_path / "other", "search", "faust", "alpha")


def test_a_backup_without_its_catalogue_is_not_brought_back_in_part(home: Home, tmp_path: Path):
    done(home.path, "backup", tmp_path / "kept")
    (tmp_path / "kept" / "home" / "catalogue.db").unlink()
    result = lectern(tmp_path / "other", "restore", tmp_path / "kept", "--partly")
    assert result.exit_code == ExitCode.INPUT
    assert "catalogue.db is gone" in result.stderr


def test_a_home_that_is_there_is_only_ever_set_aside(home: Home, tmp_path: Path, answers: Answers):
    done(home.path, "backup", tmp_path / "kept")
    (home.path / "mine.txt").write_text("mine")
    assert lectern(home.path, "restore", tmp_path / "kept").exit_code == ExitCode.INPUT
    former = Path(done(home.path, "restore", tmp_path / "kept", "--force", "--json")["former"])
    assert (former / "mine.txt").read_text() == "mine"
    assert not (home.path / "mine.txt").exists()
    assert answers(former) == answers(home.path)


def test_where_the_home_cannot_be_renamed_it_is_changed_from_within(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: Answers
):
    from ingest import restore

    monkeypatch.setattr(restore, "_within", lambda home: True)
    done(home.path, "backup", tmp_path / "kept")
    other = tmp_path / "volume"
    (other / "lost+found").mkdir(parents=True)
    done(other, "restore", tmp_path / "kept")
    before = answers(other)
    (other / "mine.txt").write_text("mine")
    former = Path(done(other, "restore", tmp_path / "kept", "--force", "--json")["former"])
    assert former.parent == other
    assert (former / "mine.txt").read_text() == "mine"
    assert answers(other) == before
    done(other, "backup", tmp_path / "again")
    assert not list((tmp_path / "again" / "home").glob(".former*"))


def test_what_leads_out_of_a_home_is_refused(home: Home, tmp_path: Path):
    done(home.path, "backup", tmp_path / "kept")
    kept = tmp_path / "kept"
    lines = (kept / "files.jsonl").read_text().splitlines()
    entry = json.loads(lines[0]) | {"path": "../evil"}
    (kept / "files.jsonl").write_text("\n".join([json.dumps(entry), *lines[1:]]) + "\n")
    result = lectern(tmp_path / "other", "restore", kept)
    assert (result.exit_code, "spoilt" in result.stderr) == (ExitCode.INPUT, True)  # its digest is another
    head = json.loads((kept / "backup.json").read_text())
    head["files_sha256"] = hashlib.sha256((kept / "files.jsonl").read_bytes()).hexdigest()
    (kept / "backup.json").write_text(json.dumps(head))
    assert lectern(tmp_path / "other", "restore", kept).exit_code == ExitCode.INPUT
    assert not (tmp_path / "other").exists()


def test_a_backup_of_a_newer_release_is_refused(home: Home, tmp_path: Path):
    done(home.path, "backup", tmp_path / "kept")
    head = json.loads((tmp_path / "kept" / "backup.json").read_text())
    for newer in ({"format": 99}, {"schemas": {"catalogue": 99, "state": 3}}):
        (tmp_path / "kept" / "backup.json").write_text(json.dumps(head | newer))
        result = lectern(tmp_path / "other", "restore", tmp_path / "kept")
        assert result.exit_code == ExitCode.CONFIGURATION
        assert "version" in result.stderr
    assert not (tmp_path / "other").exists()


def test_what_is_no_backup_is_told(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.tar").write_bytes(b"no tar")
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(tmp_path / "empty", "home")
    for name in ("empty", "file.tar", "other.tar"):
        result = lectern(tmp_path / "home", "restore", tmp_path / name)
        assert (result.exit_code, "is no backup" in result.stderr) == (ExitCode.INPUT, True)


def test_nobody_holds_an_object_in_a_copy(home: Home, tmp_path: Path):
    with sqlite3.connect(home.catalogue_file) as file:
        file.execute("UPDATE leases SET until = ?, place = 'elsewhere'", (time.time() + 1000,))
    file.close()
    done(home.path, "backup", tmp_path / "kept")
    done(tmp_path / "other", "restore", tmp_path / "kept")
    done(tmp_path / "other", "remove", "egmont")
    assert os.listdir(tmp_path / "other" / "index")  # noqa: PTH208

"""A watched folder: what has come to rest is ingested; nothing that goes wrong ends it."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ingest.settling import Settling
from lectern.catalogue import Catalogue
from lectern.errors import ExitCode, InputError, StoreUnavailable
from lectern.home import Home
from lectern.settings import load_settings
from services.cli import main
from services.listening import RETRY_SECONDS, Listener, Watched
from services.looking import fingerprint
from services.options import Manner
from services.watching import Watch, require_watchable, watch_until_ended
from tests.conftest import ROOT
from tests.ingest.files import alto, string, text_lines

GOOD = alto(text_lines(string("lantern")))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    put(folder / "first")
    return folder


def put(folder: Path, content: bytes = GOOD) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "p1.xml").write_bytes(content)


def run(home: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])


class Fake:
    """A watch whose clock is given, and which notes what it would ingest and say."""

    def __init__(self, inbox: Path, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Path], Any]) -> None:
        self.now = 0.0
        self.tried: list[str] = []
        self.told: list[str] = []
        self._answer = answer
        monkeypatch.setattr("services.listening.time", SimpleNamespace(monotonic=lambda: self.now))
        watched = Watched((inbox,), each=True)
        self.listener = Listener(watched, Settling(5), poll=False)
        self.watch = Watch(watched, self.listener, self._ingest, self._tell, Manner())

    def _ingest(self, source: Path) -> Any:
        self.tried.append(source.name)
        return self._answer(source)

    def _tell(self, result: Any) -> None:
        self.told.append(result.name)

    def at(self, now: float, *changed: Path) -> None:
        self.now = now
        self.listener.hear(changed)
        self.watch.work()


def made(source: Path, *, unchanged: bool = False) -> Any:
    return SimpleNamespace(name=source.name, unchanged=unchanged)


def test_everything_that_is_there_is_ingested_once_and_then_what_changes(inbox: Path, monkeypatch):
    fake = Fake(inbox, monkeypatch, made)
    put(inbox / "second")
    assert fake.listener.begin() == 2
    fake.at(4, inbox / "second" / "p2.xml")
    fake.at(6)
    assert fake.told == ["first"]
    fake.at(9)
    assert fake.told == ["first", "second"]
    fake.at(1000, inbox / "loose file.txt", inbox / ".hidden" / "x")
    fake.at(2000)
    assert fake.tried == ["first", "second"]


def test_an_object_that_is_as_it_was_is_not_told_again(inbox: Path, monkeypatch):
    fake = Fake(inbox, monkeypatch, lambda source: made(source, unchanged=True))
    fake.listener.begin()
    fake.at(10)
    assert (fake.tried, fake.told) == (["first"], [])


def test_a_broken_folder_is_named_and_waits_for_a_change(inbox: Path, monkeypatch, capsys):
    def refuse(source: Path) -> Any:
        raise InputError("It is torn.", "Mend it.")

    fake = Fake(inbox, monkeypatch, refuse)
    fake.listener.begin()
    for now in range(10, 500, 10):
        fake.at(now)
    assert fake.tried == ["first"]
    assert capsys.readouterr().err.count("It is torn. Mend it.") == 1
    fake.at(500, inbox / "first" / "p1.xml")
    fake.at(506)
    assert fake.tried == ["first", "first"]


def test_what_is_not_the_folders_fault_is_tried_again_and_said_once(inbox: Path, monkeypatch, capsys):
    answers: Iterator[Any] = iter([StoreUnavailable("Busy.", "Wait."), OSError(28, "No space left on device"), None])

    def busy(source: Path) -> Any:
        error = next(answers)
        if error is not None:
            raise error
        return made(source)

    fake = Fake(inbox, monkeypatch, busy)
    fake.listener.begin()
    fake.at(5)
    for turn in (1, 2, 3):
        fake.at(5 + turn * RETRY_SECONDS)
    assert fake.told == ["first"]
    said = capsys.readouterr().err
    assert (said.count("Busy."), said.count("No space left")) == (1, 1)


def test_a_fault_of_ours_does_not_end_the_watch(inbox: Path, monkeypatch, capsys):
    def fall(source: Path) -> Any:
        raise ZeroDivisionError("oh")

    fake = Fake(inbox, monkeypatch, fall)
    fake.listener.begin()
    fake.at(5)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_folder_that_goes_is_said_and_its_object_left(inbox: Path, monkeypatch, capsys):
    fake = Fake(inbox, monkeypatch, made)
    fake.listener.begin()
    fake.at(5)
    (inbox / "first" / "p1.xml").unlink()
    (inbox / "first").rmdir()
    fake.at(10, inbox / "first" / "p1.xml", inbox / "first", inbox / "never seen")
    fake.at(20)
    assert fake.tried == ["first"]
    said = capsys.readouterr().err
    assert "first is gone" in said
    assert "never seen" not in said


def test_a_link_in_a_watched_folder_is_not_followed(inbox: Path, monkeypatch, tmp_path: Path):
    put(tmp_path / "secret")
    (inbox / "link").symlink_to(tmp_path / "secret")
    fake = Fake(inbox, monkeypatch, made)
    fake.listener.begin()
    fake.at(1, inbox / "link")
    fake.at(10)
    assert fake.tried == ["first"]


def test_a_folder_that_holds_the_home_or_lies_in_it_is_refused(inbox: Path, tmp_path: Path):
    for home in (inbox / "home", inbox / "first" / "deep", tmp_path):
        with pytest.raises(InputError, match="lie in one another"):
            require_watchable(load_settings(home), [inbox], each=True)
        assert run(home, "ingest", inbox / "first", inbox, "--watch").exit_code == ExitCode.INPUT
    assert not (inbox / "home").exists()
    assert require_watchable(load_settings(tmp_path / "home"), [inbox], each=True).paths == (inbox,)


def test_a_system_that_fails_is_told_and_the_files_are_looked_at_instead(inbox: Path, monkeypatch, capsys):
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(28, "OS file watch limit reached")

    monkeypatch.setattr("watchfiles.watch", refuse)
    listener = Listener(Watched((inbox,), each=True), Settling(0), poll=False)
    listener.start()
    try:
        assert "limit reached" in capsys.readouterr().err
        assert listener.take() == inbox / "first"
        put(inbox / "second")
        deadline = time.monotonic() + 30
        while (found := listener.take()) is None and time.monotonic() < deadline:
            listener.wait()
        assert found == inbox / "second"
    finally:
        listener.stop()


def test_a_fingerprint_differs_when_a_file_comes_goes_or_changes(tmp_path: Path):
    put(tmp_path / "a" / "deep")
    seen = [fingerprint(tmp_path)]
    (tmp_path / "a" / ".hidden").write_text("x")
    os.utime(tmp_path, (1, 1))
    assert fingerprint(tmp_path) == seen[0]
    put(tmp_path / "a" / "deep", GOOD + b" ")
    seen.append(fingerprint(tmp_path))
    Path(os.fsdecode(bytes(tmp_path) + b"/a/\xff.xml")).write_text("x")
    seen.append(fingerprint(tmp_path))
    (tmp_path / "a" / "deep" / "p1.xml").unlink()
    seen.append(fingerprint(tmp_path))
    assert len(set(seen)) == 4
    assert fingerprint(tmp_path) == seen[-1]
    assert fingerprint(tmp_path / "none") == fingerprint(tmp_path / "none")


def test_a_look_goes_as_deep_as_an_ingest_and_no_deeper(tmp_path: Path, monkeypatch):
    put(tmp_path / "1" / "2" / "3")
    put(tmp_path.joinpath(*"123456789"))
    looked: list[bytes] = []
    scandir = os.scandir

    def noting(path: bytes) -> Any:
        looked.append(path)
        return scandir(path)

    monkeypatch.setattr("os.scandir", noting)
    before = fingerprint(tmp_path)
    assert [os.path.relpath(os.fsdecode(path), tmp_path) for path in looked] == [".", "1", "1/2", "1/2/3"]
    put(tmp_path.joinpath(*"123456789"), GOOD + b" ")
    assert fingerprint(tmp_path) == before
    put(tmp_path / "1" / "2" / "3", GOOD + b" ")
    assert fingerprint(tmp_path) != before


def test_the_order_in_which_files_are_listed_is_no_change(tmp_path: Path, monkeypatch):
    seen: list[int] = []
    scandir = os.scandir

    @contextmanager
    def turned(path: bytes) -> Iterator[Iterator[Any]]:
        with scandir(path) as entries:
            names = sorted(entries, key=lambda entry: entry.name, reverse=bool(seen))
        yield iter(names)

    for n in range(5):
        (tmp_path / f"{n}.xml").write_text("x")
    monkeypatch.setattr("os.scandir", turned)
    before = fingerprint(tmp_path)
    seen.append(1)
    assert fingerprint(tmp_path) == before


def test_a_watched_folder_that_goes_away_ends_the_watch(inbox: Path, monkeypatch):
    def go(_listener: Listener) -> None:
        shutil.rmtree(inbox, ignore_errors=True)

    monkeypatch.setattr(Listener, "wait", go)
    usual = signal.getsignal(signal.SIGTERM)
    with pytest.raises(InputError, match="is gone"):
        watch_until_ended(Watched((inbox,), each=True), made, print, Manner(), settle=5, poll=False)
    assert signal.getsignal(signal.SIGTERM) is usual


def test_changes_beside_a_mets_file_are_the_objects(tmp_path: Path):
    (tmp_path / "mets.xml").write_text("<mets/>")
    watched = Watched((tmp_path / "mets.xml",), each=False)
    assert watched.owner(tmp_path / "alto" / "p1.xml") == tmp_path / "mets.xml"
    assert watched.roots() == [tmp_path]


@pytest.mark.parametrize(
    "arguments", [["--watch", "--dry-run"], ["--settle", "3"], ["--poll"], ["--watch", "--each", "--object", "x"]]
)
def test_options_that_do_not_go_together_are_refused(home: Path, inbox: Path, arguments: list[str]):
    assert run(home, "ingest", inbox, *arguments).exit_code == ExitCode.USAGE
    assert not home.exists()


class Running:
    """The command itself, in a process of its own; what it writes is kept."""

    def __init__(self, home: Path, *arguments: str | Path) -> None:
        command = [sys.executable, "-m", "services.cli", "--home", str(home), "ingest", *map(str, arguments)]
        self._home = Home(home)
        # Whoever runs the tests in the background has them ignore Ctrl-C, and what they start as well.
        usual = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
        )
        signal.signal(signal.SIGINT, usual)
        self.errors = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for text in lines:
                self.errors += text

    def until(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 180
        while not what():
            assert time.monotonic() < deadline, self.errors
            assert self.process.poll() is None, self.errors
            time.sleep(0.05)

    def generation(self, object_id: str) -> int:
        if not self._home.catalogue_file.is_file():
            return 0
        catalogue = Catalogue(self._home)
        try:
            row = catalogue.find(object_id)
            return row.generation if row else 0
        finally:
            catalogue.close()

    def end(self, how: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(how)
        status = self.process.wait(timeout=90)
        self._reader.join(timeout=60)
        assert self.process.stdout is not None
        with self.process.stdout as out:
            return status, out.read()


@pytest.mark.parametrize(("poll", "how"), [([], signal.SIGTERM), (["--poll"], signal.SIGINT)])
def test_folders_are_published_as_they_arrive_broken_ones_when_they_are_mended(
    home: Path, inbox: Path, poll: list[str], how: signal.Signals
):
    running = Running(home, inbox, "--each", "--watch", "--settle", "0.3", *poll)
    try:
        running.until(lambda: running.generation("first") > 0)
        put(inbox / "broken", b"<alto")
        running.until(lambda: "broken: Not one page" in running.errors)
        put(inbox / "second")
        running.until(lambda: running.generation("second") > 0)
        assert running.generation("broken") == 0
        put(inbox / "broken")
        running.until(lambda: running.generation("broken") > 0)
        put(inbox / "first", alto(text_lines(string("lamp"))))
        running.until(lambda: running.errors.count("first: 1 page,") == 2)  # said after it was printed
        status, printed = running.end(how)
    finally:
        running.process.kill()
        running.process.wait()
    assert status == 0, running.errors
    assert printed.split() == ["first", "second", "broken", "first"]
    assert running.errors.count("broken: Not one page") == 1
    assert "Traceback" not in running.errors
    assert "Watching has ended" in running.errors

"""The policies in force while their file changes, breaks, empties or goes away under a running service."""

import os
import threading
from pathlib import Path

import pytest

from auth.policies import Policies
from auth.policy_book import PolicyBook, kept_file, require_not_lost
from auth.policy_texts import Ours
from auth.wording import built_in
from lectern.errors import ConfigurationError
from tests.policies import SAMPLE, policies_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policies.toml"


class Elapsed:
    """A stopwatch that tests move."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
def policy_book(file: Path, elapsed: Elapsed) -> PolicyBook:
    file.write_text(SAMPLE)
    return PolicyBook(file, Ours(built_in(), "Lectern"), (), elapsed=elapsed)


def at_rest(book: PolicyBook, elapsed: Elapsed) -> Policies:
    """Return the policies once the book has looked twice, which a file that was not put in another's place takes."""
    for _ in range(2):
        elapsed.seconds += 0.8
        book.current()
    return book.current()


def rewrite(file: Path, text: str) -> None:
    beside = file.with_suffix(".new")
    beside.write_text(text)
    beside.replace(file)


def test_a_change_is_in_force_within_two_seconds(policy_book: PolicyBook, file: Path, elapsed: Elapsed):
    before = policy_book.current()
    rewrite(file, '[policies.fresh]\nallow = "everyone"\n')
    assert policy_book.current() is before
    elapsed.seconds += 2
    assert "fresh" in policy_book.current().names


@pytest.mark.parametrize("text", ["[policies.members\n", '[policies.members]\nallow = "all"\n'])
def test_th_99_a_file_that_breaks_leaves_the_old_policies_in_force(
    policy_book: PolicyBook, file: Path, elapsed: Elapsed, text: str, capfd: pytest.CaptureFixture[str]
):
    before = policy_book.current()
    rewrite(file, text)
    elapsed.seconds += 2
    assert policy_book.current() is before
    assert "broken" in "".join(capfd.readouterr())
    elapsed.seconds += 2
    assert policy_book.current() is before
    rewrite(file, SAMPLE + "[policies.extra]\nallow = 'everyone'\n")
    elapsed.seconds += 2
    assert "extra" in policy_book.current().names


def test_th_99_a_file_that_goes_away_leaves_the_old_policies_in_force(
    policy_book: PolicyBook, file: Path, elapsed: Elapsed, capfd: pytest.CaptureFixture[str]
):
    before = policy_book.current()
    file.unlink()
    elapsed.seconds += 2
    assert policy_book.current() is before
    assert "gone" in "".join(capfd.readouterr())


def test_th_99_a_file_that_can_no_longer_be_read_leaves_the_old_policies_and_comes_back(
    policy_book: PolicyBook, file: Path, elapsed: Elapsed, capfd: pytest.CaptureFixture[str]
):
    before = policy_book.current()
    file.unlink()
    file.mkdir()
    assert at_rest(policy_book, elapsed) is before
    assert "cannot be read" in "".join(capfd.readouterr())
    file.rmdir()
    file.write_text(SAMPLE + "[policies.extra]\nallow = 'everyone'\n")
    assert "extra" in at_rest(policy_book, elapsed).names


def test_th_99_a_file_that_may_be_read_again_is_read_though_nothing_in_it_changed(
    policy_book: PolicyBook, file: Path, elapsed: Elapsed, monkeypatch: pytest.MonkeyPatch
):
    before = policy_book.current()
    rewrite(file, SAMPLE + "[policies.extra]\nallow = 'everyone'\n")
    read_text = Path.read_text
    with monkeypatch.context() as patch:  # whoever runs the tests may be root, who reads everything
        patch.setattr(Path, "read_text", lambda *_, **__: _deny())
        elapsed.seconds += 2
        assert policy_book.current() is before
    assert Path.read_text is read_text
    file.chmod(0o600)
    assert "extra" in at_rest(policy_book, elapsed).names


def _deny() -> str:
    raise PermissionError(13, "Permission denied")


def test_th_99_a_change_is_atomic_for_everyone_who_asks_at_once(policy_book: PolicyBook, file: Path, elapsed: Elapsed):
    """Two rules that change together are never seen one without the other, and nobody waits for a broken file."""
    pair = '[policies.a]\nallow = "{0}"\n[policies.b]\nallow = "{0}"\n'
    rewrite(file, pair.format("nobody"))
    elapsed.seconds += 2
    policy_book.current()
    seen: set[tuple[bool, bool]] = set()

    def ask() -> None:
        for _ in range(300):
            policies = policy_book.current()
            seen.add((policies.get("a").everyone, policies.get("b").everyone))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for number in range(40):
        rewrite(file, pair.format("everyone" if number % 2 else "nobody"))
        elapsed.seconds += 2
    for asker in askers:
        asker.join()
    assert seen <= {(True, True), (False, False)}


def test_th_99_a_broken_file_at_the_start_is_refused(file: Path):
    file.write_text("[policies.a]\nx = 1\n")
    with pytest.raises(ConfigurationError):
        PolicyBook(file, Ours(built_in(), "Lectern"), ()).current()


def test_a_file_that_appears_later_is_read(file: Path, elapsed: Elapsed):
    book = PolicyBook(file, Ours(built_in(), "Lectern"), (), elapsed=elapsed)
    assert book.current().names == {"open"}
    file.write_text(SAMPLE)
    assert "members" in at_rest(book, elapsed).names


def test_th_99_a_file_cut_to_nothing_leaves_the_old_policies_in_force(
    policy_book: PolicyBook, file: Path, elapsed: Elapsed, capfd: pytest.CaptureFixture[str]
):
    before = policy_book.current()
    for text in ("", "# nothing\n"):
        rewrite(file, text)
        elapsed.seconds += 2
        assert policy_book.current() is before
    assert "empty" in "".join(capfd.readouterr())


def test_th_99_a_file_that_is_written_where_it_lies_is_read_when_it_has_come_to_rest(
    policy_book: PolicyBook, file: Path, elapsed: Elapsed
):
    before = policy_book.current()
    file.write_text(SAMPLE.partition("[policies.members]")[0])  # half of it, and whole tables all the same
    elapsed.seconds += 0.8
    assert policy_book.current() is before
    file.write_text(SAMPLE + "[policies.extra]\nallow = 'everyone'\n")
    elapsed.seconds += 0.8
    assert policy_book.current() is before
    elapsed.seconds += 0.8
    assert {"members", "extra"} <= policy_book.current().names


def test_a_file_that_was_written_a_while_ago_is_read_at_the_first_look(
    policy_book: PolicyBook, file: Path, elapsed: Elapsed
):
    policy_book.current()
    file.write_text(SAMPLE + "[policies.extra]\nallow = 'everyone'\n")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    elapsed.seconds += 3600
    assert "extra" in policy_book.current().names


@pytest.mark.parametrize("text", [None, "", "[policies.members\n"])
def test_th_99_a_worker_that_begins_without_a_whole_file_has_the_policies_that_were_in_force(
    policy_book: PolicyBook, file: Path, elapsed: Elapsed, text: str | None
):
    before = policy_book.current()
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    second = PolicyBook(file, Ours(built_in(), "Lectern"), (), elapsed=elapsed)
    assert second.current().version == before.version
    rewrite(file, SAMPLE + "[policies.extra]\nallow = 'everyone'\n")
    assert "extra" in at_rest(second, elapsed).names


def test_th_99_a_start_without_the_policies_that_there_were_is_refused(policy_book: PolicyBook, file: Path):
    policies = policy_book.current()
    require_not_lost(file, policies)
    file.unlink()
    none = policies_of(file)
    with pytest.raises(ConfigurationError, match=r"cp policies\.kept\.toml policies\.toml"):
        require_not_lost(file, none)
    kept_file(file).unlink()
    require_not_lost(file, none)


def test_a_home_that_never_had_policies_keeps_none(file: Path, elapsed: Elapsed):
    assert PolicyBook(file, Ours(built_in(), "Lectern"), (), elapsed=elapsed).current().are_none
    assert not kept_file(file).exists()

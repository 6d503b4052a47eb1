"""Many objects in one run: every process takes whole objects, and one that fails stops no other."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ingest import workers
from ingest.survey import survey
from lectern.errors import ExitCode
from services.cli import main
from tests.ingest.files import alto, string, text_lines

OBJECTS = 8


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    for n in range(OBJECTS):
        folder = tmp_path / "shelf" / f"book{n}"
        folder.mkdir(parents=True)
        (folder / "p1.xml").write_bytes(alto(text_lines(string(f"word{n}"))))
    return tmp_path / "shelf"


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start other processes at once."""
    monkeypatch.setattr(workers, "_TRIAL_SECONDS", 0)
    monkeypatch.setattr(workers, "_POOL_START_SECONDS", -1)


@pytest.mark.usefixtures("eager")
def test_objects_are_shared_out_and_each_is_reported_once(tmp_path: Path, shelf: Path):
    home = ["--home", str(tmp_path / "home")]
    result = CliRunner().invoke(main, [*home, "ingest", str(shelf), "--each", "--jobs", "2", "--json"])
    assert result.exit_code == 0, result.output
    told = [json.loads(line)["object"] for line in result.stdout.splitlines()]
    assert sorted(told) == [f"book{n}" for n in range(OBJECTS)]
    for n in (0, OBJECTS - 1):
        found = CliRunner().invoke(main, [*home, "search", f"book{n}", f"word{n}"])
        assert json.loads(found.stdout)["within"]["total"] == 1


@pytest.mark.usefixtures("eager")
def test_an_object_that_fails_elsewhere_is_told_here_with_its_remedy(tmp_path: Path, shelf: Path):
    (shelf / "book3" / "p1.xml").write_bytes(b"<alto>")
    home = ["--home", str(tmp_path / "home")]
    result = CliRunner().invoke(main, [*home, "ingest", str(shelf), "--each", "--jobs", "2"])
    assert result.exit_code == ExitCode.PAGES_FAILED
    assert "Not one page of" in result.stderr
    assert "Copy the file again" in result.stderr
    assert len(result.stdout.splitlines()) == OBJECTS - 1


def test_a_path_that_is_given_several_times_is_taken_one_after_another(tmp_path: Path, shelf: Path):
    book = tmp_path / "side" / "book"
    book.mkdir(parents=True)
    (book / "p1.xml").write_bytes(alto(text_lines(string("side"))))
    home = ["--home", str(tmp_path / "home")]
    result = CliRunner().invoke(main, [*home, "ingest", *[str(book)] * 4, "--jobs", "2"])
    assert (result.exit_code, result.stdout.split()) == (0, ["book"] * 4)
    found = CliRunner().invoke(main, [*home, "search", "book", "side"])
    assert json.loads(found.stdout)["within"]["total"] == 1


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_what_nobody_foresaw_costs_one_object_and_names_it(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
):
    def broken(source: Path, *_: Any) -> Any:
        if source.name == "book2":
            raise ValueError("unforeseen")
        return survey(source, *_)

    monkeypatch.setattr("ingest.finding.survey", broken)
    run = ["--home", str(tmp_path / "home"), "ingest"]
    result = CliRunner().invoke(main, [*run, str(shelf), "--each", "--jobs", "1", *more])
    assert result.exit_code == ExitCode.PAGES_FAILED
    assert f"{shelf / 'book2'} cannot be ingested: ValueError: unforeseen." in result.stderr
    assert "report this" in result.stderr
    assert f"book{OBJECTS - 1}" in result.stdout
    alone = CliRunner().invoke(main, [*run, str(shelf / "book2"), *more])
    assert (alone.exit_code, "report this" in alone.stderr) == (ExitCode.INPUT, True)
    if not more:
        told = CliRunner().invoke(main, [*run[:2], "status", "book2", "--json"]).stdout
        assert [entry["trap"] for entry in json.loads(told)["entries"]] == ["ingest-fault"]

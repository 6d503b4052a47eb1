"""The table is read back as it was written, and names a reason for every cell that does not work."""

from pathlib import Path

import pytest

from tests.viewers import matrix
from tests.viewers.features import EVERYWHERE, SEARCHING
from tests.viewers.matrix import SEARCH_PLACE, WORKS, Cell, Outcome, committed, lacking, write
from tests.viewers.places import PLACES
from tests.viewers.reasons import REASONS

OUTCOMES = {
    Cell("Viewer 1", PLACES[0].name, EVERYWHERE[0].title): Outcome(WORKS),
    Cell("Viewer 1", PLACES[3].name, EVERYWHERE[1].title): Outcome("token", "GET /auth/token/1/readers -> 200"),
    Cell("Viewer 1", PLACES[0].name, EVERYWHERE[4].title): Outcome(lacking("sign-out")),
    Cell("Viewer 1", SEARCH_PLACE.name, SEARCHING[0].title): Outcome(WORKS),
}


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "PAGE", tmp_path / "viewers.md")
    monkeypatch.setattr(matrix, "TRACES", tmp_path / "viewer-traces.md")


def test_what_is_written_is_read_back(pages: None):
    matrix.PAGE.write_text(f"# Viewers\n\n{matrix._BEGIN}\nold\n{matrix._END}\n\nThe end.\n")
    write(OUTCOMES)
    assert committed() == OUTCOMES
    text = matrix.PAGE.read_text()
    assert text.startswith("# Viewers\n")
    assert text.endswith("The end.\n")
    assert f"[^token]: {REASONS['token'].text}" in text
    assert "[^lacks-sign-out]: The viewer has no sign out." in text
    write(committed())
    assert matrix.PAGE.read_text() == text


def test_where_nothing_is_written_nothing_is_known(pages: None):
    assert committed() == {}


def test_the_committed_table_has_a_trace_for_every_cell_that_does_not_work():
    for cell, outcome in committed().items():
        assert bool(outcome.trace) == (outcome.code in REASONS), cell

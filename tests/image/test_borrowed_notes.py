"""When a source is asked for a picture again, and when it is left in peace."""

from pathlib import Path

import pytest

from image.borrowed_notes import Note, Step, next_step, read_note, write_note

HAS = Note(version="v", checked=1000.0)


@pytest.mark.parametrize(
    ("note", "now", "down", "step"),
    [
        (Note(), 1000.0, False, Step.ASK),
        (Note(), 1000.0, True, Step.SHOW),
        (HAS, 1000.0, False, Step.SHOW),
        (HAS, 4599.0, False, Step.SHOW),
        (HAS, 4600.0, False, Step.ASK),
        (HAS, 4600.0, True, Step.SHOW),
        (HAS, 900.0, False, Step.ASK),  # a clock that was set back: nobody knows how old it is
        (Note(trouble="gone", tried=1000.0), 1059.0, False, Step.SHOW),
        (Note(trouble="gone", tried=1000.0), 1060.0, False, Step.ASK),
        (Note(trouble="down", tried=1000.0), 1014.0, False, Step.SHOW),
        (Note(trouble="down", tried=1000.0), 1015.0, False, Step.ASK),
        (Note(trouble="refused", tried=1000.0), 1059.0, False, Step.SHOW),
        (Note(trouble="refused", tried=1000.0), 1060.0, False, Step.ASK),
        (Note(trouble="refused", tried=1000.0), 900.0, False, Step.ASK),
    ],
)
def test_the_step_is_told_by_what_is_known(note: Note, now: float, down: bool, step: Step):
    assert next_step(note, now, 3600, down=down) is step


def test_a_note_is_read_as_it_was_written(tmp_path: Path):
    note = Note("v", '"e"', "yesterday", 1.5, "refused", 2.5, "why")
    write_note(tmp_path, note, 1000.0)
    assert read_note(tmp_path) == Note()  # its pyramid is not there
    (tmp_path / "v.tif").touch()
    assert read_note(tmp_path) == note


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": "v", "more": 1}'])
def test_a_note_that_is_none_is_as_if_it_were_not_there(tmp_path: Path, text: str):
    (tmp_path / "note.json").write_text(text)
    assert read_note(tmp_path) == Note()

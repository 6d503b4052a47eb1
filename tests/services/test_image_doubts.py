"""`lectern check` says what keeps images from being made or kept well on this machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lectern.settings import Settings
from services.checking import findings
from services.image_doubts import image_doubts


def doubts(home: Path, **more: Any) -> Iterator[str]:
    return (detail for detail, _ in image_doubts(Settings(home=home, **more)))


def test_nothing_is_doubtful_about_a_fresh_home(tmp_path):
    assert list(doubts(tmp_path, derivatives_bytes=1 << 20)) == []
    assert list(doubts(tmp_path / "none")) == []


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "derivatives").write_text("in the way")
    (found,) = doubts(tmp_path)
    assert "cannot be kept" in found
    assert list(doubts(tmp_path, derivatives_bytes=0)) == []


def test_more_room_than_the_disk_has_is_told_of(tmp_path, monkeypatch: pytest.MonkeyPatch):
    (found,) = doubts(tmp_path, derivatives_bytes=1 << 60)
    assert "the disk of" in found
    assert not (tmp_path / "cache").exists()


def test_a_single_thread_is_told_of(tmp_path):
    (found,) = doubts(tmp_path, threads=1, derivatives_bytes=1 << 20)
    assert "LECTERN_THREADS is 1" in found


def test_the_command_tells_of_it_too(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LECTERN_DERIVATIVES_BYTES", str(1 << 60))
    assert any("Kept images" in finding.detail for finding in findings(tmp_path))

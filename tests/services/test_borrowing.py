"""What the settings make of the pictures that lie at sources."""

from pathlib import Path
from typing import Any

import pytest

from lectern.clock import utc_now
from lectern.settings import Settings
from services import borrowing


@pytest.mark.parametrize(("threads", "waiting"), [(1, 1), (4, 1), (8, 2), (64, 16)])
def test_th_105_a_quarter_of_the_threads_waits_for_sources(tmp_path: Path, monkeypatch, threads: int, waiting: int):
    given: dict[str, Any] = {}
    monkeypatch.setattr(borrowing, "BorrowedPictures", lambda *_, **more: given.update(more))
    borrowing.borrowed_pictures(Settings(home=tmp_path, threads=threads), utc_now)
    assert given["waiting"] == waiting

"""Counts of the running second, over processes."""

import subprocess
import sys
from pathlib import Path

from lectern.counters import Counters

_COUNT = "import sys; from pathlib import Path; from lectern.counters import Counters\n"
_COUNT += "c = Counters(Path(sys.argv[1])); print([c.add('ann', 7) for _ in range(1000)][-1])"


def test_a_second_and_a_subject_have_their_own_count(tmp_path: Path):
    counters = Counters(tmp_path / "counters")
    assert [counters.add("ann", 7) for _ in range(3)] == [1, 2, 3]
    assert counters.add("bob", 7) == 1
    assert counters.add("ann", 8) == 1
    counters.close()
    assert counters.add("ann", 8) == 2


def test_processes_count_together(tmp_path: Path):
    file = tmp_path / "counters"
    command = [sys.executable, "-c", _COUNT, str(file)]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(first.stdout) == 1000
    assert Counters(file).add("ann", 7) == 1001


def test_a_full_table_counts_on(tmp_path: Path):
    counters = Counters(tmp_path / "counters")
    for number in range(40_000):
        assert counters.add(f"reader {number}", 7) >= 1
    assert counters.add("reader 0", 8) == 1


def test_without_the_file_a_process_counts_for_itself(tmp_path: Path):
    counters = Counters(tmp_path / "nowhere" / "counters")
    assert [counters.add("ann", 7) for _ in range(2)] == [1, 2]


def test_th_103_the_file_names_nobody(tmp_path: Path):
    Counters(tmp_path / "counters").add("tile:ann", 7)
    assert b"ann" not in (tmp_path / "counters").read_bytes()
    assert (tmp_path / "counters").stat().st_mode & 0o077 == 0

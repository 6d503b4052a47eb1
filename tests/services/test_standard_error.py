"""A log that cannot be written loses its lines, and nothing else."""

import os
from pathlib import Path

import pytest

from services import standard_error

_FULL = Path("/dev/full")  # a device that takes nothing


@pytest.mark.parametrize("kind", ["bytes", "text"])
def test_th_97_lines_for_a_full_disk_or_a_reader_who_has_gone_are_lost_without_a_word(kind: str):
    reading, writing = os.pipe()
    os.close(reading)
    full = os.open(_FULL, os.O_WRONLY)
    for descriptor in (writing, full):
        if kind == "bytes":
            standard_error.for_bytes(descriptor).write(b"a line\n")
        else:
            file = standard_error.for_text(descriptor)
            for _ in range(3):
                print("a line", file=file, flush=True)
        os.close(descriptor)


def test_lines_come_whole_and_at_once(tmp_path: Path):
    place = tmp_path / "log"
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT)
    standard_error.for_bytes(descriptor).write(b"one\n")
    assert place.read_bytes() == b"one\n"
    print("two", file=standard_error.for_text(descriptor))
    assert place.read_bytes() == b"one\ntwo\n"
    os.close(descriptor)

"""Our readers say of every file of the golden set what the second reader says, which shares no code with them."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.golden import ours
from tests.golden.differences import DIFFERENCES
from tests.golden.make import EXPECTED, answer_file, cases, dump
from tests.golden.second_reader import FILES, HERE, expect

_LARGEST_FILE = 12_000
CASES = [(f"{path.parent.name}/{path.name.split('.')[0]}", path) for path in cases()]


def _params() -> list[object]:
    marks = {name: pytest.mark.xfail(strict=True, reason=reason) for name, reason in DIFFERENCES.items()}
    return [pytest.param(path, id=name, marks=marks.get(name, ())) for name, path in CASES]


@pytest.mark.parametrize("path", _params())
def test_our_reader_agrees_with_the_second_one(path: Path):
    expected = json.loads(answer_file(path).read_text(encoding="utf-8"))
    assert ours.read(path) == expected


def test_expected_answers_are_what_the_second_reader_says():
    assert {answer_file(path) for _, path in CASES} == set(EXPECTED.rglob("*.json"))
    stale = [name for name, path in CASES if answer_file(path).read_text(encoding="utf-8") != dump(expect(path))]
    assert stale == [], "python -m tests.golden.make writes them anew"


def test_the_set_is_large_and_its_files_are_small():
    counts = Counter(name.partition("/")[0] for name, _ in CASES)
    assert sum(counts.values()) >= 400
    assert min(counts.values()) >= 15
    large = [path.name for path in FILES.rglob("*") if path.is_file() and path.stat().st_size > _LARGEST_FILE]
    assert large == []
    assert len({name for name, _ in CASES}) == len(CASES)


def test_the_second_reader_shares_no_code_with_ours():
    for path in [HERE / "second_reader.py", *(HERE / "second").glob("*.py")]:
        imports = [line for line in path.read_text().splitlines() if line.startswith(("import ", "from "))]
        rooms = ("lectern", "search", "ingest", "image", "auth", "services", "lxml")
        assert not [line for line in imports if line.split()[1].partition(".")[0] in rooms], path.name


def test_every_known_difference_is_one_of_a_case():
    assert set(DIFFERENCES) <= {name for name, _ in CASES}

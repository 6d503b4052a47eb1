"""Every threat has a test that is named after it, and no test is named after one that there is not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.defences import DEFENCES
from tests.attack.threats import NOT_YET, THREATS
from tests.conftest import ROOT
from tests.house.files import functions, name, named_after, python_files

_IDS = re.compile(r"(?<![a-z0-9])th(?P<numbers>(?:_(?:to_)?\d{2,3}(?![0-9a-z]))+)")


def ids_in(name: str) -> Iterator[str]:
    """Yield the ids that a test's name has: `th_62_63` is two of them, `th_72_to_74` three."""
    for match in _IDS.finditer(name):
        before = 0
        for to, digits in re.findall(r"_(to_)?(\d{2,3})", match["numbers"]):
            for number in range(before + 1 if to else int(digits), int(digits) + 1):
                yield f"TH-{number:02d}"
            before = int(digits)


@pytest.fixture(scope="module")
def tested() -> dict[str, list[str]]:
    """Return the tests of every id."""
    return named_after(ids_in)


def test_ids_are_read_from_names():
    assert list(ids_in("test_th_62_63_x")) == ["TH-62", "TH-63"]
    assert list(ids_in("test_th_72_to_74_only")) == ["TH-72", "TH-73", "TH-74"]
    assert list(ids_in("test_th_05_th_19_th_103_x")) == ["TH-05", "TH-19", "TH-103"]
    assert list(ids_in("test_a_hidden_one_th_85")) == ["TH-85"]
    assert list(ids_in("test_th_304_comes_after")) == ["TH-304"]
    assert list(ids_in("test_with_12")) == []


def test_every_threat_has_a_test_or_a_reason(tested):
    assert sorted(THREATS.keys() - tested.keys() - NOT_YET.keys()) == []


def test_nothing_has_both_a_test_and_an_excuse(tested):
    assert sorted(NOT_YET.keys() & tested.keys()) == []


def test_no_test_is_named_after_a_threat_that_there_is_not(tested):
    assert {key: names for key, names in tested.items() if key not in THREATS} == {}


@pytest.mark.corpus
def test_the_register_is_that_of_the_list_of_threats(corpus: Path):
    text = (corpus.parent / "auth-threats.md").read_text()
    assert set(re.findall(r"^- \*\*(TH-\d{2,3}) ", text, re.M)) == set(THREATS)


def test_every_threat_that_has_a_test_is_answered_in_a_sentence():
    assert set(DEFENCES) == THREATS.keys() - NOT_YET.keys()


@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    """Return what the page tells of every threat."""
    found = (ROOT / "docs/threats.md").read_text().split("\n## ")[1:]
    return {section.partition(" ")[0]: section for section in found}


def test_the_page_tells_of_every_threat(sections):
    assert list(sections) == list(THREATS)
    for key, section in sections.items():
        assert (DEFENCES.get(key) or NOT_YET[key]) in section
        assert key in NOT_YET or "\n- `tests/" in section


def test_every_test_that_the_page_names_is_there_and_named_after_its_threat(sections):
    there = {f"{name(path)}::{f.name}" for path in python_files(tests=True) for f in functions(path)}
    for key, section in sections.items():
        for test in re.findall(r"^- `(\S+)`$", section, re.M):
            assert test in there, f"{test}; `make docs` writes the page anew"
            assert key in ids_in(test.partition("::")[2])

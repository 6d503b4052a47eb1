"""Every requirement has a test that is named after it, and no test is named after one that there is not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import auth_checklist, checklist, image_checklist, presentation_checklist, viewer_checklist
from tests.house.files import named_after

REQUIREMENTS = {
    key: what
    for listed in (checklist, auth_checklist, image_checklist, presentation_checklist)
    for key, what in listed.REQUIREMENTS.items()
}
_IDS = re.compile(r"(?<![a-z0-9])(?P<api>cs|au|im|pr)(?P<version>[0123x])(?P<numbers>(?:_(?:to_)?\d\d(?![0-9a-z]))+)")


def ids_in(name: str) -> Iterator[str]:
    """Yield the ids that a test's name has: `cs1_30_31` is two of them, `cs1_37_to_41` five."""
    for match in _IDS.finditer(name):
        before = 0
        for to, digits in re.findall(r"_(to_)?(\d\d)", match["numbers"]):
            first = before + 1 if to else int(digits)
            for number in range(first, int(digits) + 1):
                key = f"{match['api'].upper()}{match['version'].upper()}-{number:02d}"
                if not to or number == int(digits) or key in REQUIREMENTS:  # ids have gaps
                    yield key
            before = int(digits)


@pytest.fixture(scope="module")
def tested() -> dict[str, list[str]]:
    """Return the tests of every id."""
    return named_after(ids_in)


def test_ids_are_read_from_names():
    assert list(ids_in("test_cs1_30_31_x")) == ["CS1-30", "CS1-31"]
    assert list(ids_in("test_cs2_26_to_28_and_more")) == ["CS2-26", "CS2-27", "CS2-28"]
    assert list(ids_in("test_cs1_50_cs2_60_both")) == ["CS1-50", "CS2-60"]
    assert list(ids_in("test_csx_05_to_0_things")) == ["CSX-05"]
    assert list(ids_in("test_au1_30_aux_26_both")) == ["AU1-30", "AUX-26"]
    assert list(ids_in("test_im3_30_31_im2_01_imx_03_info")) == ["IM3-30", "IM3-31", "IM2-01", "IMX-03"]
    assert list(ids_in("test_pr3_20_to_22_pr2_03_text")) == ["PR3-20", "PR3-21", "PR3-22", "PR2-03"]
    assert list(ids_in("test_class_12")) == []


def test_every_requirement_has_a_test(tested):
    assert sorted(REQUIREMENTS.keys() - tested.keys()) == []


def test_no_test_is_named_after_a_requirement_that_there_is_not(tested):
    assert {key: names for key, names in tested.items() if key not in REQUIREMENTS} == {}


def test_every_rule_of_viewers_has_a_test_and_no_test_is_named_after_another():
    named = named_after(lambda name: re.findall(r"(?<![a-z])rule_(\d+)(?!\d)", name))
    assert sorted(map(int, named)) == sorted(viewer_checklist.RULES)


@pytest.mark.corpus
def test_the_rules_of_viewers_are_those_that_were_measured(corpus: Path):
    rules = (corpus.parent / "viewers.md").read_text().partition("## 1.")[2].partition("\n## 2.")[0]
    assert {int(number) for number in re.findall(r"^(\d+)\. ", rules, re.M)} == viewer_checklist.RULES.keys()


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("page", "ids", "requirements"),
    [
        ("content-search.md", r"^\| (CS[012X]-\d\d) \|", checklist.REQUIREMENTS),
        ("auth.md", r"^(?:\| )?(AU[012X]-\d\d)\b", auth_checklist.REQUIREMENTS),
        (
            "image-and-presentation.md",
            r"^(?:\| |RULE )(IM[23X]-\d\d)\b",
            image_checklist.REQUIREMENTS | image_checklist.ELSEWHERE,
        ),
        (
            "image-and-presentation.md",
            r"^\| (PR[23X]-\d\d) \|",
            presentation_checklist.REQUIREMENTS | presentation_checklist.ELSEWHERE,
        ),
    ],
)
def test_the_list_is_that_of_the_checklist(corpus: Path, page: str, ids: str, requirements: dict[str, str]):
    text = (corpus.parent / "spec" / page).read_text()
    assert set(re.findall(ids, text, re.M)) == set(requirements)

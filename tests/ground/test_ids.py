"""Ids: one spelling each, safe in a path, and read back the way they were written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lectern.ids import OBJECT_ID, ImageId, is_object_id, object_id, parse_image_id

ids = st.from_regex(OBJECT_ID, fullmatch=True).filter(is_object_id)


@pytest.mark.parametrize("text", ["a", "0", "Moby-Dick_1851", "a.b~c", "x" * 128, "letters-3"])
def test_plain_names_stand_as_they_are(text):
    assert is_object_id(text)
    assert object_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "collections",
        "-a",
        ".hidden",
        "~a",
        "..",
        "a/b",
        "a b",
        "a%2Fb",
        "a\n",
        "a\x00",
        "é",
        "ａ",
        "x" * 129,
        "a;b",
    ],
)
def test_a_name_that_could_mean_something_else_in_a_path_is_refused(text):
    assert not is_object_id(text)


@given(st.text())
def test_every_name_gets_a_usable_id_and_always_the_same(original):
    found = object_id(original)
    assert is_object_id(found)
    assert object_id(original) == found


@given(ids)
def test_making_an_id_twice_changes_nothing(text):
    assert object_id(text) == text


def test_names_that_read_alike_do_not_meet():
    names = ["ark:/12148/bpt6k1", "ark:/12148/bpt6k1/", "ark-/12148/bpt6k1", "ARK:/12148/bpt6k1", "ark: 12148 bpt6k1"]
    assert len({object_id(name) for name in names}) == len(names)


def test_an_ark_keeps_its_readable_part():
    assert re.fullmatch(r"ark-12148-bpt6k1-[0-9a-f]{10}", object_id("ark:/12148/bpt6k1"))


def test_a_reserved_name_becomes_another():
    assert object_id("collections") != "collections"
    assert object_id("collections").startswith("collections-")


@given(st.text(min_size=300, max_size=400))
def test_long_names_fit(original):
    assert len(object_id(original)) <= 128


@given(ids.filter(lambda text: len(text) < 100), st.integers(1, 9_999_999), st.sampled_from([None, "degraded", "t_1"]))
def test_an_image_id_reads_back(text, n, tier):
    image = ImageId(text, n, tier)
    assert parse_image_id(str(image)) == image


def test_an_image_id_is_read_from_the_right():
    assert parse_image_id("vol-1-12") == ImageId("vol-1", 12)
    assert parse_image_id("a~b-2~small") == ImageId("a~b", 2, "small")


@pytest.mark.parametrize(
    "text",
    [
        "letters",
        "letters-",
        "letters-0",
        "letters-01",
        "letters-+1",
        "letters-1.0",
        "letters-٣",
        "letters-1~",
        "letters-1~a-b",
        "letters-1~" + "t" * 33,
        "letters-12345678",
        "-1",
        "../etc-1",
        "a/b-1",
        "letters-1\n",
        "collections-1~x\x00",
        "",
    ],
)
def test_other_spellings_of_an_image_id_name_nothing(text):
    assert parse_image_id(text) is None


@given(st.text(alphabet="ab-1~0.", max_size=12))
def test_whatever_parses_is_spelled_in_one_way(text):
    image = parse_image_id(text)
    assert image is None or str(image) == text

"""Capabilities: for one image and tier, one session, some minutes; anything changed is refused (TH-70)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.auth2 import probe_moved
from auth.capability import LONGEST_LIFE, capability_service, make_capability, read_capability
from auth.contents import image_content
from lectern.clock import APART
from lectern.ids import CAPABILITY_LENGTH, ImageId, parse_image_id, split_capability, without_capabilities
from lectern.urls import Urls

KEYS = [b"k" * 32]
IMAGE = ImageId("book", 7)
SESSION = "ab" * 32
NOW = 1_800_000_000
CAPABILITY = make_capability(KEYS, IMAGE, SESSION, NOW + 60)


def test_a_capability_names_its_session_until_its_end():
    assert read_capability(KEYS, CAPABILITY, IMAGE, NOW) == SESSION
    assert read_capability(KEYS, CAPABILITY, IMAGE, NOW + 59) == SESSION
    assert read_capability(KEYS, CAPABILITY, IMAGE, NOW + 60) is None


@pytest.mark.parametrize("other", [ImageId("book", 8), ImageId("books", 7), ImageId("book", 7, "small")], ids=str)
def test_th_70_another_image_or_tier_is_refused(other: ImageId):
    assert read_capability(KEYS, CAPABILITY, other, NOW) is None


def test_th_70_no_letter_of_it_can_be_changed():
    for place in range(CAPABILITY_LENGTH):
        letter = "a" if CAPABILITY[place] != "a" else "b"
        changed = CAPABILITY[:place] + letter + CAPABILITY[place + 1 :]
        assert read_capability(KEYS, changed, IMAGE, NOW) is None, place
    for text in ("", CAPABILITY.upper(), CAPABILITY[:-1], CAPABILITY + "a", "8" * CAPABILITY_LENGTH):
        assert read_capability(KEYS, text, IMAGE, NOW) is None


def test_th_70_one_that_would_last_too_long_is_refused():
    for ends in (NOW + LONGEST_LIFE + APART + 1, 2**32 - 1):
        assert read_capability(KEYS, make_capability(KEYS, IMAGE, SESSION, ends), IMAGE, NOW) is None


def test_th_70_th_101_an_older_key_is_good_as_long_as_it_is_kept():
    new = b"n" * 32
    assert read_capability([*KEYS, new], CAPABILITY, IMAGE, NOW) == SESSION
    assert read_capability([new], CAPABILITY, IMAGE, NOW) is None
    newest = make_capability([*KEYS, new], IMAGE, SESSION, NOW + 60)
    assert read_capability(KEYS, newest, IMAGE, NOW) is None


@given(st.text(alphabet="ab~-_1.", min_size=1, max_size=20), st.integers(1, 9_999_999))
def test_an_id_with_a_capability_has_one_reading(name: str, n: int):
    plain = f"a{name}-{n}"
    assert split_capability(f"{plain}~~{CAPABILITY}") == (plain, CAPABILITY)
    assert parse_image_id(f"{plain}~~{CAPABILITY}") is None
    assert split_capability(plain) == (plain, None)


def test_th_103_what_may_be_logged_has_no_capability():
    path = f"/iiif/2/book-7~~{CAPABILITY}/full/max/0/default.jpg"
    assert without_capabilities(path) == "/iiif/2/book-7~~-/full/max/0/default.jpg"
    assert CAPABILITY[:20] not in without_capabilities(path[:60])
    assert without_capabilities("/iiif/2/a~~b-7/info.json") == "/iiif/2/a~~b-7/info.json"


def test_au2_46_a_location_is_one_object_with_a_redirecting_status():
    told = probe_moved(image_content(capability_service(Urls("https://books.example.org"), IMAGE, CAPABILITY, 3)))
    assert told["status"] == 302
    service = f"https://books.example.org/iiif/3/book-7~~{CAPABILITY}"
    assert told["location"]["id"] == f"{service}/full/max/0/default.jpg"
    assert told["location"]["type"] == "Image"
    assert told["location"]["service"][0]["id"] == service

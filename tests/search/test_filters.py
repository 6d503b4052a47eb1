import pytest

from lectern.errors import InputError
from search.filters import EVERYTHING, read_filters
from search.remarks import Remark, Target

_REMARK = Remark(
    "a",
    "text",
    (Target(1),),
    ("commenting", "ex:own"),
    creators=("https://p.example/1",),
    created="2020-05-01T10:00:00Z",
)
_BARE = Remark("b", "text", (Target(1),), ("supplementing",))
_DAY = "2020-05-01T00:00:00Z/2020-05-01T23:59:59Z"


def keeps(version: int = 1, **given: str) -> tuple[bool, bool, bool]:
    """Return whether OCR, a comment with creator and date, and a transcription without them pass."""
    filters = read_filters(given, version)
    return filters.text, filters.keep(_REMARK), filters.keep(_BARE)


def test_absent_and_empty_parameters_restrict_nothing():
    assert read_filters({}, 1) == read_filters({"motivation": "", "date": " ", "user": ""}, 2) == EVERYTHING
    assert keeps() == (True, True, True)
    assert EVERYTHING.nothing


def test_values_of_a_motivation_are_alternatives():
    assert keeps(motivation="tagging oa:commenting") == (False, True, False)
    assert keeps(motivation="tagging painting") == (True, False, True)
    assert keeps(motivation="ex:own") == (False, True, False)
    assert keeps(motivation="ex:other") == (False, False, False)


def test_non_painting_is_all_but_text_and_of_version_one_only():
    assert keeps(motivation="non-painting") == (False, True, False)
    assert keeps(motivation="non-painting painting") == (True, True, True)
    assert keeps(2, motivation="non-painting") == (False, False, False)


def test_dates_are_inclusive_ranges_of_which_one_is_enough():
    assert keeps(date=_DAY) == (False, True, False)
    assert keeps(date=f"2001-01-01T00:00:00Z/2001-12-31T00:00:00Z {_DAY}") == (False, True, False)
    assert keeps(date="2020-05-01T10:00:00Z/2020-05-01T10:00:00Z") == (False, True, False)
    assert keeps(date="2020-05-01T10:00:01Z/2020-06-01T10:00:00Z") == (False, False, False)


def test_users_are_uris_of_which_one_is_enough():
    assert keeps(user="https://p.example/2 https://p.example/1") == (False, True, False)
    assert keeps(user="https://p.example/") == (False, False, False)


def test_filters_are_conditions_together():
    assert keeps(user="https://p.example/1", motivation="tagging") == (False, False, False)
    assert keeps(user="https://p.example/1", motivation="commenting", date=_DAY) == (False, True, False)


@pytest.mark.parametrize(
    "date",
    [
        "2020-05-01",
        "2020-05-01T00:00:00Z",
        "2020-05-01T00:00:00Z/..",
        "/2020-05-01T00:00:00Z",
        "2020-05-01T00:00:00+00:00/2020-05-02T00:00:00Z",
        "2020-05-01T00:00:00Z/2020-13-02T00:00:00Z",
        "2020-05-01T00:00:00Z/2020-05-02T00:00:00Z/2020-05-03T00:00:00Z",
        f"{_DAY} yesterday",
    ],
)
def test_a_date_of_another_form_is_refused_with_the_right_one(date):
    with pytest.raises(InputError, match=r"date=2020-01-01T00:00:00Z/2020-12-31T23:59:59Z"):
        read_filters({"date": date}, 1)


def test_more_than_a_hundred_values_are_refused():
    with pytest.raises(InputError, match="101 values"):
        read_filters({"user": " ".join(map(str, range(101)))}, 1)

"""`motivation`, `date` and `user` are applied, to the text and to annotations beside it, in both versions."""

from pathlib import Path
from typing import Any

import pytest

from lectern.errors import InputError
from search import content_search1, content_search2
from search.content_search import Scope, read_request
from search.findings import Subject
from search.library import PackHandle
from search.remarks import Remark, Target
from search.searching import find, suggest
from tests.conformance.shelf import BASE
from tests.search.books import HEIGHT, WIDTH, book, open_book

_OPEN_ANNOTATION = [
    "bookmarking", "classifying", "commenting", "describing", "editing", "highlighting", "identifying", "linking",
    "moderating", "questioning", "replying", "tagging",
]  # fmt: skip
_W3C = ["assessing", *_OPEN_ANNOTATION]
_OTHER = "https://museum.example/motivations#marvelling"
_YEAR = "2020-01-01T00:00:00Z/2020-12-31T23:59:59Z"
_ANNA, _BEN = "https://people.example/anna", "https://people.example/ben"


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> PackHandle:
    """Return a page of text with an annotation of every motivation beside it, two of which have maker and date."""
    made = {
        "commenting": ((_ANNA,), "2020-05-01T10:00:00Z"),
        "tagging": ((_ANNA, _BEN), "2021-06-01T10:00:00Z"),
    }
    remarks = [
        Remark(f"a{n}", f"harbour {name}", (Target(1),), (name,), "", *made.get(name, ((), "")))
        for n, name in enumerate([*_W3C, _OTHER, "supplementing"])
    ]
    return open_book(Path(tmp_path_factory.mktemp("home")), book(["harbour"]), remarks=remarks)


def _ask(handle: PackHandle, version: int, **parameters: str) -> list[str]:
    """Return what is said by all annotations of an answer."""
    request = read_request(parameters.items(), version, size=100, longest=100)
    found = find([Subject("book", handle)], request.q, request.page, filters=request.filters)
    scope = Scope(
        f"{BASE}/search/{version}/book",
        lambda name, n: f"{BASE}/presentation/3/{name}/canvas/{n}/text",
        {("book", 1): (f"{BASE}/c1", WIDTH, HEIGHT)},
    )
    document: dict[str, Any]
    if version == 2:
        document = content_search2.search_response(found, request, scope)
        return [item["body"]["value"] for item in document["items"]]
    document = content_search1.search_response(found, request, scope, version)
    return [item["resource"]["chars"] for item in document["resources"]]


def _terms(handle: PackHandle, version: int, **parameters: str) -> list[tuple[str, int]]:
    request = read_request(parameters.items(), version, size=100, longest=100, suggest=True)
    found = suggest([Subject("book", handle)], request.q or "", request.minimum, filters=request.filters)
    return [(term.printed, term.count) for term in found.terms]


def test_cs1_12_without_q_all_annotations_that_pass_the_filters(annotated):
    assert len(_ask(annotated, 1)) == len(_W3C) + 3
    assert _ask(annotated, 1, motivation="tagging") == ["harbour tagging"]
    assert _ask(annotated, 1, motivation="", user="", date="", q="marvelling") == [f"harbour {_OTHER}"]


@pytest.mark.parametrize("version", [1, 2])
def test_cs1_14_cs2_12_an_annotation_that_lacks_the_field_does_not_match(annotated, version):
    ever = "0001-01-01T00:00:00Z/9999-12-31T23:59:59Z"
    assert _ask(annotated, version, q="harbour", date=ever) == ["harbour commenting", "harbour tagging"]
    assert _ask(annotated, version, q="harbour", user="https://people.example/eve") == []


@pytest.mark.parametrize("version", [0, 1, 2])
def test_cs1_15_cs2_14_values_of_motivation_are_alternatives(annotated, version):
    assert _ask(annotated, version, q="harbour", motivation="tagging linking") == ["harbour linking", "harbour tagging"]


def test_cs1_16_painting_is_the_text_and_what_else_transcribes(annotated):
    assert _ask(annotated, 1, q="harbour", motivation="painting") == ["harbour", "harbour supplementing"]


def test_cs1_16_non_painting_is_everything_else(annotated):
    assert _ask(annotated, 1, q="harbour", motivation="non-painting") == [f"harbour {n}" for n in [*_W3C, _OTHER]]


@pytest.mark.parametrize("name", _OPEN_ANNOTATION)
@pytest.mark.parametrize("form", ["{}", "oa:{}", "http://www.w3.org/ns/oa#{}"])
def test_cs1_17_18_every_motivation_of_open_annotation_bare_with_prefix_and_as_uri(annotated, name, form):
    assert _ask(annotated, 1, q="harbour", motivation=form.format(name)) == [f"harbour {name}"]


@pytest.mark.parametrize("name", ["sc:painting", "http://iiif.io/api/presentation/2#painting"])
def test_cs1_18_painting_with_prefix_and_as_uri(annotated, name):
    assert _ask(annotated, 1, q="harbour", motivation=name) == ["harbour", "harbour supplementing"]


@pytest.mark.parametrize("version", [1, 2])
def test_cs1_18_motivations_of_a_community_are_full_uris(annotated, version):
    assert _ask(annotated, version, q="harbour", motivation=_OTHER) == [f"harbour {_OTHER}"]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("date", "found"),
    [
        (_YEAR, ["commenting"]),
        ("2020-05-01T10:00:00Z/2020-05-01T10:00:00Z", ["commenting"]),
        (
            "2020-01-01T00:00:00Z/2020-12-31T23:59:59Z 2021-06-01T00:00:00Z/2021-06-02T00:00:00Z",
            ["commenting", "tagging"],
        ),
        ("2020-05-01T10:00:01Z/2021-06-01T09:59:59Z", []),
    ],
)
def test_cs1_19_cs2_15_date_is_ranges_of_when_an_annotation_was_made(annotated, version, date, found):
    assert _ask(annotated, version, q="harbour", date=date) == [f"harbour {name}" for name in found]


@pytest.mark.parametrize("date", ["2020-05-01/2020-05-02", "2020-05-01T10:00:00Z", "2020-05-01T10:00:00Z/", "now"])
def test_cs1_19_csx_09_a_date_of_another_form_is_refused(annotated, date):
    with pytest.raises(InputError):
        _ask(annotated, 1, q="harbour", date=date)


@pytest.mark.parametrize("version", [1, 2])
def test_cs1_20_cs2_16_user_is_uris_of_creators(annotated, version):
    assert _ask(annotated, version, q="harbour", user=_BEN) == ["harbour tagging"]
    assert _ask(annotated, version, q="harbour", user=f"{_BEN} {_ANNA}") == ["harbour commenting", "harbour tagging"]


@pytest.mark.parametrize("version", [1, 2])
def test_cs1_52_cs2_60_the_filters_narrow_what_feeds_the_suggestions(annotated, version):
    assert _terms(annotated, version, q="harb", user=_ANNA) == [("harbour", 2)]
    assert _terms(annotated, version, q="comm", motivation="tagging") == []
    assert _terms(annotated, version, q="harb", user=_ANNA, min="3") == []


def test_cs2_14_supplementing_is_the_text_and_painting_and_non_painting_are_nothing(annotated):
    assert _ask(annotated, 2, q="harbour", motivation="supplementing") == ["harbour", "harbour supplementing"]
    assert _ask(annotated, 2, q="harbour", motivation="painting") == []
    assert _ask(annotated, 2, q="harbour", motivation="non-painting") == []


@pytest.mark.parametrize("name", _W3C)
def test_cs2_14_every_motivation_of_the_w3c(annotated, name):
    assert _ask(annotated, 2, q="harbour", motivation=name) == [f"harbour {name}"]


@pytest.mark.parametrize("name", ["contextualizing", "contentState", "supplementing"])
def test_cs2_14_csx_10_motivations_of_iiif_are_plain_filters(annotated, name):
    expected = ["harbour", "harbour supplementing"] if name == "supplementing" else []
    assert _ask(annotated, 2, q="harbour", motivation=name) == expected
    assert _ask(annotated, 2, q="harbour", motivation=f"http://iiif.io/api/presentation/3#{name}") == expected

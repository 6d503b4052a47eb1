"""How matches are told: around the words of OCR, inside longer texts, over several lines."""

import pytest

from search.findings import Subject
from search.searching import Page, find
from services.app import create_app
from tests.conformance.shelf import make_home, open_service
from tests.conformance.test_schemas import _NOTE, note

_BEFORE_THE_MAYOR = "the new harbour wall was opened by the "


def test_cs1_45_every_match_inside_a_longer_text_has_its_selector():
    document = note(1)
    assert [resource["resource"]["chars"] for resource in document["resources"]] == [_NOTE]
    (name,) = {name for hit in document["hits"] for name in hit["annotations"]}
    assert name == document["resources"][0]["@id"]
    assert [hit["selectors"] for hit in document["hits"]] == [
        [
            {
                "@type": "oa:TextQuoteSelector",
                "exact": "harbour",
                "prefix": "A note on the ",
                "suffix": ", by the harbour master",
            }
        ],
        [
            {
                "@type": "oa:TextQuoteSelector",
                "exact": "harbour",
                "prefix": "A note on the harbour, by the ",
                "suffix": " master",
            }
        ],
    ]


def test_cs1_45_hits_whose_annotation_is_the_match_have_no_selectors(ask):
    assert all("selectors" not in hit for hit in ask(1, q="harbour")["hits"])


def test_cs2_43_a_match_inside_a_longer_text_is_highlighting_and_quoted_from_that_text():
    (page,) = note(2)["annotations"]
    assert [match["motivation"] for match in page["items"]] == ["highlighting"] * 2
    for match in page["items"]:
        (selector,) = match["target"]["selector"]
        assert selector["prefix"] + selector["exact"] + selector["suffix"] in _NOTE


def test_cs2_44_an_annotation_with_several_matches_stands_once_and_every_match_has_its_own_selector():
    document = note(2)
    (item,) = document["items"]
    matches = document["annotations"][0]["items"]
    assert [match["target"]["source"] for match in matches] == [item["id"]] * 2
    assert matches[0]["target"]["selector"] != matches[1]["target"]["selector"]
    assert document["annotations"][0]["partOf"]["total"] == 2


def test_cs2_42_a_match_that_is_its_annotation_is_contextualizing(ask):
    motives = {match["motivation"] for match in ask(2, q="harbour")["annotations"][0]["items"]}
    assert motives == {"contextualizing"}


def test_cs2_45_a_match_over_two_lines_is_one_highlighting_annotation_of_both(ask):
    document = ask(2, q='"wall was"')
    (match,) = document["annotations"][0]["items"]
    assert match["motivation"] == "highlighting"
    assert [target["source"] for target in match["target"]] == [item["id"] for item in document["items"]]
    for target, item in zip(match["target"], document["items"], strict=True):
        (selector,) = target["selector"]
        assert selector == {"type": "TextQuoteSelector", "exact": item["body"]["value"]}


def test_csx_05_before_match_and_after_joined_are_the_text_as_printed(ask):
    hits = ask(1, q="harbours OR mayor")["hits"]
    assert [hit["before"] + hit["match"] + hit["after"] for hit in hits] == [
        "the new harbour wall was opened by the harbour mayor",
        "Harbours of old",
    ]
    (match, _) = ask(2, q="harbours OR mayor")["annotations"][0]["items"]
    assert match["target"]["selector"][0]["prefix"].endswith("harbour ")


@pytest.mark.parametrize(
    ("context", "before"),
    [(0, ""), (20, "was opened by the "), (15, "opened by the "), (90, _BEFORE_THE_MAYOR)],
)
def test_the_length_of_what_is_around_a_match_is_a_setting(tmp_path, monkeypatch, context, before):
    monkeypatch.setenv("LECTERN_HIT_CONTEXT", str(context))
    for opened in open_service(make_home(tmp_path)):
        client = create_app(opened, ["search"]).test_client()
        (hit,) = client.get("/search/1/harbour?q=%22harbour+mayor%22").get_json()["hits"]
        assert hit["before"] == before


def test_what_is_around_a_match_is_never_from_a_page_that_may_not_be_known(harbour):
    first_only = Subject("book", harbour, lambda page: page == 0)
    answer = find([first_only], "mayor OR new", Page())
    assert [(hit.before, hit.after) for hit in answer.hits or ()] == [
        ("the ", " harbour wall was opened by the harbour mayor"),
        ("the new harbour wall was opened by the harbour ", ""),
    ]

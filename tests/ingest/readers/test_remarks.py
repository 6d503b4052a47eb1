"""What annotations say besides a page's text, in both models: text, place, motivation, creator, date."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.jsonfile import load_json
from ingest.readers.remarks import Told, told_in
from lectern.words import Box

C1 = "https://lib.example/c1"


def one(**told: Any) -> Told:
    """Return what is told by one annotation about canvas 1."""
    (found,) = told_in({"type": "AnnotationPage", "items": [{"type": "Annotation", "target": C1} | told]})
    return found


def none(**told: Any) -> bool:
    return not list(told_in({"type": "AnnotationPage", "items": [{"type": "Annotation", "target": C1} | told]}))


def body(value: str, **more: Any) -> dict[str, Any]:
    return {"type": "TextualBody", "value": value} | more


def test_a_comment_of_the_w3c_model():
    found = one(
        id="https://notes.example/1",
        motivation="commenting",
        body=body("  A fine\tharbour. ", language="en"),
        target={"source": C1, "selector": {"type": "FragmentSelector", "value": "xywh=1,2,3,4"}},
        creator={"id": "https://p.example/anna", "name": "Anna"},
        created="2020-05-01T12:00:00+02:00",
    )
    assert (found.id, found.text, found.language) == ("https://notes.example/1", "A fine harbour.", "en")
    assert [(place.canvas, place.box) for place in found.places] == [(C1, Box(1, 2, 3, 4))]
    assert (found.motivations, found.transcribes) == (("commenting",), False)
    assert (found.creators, found.created) == (("https://p.example/anna",), "2020-05-01T10:00:00Z")


def test_a_tag_and_a_comment_of_open_annotation():
    (found,) = told_in(
        {
            "@type": "sc:AnnotationList",
            "resources": [
                {
                    "@id": "https://notes.example/2",
                    "@type": "oa:Annotation",
                    "motivation": ["oa:tagging", "oa:commenting"],
                    "resource": [
                        {"@type": "oa:Tag", "chars": "ship"},
                        {
                            "@type": "dctypes:Text",
                            "format": "text/html",
                            "chars": "<p>Seen <b>here</b></p><p>today</p>",
                        },
                    ],
                    "on": f"{C1}#xywh=5,6,7,8",
                    "annotatedBy": {"@id": "https://p.example/ben", "@type": "foaf:Person"},
                    "annotatedAt": "2019-01-02T03:04:05Z",
                }
            ],
        }
    )
    assert found.text == "ship\nSeen here\ntoday"
    assert found.motivations == ("tagging", "commenting")
    assert (found.creators, found.created) == (("https://p.example/ben",), "2019-01-02T03:04:05Z")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><script>alert(1)</script><p>two</p>", "one\ntwo"),
        ("<img src=x onerror=alert(1)>safe", "safe"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("<div><!-- hidden --><h2>Title</h2>text</div>", "Title\ntext"),
    ],
)
def test_html_is_plain_text_and_nothing_else(html: str, text: str):
    assert one(motivation="describing", body=body(html, format="text/html")).text == text


def test_every_choice_is_told_as_each_may_be_what_is_looked_for():
    choice = {"type": "Choice", "items": [body("Koto", language="en"), body("琴", language="ja")]}
    found = one(motivation="commenting", body=choice)
    assert (found.text, found.language) == ("Koto\n琴", None)


def test_what_a_body_names_is_told_by_its_label_or_address():
    tag = {"type": "SpecificResource", "source": {"id": "https://vocab.example/harwich", "label": {"en": ["Harwich"]}}}
    assert one(motivation="tagging", body=tag).text == "Harwich"
    assert one(motivation="linking", body="https://other.example/page").text == "https://other.example/page"
    assert one(motivation="linking", body={"id": "https://other.example/x", "type": "Text"}).text.endswith("/x")
    assert one(motivation="commenting", bodyValue="said").text == "said"


def test_pictures_and_marked_areas_say_nothing():
    assert none(motivation="painting", body={"id": "https://pic.example/1.jpg", "type": "Image"})
    assert none(motivation="painting", body={"id": "https://pic.example/1", "label": "A picture"})
    assert none(motivation="highlighting")
    assert none(motivation="commenting", body=body(" \n "))
    assert none(motivation="linking", body="javascript:alert(1)")


def test_transcriptions_are_told_to_be_such():
    assert one(motivation="supplementing", body=body("text")).transcribes
    assert one(motivation="sc:painting", body=body("text")).motivations == ("supplementing",)
    found = one(body=body("text"))
    assert (found.transcribes, found.motivations) == (True, ("supplementing",))


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("2020-05-01T10:00:00Z", "2020-05-01T10:00:00Z"),
        ("2020-05-01T10:00:00.999Z", "2020-05-01T10:00:00Z"),
        ("2020-05-01", "2020-05-01T00:00:00Z"),
        ({"@type": "xsd:dateTime", "@value": "2020-05-01T10:00:00"}, "2020-05-01T10:00:00Z"),
        ("0001-01-01T00:00:00+01:00", ""),
        ("yesterday", ""),
        ("", ""),
        (5, ""),
    ],
)
def test_dates_are_times_in_utc_or_none(told: Any, kept: str):
    assert one(motivation="commenting", body=body("x"), created=told).created == kept


@pytest.mark.parametrize(
    "name", ["urn:uuid:5", "https://a.example/with blank", "https://a.example/\x00", "x", 5, None, []]
)
def test_an_id_that_is_no_address_of_the_web_is_none(name: Any):
    assert one(id=name, motivation="commenting", body=body("x")).id == ""


def test_names_with_blanks_or_signs_that_cannot_be_written_are_left_out():
    found = one(
        motivation=["commenting", "a b", "\ud800", ""], body=body("x"), creator=["Anna B", "https://p.example/1", {}]
    )
    assert (found.motivations, found.creators) == (("commenting",), ("https://p.example/1",))


_KEYS = [
    "type", "@type", "items", "resources", "motivation", "body", "resource", "value", "chars", "source", "label", "id",
    "@id", "format", "target", "on", "creator", "created", "language",
]  # fmt: skip
_TEXTS = [
    "Annotation", "AnnotationPage", "Choice", "TextualBody", "commenting", "text/html", "<p>x</p>", "https://a.example/1",
]  # fmt: skip
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(_TEXTS) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6),
    max_leaves=40,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(_KEYS), _values, max_size=10))
def test_whatever_json_it_is_something_or_nothing_is_told(document: dict[str, Any]):
    page = {"type": "AnnotationPage", "items": [document | {"type": "Annotation"}, document]}
    for found in told_in(page):
        assert found.text.strip()
        json.dumps([found.text, found.id, found.creators, found.motivations]).encode()


@pytest.mark.corpus
def test_real_comments_and_tags(corpus: Path):
    cookbook = corpus / "iiif/presentation-3/cookbook"
    name = "0269-embedded-or-referenced-annotations-annotationpage.json"
    (found,) = told_in(load_json(cookbook / name, name))
    assert (found.text, found.language) == ("Göttinger Marktplatz mit Gänseliesel Brunnen", "de")
    name = "iiif-fixture-annotation-list.json"
    first, second = told_in(load_json(corpus / "iiif/presentation-2" / name, name))
    assert (first.text, first.transcribes) == ("Top of First Page to Display", True)
    assert (second.text, second.motivations, second.places[0].box) == (
        "character\n万",
        ("tagging", "commenting"),
        Box(3112, 1063, 518, 656),
    )


@pytest.mark.parametrize("code", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_th_90_a_name_that_is_code_is_none(code: str):
    found = one(id=code, motivation=[code, "commenting"], body=body("text"), creator=[code, {"id": code}, "urn:anna"])
    assert (found.id, found.motivations, found.creators) == ("", ("commenting",), ("urn:anna",))

"""Content State 1.0: what links say, and what hostile ones do not get done."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal.content_state import ContentState, build, decode, encode, read

BASE = "https://books.example.org"
MANIFEST = f"{BASE}/presentation/3/book/manifest"
CANVAS = f"{BASE}/presentation/3/book/canvas/3"
WITHIN = [{"id": MANIFEST, "type": "Manifest"}]


def encoded(document: Any) -> str:
    return encode(json.dumps(document))


def test_a_state_is_encoded_as_the_specification_says():
    # encodeURIComponent and base64url of the specification's own example, worked out in a browser
    assert (
        encode('{"id":"a b","type":"Canvas"}')
        == "JTdCJTIyaWQlMjIlM0ElMjJhJTIwYiUyMiUyQyUyMnR5cGUlMjIlM0ElMjJDYW52YXMlMjIlN0Q"
    )
    assert encode("!*'()~-._") == base64.urlsafe_b64encode(b"!*'()~-._").decode().rstrip("=")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_what_was_encoded_is_decoded_again(text: str):
    assert decode(encode(text)) == text


def test_a_built_link_is_read_as_what_it_was_built_from():
    assert read(build(MANIFEST, f"{CANVAS}#xywh=10,20,30,40"), BASE) == ContentState(MANIFEST, CANVAS, (10, 20, 30, 40))
    assert read(build(MANIFEST, CANVAS), BASE) == ContentState(MANIFEST, CANVAS)
    # A hit in a caption is a stretch of time: the canvas is opened.
    assert read(build(MANIFEST, f"{CANVAS}#t=1,2"), BASE) == ContentState(MANIFEST, CANVAS)


@pytest.mark.parametrize(
    "target",
    [
        {"id": f"{CANVAS}#xywh=1,2,3,4", "type": "Canvas", "partOf": WITHIN},
        {"id": f"{CANVAS}#xywh=pixel:1,2,3,4", "type": "Canvas", "partOf": WITHIN[0]},
        {"id": f"{CANVAS}#xywh=1,2,3,4", "type": "Canvas", "partOf": MANIFEST},
        [{"id": f"{CANVAS}#xywh=1,2,3,4", "type": "Canvas", "partOf": WITHIN}, {"id": "x", "type": "Canvas"}],
        {
            "type": "SpecificResource",
            "source": {"id": CANVAS, "type": "Canvas", "partOf": WITHIN},
            "selector": {"type": "FragmentSelector", "value": "xywh=1,2,3,4"},
        },
    ],
)
@pytest.mark.parametrize("motivation", [None, "contentState", ["contentState"]])
def test_every_form_of_a_target_is_read_alone_and_in_its_annotation(target: Any, motivation: Any):
    document = target
    if motivation is not None:
        document = {"id": "https://x.test/1", "type": "Annotation", "motivation": motivation, "target": target}
    assert read(encoded(document), BASE) == ContentState(MANIFEST, CANVAS, (1, 2, 3, 4))


@pytest.mark.parametrize(
    "text",
    [
        MANIFEST,
        encoded({"id": MANIFEST, "type": "Manifest"}),
        encoded({"type": "Annotation", "motivation": ["contentState"], "target": MANIFEST}),
        encoded({"id": f"{BASE}/presentation/3/book/range/1", "type": "Range", "partOf": WITHIN}),
    ],
)
def test_a_manifest_alone_is_opened_at_its_beginning(text: str):
    assert read(text, BASE) == ContentState(MANIFEST)


def test_boxes_that_are_none_leave_the_canvas():
    for box in (
        "percent:1,2,3,4",
        "1,2,0,4",
        "-1,2,3,4",
        "1,2,3",
        "1,2,3,4,5",
        "99999999,1,1,1",
        "a,b,c,d",
        "１,2,3,4",
    ):
        assert read(build(MANIFEST, f"{CANVAS}#xywh={box}"), BASE) == ContentState(MANIFEST, CANVAS), box


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64 at all!",
        "%7B%22id%22%3A1%7D",
        json.dumps({"id": MANIFEST, "type": "Manifest"}),  # JSON that nobody encoded
        base64.urlsafe_b64encode(b"\xff\xfe{}").decode(),
        encode("{"),
        encode("[" * 1500),
        encode('"\\ud800"'),
        encode("null"),
        encode("1e999"),
        encoded([]),
        encoded([[[[[[MANIFEST]]]]]]),
        encoded({"id": 7, "type": "Canvas", "partOf": WITHIN}),
        encoded({"id": CANVAS, "type": "Canvas"}),
        encoded({"id": CANVAS, "type": "Canvas", "partOf": [{"id": 7, "type": "Manifest"}]}),
        encoded({"type": "Annotation", "motivation": "painting", "target": MANIFEST}),
        encoded({"type": "Annotation", "motivation": "contentState"}),
        encoded({"type": "SpecificResource", "selector": {"value": "xywh=1,2,3,4"}}),
        "javascript:alert(1)",
        "//evil.test/manifest",
        "https://evil.test/presentation/3/book/manifest",
        f"{BASE}.evil.test/presentation/3/book/manifest",
        encoded({"id": "https://evil.test/manifest", "type": "Manifest"}),
        encoded({"id": "javascript:alert(1)", "type": "Manifest"}),
        encoded({"id": "javascript:alert(1)", "type": "Canvas", "partOf": WITHIN}),
        encoded({"id": CANVAS, "type": "Canvas", "partOf": [{"id": "https://evil.test/m", "type": "Manifest"}]}),
        build(MANIFEST, CANVAS + "x" * 9000),
        "A" * 1_000_000,
        f"{MANIFEST}?{'x' * 1_000_000}",
    ],
)
def test_hostile_states_are_refused_quietly(text: str):
    assert read(text, BASE) is None


@given(st.binary(max_size=300))
def test_no_bytes_at_all_raise_anything(data: bytes):
    read(base64.urlsafe_b64encode(data).decode().rstrip("="), BASE)
    read(encode(data.decode("latin-1")), BASE)

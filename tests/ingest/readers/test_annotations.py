"""Annotations as the text of pages: both models, every form of body and target."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.readers.annotations import canvases_in, pages_of, read_annotations, recognise
from ingest.traps import Unreadable
from lectern.words import Box, Hyphen, Page

BOX, SVG = "xywh=1,2,30,40", "http://www.w3.org/2000/svg"
C1, C2 = "https://a.example/canvas/1", "https://a.example/canvas/2"


def note(text: Any, target: Any, motivation: Any = "supplementing", **more: Any) -> dict[str, Any]:
    body = {"type": "TextualBody", "value": text, "format": "text/plain"} if isinstance(text, str) else text
    return {"type": "Annotation", "motivation": motivation, "body": body, "target": target, **more}


def old(chars: str, on: Any, **more: Any) -> dict[str, Any]:
    return {
        "@type": "oa:Annotation",
        "motivation": "sc:painting",
        "resource": {"@type": "cnt:ContentAsText", "chars": chars},
        "on": on,
        **more,
    }


def page_of(*items: dict[str, Any]) -> Page:
    (page,) = pages_of({"type": "AnnotationPage", "items": list(items)}, "a.json")
    return page


def lines(page: Page) -> list[str]:
    return [" ".join(word.text for word in line.words) for line in page.lines()]


def traps(page: Page) -> list[str]:
    return [text.partition(":")[0] for text in page.warnings]


def test_a_line_has_its_box_and_its_words_share_it():
    page = page_of(note("the wall", f"{C1}#xywh=10,20,80,20"))
    (line,) = page.lines()
    assert (page.canvas, page.width, line.box) == (C1, None, Box(10, 20, 80, 20))
    assert [(word.text, word.box, word.estimated) for word in line.words] == [
        ("the", Box(10, 20, 30, 20), True),
        ("wall", Box(50, 20, 40, 20), True),
    ]


def test_pages_come_in_order_of_first_appearance_with_the_label_of_the_canvas():
    target = {"type": "SpecificResource", "source": {"id": C2, "type": "Canvas", "label": {"en": ["p. 2"]}}}
    items = [note("b", target), note("a", C1), note("c", f"{C2}#xywh=1,1,9,9")]
    pages = list(pages_of({"type": "AnnotationPage", "items": items}, "a.json"))
    assert [(page.canvas, page.name, lines(page)) for page in pages] == [(C2, "p. 2", ["b", "c"]), (C1, "", ["a"])]


@pytest.mark.parametrize(
    "target",
    [
        f"{C1}#xywh=1,2,30,40",
        f"{C1}#xywh=pixel:1,2,30,40",
        {"id": f"{C1}#xywh=1,2,30,40", "type": "Canvas", "items": [{"type": "AnnotationPage", "id": "x:1"}]},
        {"type": "SpecificResource", "source": f"{C1}#xywh=1,2,30,40"},
        {
            "type": "SpecificResource",
            "source": {"id": C1, "type": "Canvas"},
            "selector": {"type": "FragmentSelector", "value": "xywh=1,2,30,40"},
        },
        {"source": C1, "selector": [{"type": "SvgSelector", "value": "<svg><broken"}, {"value": "#xywh=1,2,30,40"}]},
        {"source": C1, "selector": {"value": "t=1", "refinedBy": {"value": "xywh=1,2,30,40"}}, "x": 1},
        {"@type": "oa:SpecificResource", "full": C1, "selector": {"@type": "oa:FragmentSelector", "value": BOX}},
        [{"full": {"@id": C1}, "selector": {"@type": "oa:Choice", "default": {"value": "xywh=1,2,30,40"}, "item": {}}}],
        {"source": C1, "selector": {"type": "SvgSelector", "value": "<svg><path d='M1,2h30v40h-30z'/></svg>"}},
        {"source": C1, "selector": {"value": f'<svg xmlns="{SVG}"><polygon points="1,2 31,2 31,42"/></svg>'}},
        {"source": C1, "selector": {"value": '<svg><rect x="1" y="2" width="30" height="40"/></svg>'}},
        {"source": C1, "selector": {"value": '<svg><ellipse cx="16" cy="22" rx="15" ry="20"/></svg>'}},
    ],
)  # fmt: skip
def test_every_form_of_target_gives_the_box(target: Any):
    page = page_of(note("word", target))
    box = next(page.words()).box
    if isinstance(target, dict) and "x" in target:  # a moment first: then the moment is the place
        assert next(page.lines()).time == (1, 1)
    else:
        assert box == Box(1, 2, 30, 40)


def test_times_are_seconds_of_the_canvas():
    page = page_of(*(note(f"cue {n}", f"{C1}#{t}") for n, t in enumerate(["t=1.5,4", "t=npt:0:01:00,", "t=,2", "t=x"])))
    assert [line.time for line in page.lines()] == [(1.5, 4), (60, 60), (0, 2), None]
    assert all(word.box is None for word in page.words())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "TextualBody", "value": "one\ntwo"}, ["one", "two"]),
        ({"value": "<p>a &amp; <b>b</b></p><p>two<br>three</p>", "format": "text/html"}, ["a & b", "two", "three"]),
        ({"@type": "cnt:ContentAsText", "chars": "<p>one</p>"}, ["one"]),
        ({"value": "a <b and c> d", "format": "text/plain"}, ["a <b and c> d"]),
        ({"value": "<script>x=1</script>one<!-- <p>no</p> -->", "format": "text/html"}, ["one"]),
        ([{"value": "one"}, {"value": "one"}, {"@type": "oa:Tag", "chars": "tag"}], ["one"]),
        ([{"value": "one", "purpose": "transcribing"}, {"value": "no", "purpose": "commenting"}], ["one"]),
        ([{"value": "one"}, {"value": "two"}], ["one", "two"]),
        ({"type": "Choice", "items": [{"value": "one"}, {"value": "uno"}]}, ["one"]),
        ({"@type": "oa:Choice", "default": {"chars": "one"}, "item": {"chars": "uno"}}, ["one"]),
        ({"type": "SpecificResource", "source": {"value": "one"}}, ["one"]),
        ({"value": "o\x00n\x07e \ud800"}, ["one \ufffd"]),
    ],
)  # fmt: skip
def test_every_form_of_body_gives_its_lines(body: Any, expected: list[str]):
    assert lines(page_of(note(body, C1))) == expected


def test_a_string_for_a_body_is_read_too():
    item = {"type": "Annotation", "motivation": "transcribing", "bodyValue": "one", "target": C1}
    assert lines(page_of(item)) == ["one"]


def test_the_older_model_is_read_as_well():
    document = {"@type": "sc:AnnotationList", "resources": [old("the wall", f"{C1}#xywh=0,0,80,20")]}
    (page,) = pages_of(document, "a.json")
    assert (page.canvas, lines(page)) == (C1, ["the wall"])


def test_comments_and_tags_are_left_out_and_counted():
    items = [
        note("the wall", C1),
        note("nice!", C1, "commenting"),
        note("x", C2, ["oa:tagging", "oa:commenting"]),
        note({"id": "https://a.example/i.jpg", "type": "Image"}, C1, "painting"),
    ]
    page = page_of(*items)
    assert lines(page) == ["the wall"]
    assert page.warnings[0].startswith("not-transcription: 3 annotations")


def test_per_cent_makes_a_page_of_a_hundred_by_a_hundred_and_does_not_mix_with_pixels():
    page = page_of(note("a", f"{C1}#xywh=percent:10,20,5,5"))
    assert (page.width, page.height, next(page.words()).box) == (100, 100, Box(10, 20, 5, 5))
    page = page_of(note("a", f"{C1}#xywh=percent:10,20,5,5"), note("b", f"{C1}#xywh=500,20,50,50"))
    assert (page.width, [word.box for word in page.words()]) == (None, [None, Box(500, 20, 50, 50)])
    assert traps(page) == ["mixed-units"]


def word_at(text: str, x: int, y: int, **more: Any) -> dict[str, Any]:
    return note(text, f"{C1}#xywh={x},{y},{10 * len(text)},20", **more)


def test_words_beside_one_another_make_a_line():
    page = page_of(word_at("the", 0, 0), word_at("wall", 40, 3), word_at("was", 0, 30), word_at("far", 900, 30))
    assert lines(page) == ["the wall", "was", "far"]
    assert next(page.lines()).box == Box(0, 0, 80, 23)
    assert not any(word.estimated for word in page.words())


def test_words_that_are_said_to_be_lines_stay_lines():
    page = page_of(*(word_at(text, x, 0, textGranularity="line") for text, x in (("the", 0), ("wall", 40))))
    assert lines(page) == ["the", "wall"]


def test_of_lines_and_their_words_the_words_are_kept():
    items = [
        note("the wall", f"{C1}#xywh=0,0,80,20", dcType="Line"),
        word_at("the", 0, 0, textGranularity="word"),
        word_at("wall", 40, 0, dcType="Word"),
        note("another line", f"{C1}#xywh=0,30,80,20", dcType="Line"),
    ]
    page = page_of(*items)
    assert lines(page) == ["the wall", "the wall", "another line"]  # the line says more than the words do
    page = page_of(*items[:3])
    assert (lines(page), traps(page)) == (["the wall"], ["text-repeated"])


def test_several_boxes_of_one_text_share_it_and_light_no_more():
    page = page_of(note("one two three four", [f"{C1}#xywh=0,0,100,20", f"{C1}#xywh=300,0,100,20"]))
    assert [(" ".join(w.text for w in line.words), line.box) for line in page.lines()] == [
        ("one two", Box(0, 0, 100, 20)),
        ("three four", Box(300, 0, 100, 20)),
    ]
    page = page_of(note("Zucker", [f"{C1}#xywh=80,0,20,20", f"{C1}#xywh=0,30,40,20"]))
    assert next(page.words()).box == Box(0, 0, 100, 50)


def test_a_text_of_two_canvases_is_on_both():
    pages = list(pages_of([note("a word", [C1, C2])], "a.json"))
    assert [(page.canvas, lines(page)) for page in pages] == [(C1, ["a word"]), (C2, ["a word"])]


def test_lines_of_one_box_lie_below_one_another():
    page = page_of(note("one two\nthree", f"{C1}#xywh=0,0,70,40"))
    assert [line.box for line in page.lines()] == [Box(0, 0, 70, 20), Box(0, 20, 70, 20)]
    assert all(word.estimated for word in page.words())


def test_the_words_of_a_paragraph_light_all_of_it():
    page = page_of(note("word " * 200, f"{C1}#xywh=0,0,400,300"))
    assert {word.box for word in page.words()} == {Box(0, 0, 400, 300)}
    assert all(word.estimated for word in page.words())


def test_a_soft_hyphen_at_the_end_marks_a_half_and_is_no_letter_elsewhere():
    words = list(page_of(note("ex\u00adact ar\u00ad", f"{C1}#xywh=0,0,80,20")).words())
    assert [(word.text, word.hyphen) for word in words] == [("exact", None), ("ar-", Hyphen(1))]


def test_a_language_of_all_is_the_pages():
    page = page_of(note({"value": "eins", "language": "de"}, C1), note({"value": "zwei", "language": ["deu"]}, C1))
    assert (page.language, [word.language for word in page.words()]) == ("de", [None, None])
    page = page_of(note({"value": "eins", "language": "de"}, C1), note("two", C1))
    assert (page.language, [word.language for word in page.words()]) == (None, ["de", None])


def test_an_empty_page_is_a_page_without_words():
    assert [(page.canvas, page.blocks) for page in pages_of({"type": "AnnotationPage", "items": []}, "a")] == [("", [])]


def test_annotations_without_a_canvas_are_told_of():
    page = page_of(note("the wall", C1), note("lost", None))
    assert traps(page) == ["no-target"]
    with pytest.raises(Unreadable, match="says what canvas"):
        list(pages_of({"type": "AnnotationPage", "items": [note("lost", {})]}, "a.json"))


@pytest.mark.parametrize(
    ("data", "trap"),
    [
        (b"", "empty-file"),
        (b"{", "not-json"),
        (b"[" * 100_000, "json-too-deep"),
        (b'{"a":' * 100_000, "json-too-deep"),
        (b"[" + b"9" * 10_000 + b"]", "not-json"),
        (b"[" + b"[]," * 2_100_000 + b"[]]", "json-too-large"),
        (b"[" + b"7," * 3_000_000 + b"7]", "json-too-large"),
        (b'[{"a":7' + b',"a":7' * 1_500_000 + b"}]", "json-too-large"),
        (b" " * (32 * 1024 * 1024) + b"[]", "file-too-large"),
    ],
    ids=["empty", "cut", "deep", "deep objects", "long number", "many", "many numbers", "many names", "large"],
)
def test_hostile_json_is_refused_by_name(data: bytes, trap: str):
    with pytest.raises(Unreadable) as caught:
        list(read_annotations(data, "a.json"))
    assert caught.value.trap == trap


def nested(key: str, inner: Any, times: int) -> Any:
    for _ in range(times):
        inner = {key: inner}
    return inner


@pytest.mark.parametrize("key", ["source", "items", "selector", "full", "refinedBy"])
def test_targets_and_bodies_within_one_another_end_somewhere(key: str):
    page = page_of(note("a", C1), note("b", nested(key, C1, 400)), note(nested(key, {"value": "c"}, 400), C1))
    assert lines(page)[0] == "a"


def test_an_entity_bomb_in_a_selector_gives_no_box():
    svg = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg><path d="&b;M0,0h9v9"/></svg>'
    assert next(page_of(note("a", {"source": C1, "selector": {"value": svg}})).words()).box is None


def test_odd_numbers_are_no_place():
    targets = ["xywh=NaN,0,1,1", "xywh=1e999,0,1,1", "xywh=-5,0,-1,1", "xywh=1,2,3", "xywh=percent:a,b,c,d"]
    page = page_of(*(note("a b", f"{C1}#{target}") for target in targets))
    assert all(word.box is None for word in page.words())


def test_latin_1_and_utf_16_are_read():
    document = {"type": "AnnotationPage", "items": [note("Größe", C1)]}
    text = json.dumps(document, ensure_ascii=False)
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        (page,) = read_annotations(text.encode(encoding), "a.json")
        assert lines(page) == ["Größe"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"type": "AnnotationPage", "items": []}, True),
        ({"@type": "sc:AnnotationList", "resources": [old("a", C1)]}, True),
        ([note("a", C1)], True),
        (note("a", C1), True),
        ({"type": "AnnotationCollection", "first": {"type": "AnnotationPage", "items": [note("a", C1)]}}, True),
        ({"type": "AnnotationCollection", "first": {"type": "AnnotationPage", "id": "x:1"}}, False),
        ({"type": "AnnotationPage", "items": [note("a", C1, "commenting")]}, False),
        ({"type": "Manifest", "items": []}, False),
        ({"@context": ["http://iiif.io/api/search/1/context.json"], "@type": "sc:AnnotationList"}, False),
        ({"label": "mine"}, False),
        ([1, 2], False),
        (None, False),
    ],
)
def test_what_is_the_text_of_pages(document: Any, expected: bool):
    assert recognise(document)[0] is expected


def test_the_canvases_of_a_file_are_those_of_its_pages(tmp_path: Path):
    file = tmp_path / "a.json"
    items = [note("b", C2), note("nice", "https://a.example/3", "commenting"), note("a", {"source": {"id": C1}})]
    file.write_text(json.dumps({"type": "AnnotationPage", "items": items}))
    assert canvases_in(file) == [C2, C1] == [page.canvas for page in read_annotations(file, "a.json")]
    file.write_text("{")
    assert canvases_in(file) == []


@pytest.mark.corpus
def test_real_annotations_say_what_their_manifest_says(corpus: Path):
    folder = corpus / "newspapers" / "berliner-tageblatt-1925"
    found = [list(read_annotations(path, path.name)) for path in sorted(folder.glob("*anno*.json"))]
    assert [len(pages) for pages in found] == [1, 1, 1, 1]
    assert [len(list(page.lines())) for (page,) in found] == [304, 219, 287, 355]
    assert all(word.box for (page,) in found for word in page.words())
    zone = corpus / "iiif/presentation-3/0025-newspaper-article-index/annotations"
    (page,) = read_annotations(zone / "5ee30fe6-cc3d-431a-9acf-2a715b770306" / "zone1.json", "zone1.json")
    assert lines(page)[1] == "(Sortietung auf cite 5.)"

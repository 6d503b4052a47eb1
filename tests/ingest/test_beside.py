"""Which annotations are kept with an object: placed on its canvases, none that is its text already."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.annotation_sources import at_hand, key_of_sources, links_elsewhere, sources_of
from ingest.beside import Beside, Spot, read_beside
from ingest.found import AnnotationSource
from ingest.manifest import ForeignManifest, read_manifest
from search.remarks import Target

CANVAS = "https://lib.example/c"
WORDS = {1: ["one", "harbour"], 2: ["two"], 3: []}


def note(text: str, target: Any = f"{CANVAS}1", motivation: str = "commenting", **more: Any) -> dict[str, Any]:
    body = {"type": "TextualBody", "value": text}
    return {"type": "Annotation", "motivation": motivation, "body": body, "target": target} | more


def page(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "AnnotationPage", "items": list(items)} | more


def source(*items: dict[str, Any], name: str = "notes.json", canvas: str = "") -> AnnotationSource:
    return AnnotationSource(name, json.dumps(page(*items)).encode(), canvas)


def spots(**texts: Path) -> list[Spot]:
    return [
        Spot(n, f"{CANVAS}{n}", f"p{n}", 200, 400, (texts[f"p{n}"],) if f"p{n}" in texts else ()) for n in (1, 2, 3)
    ]


def read(*sources: AnnotationSource, of: list[Spot] | None = None) -> Beside:
    return read_beside("key", sources, of or spots(), WORDS.__getitem__)


def kept(*sources: AnnotationSource, of: list[Spot] | None = None) -> list[tuple[str, tuple[Target, ...]]]:
    return [(remark.text, remark.targets) for remark in read(*sources, of=of).remarks]


def traps(found: Beside) -> list[tuple[str, str]]:
    return [(entry.level, entry.trap) for entry in found.entries]


def test_annotations_that_share_an_id_and_say_different_things_are_all_kept():
    same = {"id": "https://lib.example/anno"}
    found = read(source(note("one", **same), note("two", **same), note("one", **same), note("three", **same)))
    assert [(remark.text, bool(remark.id)) for remark in found.remarks] == [
        ("one", True),
        ("two", False),
        ("three", False),
    ]
    assert traps(found) == [("info", "annotations-beside"), ("warning", "annotations-one-id")]


def test_annotations_are_kept_by_canvas_with_their_boxes():
    found = kept(
        source(note("late", f"{CANVAS}3"), note("all", f"{CANVAS}1"), note("box", f"{CANVAS}1#xywh=1,2,30.6,4.2")),
        source(note("percent", f"{CANVAS}2#xywh=percent:50,50,10,10"), note("time", f"{CANVAS}2#t=1,2.5")),
    )
    assert found == [
        ("all", (Target(1),)),
        ("box", (Target(1, (1, 2, 31, 4)),)),
        ("percent", (Target(2, (100, 200, 20, 40)),)),
        ("time", (Target(2, None, (1.0, 2.5)),)),
        ("late", (Target(3),)),
    ]


def test_one_annotation_may_be_about_several_canvases():
    assert kept(source(note("both", [f"{CANVAS}2", f"{CANVAS}1#xywh=1,1,1,1"]))) == [
        ("both", (Target(2), Target(1, (1, 1, 1, 1))))
    ]


@pytest.mark.parametrize(
    "target",
    ["http://lib.example/c2", f"{CANVAS}2#xywh=1,1,9,9", "https://elsewhere.example/x/c2", "https://e.example/p2"],
)
def test_canvases_are_found_however_they_are_written(target: str):
    assert [targets[0].n for _, targets in kept(source(note("x", target)))] == [2]


def test_our_own_canvases_are_found_under_any_address():
    own = [Spot(n, f"/presentation/3/book/canvas/{n}", f"p{n}", 10, 10) for n in (1, 2)]
    assert [
        targets for _, targets in kept(source(note("x", "https://b.example/presentation/3/book/canvas/2")), of=own)
    ] == [(Target(2),)]


def test_where_no_id_is_known_the_link_or_the_name_of_the_file_tells():
    odd = note("x", "urn:somewhere")
    assert [targets for _, targets in kept(source(odd, canvas=f"{CANVAS}3"))] == [(Target(3),)]
    assert [targets for _, targets in kept(source(odd, name="p2.json"))] == [(Target(2),)]
    assert traps(read(source(odd))) == [("warning", "annotations-astray")]
    assert traps(read(source(odd, note("y", "urn:other"), name="p2.json"))) == [("warning", "annotations-astray")]


def test_transcriptions_that_repeat_the_text_are_not_kept_and_others_are():
    found = read(
        source(
            note("One harbour.", motivation="supplementing"),
            note("one harbor", motivation="supplementing"),
            note("one harbour", motivation="commenting"),
            note("two", f"{CANVAS}1", motivation="supplementing"),
        )
    )
    assert [remark.text for remark in found.remarks] == ["one harbor", "one harbour", "two"]
    assert traps(found) == [("info", "annotations-beside"), ("info", "annotations-repeat")]


def test_what_was_read_as_the_text_of_a_canvas_is_not_kept_but_its_comments_are(tmp_path: Path):
    file = tmp_path / "a.json"
    items = [
        note("line", f"{CANVAS}1", "supplementing"),
        note("fine", f"{CANVAS}1"),
        note("x", f"{CANVAS}2", "painting"),
    ]
    file.write_text(json.dumps(page(*items)))
    assert kept(AnnotationSource("a.json", file), of=spots(p1=file)) == [("fine", (Target(1),)), ("x", (Target(2),))]


def test_comments_in_a_file_that_pages_were_read_from_lie_on_those_pages(tmp_path: Path):
    file = tmp_path / "a.json"
    items = [note("a", "urn:1", "supplementing"), note("b", "urn:2", "supplementing"), note("fine", "urn:2")]
    file.write_text(json.dumps(page(*items)))
    found = read(AnnotationSource("a.json", file), of=spots(p1=file, p3=file))
    assert [(remark.text, remark.targets) for remark in found.remarks] == [("fine", (Target(3),))]
    assert traps(found) == [("info", "annotations-beside")]


def test_an_annotation_that_comes_twice_is_kept_once():
    twice = note("same", id="https://n.example/1")
    assert len(kept(source(twice), source(twice))) == 1
    assert len(kept(source(note("same"), note("same"), note("same", motivation="tagging")))) == 2


def test_keys_are_stable_and_each_ones_own():
    one, two = (read(source(note("a"), note("b"))).remarks for _ in range(2))
    assert [remark.key for remark in one] == [remark.key for remark in two]
    assert len({remark.key for remark in one}) == 2


@pytest.mark.parametrize(
    ("data", "trap"),
    [(b"{", "not-json"), (b"", "empty-file"), (b"[" * 100_000, "json-too-deep"), (b"[]" * 3_000_001, "json-too-large")],
)
def test_a_document_that_cannot_be_read_is_a_warning_and_the_others_count(data: bytes, trap: str):
    found = read(AnnotationSource("bad.json", data), AnnotationSource("bad2.json", data), source(note("fine")))
    assert [remark.text for remark in found.remarks] == ["fine"]
    assert traps(found) == [("info", "annotations-beside"), ("warning", trap)]
    assert "bad.json" in found.entries[1].message
    assert "And 1 more." in found.entries[1].message


def test_a_file_that_is_not_there_is_a_warning(tmp_path: Path):
    assert traps(read(AnnotationSource("gone.json", tmp_path / "gone.json"))) == [("warning", "file-unreadable")]


def test_too_long_and_too_many_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.beside.MOST", 50)
    found = read(source(note("x" * 70_000), *(note(f"n{n}") for n in range(52))))
    assert len(found.remarks) == 50
    assert [(e.trap, e.message.split()[0]) for e in found.entries[1:]] == [
        ("annotations-too-long", "1"),
        ("too-many-annotations", "2"),
    ]


def test_strange_boxes_come_into_bounds():
    (_, targets) = kept(source(note("x", f"{CANVAS}1#xywh=-5,1e300,0,1e300")))[0]
    assert targets in {(Target(1, (0, 10_000_000, 1, 10_000_000)),), (Target(1),)}


def manifest(canvas: dict[str, Any], **more: Any) -> ForeignManifest:
    items = [{"id": f"{CANVAS}1", "type": "Canvas", "width": 9, "height": 9} | canvas]
    return read_manifest({"id": "https://lib.example/m", "type": "Manifest", "items": items} | more)


def test_pages_inside_a_manifest_are_sources_and_so_are_files_each_once(tmp_path: Path):
    inside = page(note("in"), id="https://lib.example/a")
    file = tmp_path / "copy.json"
    given = manifest({"annotations": [inside]}, annotations=[page(note("whole"))])
    file.write_bytes(given.canvases[0].links[0].body or b"")
    found = sources_of([AnnotationSource("copy.json", file)], given)
    assert [(source.name, source.canvas) for source in found.values()] == [
        ("copy.json", f"{CANVAS}1"),
        ("?https://lib.example/m#annotations-1", ""),
    ]


def test_pages_that_lie_beside_the_manifest_are_taken_and_others_are_told_of(tmp_path: Path):
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "a b.json").write_text(json.dumps(page(note("here"))))
    (tmp_path / "secret").write_text("{}")
    (folder / "link.json").symlink_to(tmp_path / "secret")
    urls = [
        "https://x.example/a%20b.json",
        "https://x.example/..%2Fsecret/",
        "https://x.example/link.json?v=1",
        "https://x.example/..",
    ]
    given = at_hand(manifest({"annotations": [{"id": url, "type": "AnnotationPage"} for url in urls]}), folder)
    assert [link.body is not None for link in given.canvases[0].links] == [True, False, False, False]
    (entry,) = links_elsewhere([AnnotationSource("link.json", tmp_path)], given)
    assert (entry.level, entry.trap, "2 annotation pages" in entry.message) == ("info", "annotations-elsewhere", True)
    assert links_elsewhere([], at_hand(manifest({}), tmp_path)) == []


def test_lists_of_presentation_2_that_lie_beside_it_are_taken_too(tmp_path: Path):
    (tmp_path / "list1.json").write_text(json.dumps({"@type": "sc:AnnotationList", "resources": []}))
    canvas = {"@id": f"{CANVAS}1", "@type": "sc:Canvas", "otherContent": [{"@id": "https://x.example/list1.json"}]}
    given = read_manifest({"@id": "x:m", "@type": "sc:Manifest", "sequences": [{"canvases": [canvas]}]})
    assert at_hand(given, tmp_path).canvases[0].links[0].body is not None


def test_the_key_tells_documents_and_canvases_apart():
    one = sources_of([source(note("a"))], None)
    assert key_of_sources(one, ["c1"]) == key_of_sources(sources_of([source(note("a"))], None), ["c1"]) != ""
    assert key_of_sources(one, ["c2"]) != key_of_sources(one, ["c1"])
    assert key_of_sources(sources_of([source(note("b"))], None), ["c1"]) != key_of_sources(one, ["c1"])
    assert key_of_sources({}, ["c1"]) == ""

"""Ranges of manifests: both versions' spellings, one model."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.manifest import read_manifest
from ingest.structures import MAX_RANGES, FlatRange, ForeignRange, flattened


def ranges_of(document: dict[str, Any]) -> tuple[ForeignRange, ...]:
    return read_manifest(document).ranges


def manifest3(*structures: object) -> dict[str, Any]:
    items = [{"id": f"x:c{n}", "type": "Canvas"} for n in (1, 2, 3)]
    return {"id": "x:m", "type": "Manifest", "items": items, "structures": list(structures)}


def manifest2(*structures: object) -> dict[str, Any]:
    canvases = [{"@id": f"x:c{n}", "@type": "sc:Canvas"} for n in (1, 2, 3)]
    return {
        "@id": "x:m",
        "@type": "sc:Manifest",
        "sequences": [{"canvases": canvases}],
        "structures": list(structures),
    }


def named(name: str, *items: object, **more: object) -> dict[str, Any]:
    return {"id": f"x:{name}", "type": "Range", "label": {"en": [name]}, "items": list(items)} | more


def canvas(n: int, part: str = "") -> dict[str, str]:
    return {"id": f"x:c{n}{part}", "type": "Canvas"}


def test_nested_ranges_of_presentation_3():
    part = {"type": "SpecificResource", "source": canvas(3), "selector": {}}
    book = named("book", canvas(1), named("chapter", canvas(2, "#xywh=0,0,9,9"), canvas(2), part))
    assert ranges_of(manifest3(book)) == (ForeignRange("book", (1,), (ForeignRange("chapter", (2, 3)),)),)


def test_a_specific_resource_may_name_its_canvas_by_id_alone():
    part = {"type": "SpecificResource", "source": "x:c3#t=1,2"}
    assert ranges_of(manifest3(named("end", part))) == (ForeignRange("end", (3,)),)


def test_ranges_for_other_uses_are_left_out():
    other = named("other order", canvas(3), canvas(1), behavior=["sequence"])
    hidden = named("hidden", canvas(1), behavior="no-nav")
    assert ranges_of(manifest3(other, named("shown", hidden, canvas(2)))) == (ForeignRange("shown", (2,)),)


def test_flat_ranges_of_presentation_2_find_their_place():
    root = {"@id": "x:top", "@type": "sc:Range", "label": "Contents", "viewingHint": "top", "ranges": ["x:1", "x:2"]}
    first = {"@id": "x:1", "label": "One", "canvases": ["x:c1#xywh=1,2,3,4"], "ranges": ["x:1.1"]}
    inner = {"@id": "x:1.1", "label": {"@value": "Inside", "@language": "en"}, "canvases": ["x:c2", "x:unknown"]}
    members = [{"@id": "x:c3", "@type": "sc:Canvas"}, {"@id": "x:gone", "@type": "sc:Range"}]
    second = {"@id": "x:2", "label": "Two", "members": members}
    assert ranges_of(manifest2(root, first, inner, second)) == (
        ForeignRange("One", (1,), (ForeignRange("Inside", (2,)),)),
        ForeignRange("Two", (3,), (ForeignRange(""),)),
    )


def test_ranges_without_a_root_are_topmost_where_no_other_has_them():
    first = {"@id": "x:1", "label": "One", "ranges": ["x:2"]}
    second = {"@id": "x:2", "label": "Two", "canvases": ["x:c2"]}
    third = {"@id": "x:3", "label": "Three", "canvases": "x:c3"}
    assert ranges_of(manifest2(second, first, third)) == (
        ForeignRange("One", (), (ForeignRange("Two", (2,)),)),
        ForeignRange("Three", (3,)),
    )


def test_circles_and_nonsense_are_passed_over():
    first = {"@id": "x:1", "label": "One", "ranges": ["x:2"]}
    second = {"@id": "x:2", "label": "Two", "ranges": ["x:1", 5, None], "canvases": [{}, 7, ["x:c1"]]}
    assert ranges_of(manifest2(first, second, "x", None)) == (ForeignRange("One", (), (ForeignRange("Two"),)),)
    assert ranges_of(manifest3() | {"structures": 3}) == ()


def test_a_web_of_ranges_ends_at_the_limit():
    web = [{"@id": f"x:{n}", "label": "", "ranges": [f"x:{n + 1}"] * 40} for n in range(11)]

    def count(ranges: tuple[ForeignRange, ...]) -> int:
        return sum(1 + count(each.ranges) for each in ranges)

    assert count(ranges_of(manifest2(*web))) <= MAX_RANGES


def test_ranges_in_one_list_cover_what_is_below_them():
    inner = ForeignRange("inner", (3,))
    ranges = (ForeignRange("a", (1,), (ForeignRange("b", (2,), (inner,)), ForeignRange("c"))), ForeignRange("d", (4,)))
    assert flattened(ranges) == [
        FlatRange("a", (1, 2, 3)),
        FlatRange("b", (2, 3), 0),
        FlatRange("inner", (3,), 1),
        FlatRange("c", (), 0),
        FlatRange("d", (4,)),
    ]


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "topmost", "canvases"),
    [("presentation-3/bl-ranges.json", None, True), ("presentation-3/cookbook/0024-book-4-toc.json", 1, True)],
)
def test_ranges_of_real_manifests(corpus: Path, name: str, topmost: int | None, canvases: bool):
    def numbers(ranges: tuple[ForeignRange, ...]) -> set[int]:
        return {n for each in ranges for n in (*each.canvases, *numbers(each.ranges))}

    manifest = read_manifest(json.loads((corpus / "iiif" / name).read_bytes()))
    assert manifest.ranges
    assert topmost is None or len(manifest.ranges) == topmost
    assert numbers(manifest.ranges) <= set(range(1, len(manifest.canvases) + 1))
    assert bool(numbers(manifest.ranges)) is canvases

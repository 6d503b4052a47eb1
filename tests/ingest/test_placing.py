"""Pages find the canvases of a manifest: by its id, by link, by label, by order."""

from pathlib import Path

from ingest.manifest import ForeignCanvas, Link
from ingest.matching import Leaf
from ingest.placing import place_by_manifest, put_together


def canvas(label: str, *links: str) -> ForeignCanvas:
    return ForeignCanvas(f"x:{label}", label, 10, 10, tuple(Link("seeAlso", f"https://a.example/{u}") for u in links))


def leaves(*names: str) -> list[Leaf]:
    return [Leaf(n, name, None, Path(f"{name}.xml")) for n, name in enumerate(names, 1)]


def placed(given: list[Leaf], canvases: list[ForeignCanvas]) -> tuple[list[str | None], list[str]]:
    found = place_by_manifest(given, canvases)
    assert [leaf.n for leaf in found.leaves] == list(range(1, len(canvases) + 1))
    return [leaf.ocr.stem if leaf.ocr else None for leaf in found.leaves], [note.message for note in found.notes]


def test_a_link_goes_before_a_label_and_a_label_before_the_order():
    canvases = [canvas("b", "x/a.alto.xml"), canvas("c"), canvas("9")]
    order, _ = placed(leaves("z", "b", "a"), canvases)
    assert order == ["a", "z", "b"]
    order, notes = placed(leaves("z", "c", "a"), canvases)
    assert order == ["a", "c", "z"]
    assert notes == ["Pages were matched to the manifest's canvases: 1 by link, 1 by label, 1 by order."]


def test_labels_are_compared_without_dots_and_blanks():
    assert placed(leaves("p2", "P_1"), [canvas("p. 1"), canvas("p. 2")])[0] == ["P_1", "p2"]


def test_labels_and_links_of_the_same_letters_are_the_same_however_they_are_written():
    given = [Leaf(n, name, ocr=Path(f"{n}.xml")) for n, name in enumerate(("b\u00e4", "bo"), start=1)]
    assert placed(given, [canvas("bo"), canvas("ba\u0308")])[0] == ["2", "1"]
    assert placed(given, [canvas("1", "x/bo.xml"), canvas("2", "x/ba%CC%88.xml")])[0] == ["2", "1"]


def test_names_that_several_canvases_have_decide_nothing():
    canvases = [canvas("-", "1/line"), canvas("-", "2/line"), canvas("-", "3/line")]
    order, notes = placed(leaves("line", "-", "x"), canvases)
    assert order == ["line", "-", "x"]
    assert "3 by order" in notes[0]


def test_names_in_links_are_decoded():
    assert placed(leaves("a b", "c"), [canvas("1", "x/c.xml?v=2"), canvas("2", "y/a%20b.xml")])[0] == ["c", "a b"]


def test_more_pages_than_canvases_are_left_out_by_name():
    found = place_by_manifest(leaves("a", "b", "c"), [canvas("1"), canvas("2")])
    assert [(note.trap, note.page) for note in found.notes] == [
        ("matched-to-canvases", None),
        ("canvas-count-mismatch", None),
        ("no-canvas", "c"),
    ]


def test_where_names_are_of_use_the_order_does_not_guess():
    canvases = [canvas("1", "a.xml"), canvas("2", "b.xml"), canvas("3", "d.xml")]
    order, _ = placed(leaves("a", "q"), canvases)
    assert order == ["a", None, None]


def test_a_canvas_without_files_stays():
    found = place_by_manifest(leaves("b"), [canvas("a"), canvas("b")])
    assert [(leaf.name, leaf.ocr is None) for leaf in found.leaves] == [("a", True), ("b", False)]


def test_the_canvas_that_a_page_names_goes_before_everything():
    canvases = [canvas("1", "x/a.xml"), canvas("2", "x/b.xml"), canvas("3")]
    a, b, c = leaves("a", "b", "3")
    found = place_by_manifest([a, b, c], canvases, {a: "x:2", b: "x:1"})
    assert [leaf.ocr and leaf.ocr.stem for leaf in found.leaves] == ["b", "a", "3"]
    assert "2 by canvas, 1 by label" in found.notes[0].message


def test_canvas_ids_are_the_same_with_tls_and_may_agree_at_their_end_only():
    canvases = [ForeignCanvas(f"https://a.example/book/canvas/{n}", n, 10, 10) for n in ("p1", "p2", "p3")]
    a, b, c = leaves("x", "y", "z")
    named = {a: "http://a.example/book/canvas/p3", b: "https://b.example/p1", c: "https://a.example/book/canvas/p3"}
    found = place_by_manifest([a, b, c], canvases, named)
    assert [leaf.ocr and leaf.ocr.stem for leaf in found.leaves] == ["y", None, "x"]
    assert "1 by canvas, 1 by the end of the canvas' id" in found.notes[0].message
    assert found.leaves[2].more == (Path("z.xml"),)


def test_a_file_of_several_pages_is_not_put_together_with_another_but_told_of():
    a, b = Leaf(1, "1", None, Path("v.json"), 0), Leaf(2, "2", None, Path("v.json"), 1)
    c = Leaf(3, "c", None, Path("c.json"))
    found = place_by_manifest([a, b, c], [canvas("1"), canvas("2"), canvas("3")], {a: "x:1", b: "x:2", c: "x:2"})
    assert [leaf.ocr and leaf.ocr.stem for leaf in found.leaves] == ["v", "v", None]
    assert [(note.trap, note.page) for note in found.notes][1:] == [("canvas-taken", "c")]


def test_without_a_manifest_files_of_one_canvas_are_one_page():
    a, b, c, book = leaves("a", "b", "c", "book")
    named = {a: "https://x.example/1", b: "https://x.example/2", c: "http://x.example/1", book: "https://x.example/1"}
    assert put_together([a, b, c, book], named, {Path("book.xml"): 2}) == [
        Leaf(1, "a", None, Path("a.xml"), more=(Path("c.xml"),)),
        Leaf(2, "b", None, Path("b.xml")),
        Leaf(3, "book", None, Path("book.xml")),
    ]

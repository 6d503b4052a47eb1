"""What text a canvas gets: its own OCR, a page of the whole book's, or its annotations, and never two of them."""

import gzip
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ingest.fetching import Fetcher, Limits
from ingest.formats import FORMATS
from ingest.gathering import gather
from ingest.manifest import read_manifest
from ingest.matching import Leaf
from ingest.sniff import Kind, sniff
from ingest.store import Store, file_of
from ingest.survey import Survey
from ingest.traps import Unreadable
from tests.ingest.files import alto, hocr, hocr_line, string, text_lines
from tests.ingest.web import Answer, Web, serve

ALTO = {"format": "application/xml", "profile": "http://www.loc.gov/standards/alto/v4/"}
HOCR = {"format": "text/vnd.hocr+html"}


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as web:
        for n in (1, 2, 3):
            web.pages[f"/{n}"] = Answer(alto(text_lines(string(f"word{n}"))), etag='"1"')
        yield web


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store", Fetcher(Limits(private=True)))
    store.begin()
    return store


def canvas_id(n: int) -> str:
    return f"https://lib.example/c{n}"


def found(store: Store, *canvases: dict[str, Any], **more: Any) -> Survey:
    items = [
        {"id": canvas_id(n), "type": "Canvas", "width": 2000, "height": 2800} | each
        for n, each in enumerate(canvases, 1)
    ]
    return gather("book", read_manifest({"id": "x:m", "type": "Manifest", "items": items} | more), store)


def alto_link(web: Web, name: object) -> dict[str, str]:
    return {"id": web.url(f"/{name}"), "type": "Dataset"} | ALTO


def annotation(text: str, canvas: str, **more: Any) -> dict[str, Any]:
    body = {"type": "TextualBody", "value": text}
    target = f"{canvas}#xywh=10,20,300,40"
    return {
        "id": f"x:{text}",
        "type": "Annotation",
        "motivation": "supplementing",
        "body": body,
        "target": target,
    } | more


def annotations(*items: dict[str, Any], name: str = "") -> dict[str, Any]:
    page = {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "type": "AnnotationPage",
        "items": list(items),
    }
    return page | ({"id": name} if name else {})


def volume(*texts: str) -> Answer:
    pages = "".join(f"<div class='ocr_page' title='bbox 0 0 9 9'>{hocr_line(text)}</div>" for text in texts)
    return Answer(f"<html><body>{pages}</body></html>".encode(), etag='"v"')


def kinds(survey: Survey) -> list[Kind | None]:
    return [survey.ocr[leaf.ocr] if leaf.ocr else None for leaf in survey.leaves]


def traps(survey: Survey, *levels: str) -> list[tuple[str, str | None]]:
    return [(note.trap, note.page) for note in survey.notes if not levels or note.level in levels]


def pages(survey: Survey) -> list[int | None]:
    return [leaf.page if leaf.ocr else None for leaf in survey.leaves]


def test_an_ocr_file_goes_before_annotations_which_are_fetched_to_be_kept_beside_it(web: Web, store: Store):
    web.pages["/a"] = Answer(json.dumps(annotations(annotation("hello", canvas_id(1)))).encode(), etag='"1"')
    survey = found(
        store, {"annotations": [{"id": web.url("/a"), "type": "AnnotationPage"}], "seeAlso": [alto_link(web, 1)]}
    )
    assert kinds(survey) == [Kind.ALTO]
    assert [path for path, _ in web.asked] == ["/1", "/a"]
    assert [(source.name, source.canvas) for source in survey.annotations] == [(web.url("/a"), canvas_id(1))]
    assert traps(survey) == []


def test_annotation_pages_that_cannot_be_had_are_one_warning_where_there_is_text(web: Web, store: Store):
    web.pages["/b"] = Answer(alto(text_lines(string("w"))))
    pages = [{"id": web.url(f"/{name}"), "type": "AnnotationPage"} for name in ("a", "b", "c")]
    survey = found(store, {"annotations": pages, "seeAlso": [alto_link(web, 1)]})
    assert survey.annotations == []
    assert traps(survey, "warning") == [("annotations-missing", None)]
    assert "And 1 more" in survey.notes[0].message


def test_pages_that_say_what_comes_next_are_followed_and_circles_are_left(web: Web, store: Store):
    for name, following in (("a", "b"), ("b", "a")):
        page = annotations(annotation(name, canvas_id(1), motivation="commenting")) | {"next": web.url(f"/{following}")}
        web.pages[f"/{name}"] = Answer(json.dumps(page).encode())
    link = {"id": web.url("/a"), "type": "AnnotationPage"}
    survey = found(store, {"annotations": [link], "seeAlso": [alto_link(web, 1)]}, annotations=[link])
    assert [source.name for source in survey.annotations] == [web.url("/a"), web.url("/b")]
    assert sorted(path for path, _ in web.asked) == ["/1", "/a", "/b"]


def test_annotations_are_fetched_where_there_is_no_file(web: Web, store: Store):
    page = annotations(annotation("hello", canvas_id(1)), annotation("there", canvas_id(2)))
    web.pages["/a"] = Answer(json.dumps(page).encode(), etag='"1"')
    shared = {"annotations": [{"id": web.url("/a"), "type": "AnnotationPage"}]}
    survey = found(store, shared, shared, {"seeAlso": [alto_link(web, 3)]})
    assert kinds(survey) == [Kind.ANNOTATIONS, Kind.ANNOTATIONS, Kind.ALTO]
    assert pages(survey) == [0, 1, 0]
    assert sorted(path for path, _ in web.asked) == ["/3", "/a"]


def test_lists_of_presentation_2_are_fetched_too(web: Web, store: Store):
    resource = {"@type": "cnt:ContentAsText", "chars": "hello", "format": "text/plain"}
    item = {
        "@type": "oa:Annotation",
        "motivation": "sc:painting",
        "resource": resource,
        "on": f"{canvas_id(1)}#xywh=1,2,3,4",
    }
    web.pages["/a"] = Answer(json.dumps({"@type": "sc:AnnotationList", "resources": [item]}).encode())
    canvas = {"@id": canvas_id(1), "@type": "sc:Canvas", "otherContent": [web.url("/a")]}
    document = {"@id": "x:m", "@type": "sc:Manifest", "sequences": [{"canvases": [canvas]}]}
    assert kinds(gather("book", read_manifest(document), store)) == [Kind.ANNOTATIONS]


def test_annotations_inside_the_manifest_are_read_without_asking(web: Web, store: Store):
    one = {"annotations": [annotations(annotation("hello", canvas_id(1)))]}
    two = {"annotations": [annotations(annotation("there", canvas_id(2)), name=web.url("/a"))]}
    survey = found(store, one, two)
    assert kinds(survey) == [Kind.ANNOTATIONS] * 2
    assert web.asked == []
    assert store.changed
    store.finish()
    again = Store(store.folder, store.fetcher)
    again.begin()
    found(again, one, two)
    assert not again.changed
    found(again, one | {"annotations": [annotations(annotation("other", canvas_id(1)))]}, two)
    assert again.changed


def test_several_pages_of_annotations_on_a_canvas_are_taken_together(store: Store):
    first, second = (annotations(annotation(text, canvas_id(1)), name=f"x:{text}") for text in ("one", "two"))
    comment = annotations(annotation("nice!", canvas_id(1), motivation="commenting"), name="x:comment")
    (leaf,) = found(store, {"annotations": [first, comment, second]}).leaves
    assert leaf == Leaf(1, "1", None, file_of(store.folder, "x:one"), more=(file_of(store.folder, "x:two"),))


def test_annotations_on_another_canvas_are_not_taken(store: Store):
    assert kinds(found(store, {"annotations": [annotations(annotation("hello", "x:elsewhere"))]})) == [None]


@pytest.mark.parametrize("inside", [True, False])
def test_a_file_that_annotations_lead_to_is_taken(web: Web, store: Store, inside: bool):
    body = {"id": web.url("/b"), "type": "Text", "format": "text/vnd.hocr+html"}
    web.pages["/b"] = Answer(hocr(hocr_line("word")))
    page = annotations(annotation("x", canvas_id(1), body=body))
    web.pages["/a"] = Answer(json.dumps(page).encode())
    survey = found(store, {"annotations": [page if inside else {"id": web.url("/a"), "type": "AnnotationPage"}]})
    assert kinds(survey) == [Kind.HOCR]


def test_annotations_of_the_manifest_as_a_whole_are_shared_out_by_canvas(web: Web, store: Store):
    page = annotations(*(annotation(f"word{n}", canvas_id(n)) for n in (3, 1)))
    survey = found(store, {}, {}, {}, annotations=[page])
    assert pages(survey) == [1, None, 0]


def test_a_file_of_the_whole_book_serves_where_no_canvas_has_one(web: Web, store: Store):
    web.pages["/download/book_hocr.html"] = volume("one", "two")
    link = {"id": web.url("/download/book_hocr.html"), "type": "Text", "format": "text/html"}
    survey = found(store, {}, {}, rendering=[{"id": web.url("/b.pdf"), "format": "application/pdf"}, link])
    assert (kinds(survey), pages(survey)) == ([Kind.HOCR] * 2, [0, 1])
    assert traps(survey) == [("whole-book", None)]
    assert [path for path, _ in web.asked] == ["/download/book_hocr.html"]


def test_gzip_files_are_unpacked_within_the_limit(web: Web, tmp_path: Path):
    store = Store(tmp_path / "small", Fetcher(Limits(private=True, file_bytes=10_000)))
    store.begin()
    web.pages["/book_hocr.html.gz"] = Answer(gzip.compress(volume("one", "two").body), etag='"1"')
    whole = {"rendering": [{"id": web.url("/book_hocr.html.gz"), "format": "application/gzip"}]}
    assert pages(found(store, {}, {}, **whole)) == [0, 1]
    web.pages["/1"] = Answer(gzip.compress(bytes(100_000)))
    web.pages["/2"] = Answer(gzip.compress(b"half of it" * 100)[:-10])
    survey = found(store, {"seeAlso": alto_link(web, 1)}, {"seeAlso": alto_link(web, 2)})
    assert traps(survey, "failure") == [("fetch-refused", "1"), ("gzip-broken", "2")]
    assert [path for path in store.folder.iterdir() if path.suffix == ".part"] == []


def test_another_number_of_pages_than_canvases_is_told(web: Web, store: Store):
    web.pages["/all"] = volume("one", "two")
    survey = found(store, {}, {}, {}, seeAlso=[{"id": web.url("/all")} | HOCR])
    assert pages(survey) == [0, 1, None]
    assert traps(survey, "warning") == [("canvas-count-mismatch", None)]


def test_a_whole_book_that_cannot_be_had_is_told_if_it_was_said_to_be_one(web: Web, store: Store):
    record = {"id": web.url("/record"), "format": "text/html"}
    assert traps(found(store, {}, seeAlso=[record]), "warning", "failure") == []
    assert traps(found(store, {}, seeAlso=[record, {"id": web.url("/all")} | HOCR]), "warning") == [
        ("whole-book", None)
    ]


def test_the_whole_book_is_not_asked_for_where_canvases_have_files(web: Web, store: Store):
    survey = found(store, {"seeAlso": alto_link(web, 1)}, {}, seeAlso=[{"id": web.url("/all")} | HOCR])
    assert kinds(survey) == [Kind.ALTO, None]
    assert ("/all", 404) not in web.asked


def test_canvases_share_a_file_by_their_number_if_it_has_a_page_for_each(web: Web, store: Store):
    web.pages["/all"] = volume("one", "two", "three")
    link = {"seeAlso": {"id": web.url("/all#page=2")} | HOCR}
    assert pages(found(store, {}, link, link)) == [None, 1, 2]
    assert pages(found(store, link, link)) == [0, 1]
    assert [path for path, _ in web.asked] == ["/all"]


def test_a_link_that_claims_to_be_ocr_and_is_not_is_a_failure_of_its_canvas(web: Web, store: Store):
    web.pages["/1"] = Answer(b"<mods/>")
    survey = found(store, {"seeAlso": alto_link(web, 1)}, {"seeAlso": alto_link(web, 2)})
    assert traps(survey, "failure") == [("not-ocr", "1")]


def test_annotations_that_cannot_be_had_are_a_failure_of_their_canvas(web: Web, store: Store):
    survey = found(store, {"seeAlso": alto_link(web, 1)}, {"annotations": [{"id": web.url("/none")}]})
    assert traps(survey, "failure") == [("fetch-gone", "2")]


def test_an_address_is_asked_for_once_whoever_needs_it(web: Web, store: Store):
    all_there = threading.Barrier(8, timeout=10)

    def get(name: str) -> str:
        all_there.wait()
        try:
            return store.get(web.url(name)).name
        except Unreadable as error:
            return error.trap

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(get, ["/1", "/none"] * 4))
    assert results == [file_of(store.folder, web.url("/1")).name, "fetch-gone"] * 4
    assert sorted(web.asked) == [("/1", 200), ("/none", 404)]


@pytest.mark.corpus
def test_real_pages_of_annotations_find_their_canvas(corpus: Path, web: Web, store: Store):
    folder = corpus / "iiif" / "presentation-3" / "0025-newspaper-article-index" / "annotations"
    zones = sorted(folder.glob("5ee*/zone*.json"))
    canvases: list[dict[str, Any]] = []
    for n, zone in enumerate(zones):
        web.pages[f"/{n}"] = Answer(zone.read_bytes())
        target = json.loads(zone.read_bytes())["items"][0]["target"].partition("#")[0]
        links = [{"id": web.url(f"/{n}"), "type": "AnnotationPage"}]
        canvases.append({"id": f"{target}?{n}", "annotations": links})
    assert kinds(found(store, *canvases)) == [None] * len(zones)  # they name other canvases
    first = canvases[0] | {"id": canvases[0]["id"].partition("?")[0]}
    assert kinds(found(store, first)) == [Kind.ANNOTATIONS]


@pytest.mark.corpus
def test_real_files_of_every_format_are_taken_by_their_content(corpus: Path, web: Web, store: Store):
    files = [
        (Kind.PAGE, "page-xml/462875_0008.gt.xml", {"format": "application/xml"}),
        (Kind.ABBYY, "other-ocr/abbyy/417589220_0018.abbyy.xml", {"label": "FineReader"}),
        (Kind.MINIOCR, "other-ocr/miniocr/sn90050316_1916_05_13_4_mini.xml", {"format": "text/xml"}),
    ]
    canvases: list[dict[str, Any]] = []
    for n, (_, name, said) in enumerate(files):
        web.pages[f"/{n}.gz"] = Answer(gzip.compress((corpus / name).read_bytes()))
        canvases.append({"seeAlso": [{"id": web.url(f"/{n}.gz")} | said]})
    survey = found(store, *canvases)
    assert kinds(survey) == [kind for kind, *_ in files]
    for leaf in survey.leaves:
        assert leaf.ocr is not None
        assert any(FORMATS[survey.ocr[leaf.ocr]].read(leaf.ocr, "file"))


@pytest.mark.corpus
def test_a_real_manifest_of_tags_only_has_no_text(corpus: Path, store: Store):
    document = json.loads((corpus / "iiif" / "presentation-3" / "cookbook" / "0021-tagging.json").read_bytes())
    assert kinds(gather("book", read_manifest(document), store)) == [None]


def test_one_file_at_a_time_is_held_in_memory(store: Store, web: Web, monkeypatch: pytest.MonkeyPatch):
    busy, most = [], []

    def slow(path: Path) -> Any:
        busy.append(path)
        threading.Event().wait(0.02)
        most.append(len(busy))
        busy.remove(path)
        return sniff(path)

    monkeypatch.setattr("ingest.gathering.sniff", slow)
    links = [{"seeAlso": [alto_link(web, n)]} for n in (1, 2, 3)]
    assert len(found(store, *links).ocr) == 3
    assert (len(most), max(most)) == (3, 1)

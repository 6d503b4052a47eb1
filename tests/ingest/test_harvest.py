"""OCR of a manifest on another server: found, fetched once, asked again with its validators, published."""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.fetching import Fetched, Fetcher, Limits
from ingest.harvest import Harvest, forget_object, harvest_object, parse
from ingest.listing import manifests_at
from ingest.pipeline import Wishes
from ingest.traps import Unreadable
from lectern.catalogue import Catalogue
from lectern.errors import InputError
from lectern.home import Home
from lectern.pack import PackFile
from search.packing import read_remarks
from tests.ingest.files import alto, hocr, hocr_line, string, text_lines
from tests.ingest.web import Answer, Web, serve

ALTO = {"format": "application/xml", "profile": "http://www.loc.gov/standards/alto/v4/"}
HOCR = {"format": "text/vnd.hocr+html"}


@pytest.fixture
def web() -> Iterator[Web]:
    """Return a server of a book of three pages, ALTO and hOCR, all with validators."""
    with serve() as web:
        publish(
            web, {"seeAlso": [link(web, 1)]}, {"rendering": [link(web, 2)]}, {"annotations": [link(web, 3, **HOCR)]}
        )
        for n in (1, 2):
            web.pages[f"/{n}"] = page_of(f"word{n}", "1")
        web.pages["/3"] = Answer(hocr(hocr_line("word3")), etag='"1"')
        yield web


def page_of(word: str, version: str) -> Answer:
    return Answer(alto(text_lines(string(word))), etag=f'"{version}"')


def link(web: Web, name: object, **more: str) -> dict[str, str]:
    return {"id": web.url(f"/{name}"), "type": "Dataset"} | (more or ALTO)


def publish(web: Web, *canvases: dict[str, object], etag: str = '"m1"', more: dict[str, object] | None = None) -> None:
    items = [
        {
            "id": f"https://lib.example/c{n}",
            "type": "Canvas",
            "label": {"none": [f"p. {n}"]},
            "width": 2000,
            "height": 2800,
        }
        | canvas
        for n, canvas in enumerate(canvases, 1)
    ]
    document = {"id": "https://lib.example/m", "type": "Manifest", "label": {"en": ["A book"]}, "items": items}
    web.pages["/m"] = Answer(json.dumps(document | (more or {})).encode(), etag=etag)


def harvest(home: Home, catalogue: Catalogue, web: Web, **limits: object) -> Harvest:
    fetcher = Fetcher(Limits(**({"private": True} | limits)), sleep=lambda _: None)  # type: ignore[arg-type]
    return harvest_object(home, catalogue, web.url("/m"), Wishes("book", jobs=1), fetcher=fetcher)


def traps(catalogue: Catalogue) -> list[tuple[str, str | None]]:
    return [(entry.trap, entry.page) for _, entry in catalogue.ledger("book")]


def test_ocr_is_found_through_every_kind_of_link(home: Home, catalogue: Catalogue, web: Web):
    found = harvest(home, catalogue, web)
    assert (found.object, found.fetched) == ("book", 4)
    row = catalogue.get("book")
    assert (row.label, row.pages, row.words) == ("A book", 3, 3)
    canvases = catalogue.canvases("book")
    assert [c.canvas for c in canvases] == [f"https://lib.example/c{n}" for n in (1, 2, 3)]
    assert next((c.label, c.width, c.height, c.image, c.words) for c in canvases) == ("p. 1", 2000, 2800, None, 1)
    assert {c.scale_by for c in canvases} == {"manifest"}


def test_a_second_run_asks_with_validators_and_leaves_all_as_it_is(home: Home, catalogue: Catalogue, web: Web):
    before = (harvest(home, catalogue, web), catalogue.get("book"))[1]
    web.asked.clear()
    again = harvest(home, catalogue, web)
    assert again.result is None
    assert again.fetched == 0
    assert sorted(web.asked) == [("/1", 304), ("/2", 304), ("/3", 304), ("/m", 304)]
    assert catalogue.get("book") == before


def test_only_a_changed_page_is_fetched(home: Home, catalogue: Catalogue, web: Web):
    harvest(home, catalogue, web)
    web.asked.clear()
    web.pages["/2"] = page_of("new words", "2")
    assert harvest(home, catalogue, web).fetched == 1
    assert sorted(web.asked) == [("/1", 304), ("/2", 200), ("/3", 304), ("/m", 304)]
    assert catalogue.get("book").words == 4


def test_the_same_bytes_under_a_new_etag_change_nothing(home: Home, catalogue: Catalogue, web: Web):
    harvest(home, catalogue, web)
    web.pages["/1"] = page_of("word1", "other")
    assert harvest(home, catalogue, web).result is None


def test_a_run_that_was_ended_in_the_middle_goes_on_with_what_it_had(home: Home, catalogue: Catalogue, web: Web):
    last = web.pages["/3"]
    web.pages["/3"] = [Answer(b"x" * 100)]
    with pytest.raises(RuntimeError, match="power"):
        _killed_at(home, catalogue, web, "/3")
    for name in ("/1", "/2", "/m"):
        web.pages[name].etag = ""  # type: ignore[union-attr]
    web.pages["/3"] = last
    web.asked.clear()
    assert harvest(home, catalogue, web).fetched == 1
    assert web.asked == [("/3", 200)]
    assert catalogue.get("book").words == 3


def _killed_at(home: Home, catalogue: Catalogue, web: Web, path: str) -> None:
    class Mortal(Fetcher):
        def get(self, url: str, *rest: Any, **more: Any) -> Fetched:
            if url.endswith(path):
                time.sleep(0.2)
                raise RuntimeError("power")
            return super().get(url, *rest, **more)

    harvest_object(home, catalogue, web.url("/m"), Wishes("book"), fetcher=Mortal(Limits(private=True)))


def test_a_file_that_a_wrong_clock_says_is_of_the_future_is_asked_for_again(home: Home, catalogue: Catalogue, web: Web):
    harvest(home, catalogue, web)
    for note in home.ocr_folder("book").glob("*.json"):
        note.write_text(json.dumps(json.loads(note.read_text()) | {"at": 9e10}))
    web.asked.clear()
    web.pages["/1"] = page_of("changed", '"2"')
    harvest(home, catalogue, web)
    assert sorted(web.asked) == [("/1", 200), ("/2", 304), ("/3", 304), ("/m", 304)]


def test_a_run_that_was_ended_long_ago_is_begun_anew(home: Home, catalogue: Catalogue, web: Web):
    with pytest.raises(RuntimeError, match="power"):
        _killed_at(home, catalogue, web, "/3")
    os.utime(home.ocr_folder("book") / "unfinished", (0, 0))
    web.asked.clear()
    harvest(home, catalogue, web)
    assert ("/1", 304) in web.asked


def test_a_page_that_cannot_be_fetched_fails_alone(home: Home, catalogue: Catalogue, web: Web):
    web.pages["/2"] = Answer(status=500)
    found = harvest(home, catalogue, web)
    assert found.result is not None
    assert found.result.failures == 1
    assert traps(catalogue) == [("fetch-failed", "p. 2")]
    assert [c.words for c in catalogue.canvases("book")] == [1, 0, 1]
    web.pages["/2"] = page_of("word2", "1")
    harvest(home, catalogue, web)
    assert [c.words for c in catalogue.canvases("book")] == [1, 1, 1]
    assert traps(catalogue) == []


def test_a_server_that_is_down_costs_no_word(home: Home, catalogue: Catalogue, web: Web):
    harvest(home, catalogue, web)
    web.pages["/2"] = Answer(status=500)
    harvest(home, catalogue, web)
    assert catalogue.get("book").words == 3
    assert traps(catalogue) == [("fetch-stale", "p. 2")]


@pytest.mark.parametrize("status", [404, 410, 451])
def test_a_page_that_is_gone_loses_its_text_and_no_other(home: Home, catalogue: Catalogue, web: Web, status: int):
    harvest(home, catalogue, web)
    web.pages["/2"] = Answer(status=status)
    found = harvest(home, catalogue, web)
    assert found.result is not None
    assert [c.words for c in catalogue.canvases("book")] == [1, 0, 1]
    assert traps(catalogue) == [("fetch-gone", "p. 2")]
    assert harvest(home, catalogue, web).result is None
    web.pages["/2"] = page_of("word2", "1")
    harvest(home, catalogue, web)
    assert [c.words for c in catalogue.canvases("book")] == [1, 1, 1]


def test_a_book_whose_pages_are_all_gone_is_left_for_a_person_to_remove(home: Home, catalogue: Catalogue, web: Web):
    harvest(home, catalogue, web)
    for n in (1, 2, 3):
        del web.pages[f"/{n}"]
    with pytest.raises(Unreadable, match="lectern remove book") as caught:
        harvest(home, catalogue, web)
    assert caught.value.trap == "text-lost"
    assert catalogue.get("book").words == 3


def test_a_run_that_was_refused_asks_for_everything_again(home: Home, catalogue: Catalogue, web: Web):
    usual = web.pages["/m"]
    publish(web, {}, {}, {})
    with pytest.raises(Unreadable, match="No text"):
        harvest(home, catalogue, web)
    web.pages["/m"] = usual
    usual.etag = '"m2"'  # type: ignore[union-attr]
    harvest(home, catalogue, web)
    assert catalogue.get("book").words == 3


def test_a_manifest_that_cannot_be_had_is_as_it_was_and_that_is_told(home: Home, catalogue: Catalogue, web: Web):
    harvest(home, catalogue, web)
    web.pages["/m"], web.pages["/2"] = Answer(status=500), page_of("new words", "2")
    harvest(home, catalogue, web)
    assert catalogue.get("book").words == 4
    assert traps(catalogue) == [("manifest-stale", None)]
    web.pages["/m"] = Answer(status=410)
    with pytest.raises(Unreadable, match="not there"):
        harvest(home, catalogue, web)
    assert catalogue.get("book").words == 4


def test_annotations_are_the_text_of_canvases_that_have_no_ocr(home: Home, catalogue: Catalogue, web: Web):
    def page(text: str, n: int) -> dict[str, object]:
        target = f"https://lib.example/c{n}#xywh=100,200,300,40"
        body = {"type": "TextualBody", "value": text}
        item = {"type": "Annotation", "motivation": "supplementing", "body": body, "target": target}
        return {"type": "AnnotationPage", "items": [item]}

    web.pages["/a"] = Answer(json.dumps(page("far away", 2)).encode(), etag='"1"')
    publish(
        web,
        {"seeAlso": [link(web, 1)], "annotations": [page("word1 again", 1)]},
        {"annotations": [link(web, "a", type="AnnotationPage")]},
        {"annotations": [page("in here", 3), page("and more", 3)]},
    )
    harvest(home, catalogue, web)
    assert [c.words for c in catalogue.canvases("book")] == [1, 2, 4]
    assert traps(catalogue) == [("annotations-beside", None)]
    assert harvest(home, catalogue, web).result is None
    web.asked.clear()
    web.pages["/a"] = Answer(json.dumps(page("far and wide", 2)).encode(), etag='"2"')
    harvest(home, catalogue, web)
    assert [c.words for c in catalogue.canvases("book")] == [1, 3, 4]
    assert sorted(web.asked) == [("/1", 304), ("/a", 200), ("/m", 304)]


def test_a_volume_serves_the_whole_book(home: Home, catalogue: Catalogue, web: Web):
    pages = "".join(f"<div class='ocr_page' title='bbox 0 0 9 9'>{hocr_line(*'x' * n)}</div>" for n in (1, 2))
    web.pages["/all"] = Answer(f"<html><body>{pages}</body></html>".encode(), etag='"1"')
    publish(web, {}, {}, {}, more={"rendering": [link(web, "all", **HOCR)]})
    harvest(home, catalogue, web)
    assert [c.words for c in catalogue.canvases("book")] == [1, 2, 0]
    assert traps(catalogue) == [("canvas-count-mismatch", None), ("whole-book", None), ("no-ocr-link", None)]
    assert harvest(home, catalogue, web).result is None


def test_halves_of_characters_do_no_harm(home: Home, catalogue: Catalogue, web: Web):
    odd: dict[str, object] = {"label": {"en": ["A \ud800 \U0001d11e book"]}, "rendering": [{"id": "x:\udc00"}]}
    publish(web, {"seeAlso": [link(web, 1)]}, {"seeAlso": [link(web, "\ud800")]}, more=odd)
    harvest(home, catalogue, web)
    row = catalogue.get("book")
    assert (row.label, row.words) == ("A \ufffd \U0001d11e book", 1)
    assert traps(catalogue) == [("fetch-gone", "p. 2")]


def test_a_document_is_mended_where_it_is_and_keeps_what_needs_no_mending():
    document = parse(b'{"\\ud800": ["\\udc00x", {"b": "\\ud834\\udd1e"}], "a": [1, null, true]}', "x")
    assert document == {"\ufffd": ["\ufffdx", {"b": "\U0001d11e"}], "a": [1, None, True]}


def test_only_what_a_stream_brought_is_removed_for_it(home: Home, catalogue: Catalogue, web: Web):
    url = web.url("/m")
    fetcher = Fetcher(Limits(private=True))
    harvest_object(home, catalogue, url, Wishes(jobs=1), fetcher=fetcher)
    assert forget_object(home, catalogue, url, "x:stream") is None
    found = harvest_object(home, catalogue, url, Wishes(jobs=1), fetcher=fetcher, stream="x:stream")
    assert forget_object(home, catalogue, url, "x:other") is None
    assert forget_object(home, catalogue, url, "x:stream") is not None
    assert catalogue.find(found.object) is None
    assert [path for path in (home.path / "ocr").rglob("*") if path.is_file()] == []


def test_a_page_over_the_limit_is_refused_by_name(home: Home, catalogue: Catalogue, web: Web):
    web.pages["/2"] = Answer(b"<alto>" + b" " * 50_000)
    harvest(home, catalogue, web, file_bytes=40_000)
    assert traps(catalogue) == [("fetch-refused", "p. 2")]


def test_what_is_no_ocr_is_passed_over_for_the_next_link(home: Home, catalogue: Catalogue, web: Web):
    web.pages["/mets"] = Answer(b"<mets/>")
    plain = link(web, "mets", format="text/xml")
    publish(web, {"seeAlso": [link(web, "text", format="text/plain"), plain, link(web, 1, format="text/xml")]})
    harvest(home, catalogue, web)
    assert catalogue.get("book").words == 1
    assert ("/text", 404) not in web.asked


def test_canvases_of_one_file_have_its_pages_in_order(home: Home, catalogue: Catalogue, web: Web):
    pages = "".join(f"<div class='ocr_page' title='bbox 0 0 9 9'>{hocr_line(*'x' * n)}</div>" for n in (1, 2))
    web.pages["/all"] = Answer(f"<html><body>{pages}</body></html>".encode())
    canvases: list[dict[str, object]] = [{"seeAlso": link(web, "all", **HOCR)}] * 3
    publish(web, *canvases)
    harvest(home, catalogue, web)
    assert [c.words for c in catalogue.canvases("book")] == [1, 2, 0]


def test_files_that_no_link_leads_to_any_more_go(home: Home, catalogue: Catalogue, web: Web):
    harvest(home, catalogue, web)
    publish(web, {"seeAlso": link(web, 1)}, etag='"m2"')
    harvest(home, catalogue, web)
    assert len(list(home.ocr_folder("book").iterdir())) == 4
    assert catalogue.get("book").pages == 1


def test_a_manifest_without_ocr_is_refused_and_what_was_there_stays(home: Home, catalogue: Catalogue, web: Web):
    harvest(home, catalogue, web)
    publish(web, {}, {}, etag='"m2"')
    with pytest.raises(InputError, match="No text"):
        harvest(home, catalogue, web)
    assert catalogue.get("book").words == 3


def test_links_to_private_addresses_are_not_followed(home: Home, catalogue: Catalogue, web: Web):
    fetcher = Fetcher(Limits(private=False))
    with pytest.raises(Unreadable, match="private address"):
        harvest_object(home, catalogue, web.url("/m"), Wishes("book"), fetcher=fetcher)
    assert web.asked == []


def test_collections_lead_to_their_manifests_once(web: Web):
    inner = {
        "type": "Collection",
        "items": [{"id": web.url("/outer"), "type": "Collection"}, {"id": "x:2", "type": "Manifest"}],
    }
    outer = {"@type": "sc:Collection", "manifests": ["x:1"], "collections": [web.url("/inner")]}
    web.pages |= {"/inner": Answer(json.dumps(inner).encode()), "/outer": Answer(json.dumps(outer).encode())}
    fetcher = Fetcher(Limits(private=True))
    assert list(manifests_at(fetcher, web.url("/outer"))) == ["x:1", "x:2"]
    assert list(manifests_at(fetcher, web.url("/m"))) == [web.url("/m")]
    web.pages["/bad"] = Answer(b"[" * 100_000)
    with pytest.raises(InputError, match="not JSON"):
        list(manifests_at(fetcher, web.url("/bad")))


def _comments(*texts: str) -> bytes:
    items = [
        {
            "id": f"https://notes.example/{n}",
            "type": "Annotation",
            "motivation": "commenting",
            "body": {"type": "TextualBody", "value": text},
            "target": "https://lib.example/c1",
        }
        for n, text in enumerate(texts)
    ]
    return json.dumps({"type": "AnnotationPage", "items": items}).encode()


def _kept(home: Home, catalogue: Catalogue) -> list[str]:
    row = catalogue.get("book")
    return [remark.text for remark in read_remarks(PackFile(home.pack_file(row.id, row.generation)))]


def test_comments_are_kept_beside_the_text_and_follow_their_server(home: Home, catalogue: Catalogue, web: Web):
    web.pages["/n"] = Answer(_comments("fine", "finer"), etag='"1"')
    publish(web, {"seeAlso": [link(web, 1)], "annotations": [link(web, "n", type="AnnotationPage")]})
    harvest(home, catalogue, web)
    assert _kept(home, catalogue) == ["fine", "finer"]
    before = catalogue.get("book")
    assert harvest(home, catalogue, web).result is None
    assert catalogue.get("book") == before
    web.pages["/n"] = Answer(_comments("finest"), etag='"2"')
    assert harvest(home, catalogue, web).fetched == 1
    assert _kept(home, catalogue) == ["finest"]
    assert catalogue.get("book").generation > before.generation
    web.pages["/n"] = Answer(b"", status=503)
    harvest(home, catalogue, web)
    assert _kept(home, catalogue) == ["finest"]
    assert ("fetch-stale", None) in traps(catalogue)


def test_a_manifest_with_comments_and_no_text_is_an_object_one_with_neither_is_none(
    home: Home, catalogue: Catalogue, web: Web
):
    marked = {"type": "Annotation", "motivation": "highlighting", "target": "https://lib.example/c1"}
    web.pages["/n"] = Answer(json.dumps({"type": "AnnotationPage", "items": [marked]}).encode(), etag='"1"')
    publish(web, {"annotations": [link(web, "n", type="AnnotationPage")]})
    with pytest.raises(InputError):
        harvest(home, catalogue, web)
    assert catalogue.find("book") is None
    web.pages["/n"] = Answer(_comments("fine"), etag='"2"')
    harvest(home, catalogue, web)
    assert _kept(home, catalogue) == ["fine"]
    assert [c.words for c in catalogue.canvases("book")] == [0]

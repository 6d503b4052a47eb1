"""Which links of a canvas may lead to text, and in which order they are tried."""

from typing import Any

import pytest

from ingest.links import MOST_TRIED, annotation_links, file_links, says_ocr
from ingest.manifest import Link, Relation


def link(url: str = "https://a.example/x", relation: Relation = "seeAlso", **more: Any) -> Link:
    return Link(relation, url, **more)


@pytest.mark.parametrize(
    "more",
    [
        {"profile": "http://www.loc.gov/standards/alto/v4/"},
        {"format": "application/xml+alto"},
        {"label": "METS-ALTO XML"},
        {"format": "text/vnd.hocr+html"},
        {"profile": "http://kba.cloud/hocr-spec/1.2/"},
        {"format": "text/vtt"},
        {"profile": "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"},
        {"label": "PAGE-XML"},
        {"profile": "http://www.abbyy.com/FineReader_xml/FineReader10-schema-v1.xml"},
        {"label": "MiniOCR"},
        {"format": "application/x-subrip"},
    ],
)
def test_links_that_say_what_they_are_are_sure(more: dict[str, Any]):
    assert says_ocr(link(**more))
    assert file_links([link(relation="otherContent", **more)])


@pytest.mark.parametrize(
    "more",
    [
        {"format": "application/pdf"},
        {"format": "text/plain", "label": "ALTO as plain text"},
        {"format": "image/jpeg"},
        {"format": "application/ld+json"},
        {"format": "application/json", "label": "hOCR page index"},
        {"format": "audio/mp4", "label": "Alto"},
        {"format": "application/rdf+xml"},
        {"format": "application/mods+xml"},
    ],
)
def test_links_to_what_is_never_ocr_are_left_alone(more: dict[str, Any]):
    assert file_links([link(**more)]) == []


def test_the_surest_are_tried_first_and_four_at_most():
    metadata = link("https://a.example/mods", format="text/xml", profile="http://www.loc.gov/mods/v3")
    plain = link("https://a.example/plain", format="text/xml; charset=utf-8")
    named = link("https://a.example/b_hocr.html", format="text/html")
    sure = link("https://a.example/sure", profile="https://www.loc.gov/standards/alto/")
    assert file_links([metadata, plain, named, sure, sure]) == [sure, named, plain, metadata]
    assert len(file_links([link(f"https://a.example/{n}") for n in range(9)])) == MOST_TRIED


def test_annotations_are_not_files_and_files_no_annotations():
    page = link("https://a.example/page", "annotations", type="AnnotationPage")
    listed = link("https://a.example/list", "otherContent")
    hocr = link("https://a.example/hocr", "annotations", format="text/vnd.hocr+html")
    inside = Link("annotations", "?c#annotations-1", body=b"{}")
    assert file_links([page, listed, hocr, inside]) == [hocr]
    assert annotation_links([page, listed, hocr, inside, page]) == [page, listed, inside]

import pytest

from lectern.errors import InputError
from search.content_search import read_request
from tests.conformance.shelf import BASE

_P2 = "http://iiif.io/api/presentation/2/context.json"


def _read(version=1, **parameters):
    return read_request(parameters.items(), version, size=2, longest=100)


def test_cs1_14_a_filter_that_no_ocr_text_can_pass_leaves_nothing():
    assert _read(q="x").filters.text
    assert not _read(q="x", user="https://a.example/me").filters.text
    assert not _read(q="x", date="2001-01-01T00:00:00Z/2002-01-01T00:00:00Z").filters.text


@pytest.mark.parametrize("motivation", ["painting", "sc:painting", "commenting painting", ""])
def test_cs1_15_16_18_painting_is_what_ocr_text_answers_to(motivation):
    assert _read(q="x", motivation=motivation).filters.text


@pytest.mark.parametrize("motivation", ["non-painting", "commenting", "tagging oa:linking", "supplementing"])
def test_cs1_16_other_motivations_are_not_ocr_text(motivation):
    assert not _read(q="x", motivation=motivation).filters.text


def test_cs1_21_22_what_is_not_known_is_ignored_and_said(ask):
    document = ask(1, q="harbour", box="1,1,2,2", page_="3")
    assert document["within"]["ignored"] == ["box", "page"]
    assert "box" not in document["@id"]


def test_cs1_30_31_the_answer_is_an_annotation_list(ask):
    document = ask(1, q="mayor")
    assert document["@type"] == "sc:AnnotationList"
    assert len(document["resources"]) == 1


def test_cs1_32_the_contexts_stand_in_this_order(ask):
    assert ask(1, q="mayor")["@context"] == [_P2, "http://iiif.io/api/search/1/context.json"]


def test_cs1_33_the_id_is_the_uri_of_the_query(ask):
    assert ask(1, q="the mayor")["@id"] == f"{BASE}/search/1/book?q=the+mayor"


def test_cs1_34_35_every_annotation_is_given_in_full(ask):
    (resource,) = ask(1, q="mayor")["resources"]
    assert resource == {
        "@id": f"{BASE}/presentation/2/book/canvas/1/text#w9-9",
        "@type": "oa:Annotation",
        "motivation": "sc:painting",
        "resource": {"@type": "cnt:ContentAsText", "format": "text/plain", "chars": "mayor"},
        "on": f"{BASE}/presentation/3/book/canvas/1#xywh=260,30,50,20",
    }


def test_cs1_36_every_annotation_of_a_hit_is_in_the_same_answer_under_its_own_id(ask):
    for parameters in ({}, {"from_": "book:3"}):
        document = ask(1, q="harbour", **parameters)
        names = [r["@id"] for r in document["resources"]]
        assert len(names) == len(set(names))
        assert {name for hit in document["hits"] for name in hit["annotations"]} == set(names)


def _pages(ask, version, following):
    documents = [ask(version, q="harbour")]
    while (url := following(documents[-1])) is not None:
        documents.append(ask(version, q="harbour", from_=url.partition("from=")[2].replace("%3A", ":")))
        assert len(documents) < 10
    return documents


def test_cs1_37_to_41_pages_are_linked_both_ways_and_counted(ask):
    documents = _pages(ask, 1, lambda d: d.get("next"))
    assert len(documents) == 3
    assert [d.get("prev") for d in documents] == [
        None,
        f"{BASE}/search/1/book?q=harbour&from=book%3A1",
        f"{BASE}/search/1/book?q=harbour&from=book%3A2",
    ]
    assert [d["startIndex"] for d in documents] == [0, 2, 4]
    assert {d["within"]["@type"] for d in documents} == {"sc:Layer"}
    assert {d["within"]["first"] for d in documents} == {f"{BASE}/search/1/book?q=harbour"}
    assert {d["within"]["last"] for d in documents} == {f"{BASE}/search/1/book?q=harbour&from=book%3A3"}


def test_csx_04_the_total_counts_hits_the_start_index_annotations(ask):
    documents = _pages(ask, 1, lambda d: d.get("next"))
    assert {d["within"]["total"] for d in documents} == {6}
    assert sum(len(d["hits"]) for d in documents) == 6
    assert sum(len(d["resources"]) for d in documents) == 7


def test_csx_13_the_layer_has_an_id(ask):
    assert ask(1, q="mayor")["within"]["@id"]


def test_cs1_43_44_46_a_hit_over_a_line_end_lists_its_annotations_and_its_match(ask):
    (hit,) = ask(1, q='"wall was"')["hits"]
    assert hit["@type"] == "search:Hit"
    assert len(hit["annotations"]) == 2
    assert (hit["before"], hit["match"], hit["after"]) == (
        "the new harbour ",
        "wall was",
        " opened by the harbour mayor",
    )


def test_nothing_found_is_an_empty_list_and_a_total_of_zero(ask):
    document = ask(1, q="zeppelin")
    assert (document["resources"], document["hits"], document["within"]["total"]) == ([], [], 0)
    assert "next" not in document


def test_cs1_12_no_query_is_every_line(ask):
    document = ask(1)
    assert document["resources"][0]["resource"]["chars"] == "the new harbour wall"
    assert "hits" not in document
    assert document["@id"] == f"{BASE}/search/1/book"


def test_csx_11_boxes_without_text_say_where_and_not_what(ask):
    document = ask(1, q="mayor", with_text=False)
    assert "hits" not in document
    (resource,) = document["resources"]
    assert resource["resource"]["chars"] == ""
    assert resource["on"].endswith("#xywh=260,30,50,20")


def test_cs1_54_to_58_suggestions(complete):
    document = complete(1, q="harb")
    assert document == {
        "@context": "http://iiif.io/api/search/1/context.json",
        "@id": f"{BASE}/search/1/book/autocomplete?q=harb",
        "@type": "search:TermList",
        "terms": [
            {"match": "harbour", "url": f"{BASE}/search/1/book?q=harbour", "count": 6},
            {"match": "Harbours", "url": f"{BASE}/search/1/book?q=Harbours", "count": 1},
        ],
    }


def test_cs1_52_56_filters_of_the_request_are_in_the_url_of_a_term(complete):
    (term, *_) = complete(1, q="harb", motivation="painting", min="2")["terms"]
    assert term["url"] == f"{BASE}/search/1/book?q=harbour&motivation=painting"


def test_cs1_55_ignored_parameters_of_a_term_list(complete):
    assert complete(1, q="harb", color="red")["ignored"] == ["color"]


def test_cs1_59_terms_ascend(complete):
    assert [t["match"] for t in complete(1, q="har")["terms"]] == ["harbour", "Harbours", "harvest"]


def test_cs1_60_every_suggestion_finds_what_it_counts(ask, complete):
    for term in complete(1, q="h")["terms"]:
        assert ask(1, q=term["match"])["within"]["total"] == term["count"]


def test_cs0_01_version_0_differs_in_a_number_only(ask, complete):
    assert ask(0, q="mayor")["@context"] == [_P2, "http://iiif.io/api/search/0/context.json"]
    assert complete(0, q="har")["@context"] == "http://iiif.io/api/search/0/context.json"
    assert len(ask(0, q="harbour")["hits"]) == len(ask(1, q="harbour")["hits"])


@pytest.mark.parametrize("cursor", ["book", ":1", "a/b:1", "book:0", "book:-1", "book:x", "book:²", "book:99999999999"])
def test_a_cursor_that_is_none_is_refused_with_the_remedy(cursor):
    with pytest.raises(InputError, match=r"OBJECT:N|whole number"):
        read_request([("from", cursor)], 1, size=2, longest=10)


def test_th_83_a_query_that_is_too_long_is_refused_with_the_remedy():
    with pytest.raises(InputError, match="at most 10"):
        read_request([("q", "x" * 11)], 1, size=2, longest=10)


def test_csx_02_each_ignored_name_is_said_once_in_order():
    request = read_request([("b", "1"), ("a", "2"), ("b", "3")], 1, size=2, longest=10)
    assert request.ignored == ("b", "a")

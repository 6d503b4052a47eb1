from tests.conformance.shelf import BASE

_CONTEXT = "http://iiif.io/api/search/2/context.json"


def test_cs2_14_supplementing_is_what_ocr_text_answers_to():
    from search.content_search import read_request

    def matches(motivation):
        request = read_request([("motivation", motivation)], 2, size=1, longest=9)
        return request.filters.text

    assert matches("supplementing")
    assert matches("commenting supplementing")
    assert not matches("painting")
    assert not matches("non-painting")


def test_cs2_17_33_what_was_ignored_is_said_at_the_top(ask):
    assert ask(2, q="mayor", color="red")["ignored"] == ["color"]
    assert "ignored" not in ask(2, q="mayor")


def test_cs2_20_21_the_answer_is_an_annotation_page(ask):
    document = ask(2, q="mayor")
    assert (document["@context"], document["type"]) == (_CONTEXT, "AnnotationPage")
    assert document["id"] == f"{BASE}/search/2/book?q=mayor"


def test_cs2_22_to_24_every_annotation_is_embedded_whole(ask):
    (item,) = ask(2, q="mayor")["items"]
    assert item == {
        "id": f"{BASE}/presentation/3/book/canvas/1/text#w9-9",
        "type": "Annotation",
        "motivation": "supplementing",
        "body": {"type": "TextualBody", "value": "mayor", "format": "text/plain"},
        "target": f"{BASE}/presentation/3/book/canvas/1#xywh=260,30,50,20",
    }


def test_csx_07_the_same_words_have_the_same_key_in_both_versions(ask):
    keys = {version: ask(version, q="mayor") for version in (1, 2)}
    first = keys[1]["resources"][0]["@id"].partition("#")[2]
    assert first == keys[2]["items"][0]["id"].partition("#")[2] == "w9-9"


def _pages(ask):
    documents = [ask(2, q="harbour")]
    while "next" in documents[-1]:
        url = documents[-1]["next"]["id"]
        documents.append(ask(2, q="harbour", from_=url.partition("from=")[2].replace("%3A", ":")))
        assert len(documents) < 10
    return documents


def test_cs2_26_to_30_pages_are_linked_both_ways_and_counted_in_annotations(ask):
    documents = _pages(ask)
    assert len(documents) == 3
    first = {"id": f"{BASE}/search/2/book?q=harbour", "type": "AnnotationPage"}
    for document in documents:
        assert document["partOf"]["type"] == "AnnotationCollection"
        assert document["partOf"]["first"] == first
        assert document["partOf"]["total"] == 7
    assert [d["startIndex"] for d in documents] == [0, 2, 4]
    assert sum(len(d["items"]) for d in documents) == 7
    assert "prev" not in documents[0]
    assert documents[1]["prev"]["type"] == "AnnotationPage"


def test_an_answer_of_one_page_is_not_called_paged(ask):
    assert not {"partOf", "next", "prev"} & set(ask(2, q="mayor"))


def test_cs2_40_to_42_matches_are_described_around_the_words(ask):
    document = ask(2, q="mayor")
    (page,) = document["annotations"]
    assert (page["type"], page["id"]) == ("AnnotationPage", f"{document['id']}#matches")
    (match,) = page["items"]
    assert match["motivation"] == "contextualizing"
    assert "body" not in match
    assert match["target"] == {
        "type": "SpecificResource",
        "source": document["items"][0]["id"],
        "selector": [
            {
                "type": "TextQuoteSelector",
                "exact": "mayor",
                "prefix": "the new harbour wall was opened by the harbour ",
            }
        ],
    }


def test_cs2_45_a_match_over_a_line_end_names_both_annotations_in_order(ask):
    document = ask(2, q='"wall was"')
    (match,) = document["annotations"][0]["items"]
    assert [t["source"] for t in match["target"]] == [i["id"] for i in document["items"]]
    assert [t["selector"][0]["exact"] for t in match["target"]] == ["wall", "was"]
    assert "suffix" not in match["target"][0]["selector"][0]


def test_cs2_46_47_the_inner_collection_is_another_and_counts_matches(ask):
    document = ask(2, q="harbour")
    inner = document["annotations"][0]["partOf"]
    assert inner["id"] != document["partOf"]["id"]
    assert (inner["total"], document["partOf"]["total"]) == (6, 7)


def test_cs2_40_every_source_is_an_item_of_the_same_page(ask):
    for document in _pages(ask):
        names = {item["id"] for item in document["items"]}
        for match in document["annotations"][0]["items"]:
            targets = match["target"] if isinstance(match["target"], list) else [match["target"]]
            assert {target["source"] for target in targets} <= names


def test_match_annotations_of_all_pages_have_ids_of_their_own(ask):
    names = [match["id"] for document in _pages(ask) for match in document["annotations"][0]["items"]]
    assert len(names) == len(set(names)) == 6


def test_nothing_found_is_an_empty_page(ask):
    document = ask(2, q="zeppelin")
    assert document["items"] == []
    assert "annotations" not in document


def test_csx_11_boxes_without_text_say_where_and_not_what(ask):
    document = ask(2, q="mayor", with_text=False)
    assert "annotations" not in document
    assert document["items"][0]["body"]["value"] == ""


def test_cs2_61_to_69_suggestions(complete):
    assert complete(2, q="harb") == {
        "@context": _CONTEXT,
        "id": f"{BASE}/search/2/book/autocomplete?q=harb",
        "type": "TermPage",
        "items": [{"value": "harbour", "total": 6}, {"value": "Harbours", "total": 1}],
    }


def test_cs2_62_ignored_parameters_of_a_term_page(complete):
    assert complete(2, q="harb", color="red")["ignored"] == ["color"]

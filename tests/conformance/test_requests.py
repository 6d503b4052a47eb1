"""What a request may say, over HTTP in every version."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.conformance.shelf import BASE

ALL = (0, 1, 2)


def found(client: FlaskClient, version: int, query: str) -> list[str]:
    """Return the texts that a query string finds on the first page of its answer."""
    document = client.get(f"/search/{version}/harbour?{query}").get_json()
    if version == 2:
        return [item["body"]["value"] for item in document["items"]]
    return [resource["resource"]["chars"] for resource in document["resources"]]


def ignored(client: FlaskClient, version: int, query: str, tail: str = "") -> list[str]:
    document = client.get(f"/search/{version}/harbour{tail}?{query}").get_json()
    holder = document if version == 2 or tail else document["within"]
    names: list[str] = holder.get("ignored", [])
    return names


@pytest.mark.parametrize("version", ALL)
def test_cs1_10_cs2_10_get_is_answered_and_post_is_not(client: FlaskClient, version):
    assert client.get(f"/search/{version}/harbour?q=mayor").status_code == 200
    assert client.post(f"/search/{version}/harbour", data={"q": "mayor"}).status_code == 405


@pytest.mark.parametrize("version", ALL)
def test_cs1_11_cs2_11_all_parameters_of_the_specification_are_implemented(client: FlaskClient, version):
    motivation = "supplementing" if version == 2 else "painting"
    date = "2001-01-01T00:00:00Z/2002-01-01T00:00:00Z"
    assert ignored(client, version, f"q=mayor&motivation={motivation}&date={date}&user=https://a.example/me") == []
    assert found(client, version, f"q=mayor&motivation={motivation}") == ["mayor"]
    assert found(client, version, "q=mayor&motivation=linking") == []


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("query", ["", "q=", "motivation=", "q=&motivation=&date=&user="])
def test_cs1_12_cs2_12_cs0_03_what_is_absent_or_empty_restricts_nothing(client: FlaskClient, version, query):
    assert found(client, version, query)[:2] == ["the new harbour wall", "was opened by the harbour mayor"]


@pytest.mark.parametrize("version", ALL)
def test_cs2_12_cs1_14_a_filter_on_a_field_that_is_missing_finds_nothing(client: FlaskClient, version):
    assert found(client, version, "q=mayor&user=https://a.example/me") == []
    assert found(client, version, "q=mayor&date=2001-01-01T00:00:00Z/2002-01-01T00:00:00Z") == []


@pytest.mark.parametrize("version", ALL)
def test_cs1_13_cs2_13_terms_are_parted_by_blanks_and_all_are_meant(client: FlaskClient, version):
    assert found(client, version, "q=wall+mayor") == ["wall", "mayor"]
    assert found(client, version, "q=wall+zeppelin") == []
    assert found(client, version, "q=https://a.example/tag/7") == []


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("tail", ["", "/autocomplete"])
def test_cs1_21_22_55_cs2_17_62_what_is_not_implemented_is_ignored_and_named(client: FlaskClient, version, tail):
    assert ignored(client, version, "q=may&box=1,1,2,2&page=2&box=3", tail) == ["box", "page"]
    assert ignored(client, version, "q=may", tail) == []


@pytest.mark.parametrize("version", ALL)
def test_csx_02_our_own_parameters_are_never_listed(client: FlaskClient, version):
    assert ignored(client, version, "q=harbour&from=harbour:2&order=rank") == []


@pytest.mark.parametrize("query", ["order=rank", "order=reading", "order="])
def test_an_order_is_kept_in_the_links_of_an_answer(client: FlaskClient, query):
    document = client.get(f"/search/1/harbour?q=harbour&{query}").get_json()
    asked = parse_qsl(query, keep_blank_values=True)
    for url in (document["@id"], document["next"], document["within"]["last"]):
        assert set(asked) <= set(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def test_answers_by_rank_hold_what_those_in_the_order_of_reading_hold(client: FlaskClient):
    def pages(query: str) -> list[str]:
        names, url = [], f"/search/1/harbour?q=harbour+OR+dues&{query}"
        while url:
            document = client.get(url).get_json()
            names += [name for hit in document["hits"] for name in hit["annotations"]]
            url = document.get("next", "").removeprefix(BASE)
        return names

    assert sorted(pages("order=rank")) == sorted(pages(""))
    assert pages("order=rank")[:3] != pages("")[:3]


def test_an_order_that_there_is_none_of_is_refused_with_the_remedy(client: FlaskClient):
    response = client.get("/search/1/harbour?q=x&order=best")
    assert response.status_code == 400
    assert "reading or rank" in response.get_json()["detail"]


def test_cs0_02_a_box_is_not_restricted_to_but_reported(client: FlaskClient):
    assert ignored(client, 0, "q=mayor&box=0,0,1,1") == ["box"]
    assert found(client, 0, "q=mayor&box=0,0,1,1") == ["mayor"]


def test_cs0_05_what_was_ignored_is_dropped_from_the_id(client: FlaskClient):
    document = client.get("/search/0/harbour?q=mayor&box=0,0,1,1").get_json()
    assert document["@id"] == f"{BASE}/search/0/harbour?q=mayor"


@pytest.mark.parametrize("version", ALL)
def test_cs1_50_cs2_60_suggestions_need_the_beginning_of_a_word(client: FlaskClient, version):
    assert client.get(f"/search/{version}/harbour/autocomplete").status_code == 400
    document = client.get(f"/search/{version}/harbour/autocomplete?q=HARB").get_json()
    terms = document["items"] if version == 2 else document["terms"]
    assert [term["value" if version == 2 else "match"] for term in terms] == ["harbour", "Harbours"]


@pytest.mark.parametrize("version", ALL)
def test_cs1_52_filters_narrow_what_suggestions_come_from(client: FlaskClient, version):
    for query in ("motivation=linking", "user=https://a.example/me"):
        document = client.get(f"/search/{version}/harbour/autocomplete?q=har&{query}").get_json()
        assert document["items" if version == 2 else "terms"] == []


@pytest.mark.parametrize("version", ALL)
def test_cs1_53_cs2_60_rare_words_are_left_out_on_request(client: FlaskClient, version):
    document = client.get(f"/search/{version}/harbour/autocomplete?q=har&min=2").get_json()
    assert len(document["items" if version == 2 else "terms"]) == 1


@pytest.mark.parametrize(("version", "motivation"), [(0, "painting"), (1, "painting"), (2, "supplementing")])
def test_csx_06_text_answers_to_the_motivation_of_each_version(client: FlaskClient, version, motivation):
    others = {"painting", "supplementing", "non-painting", "commenting"} - {motivation}
    assert found(client, version, f"q=mayor&motivation={motivation}") == ["mayor"]
    assert [other for other in others if found(client, version, f"q=mayor&motivation={other}")] == []


def test_cs0_04_terms_of_version_0_have_a_url_too(client: FlaskClient):
    (term, *_) = client.get("/search/0/harbour/autocomplete?q=harb").get_json()["terms"]
    assert term == {"match": "harbour", "url": f"{BASE}/search/0/harbour?q=harbour", "count": 6}

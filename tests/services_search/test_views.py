import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lectern.home import Home
from lectern.pack import PackFile
from tests.services_search.conftest import BASE

_VERSIONS = (0, 1, 2)


def _total(response: TestResponse) -> int:
    document = response.get_json()
    total: int = document["within"]["total"] if "within" in document else len(document["items"])
    return total


@pytest.mark.parametrize("version", _VERSIONS)
def test_a_word_is_found_in_every_version(client: FlaskClient, version):
    response = client.get(f"/search/{version}/open?q=mayor")
    assert response.status_code == 200
    assert _total(response) == 1


def test_canvas_ids_and_urls_are_built_from_the_public_url_alone(client: FlaskClient):
    response = client.get(
        "/search/1/open?q=harbour", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    text = response.get_data(as_text=True)
    assert "evil.example" not in text
    assert response.get_json()["resources"][0]["on"].startswith(f"{BASE}/presentation/3/open/canvas/1#xywh=")


@pytest.mark.parametrize("q", ["new+wall", "new%20wall"])
def test_csx_01_plus_and_percent_twenty_are_both_a_blank(client: FlaskClient, q):
    assert _total(client.get(f"/search/1/open?q={q}")) == 2


@pytest.mark.parametrize(
    "path", ["/search/1/open?q=mayor", "/search/2/open?q=mayor", "/search/1/nothing?q=x", "/search/9/x"]
)
def test_csx_20_every_answer_may_be_read_by_any_page_errors_too(client: FlaskClient, path):
    response = client.get(path)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_csx_21_22_json_unless_json_ld_is_asked_for(client: FlaskClient):
    for version in _VERSIONS:
        plain = client.get(f"/search/{version}/open?q=x", headers={"Accept": "*/*"})
        assert plain.content_type == "application/json"
    assert client.get("/search/1/open?q=x").content_type == "application/json"
    assert client.get("/search/2/open?q=x").mimetype == "application/ld+json"
    asked = client.get("/search/2/open?q=x", headers={"Accept": "application/ld+json"})
    assert asked.content_type == 'application/ld+json;profile="http://iiif.io/api/search/2/context.json"'
    assert "Accept" in asked.headers["Vary"]


def test_csx_25_options_needs_no_store_and_no_verdict(client: FlaskClient):
    response = client.options("/search/1/secret?q=x", headers={"Access-Control-Request-Headers": "authorization"})
    assert response.status_code == 204
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_csx_26_head_is_answered(client: FlaskClient):
    response = client.head("/search/1/open?q=mayor")
    assert (response.status_code, response.data) == (200, b"")


def test_csx_27_post_is_refused(client: FlaskClient):
    assert client.post("/search/1/open").status_code == 405


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/search/1/nothing?q=x", 404),
        ("/search/1/open/canvas/9?q=x", 404),
        ("/search/1/open/autocomplete", 400),
        ("/search/1/open?q=" + "x" * 10_240, 400),
        ("/search/1/open?q=x&from=other:1", 400),
        ("/search/1/open/autocomplete?q=x&min=many", 400),
    ],
)
def test_errors_are_one_shape_with_the_empty_members_that_viewers_read(client: FlaskClient, path, status):
    response = client.get(path)
    document = response.get_json()
    assert (response.status_code, document["status"]) == (status, status)
    assert {"type", "title", "detail"} <= set(document)
    assert (document["resources"], document["terms"], document["items"]) == ([], [], [])
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("object_id", ["..", "%2e%2e", "a%2fb", "..%2f..%2fetc%2fpasswd", "collections"])
def test_an_id_that_climbs_is_not_found(client: FlaskClient, object_id):
    assert client.get(f"/search/1/{object_id}?q=x").status_code == 404


def test_a_canvas_is_a_scope(client: FlaskClient):
    document = client.get("/search/1/open/canvas/2?q=harbour").get_json()
    assert document["@id"] == f"{BASE}/search/1/open/canvas/2?q=harbour"
    assert {r["on"].partition("#")[0] for r in document["resources"]} == {f"{BASE}/presentation/3/open/canvas/2"}
    terms = client.get("/search/1/open/canvas/2/autocomplete?q=harb").get_json()["terms"]
    assert [(t["match"], t["count"]) for t in terms] == [("harbour", 2)]


def test_the_next_page_can_be_followed(client: FlaskClient):
    first = client.get("/search/1/open?q=the+harbour").get_json()
    second = client.get(first["next"].removeprefix(BASE)).get_json() if "next" in first else None
    assert first["within"]["total"] == 3
    assert second is None or second["startIndex"] == len(first["resources"])


def test_missing_q_and_stray_parameters_are_no_error(client: FlaskClient):
    response = client.get("/search/1/open?fragment=1")
    assert response.status_code == 200
    assert response.get_json()["within"]["ignored"] == ["fragment"]


@pytest.mark.parametrize("version", _VERSIONS)
@pytest.mark.parametrize("tail", ["?q={}", "/autocomplete?q={}"])
def test_th_78_79_81_82_to_a_stranger_a_secret_text_answers_as_if_it_did_not_exist(client: FlaskClient, version, tail):
    present = client.get(f"/search/{version}/secret{tail.format('harbour')}")
    absent = client.get(f"/search/{version}/secret{tail.format('zeppeli')}")
    assert present.status_code == absent.status_code == 200
    assert present.data.replace(b"harbour", b"zeppeli") == absent.data
    differ = {"X-Request-Id"}
    assert {k: v for k, v in present.headers if k not in differ} == {k: v for k, v in absent.headers if k not in differ}
    assert client.get(f"/search/{version}/open{tail.format('harbour')}").data != present.data


def test_a_secret_text_gives_a_stranger_no_lines_either(client: FlaskClient):
    assert client.get("/search/1/secret").get_json()["resources"] == []


def test_a_cookie_a_bearer_and_a_header_from_nowhere_do_not_open_a_secret_text(client: FlaskClient):
    headers = {
        "Authorization": "Bearer undefined",
        "X-Forwarded-For": "127.0.0.1",
        "Cookie": "__Host-lectern-session=guess",
    }
    assert _total(client.get("/search/1/secret?q=harbour", headers=headers)) == 0


def test_free_text_is_found_by_everyone(client: FlaskClient):
    (hit,) = client.get("/search/1/free?q=mayor").get_json()["hits"]
    assert hit["match"] == "mayor"


def test_th_85_a_hidden_object_looks_like_one_that_is_not_there(client: FlaskClient):
    hidden, unknown = client.get("/search/1/hidden?q=x"), client.get("/search/1/unknown?q=x")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.data.replace(b"hidden", b"unknown") == unknown.data


def test_th_72_answers_about_restricted_texts_are_never_shared(client: FlaskClient):
    assert "no-store" in client.get("/search/1/secret?q=x").headers["Cache-Control"]
    assert "public" in client.get("/search/1/open?q=x").headers["Cache-Control"]


def test_a_torn_index_is_a_503_and_the_log_names_the_remedy(client: FlaskClient, home: Home, capfd):
    from tests.services_search.conftest import add_object

    add_object(home, "torn", "open")
    (pack,) = (home.path / "index").rglob("torn.*.pack")
    pack.write_bytes(pack.read_bytes()[:-10])
    response = client.get("/search/1/torn?q=x")
    assert response.status_code == 503
    assert str(home.path) not in response.get_data(as_text=True)
    assert "torn." not in response.get_json()["detail"]
    assert response.headers["Retry-After"]
    output = capfd.readouterr()
    assert "lectern reindex" in output.out + output.err
    assert client.get("/search/1/open?q=mayor").status_code == 200


@pytest.mark.parametrize("section", ["blocks", "block_offsets"])
def test_an_index_that_a_disk_has_spoilt_is_a_503_too(client: FlaskClient, home: Home, capfd, section: str):
    from tests.services_search.conftest import add_object

    name = f"spoilt-{section}"
    add_object(home, name, "open")
    (path,) = (home.path / "index").rglob(f"{name}.*.pack")
    held = bytes(PackFile(path).section(section))
    with path.open("r+b") as file:
        file.seek(path.read_bytes().index(held))
        file.write(b"\xff" * len(held))
    response = client.get(f"/search/1/{name}")
    assert response.status_code == 503
    output = capfd.readouterr()
    assert section in output.out + output.err

import pytest
from flask.testing import FlaskClient

from .conftest import BASE, HEIGHT, WIDTH, House
from .test_pixels import get


def ids(document: dict[str, str]) -> str | None:
    return document.get("@id") or document.get("id")


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("suffix", ["", "/"])
def test_the_base_uri_leads_to_info_json_on_the_configured_host(stranger: FlaskClient, version: int, suffix: str):
    for image in ("leaflet-1", "secret-1", "letters-1~degraded"):
        answer = get(stranger, f"/iiif/{version}/{image}{suffix}", Host="evil.example")
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"{BASE}/iiif/{version}/{image}/info.json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("version", [2, 3])
def test_an_open_image_has_a_public_info_json_without_services(stranger: FlaskClient, version: int):
    answer = get(stranger, f"/iiif/{version}/leaflet-1/info.json")
    assert answer.status_code == 200
    assert ids(answer.json) == f"{BASE}/iiif/{version}/leaflet-1"
    assert (answer.json["width"], answer.json["height"]) == (WIDTH, HEIGHT)
    assert "service" not in answer.json
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert f'<http://iiif.io/api/image/{version}/level2.json>;rel="profile"' in answer.headers["Link"]
    assert (
        get(stranger, f"/iiif/{version}/leaflet-1/info.json", If_None_Match=answer.headers["ETag"]).status_code == 304
    )


@pytest.mark.parametrize(
    ("version", "accept", "expected"),
    [
        (2, None, "application/json"),
        (2, "*/*", "application/json"),
        (2, "application/ld+json", "application/ld+json"),
        (3, None, "application/ld+json"),
        (3, "*/*", "application/json"),
        (3, "application/json", "application/json"),
        (3, "application/ld+json, application/json;q=0.5", "application/ld+json"),
        (3, "text/html", "application/json"),
    ],
)
def test_the_media_type_is_negotiated(stranger: FlaskClient, version: int, accept: str | None, expected: str):
    answer = get(stranger, f"/iiif/{version}/leaflet-1/info.json", **({"Accept": accept} if accept else {}))
    assert answer.mimetype == expected
    if expected == "application/ld+json":
        assert answer.mimetype_params["profile"] == f"http://iiif.io/api/image/{version}/context.json"
    else:
        assert "json-ld#context" in answer.headers["Link"]
    assert "Accept" in answer.vary


def test_a_stranger_gets_401_with_the_whole_document_and_the_login_services(stranger: FlaskClient, house: House):
    answer = get(stranger, "/iiif/2/secret-1/info.json")
    assert answer.status_code == 401
    document = answer.json
    assert document["@id"] == f"{BASE}/iiif/2/secret-1"
    assert (document["width"], document["height"]) == (WIDTH, HEIGHT)
    assert document["profile"][0].endswith("level2.json")
    assert document["tiles"]
    login = document["service"][0]
    assert login["@id"] == f"{BASE}/auth/access/sealed"
    assert login["profile"] == "http://iiif.io/api/auth/1/login"
    assert login["label"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert {"Accept", "Cookie", "Authorization"} <= set(answer.vary)
    assert "ETag" not in answer.headers
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_with_a_tier_a_stranger_is_sent_to_its_own_info_json(stranger: FlaskClient):
    answer = get(stranger, "/iiif/2/letters-1/info.json")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{BASE}/iiif/2/letters-1~degraded/info.json"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    tier = get(stranger, "/iiif/2/letters-1~degraded/info.json")
    assert tier.status_code == 200
    assert tier.json["@id"] == f"{BASE}/iiif/2/letters-1~degraded"
    assert (tier.json["width"], tier.json["height"]) == (WIDTH, HEIGHT)
    assert tier.json["service"][0]["@id"] == f"{BASE}/auth/access/members"
    assert tier.headers["Cache-Control"] == "public, max-age=300"


def test_signed_in_without_the_role_it_is_the_tier_or_401_as_well(outsider: FlaskClient):
    assert get(outsider, "/iiif/2/letters-1/info.json").status_code == 302
    assert get(outsider, "/iiif/2/secret-1/info.json").status_code == 401


@pytest.mark.parametrize(("name", "policy"), [("letters", "members"), ("secret", "sealed")])
def test_a_cookie_or_a_bearer_token_opens_version_2_and_the_services_stay_listed(
    house: House, member: FlaskClient, stranger: FlaskClient, name: str, policy: str
):
    token = house.context.sessions.issue_token(house.cookie("ada"), policy, 1, BASE)
    assert token is not None
    by_cookie = get(member, f"/iiif/2/{name}-1/info.json")
    by_token = get(stranger, f"/iiif/2/{name}-1/info.json", Authorization=f"Bearer {token.value}")
    for answer in (by_cookie, by_token):
        assert answer.status_code == 200
        assert answer.json["@id"] == f"{BASE}/iiif/2/{name}-1"
        assert answer.json["service"][0]["@id"] == f"{BASE}/auth/access/{policy}"
        assert "no-store" in answer.headers["Cache-Control"]
    assert get(stranger, f"/iiif/2/{name}-1/info.json", Authorization="Bearer made-up").status_code in (302, 401)


def test_a_token_of_one_policy_opens_no_other(house: House, stranger: FlaskClient):
    token = house.context.sessions.issue_token(house.cookie("ada"), "members", 1, BASE)
    assert token is not None
    assert get(stranger, "/iiif/2/secret-1/info.json", Authorization=f"Bearer {token.value}").status_code == 401


@pytest.mark.parametrize("name", ["letters", "secret", "newspaper", "memoir"])
def test_version_3_is_open_to_everybody_and_names_the_probe(
    stranger: FlaskClient, member: FlaskClient, outsider: FlaskClient, name: str
):
    answers = [get(client, f"/iiif/3/{name}-1/info.json") for client in (stranger, member, outsider)]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.json == answers[0].json
    document = answers[0].json
    assert document["@context"] == [
        "http://iiif.io/api/auth/2/context.json",
        "http://iiif.io/api/image/3/context.json",
    ]
    probe = document["service"][0]
    assert (probe["id"], probe["type"]) == (f"{BASE}/auth/probe/{name}-1", "AuthProbeService2")
    assert probe["profile"]
    assert "no-store" in answers[0].headers["Cache-Control"]


def test_the_tier_in_version_3_is_plainly_open(stranger: FlaskClient):
    answer = get(stranger, "/iiif/3/letters-1~degraded/info.json")
    assert answer.status_code == 200
    assert answer.json["id"] == f"{BASE}/iiif/3/letters-1~degraded"
    assert (answer.json["width"], answer.json["height"]) == (WIDTH, HEIGHT)
    assert "service" not in answer.json
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_head_of_info_json_has_the_same_verdict(stranger: FlaskClient, member: FlaskClient):
    for client in (stranger, member):
        for path in ("/iiif/2/secret-1/info.json", "/iiif/2/letters-1/info.json", "/iiif/3/secret-1/info.json"):
            got, head = client.get(path), client.head(path)
            assert head.data == b""
            assert (head.status_code, dict(head.headers)) == (got.status_code, dict(got.headers))


def test_a_public_info_json_answers_304_only_to_its_own_media_type(stranger: FlaskClient):
    path = "/iiif/2/leaflet-1/info.json"
    etag = get(stranger, path).headers["ETag"]
    assert get(stranger, path, If_None_Match=etag, Accept="application/ld+json").status_code == 200

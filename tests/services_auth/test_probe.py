"""The probe: HTTP 200 to everybody, and the truth in the body (TH-91)."""

import pytest

from tests.services_auth.conftest import Browser, Site


@pytest.fixture
def reader(browser: Browser) -> Browser:
    browser.sign_in()
    return browser


@pytest.mark.parametrize(
    ("image", "status"),
    [
        ("open-1", 200),
        ("lifted-1", 200),
        ("members-1", 401),
        ("members-1~degraded", 200),
        ("members-1~other", 404),
        ("open-1~degraded", 404),
        ("staff-1", 401),
        ("terms-1", 401),
        ("room-1", 401),
        ("embargo-1", 401),
        ("members-3", 404),
        ("members-4", 404),
        ("members-0", 404),
        ("members-01", 404),
        ("nothing-1", 404),
        ("members", 404),
        ("secret-1", 404),
        ("typo-1", 404),
    ],
)
def test_what_a_stranger_is_told(browser: Browser, image: str, status: int):
    result = browser.probe(image)
    assert (result["type"], result["status"]) == ("AuthProbeResult2", status)
    assert ("substitute" in result) is (image == "members-1")


def test_th_91_a_hidden_object_and_one_that_there_is_not_look_the_same(browser: Browser):
    hidden, unknown = (browser.get(f"/auth/probe/{image}") for image in ("secret-1", "nothing-1"))
    assert hidden.data == unknown.data
    names = ("Cache-Control", "Vary", "Content-Type")
    assert [hidden.headers[name] for name in names] == [unknown.headers[name] for name in names]


def test_a_token_counts_at_the_probe_without_a_cookie(reader: Browser, site: Site):
    token = reader.token(2, "members")
    elsewhere = site.browser()
    assert elsewhere.probe("members-1")["status"] == 401
    assert elsewhere.probe("members-1", token)["status"] == 200


def test_a_cookie_counts_at_the_probe_too(reader: Browser):
    assert reader.probe("members-1")["status"] == 200
    assert reader.probe("staff-1")["status"] == 403


def test_th_32_a_token_of_another_policy_or_version_is_no_token(reader: Browser, site: Site):
    reader.accept("terms")
    elsewhere = site.browser()
    assert elsewhere.probe("members-1", reader.token(2, "terms"))["status"] == 401
    assert elsewhere.probe("members-1", reader.token(1, "members"))["status"] == 401
    assert elsewhere.probe("terms-1", reader.token(2, "terms"))["status"] == 200


@pytest.mark.parametrize("token", ["undefined", "null", "x" * 5000, "ä", "'; --"])
def test_aux_30_a_bad_token_is_like_none(browser: Browser, token: str):
    plain = browser.get("/auth/probe/members-1")
    answer = browser.get("/auth/probe/members-1", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.data == plain.data


@pytest.mark.parametrize("query", ["id=http://evil.tld/x", "access_token=TOKEN", "token=TOKEN"])
def test_th_91_th_31_the_query_is_not_looked_at(reader: Browser, site: Site, query: str):
    query = query.replace("TOKEN", reader.token(2, "members"))
    answer = site.browser().get(f"/auth/probe/members-1?{query}")
    assert answer.get_json()["status"] == 401
    assert "evil" not in answer.text


@pytest.mark.parametrize("image", ["open-1", "members-1", "nothing-1"])
def test_th_76_any_page_may_read_the_answer_without_credentials(browser: Browser, image: str):
    for answer in (
        browser.get(f"/auth/probe/{image}"),
        browser.get(f"/auth/probe/{image}", headers={"Origin": "null"}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert {"Cookie", "Authorization"} <= {name.strip() for name in answer.headers["Vary"].split(",")}


def test_th_76_the_preflight_names_authorization_and_judges_nothing(browser: Browser):
    headers = {"Origin": "https://viewer.example.net", "Access-Control-Request-Headers": "authorization"}
    answer = browser.client.options("/auth/probe/members-1", headers=headers)
    assert answer.status_code == 204
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


def test_th_93_an_embargo_ends_at_its_instant(browser: Browser, site: Site):
    site.clock.move(3599)
    assert browser.probe("embargo-1")["status"] == 401
    site.clock.move(1)
    assert browser.probe("embargo-1")["status"] == 200


def test_only_get_and_head(browser: Browser):
    assert browser.post("/auth/probe/members-1").status_code == 405

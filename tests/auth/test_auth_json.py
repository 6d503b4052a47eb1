"""The JSON of both versions, against the clauses of the specifications."""

from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from auth.auth1 import auth1_services, token_error_1, token_message_1
from auth.auth2 import auth2_probe_service, probe_failure, probe_result, token_error_2, token_message_2
from auth.decision import STRANGER, Reader, Reason, decide
from auth.policy import OPEN, Policy, Substitute, closed_policy
from auth.services import TokenError, token_error_of
from auth.wording import built_in
from lectern.ids import ImageId
from lectern.urls import Urls
from tests.policies import policies_of

URLS = Urls("https://books.example.org")
IMAGE = ImageId("letters", 3)
WORDS = built_in()
NOW = datetime(2026, 5, 4, tzinfo=UTC)
BASE1 = "http://iiif.io/api/auth/1/"


@pytest.fixture
def policy(tmp_path: Path):
    def make(*patterns: str, substitute: bool = False) -> Policy:
        lines = ["[policies.p]", f"patterns = {list(patterns)}".replace("'", '"')]
        if {"external", "kiosk"} & set(patterns):
            lines.append('networks = ["10.0.0.0/8"]')
        if substitute:
            lines.append("substitute = { max_scale = 0.2 }")
        (tmp_path / "policies.toml").write_text("\n".join(lines))
        return policies_of(tmp_path / "policies.toml", "Harbour Library").get("p")

    return make


@pytest.mark.parametrize("pattern", ["login", "clickthrough", "kiosk"])
def test_au1_an_access_service_has_what_the_specification_asks_for(policy, pattern: str):
    (service,) = auth1_services(policy(pattern), URLS)
    assert service["@context"] == BASE1 + "context.json"
    assert service["@id"] == "https://books.example.org/auth/access/p"
    assert service["profile"] == BASE1 + pattern
    assert "Harbour Library" in service["label"]
    token = service["service"][0]
    assert token == {"@id": "https://books.example.org/auth/token/1/p", "profile": BASE1 + "token"}


@pytest.mark.parametrize("pattern", ["login", "clickthrough"])
def test_au1_07_a_person_is_told_what_for_and_can_sign_out(policy, pattern: str):
    (service,) = auth1_services(policy(pattern), URLS)
    assert all(service[key] for key in ("header", "description", "confirmLabel"))
    assert all(service[key] for key in ("failureHeader", "failureDescription"))
    logout = service["service"][1]
    assert (logout["@id"], logout["profile"]) == ("https://books.example.org/auth/logout", BASE1 + "logout")
    assert logout["label"] == "Sign out of Harbour Library"


def test_au1_05_external_has_no_id_and_needs_no_logout(policy):
    (service,) = auth1_services(policy("external"), URLS)
    assert "@id" not in service
    assert service["profile"] == BASE1 + "external"
    assert len(service["service"]) == 1


def test_viewer_rule_18_beside_a_login_nothing_else_is_offered(policy):
    (service,) = auth1_services(policy("login", "external", "kiosk", "clickthrough"), URLS)
    assert service["profile"] == BASE1 + "login"


def test_au0_01_version_0_is_version_1_with_other_constants(policy):
    zero, one = (auth1_services(policy("login"), URLS, version) for version in (0, 1))
    text = repr(zero).replace("/auth/0/", "/auth/1/").replace("/token/0/", "/token/1/")
    assert text == repr(one)


def test_the_flavour_for_presentation_3_has_types_and_lists(policy):
    (service,) = auth1_services(policy("login"), URLS, typed=True)
    assert service["@type"] == "AuthCookieService1"
    assert [inner["@type"] for inner in service["service"]] == ["AuthTokenService1", "AuthLogoutService1"]
    (plain,) = auth1_services(policy("login"), URLS)
    assert "@type" not in repr(plain)


def test_what_no_service_opens_has_none():
    assert auth1_services(OPEN, URLS) == []
    assert auth1_services(closed_policy("gone"), URLS) == []


def test_viewer_rule_12_every_service_in_an_info_json_has_a_profile(policy):
    def walk(service):
        yield service
        for inner in service.get("service", ()):
            yield from walk(inner)

    for pattern in ("login", "clickthrough", "external", "kiosk"):
        (service,) = auth1_services(policy(pattern), URLS)
        assert all(isinstance(each["profile"], str) for each in walk(service))
    assert auth2_probe_service(policy("login"), URLS, IMAGE)["profile"] == "http://iiif.io/api/auth/2/probe"


def test_au2_06_to_11_the_probe_leads_to_an_active_access_service(policy):
    probe = auth2_probe_service(policy("login"), URLS, IMAGE)
    assert probe["id"] == "https://books.example.org/auth/probe/letters-3"
    assert probe["type"] == "AuthProbeService2"
    (access,) = probe["service"]
    assert (access["type"], access["profile"]) == ("AuthAccessService2", "active")
    assert access["id"] == "https://books.example.org/auth/access/p"
    assert access["label"]["en"] == ["Sign in to Harbour Library"]
    assert {"heading", "note", "confirmLabel"} <= set(access)
    token, logout = access["service"]
    assert (token["id"], token["type"]) == ("https://books.example.org/auth/token/2/p", "AuthAccessTokenService2")
    assert (logout["type"], logout["label"]["en"]) == ("AuthLogoutService2", ["Sign out of Harbour Library"])
    assert "@context" not in repr(probe)


def test_au2_07_external_has_no_id_and_comes_first(policy):
    external, active = auth2_probe_service(policy("external", "login"), URLS, IMAGE)["service"]
    assert external["profile"] == "external"
    assert "id" not in external
    assert active["profile"] == "active"


def test_au2_07_kiosk_has_an_id(policy):
    (kiosk,) = auth2_probe_service(policy("kiosk"), URLS, IMAGE)["service"]
    assert (kiosk["profile"], kiosk["id"]) == ("kiosk", "https://books.example.org/auth/access/p")


def test_au2_06_also_what_nothing_opens_has_an_access_service():
    (access,) = auth2_probe_service(closed_policy("gone"), URLS, IMAGE)["service"]
    assert access["profile"] == "external"


def test_au1_30_and_31_the_token_with_and_without_a_message_id():
    assert token_message_1("t", 300) == {"accessToken": "t", "expiresIn": 300}
    assert token_message_1("t", 300, "7") == {"messageId": "7", "accessToken": "t", "expiresIn": 300}


def test_au2_32_the_token_message():
    assert token_message_2("t", 300, "7") == {
        "@context": "http://iiif.io/api/auth/2/context.json",
        "type": "AuthAccessToken2",
        "messageId": "7",
        "accessToken": "t",
        "expiresIn": 300,
    }


@pytest.mark.parametrize("error", TokenError)
def test_th_09_errors_have_the_profiles_of_the_specifications(policy, error: TokenError):
    one, two = token_error_1(error, policy("login"), WORDS, "7"), token_error_2(error, policy("login"), WORDS, "7")
    assert one["error"] in {
        "invalidRequest",
        "missingCredentials",
        "invalidCredentials",
        "invalidOrigin",
        "unavailable",
    }
    assert one["description"]
    assert two["type"] == "AuthAccessTokenError2"
    assert two["profile"] in {
        "invalidRequest",
        "invalidOrigin",
        "missingAspect",
        "invalidAspect",
        "expiredAspect",
        "unavailable",
    }
    assert one["messageId"] == two["messageId"] == "7"
    assert ("note" in two) <= ("heading" in two)
    assert error.status in (400, 401, 503)


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        (Reason.SIGN_IN, TokenError.MISSING),
        (Reason.TERMS_MISSING, TokenError.MISSING),
        (Reason.EXPIRED, TokenError.EXPIRED),
        (Reason.ROLE_MISSING, TokenError.REFUSED),
        (Reason.OUTSIDE, TokenError.REFUSED),
        (Reason.CLOSED, TokenError.REFUSED),
    ],
)
def test_a_denial_has_its_error(reason: Reason, error: TokenError):
    assert token_error_of(reason) is error


def result(policy: Policy, who: Reader = STRANGER, image: ImageId = IMAGE):
    return probe_result(policy, decide(policy, who, None, NOW), URLS, image, WORDS)


def test_au2_43_success_has_neither_substitute_nor_texts(policy):
    found = result(policy("login", substitute=True), Reader("ann", session=True))
    assert found == {"@context": "http://iiif.io/api/auth/2/context.json", "type": "AuthProbeResult2", "status": 200}


def test_au2_43_to_45_a_denial_offers_the_reduced_version(policy):
    found = result(policy("login", substitute=True))
    assert found["status"] == 401
    (substitute,) = found["substitute"]
    assert substitute["type"] == "Image"
    assert substitute["service"][0]["id"] == "https://books.example.org/iiif/3/letters-3~degraded"
    assert substitute["id"] == "https://books.example.org/iiif/3/letters-3~degraded/full/max/0/default.jpg"
    assert found["heading"]
    assert found["note"]


def test_au2_45_with_a_substitute_the_status_is_401_even_for_a_reader_who_will_never_be_let_in():
    policy = Policy("p", patterns=frozenset({"login"}), roles=frozenset({"a"}), substitute=Substitute(0.2))
    assert result(policy, Reader("bob", session=True))["status"] == 401
    plain = Policy("p", patterns=frozenset({"login"}), roles=frozenset({"a"}))
    denied = result(plain, Reader("bob", session=True))
    assert denied["status"] == 403
    assert "substitute" not in denied


def test_the_reduced_version_itself_is_open_and_an_unknown_one_is_not_there(policy):
    small = policy("login", substitute=True)
    assert result(small, image=ImageId("letters", 3, "degraded"))["status"] == 200
    assert result(small, image=ImageId("letters", 3, "other"))["status"] == 404
    assert result(policy("login"), image=ImageId("letters", 3, "degraded"))["status"] == 404


def test_who_will_never_be_let_in_reads_why(policy):
    room = policy("external")
    assert result(room)["heading"]["en"] == [room.texts.failure_header]
    assert result(policy("login"))["heading"]["en"] == ["Sign in to see this"]
    assert result(closed_policy("gone"))["heading"]["en"] == ["Not open to you"]


def test_a_failure_is_a_probe_result_too():
    for status in (404, 503):
        found = probe_failure(status, WORDS)
        assert (found["type"], found["status"]) == ("AuthProbeResult2", status)
        assert found["heading"]


def test_texts_carry_the_language_of_the_policy(tmp_path: Path):
    (tmp_path / "p.toml").write_text('[policies.p]\npatterns = ["login"]\nlabel = "Anmelden"\nlanguage = "de"\n')
    policy = policies_of(tmp_path / "p.toml").get("p")
    (access,) = auth2_probe_service(policy, URLS, IMAGE)["service"]
    assert access["label"] == {"de": ["Anmelden"]}


def test_networks_are_told_to_nobody(policy):
    room = policy("external")
    assert ip_network("10.0.0.0/8") in room.networks
    assert "10.0.0.0" not in repr(auth1_services(room, URLS)) + repr(auth2_probe_service(room, URLS, IMAGE))

"""Every auth block in info.json and manifests, and every message, against the schemas of docs/schemas."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from auth.auth1 import token_error_1
from auth.auth2 import probe_denied, probe_failure, probe_moved, probe_service, token_error_2
from auth.contents import Content, image_content
from auth.decision import STRANGER, decide
from auth.policy import Policy
from auth.services import TokenError, protocol_map
from auth.wording import built_in
from lectern.clock import utc_now
from lectern.ids import ImageId
from lectern.urls import Urls
from tests.conformance.auth_shelf import BASE, POLICIES, RESTRICTED, VIEWER, MakeSite, enter
from tests.conformance.test_schemas import errors
from tests.policies import policies_of
from tests.services_auth.conftest import Browser, Site, posted

URLS = Urls(BASE)
WORDS = built_in()
DOCUMENTS = ("/iiif/2/{}-1/info.json", "/iiif/3/{}-1/info.json", "/presentation/2/{}/manifest")
MANIFEST3 = "/presentation/3/{}/manifest"
_PDF = Content(f"{BASE}/files/book.pdf", "Text", "application/pdf", {"en": ["The book (PDF)"]})


def blocks(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every outermost auth service of a document with the name of its schema."""
    if isinstance(document, list):
        for each in document:
            yield from blocks(each)
    elif isinstance(document, dict):
        if "/api/auth/" in str(document.get("@context")) and "label" in document and "profile" in document:
            yield "auth-1-service", document
        elif document.get("type") == "AuthProbeService2":
            yield "auth-2-service", document
        else:
            yield from blocks(list(document.values()))


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("path", [*DOCUMENTS, MANIFEST3])
@pytest.mark.parametrize("name", RESTRICTED)
def test_every_block_of_info_json_and_manifests_is_valid(make_house: MakeSite, name: str, path: str, version: int):
    browser = make_house(auth_profile=version).browser()
    # In Image 2.1 a stranger is sent from a picture with a tier to that tier's own document (AU1-55).
    name_in_path = "{}-1~degraded" if name == "tiered" and path.startswith("/iiif/2") else "{}-1"
    document = browser.get(path.replace("{}-1", name_in_path).format(name)).get_json()
    found = list(blocks(document))
    without_id = {"external"}  # a manifest with a service that has no id is not valid: info.json tells it (PR3-12)
    if "/iiif/" in path or name not in without_id:
        assert found, document
    for schema, block in found:
        assert errors(schema, block) == []
        if schema == "auth-1-service":
            assert f"/api/auth/{version}/" in block["profile"]


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("name", RESTRICTED)
def test_every_message_of_the_token_service_is_valid(house: Site, name: str, version: int):
    schema = "auth-2-token" if version == 2 else "auth-1-token"
    reader = house.browser()
    assert errors(schema, reader.message(version, name)) == []
    enter(reader, name)
    found = reader.message(version, name)
    assert "accessToken" in found
    assert errors(schema, found) == []
    if version < 2:
        assert errors(schema, reader.get(f"/auth/token/{version}/{name}").get_json()) == []
        assert errors(schema, house.browser().get(f"/auth/token/{version}/{name}").get_json()) == []
    nameless = reader.get(f"/auth/token/{version}/{name}", query_string={"origin": VIEWER})
    assert errors(schema, posted(nameless)[0] if version == 2 else nameless.get_json()) == []


@pytest.mark.parametrize("name", [*RESTRICTED, "open", "hidden", "nothing"])
def test_every_probe_result_is_valid(house: Site, name: str):
    reader = house.browser()
    assert errors("auth-2-result", reader.probe(f"{name}-1")) == []
    if name in RESTRICTED:
        enter(reader, name)
        assert errors("auth-2-result", reader.probe(f"{name}-1", reader.token(2, name))) == []


@pytest.fixture
def policy(tmp_path) -> Policy:
    (tmp_path / "policies.toml").write_text(POLICIES)
    return policies_of(tmp_path / "policies.toml", "Harbour Library").get("embargo")


@pytest.mark.parametrize("error", TokenError)
def test_every_error_is_valid(policy: Policy, error: TokenError):
    assert errors("auth-1-token", token_error_1(error, policy, WORDS)) == []
    assert errors("auth-1-token", token_error_1(error, policy, WORDS, "7")) == []
    assert errors("auth-2-token", token_error_2(error, policy, WORDS, "")) == []


def test_every_kind_of_result_is_valid(policy: Policy):
    denied = decide(policy, STRANGER, None, utc_now())
    small = image_content(URLS.image(ImageId("book", 1, "small"), 3), protocol_map(WORDS, "reduced_label"))
    restricted = Content(_PDF.id, "Text", services=(probe_service(policy, URLS, f"{BASE}/auth/probe/book.pdf"),))
    for result in (
        probe_denied(policy, denied, WORDS),
        probe_denied(policy, denied, WORDS, [small]),
        probe_denied(policy, denied, WORDS, [restricted, _PDF]),
        probe_moved(small),
        probe_moved(_PDF),
        probe_failure(404, WORDS),
        probe_failure(503, WORDS),
    ):
        assert errors("auth-2-result", result) == []


def _set(value: Any, *path: Any) -> Callable[[Any], None]:
    def spoil(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return spoil


def _drop(*path: Any) -> Callable[[Any], None]:
    def spoil(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        del document[path[-1]]

    return spoil


_BROKEN_1: dict[str, Callable[[Any], None]] = {
    "AU1-03": _drop("@context"),
    "AU1-04": _set("http://iiif.io/api/auth/1/oauth", "profile"),
    "AU1-05": _drop("@id"),
    "AU1-06": _drop("label"),
    "AU1-09": _set({}, "service"),
    "AU1-10": _set("http://iiif.io/api/auth/1/context.json", "service", 0, "@context"),
    "AU1-11": _drop("service", 1, "label"),
    "a language map": _set({"en": ["Sign in"]}, "label"),
    "markup": _set("<b>Sign in</b>", "label"),
    "a query in an id": _set(f"{BASE}/auth/access/login?x=1", "@id"),
}
_BROKEN_2: dict[str, Callable[[Any], None]] = {
    "AU2-02": lambda d: d.update(service=d["service"][0]),
    "AU2-05": _set("http://iiif.io/api/auth/2/context.json", "@context"),
    "AU2-06": _drop("errorHeading"),
    "AU2-06, none": _set([], "service"),
    "AU2-07": _drop("service", 0, "id"),
    "AU2-07, external": _set("external", "service", 0, "profile"),
    "AU2-08": lambda d: d["service"][0]["service"].reverse(),
    "AU2-09": _drop("service", 0, "label"),
    "AU2-09, string": _set("Sign in", "service", 0, "label"),
    "AU2-10": _drop("service", 0, "service", 0, "errorHeading"),
    "AU2-11": _drop("service", 0, "service", 1, "label"),
    "rule 12": _drop("profile"),
}
_BROKEN_RESULT: dict[str, Callable[[Any], None]] = {
    "AU2-41": _set("401", "status"),
    "AU2-42": _drop("@context"),
    "AU2-43": _set(200, "status"),
    "AU2-45": _set(403, "status"),
    "AU2-46": _set({"id": f"{BASE}/x", "type": "Image"}, "location"),
    "AU2-47": _drop("heading"),
}


@pytest.mark.parametrize("spoil", _BROKEN_1.values(), ids=_BROKEN_1.keys())
def test_broken_blocks_of_auth_1_are_refused(stranger: Browser, spoil):
    _refused(stranger.get("/iiif/2/login-1/info.json").get_json(), spoil)


@pytest.mark.parametrize("spoil", _BROKEN_2.values(), ids=_BROKEN_2.keys())
def test_broken_blocks_of_auth_2_are_refused(stranger: Browser, spoil):
    _refused(stranger.get("/iiif/3/login-1/info.json").get_json(), spoil)


@pytest.mark.parametrize("spoil", _BROKEN_RESULT.values(), ids=_BROKEN_RESULT.keys())
def test_broken_results_are_refused(stranger: Browser, spoil):
    broken = deepcopy(stranger.probe("tiered-1"))
    spoil(broken)
    assert errors("auth-2-result", broken) != []


def _refused(document: Any, spoil: Callable[[Any], None]) -> None:
    ((schema, block),) = blocks(document)
    spoil(block)
    assert errors(schema, block) != []

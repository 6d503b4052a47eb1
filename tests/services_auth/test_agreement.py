"""TH-92: whoever asks, however, the answers of gate, probe, token service and verify agree."""

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.decision import decide
from auth.identity import Identity
from lectern.ids import ImageId
from services.credentials import COOKIE
from services.gate import Gate
from tests.services_auth.conftest import BASE, OBJECTS, SECRET, VIEWER, Site

ACCOUNTS = (Identity("ann", ("member",)), Identity("bob", ("guest",)), Identity("cyd", ("member", "staff")))


@dataclass(frozen=True)
class Case:
    """Somebody, somewhere, at some time, asks for something."""

    account: Identity | None
    terms: bool
    item: str
    tier: str | None
    address: str
    at: int  # seconds after sign-in
    signed_out: bool


cases = st.builds(
    Case,
    account=st.sampled_from([None, *ACCOUNTS]),
    terms=st.booleans(),
    item=st.sampled_from(OBJECTS),
    tier=st.sampled_from([None, None, "degraded", "other"]),
    address=st.sampled_from(["10.1.2.3", "192.0.2.7", "2001:db8::1"]),
    at=st.sampled_from([0, 599, 600, 1199, 1200, 3600, 40000]),
    signed_out=st.booleans(),
)


def enter(site: Site, case: Case) -> str | None:
    """Return the cookie that this reader has, ended or not."""
    sessions, cookie = site.context.sessions, None
    if case.account is not None:
        cookie = sessions.sign_in(case.account, VIEWER)
    if case.terms:
        cookie = sessions.accept_terms(site.context.policies.current().get("terms").terms, VIEWER, cookie)
    if case.signed_out:
        sessions.sign_out(cookie)
    return cookie


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases)
def test_th_92_every_door_gives_the_same_answer(site: Site, case: Case):
    start = site.clock.now
    try:
        check(site, case)
    finally:
        site.clock.now = start


def check(site: Site, case: Case) -> None:
    gate, client = Gate(site.context), site.app.test_client(use_cookies=False)
    cookie = enter(site, case)
    site.clock.move(case.at)
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    peer = {"REMOTE_ADDR": case.address}
    row = site.row(case.item)
    image = ImageId(case.item, 1, case.tier)

    request = site.request(address=case.address, **headers)
    asker = gate.asker(request)
    rules, policy = asker.rules(row), asker.rules(row).policy
    verdict = asker.verdict(rules)
    assert verdict == decide(policy, asker.reader, gate.address(request), site.clock())
    assert gate.asker(request, token_version=1).verdict(rules) == verdict  # Auth 1 info.json looks here

    of_tier = 200 if case.tier == policy.tier else 404
    expected = verdict.status if case.tier is None else of_tier
    hidden = verdict.manifest == "hidden"

    probe = client.get(f"/auth/probe/{image}", base_url=BASE, headers=headers, environ_overrides=peer).get_json()
    if hidden:
        assert probe["status"] == 404
    elif verdict.tier and not verdict.allowed and case.tier is None:
        assert (probe["status"], "substitute" in probe) == (401, True)
    else:
        assert probe["status"] == expected
        assert "substitute" not in probe

    asked = {
        **headers,
        "X-Lectern-Secret": SECRET,
        "X-Original-URI": f"/iiif/2/{image}/full/max/0/default.jpg",
        "X-Forwarded-For": case.address,
    }
    verified = client.get("/auth/verify", base_url=BASE, headers=asked, environ_overrides={"REMOTE_ADDR": "127.0.0.1"})
    assert (verified.status_code == 204) is (expected == 200)

    query = {"messageId": "7", "origin": VIEWER}
    for version in (1, 2):
        path = f"/auth/token/{version}/{case.item}"
        page = client.get(path, query_string=query, base_url=BASE, headers=headers, environ_overrides=peer)
        assert ("accessToken" in page.text) is verdict.allowed

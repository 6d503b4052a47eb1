"""Two replicas of every service: whatever one of them was told, the other knows, and nobody is kept at one of them."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from auth.throttle import PER_ACCOUNT
from lectern.clock import utc_now
from services import SERVICES
from tests.deployment.reader import ORIGIN, Visitor
from tests.hostile_provider import HostileProvider, hostile_provider, signed
from tests.ingest.files import alto, string, text_lines
from tests.replicas.machines import machines
from tests.replicas.shelf import PASSWORD, POLICIES, TILE, fill, page_load, sign_out, sso, tile
from tests.replicas.site import Routed, Site, site
from tests.replicas.stores import Stores
from tests.replicas.watching import reading, within
from tests.services_nginx.gateway import SECRET, nginx_program

pytestmark = pytest.mark.nginx

_BUDGET = 6


@pytest.fixture(scope="module")
def provider() -> Iterator[HostileProvider]:
    with hostile_provider(utc_now) as provider:
        yield provider


@pytest.fixture(scope="module")
def running(
    shared_stores: Stores, provider: HostileProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    nginx_program()
    folder = tmp_path_factory.mktemp("site")
    settings = {"boxes_queries": str(_BUDGET), "capability_urls": "true", **sso(provider.issuer)}
    with shared_stores(folder, machines(folder, 2, settings)) as pair:
        fill(pair[0], folder / "scans")
        with site(folder, pair) as found:
            yield found


def hits(visitor: Visitor, book: str) -> int:
    reply = visitor.ask(f"/search/1/{book}?q=lighthouse")
    assert reply.status == 200, reply.text
    total: int = reply.json()["within"]["total"]
    return total


def signed_in(running: Site, name: str, *order: int) -> Routed:
    visitor = running.visitor(*order)
    closing = visitor.sign_in("/auth/access/readers", name, PASSWORD)
    assert closing.status == 200, closing.text
    assert "window.close()" in closing.text
    return visitor


def test_who_signed_in_on_one_sees_and_searches_on_the_other(running: Site):
    reader = signed_in(running, "ann", 0)
    reader.go_to(1)
    assert reader.ask(tile("readers")).status == 200
    assert hits(reader, "readers") == 2
    assert reader.ask("/search/1/readers/autocomplete?q=light").json()["terms"]
    assert running.visitor(1).ask(tile("readers")).status == 401


def test_the_steps_of_a_sign_in_may_each_be_on_another(running: Site):
    reader = signed_in(running, "ann", 0, 1)
    for version in (1, 2):
        token = reader.message(f"/auth/token/{version}/readers")["accessToken"]
        stranger = running.visitor(1, 0)
        if version == 1:
            assert stranger.ask("/iiif/2/readers-1/info.json", bearer=token).status == 200
        else:
            assert stranger.ask("/auth/probe/readers-1", bearer=token).json()["status"] in (200, 302)


def stamp_of(reader: Visitor, policy: str) -> str:
    """Return the stamp of the form that a reader gets at the access service of a policy."""
    page = reader.ask(access(policy))
    found = re.search(r'name="stamp" value="([^"]+)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


def access(policy: str) -> str:
    return f"/auth/access/{policy}?{urlencode({'origin': ORIGIN})}"


def test_terms_agreed_to_on_one_open_the_other(running: Site):
    reader = running.visitor(0, 1)
    form = {"stamp": stamp_of(reader, "terms"), "action": "accept"}
    assert reader.ask(access("terms"), form=form).status == 200
    for n in (0, 1):
        reader.go_to(n)
        assert reader.ask(tile("terms")).status == 200


def test_who_went_to_a_provider_from_one_comes_back_to_the_other(running: Site, provider: HostileProvider):
    reader = running.visitor(0)
    form = {"stamp": stamp_of(reader, "elsewhere"), "action": "sso", "provider": "sso"}
    sent = reader.ask(access("elsewhere"), form=form)
    assert sent.status == 303, sent.text
    asked = {key: values[0] for key, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
    provider.id_token = signed(provider.claims(nonce=asked["nonce"], groups=["members"], sid="there"))
    reader.go_to(1)
    back = reader.ask(f"/auth/callback/sso?{urlencode({'state': asked['state'], 'code': 'a code'})}")
    assert back.status == 200, back.text
    reader.go_to(0)
    assert reader.ask(tile("elsewhere")).status == 200


def test_who_signed_out_on_one_is_refused_on_the_other_within_ten_seconds(running: Site):
    reader = signed_in(running, "ann", 0)
    token = reader.message("/auth/token/2/readers")["accessToken"]
    reader.go_to(1)

    def refused() -> list[bool]:
        probe = running.visitor(1).ask("/auth/probe/readers-1", bearer=token).json()["status"]
        verdict = reader.ask("/auth/verify", X_Lectern_Secret=SECRET, X_Original_URI=tile("readers")).status
        return [reader.ask(tile("readers")).status == 401, hits(reader, "readers") == 0, probe == 401, verdict == 401]

    assert not any(refused())  # and all of them keep now whatever they keep
    cookies = dict(reader.cookies)
    reader.go_to(0)
    sign_out(reader)
    reader.cookies = cookies
    reader.go_to(1)
    within(10, lambda: all(refused()))


def test_an_account_removed_on_one_machine_is_refused_on_the_other_within_ten_seconds(running: Site):
    reader = signed_in(running, "cy", 1)
    assert reader.ask(tile("readers")).status == 200
    running.machines[0].invoke("user", "remove", "cy")
    within(10, lambda: reader.ask(tile("readers")).status == 401)


def test_th_16_guesses_at_one_and_the_other_count_together(running: Site):
    guesser = running.visitor(0, 1)
    for _ in range(PER_ACCOUNT):
        assert guesser.sign_in("/auth/access/readers", "ben", "wrong").status == 403
    for n in (0, 1):
        guesser.go_to(n)
        assert guesser.sign_in("/auth/access/readers", "ben", PASSWORD).status == 429


def test_budgets_are_spent_at_one_and_the_other_together(running: Site):
    stranger = running.visitor(0, 1)
    statuses = [stranger.ask("/search/1/places?q=lighthouse").status for _ in range(_BUDGET + 2)]
    assert statuses == [200] * _BUDGET + [429] * 2


def test_what_was_signed_on_one_is_known_to_the_other_when_keys_change_meanwhile(running: Site):
    reader = running.visitor(0)
    stamp = stamp_of(reader, "readers")
    running.machines[1].invoke("keys", "rotate", "forms")
    reader.go_to(1)
    form = {"stamp": stamp, "username": "ann", "password": PASSWORD, "action": "sign-in"}
    assert "window.close()" in reader.ask(access("readers"), form=form).text
    assert signed_in(running, "ann", 1, 0).ask(tile("readers")).status == 200


def test_a_permission_in_an_address_of_one_opens_the_other(running: Site):
    reader = signed_in(running, "ann", 0)
    token = reader.message("/auth/token/1/readers")["accessToken"]
    info = running.visitor(0).ask("/iiif/2/readers-1/info.json", bearer=token).json()
    assert "~~" in info["@id"]
    address = f"{info['@id']}/{TILE}"
    for n in (0, 1):
        assert running.visitor(n).ask(address).status == 200


def test_an_object_put_up_or_taken_down_on_one_machine_is_so_on_the_other(running: Site, tmp_path: Path):
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "p1.xml").write_bytes(alto(text_lines(string("lighthouse"))))
    running.machines[1].invoke("ingest", str(tmp_path / "late"))
    within(10, lambda: running.visitor(0).ask("/search/1/late?q=lighthouse").status == 200)
    assert hits(running.visitor(0), "late") == 1
    running.machines[1].invoke("remove", "late")
    within(10, lambda: running.visitor(0).ask("/search/1/late?q=lighthouse").status == 404)


def test_an_edit_of_the_policies_reaches_all_within_four_seconds(running: Site):
    file = (running.machines[0].home.path / "policies.toml").resolve()
    reader = signed_in(running, "ann", 0)

    def is_let_in() -> list[bool]:
        reader.go_to(0, 1)
        return [reader.ask(tile("readers")).status == 200 for _ in (0, 1)]

    try:
        file.write_text(POLICIES.replace('roles = ["reader"]', 'roles = ["nobody"]'))
        within(4, lambda: not any(is_let_in()))
    finally:
        file.write_text(POLICIES)
    within(4, lambda: all(is_let_in()))


def test_a_service_that_dies_under_load_fails_no_page(running: Site):
    with reading(lambda: page_load(running.through_nginx())) as read:
        try:
            for number, name in enumerate(SERVICES):
                running.kill(number % 2, name)
                read.read_on()
        finally:
            running.start(list(running.killed))
    assert {status for statuses in read.answers for status in statuses} == {200}
    assert page_load(running.visitor(0, 1)) == page_load(running.visitor(1, 0)) == read.answers[0]

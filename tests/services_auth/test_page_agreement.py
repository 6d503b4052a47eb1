"""TH-92 for pages: each has a policy of its own, and every service says the same of it to whoever asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.decision import Reason, Verdict, decide
from auth.identity import Identity
from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.ids import ImageId
from lectern.settings import Settings
from lectern.urls import canvas_path
from search.packing import write_pack
from services.app import create_app
from services.context import Context
from services.credentials import COOKIE
from services.gate import Gate
from tests.clock import SetClock
from tests.image.conftest import noise
from tests.search.books import HEIGHT, WIDTH, book
from tests.services_auth.conftest import BASE, POLICIES, SECRET, VIEWER, Site

MORE_POLICIES = """
[policies.sparing]
patterns = ["login"]
roles = ["staff"]
manifest = "minimal"
search = "boxes"

[policies.suspended]
patterns = ["external", "login"]
networks = ["10.0.0.0/8"]
not_roles = ["guest"]
search = "open"
"""
WHOLE = ("open", "members", "secret", "suspended")  # the policies of books as a whole
PAGES = (
    *("open", "members", "staff", "terms", "room", "kiosk", "secret", "lifted", "embargo", "sparing", "suspended"),
    None,  # the last page is under the policy of its book
)
ACCOUNTS = (Identity("ann", ("member",)), Identity("bob", ("guest",)), Identity("cyd", ("member", "staff")))
WORDS = tuple(f"word{chr(ord('a') + n)}" for n in range(len(PAGES)))


def overrides() -> str:
    """Return the tables of policies.toml: in every book a page under each policy."""
    return "".join(
        f'[[objects.{whole}.pages]]\npages = "{n}"\npolicy = "{policy}"\n'
        for whole in WHOLE
        for n, policy in enumerate(PAGES, 1)
        if policy
    )


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a site with books of many policies each, and every service."""
    folder = tmp_path_factory.mktemp("home")
    clock = SetClock()
    context = Context(Settings(home=folder, public_url=BASE, verify_secret=SECRET), clock)
    context.home.prepare()
    context.home.policies_file.write_text(POLICIES + MORE_POLICIES + overrides())
    source = Path(folder) / "source.png"
    noise(300, 200).write_to_file(str(source))
    make_pyramid(source, context.home.images / "page.tif")
    for name in WHOLE:
        generation = context.catalogue.next_generation()
        summary = write_pack(context.home, name, generation, book(*([f"{word} harbour"] for word in WORDS)))
        canvases = [
            CanvasRow(n, canvas_path(name, n), WIDTH, HEIGHT, image="page.tif", words=2)
            for n in range(1, len(PAGES) + 1)
        ]
        row = ObjectRow(name, name, name, generation, policy=name, pages=len(PAGES), words=summary.words)
        context.catalogue.publish(row, canvases)
    yield Site(context, clock, create_app(context, ["auth", "image", "presentation", "search"]))
    context.catalogue.close()
    context.state.close()


@dataclass(frozen=True)
class Case:
    """Somebody, somewhere, at some time, asks for a page."""

    account: Identity | None
    terms: bool
    book: str
    n: int
    address: str
    at: int  # seconds after sign-in


cases = st.builds(
    Case,
    account=st.sampled_from([None, *ACCOUNTS]),
    terms=st.booleans(),
    book=st.sampled_from(WHOLE),
    n=st.integers(1, len(PAGES)),
    address=st.sampled_from(["10.1.2.3", "192.0.2.7", "2001:db8::1"]),
    at=st.sampled_from([0, 1199, 3600, 40000]),
)


class Visitor:
    """A reader with his cookie and address, and what the services answer to him."""

    def __init__(self, site: Site, case: Case) -> None:
        self._client = site.app.test_client(use_cookies=False)
        sessions, cookie = site.context.sessions, None
        if case.account is not None:
            cookie = sessions.sign_in(case.account, VIEWER)
        if case.terms:
            terms = site.context.policies.current().get("terms").terms
            cookie = sessions.accept_terms(terms, VIEWER, cookie)
        self.headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
        self._address = case.address

    def get(self, path: str) -> Any:
        return self._client.get(
            path, base_url=BASE, headers=self.headers, environ_overrides={"REMOTE_ADDR": self._address}
        )

    def verified(self, path: str) -> int:
        headers = self.headers | {"X-Lectern-Secret": SECRET, "X-Original-URI": path, "X-Forwarded-For": self._address}
        return self._client.get("/auth/verify", base_url=BASE, headers=headers).status_code


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases)
def test_th_92_pages_every_service_says_the_same_of_each(shelf: Site, case: Case):
    start = shelf.clock.now
    try:
        visitor = Visitor(shelf, case)
        shelf.clock.move(case.at)
        asker = Gate(shelf.context).asker(shelf.request(address=case.address, **visitor.headers))
        rules = asker.rules(shelf.row(case.book))
        whole, verdict = asker.verdict(rules), asker.verdict(rules, case.n)
        hidden = whole.manifest == "hidden"
        own = decide(rules.of(case.n), asker.reader, asker.where, shelf.clock())
        assert verdict.allowed is (own.allowed and not hidden)
        assert (verdict.manifest == "hidden") is (hidden or own.manifest == "hidden")
        if case.terms and PAGES[case.n - 1] == "terms" and case.at < shelf.context.settings.session_idle:
            assert own.reason is Reason.TERMS  # else the terms of this test would open nothing
        check_pixels(visitor, case, verdict, rules.of(case.n).tier)
        check_texts(visitor, case, whole, verdict)
        check_manifest(visitor, case, whole, verdict, interactive=rules.of(case.n).interactive)
    finally:
        shelf.clock.now = start


def check_pixels(visitor: Visitor, case: Case, verdict: Verdict, tier: str | None) -> None:
    image, hidden = ImageId(case.book, case.n), verdict.manifest == "hidden"
    expected = 404 if hidden else verdict.status
    path = f"/iiif/2/{image}/0,0,50,50/50,50/0/default.jpg"
    assert visitor.get(path).status_code == expected
    assert (visitor.verified(path) == 204) is verdict.allowed
    info = visitor.get(f"/iiif/2/{image}/info.json").status_code
    assert info == (404 if hidden else 200 if verdict.allowed else 302 if tier else 401)
    third = visitor.get(f"/iiif/3/{image}/info.json")
    assert third.status_code == (404 if hidden else 200)
    if not hidden:
        assert ("service" in third.get_json()) is not verdict.public
    probe = visitor.get(f"/auth/probe/{image}").get_json()
    assert probe["status"] == (404 if hidden else 200 if verdict.allowed else 401 if tier else verdict.status)
    reduced = f"/iiif/2/{image}~degraded/full/50,/0/default.jpg"
    seen = tier is not None and not hidden
    assert visitor.get(reduced).status_code == (200 if seen else 404)
    assert (visitor.verified(reduced) == 204) is seen


def check_texts(visitor: Visitor, case: Case, whole: Verdict, verdict: Verdict) -> None:
    word, hidden = WORDS[case.n - 1], whole.manifest == "hidden"
    scopes = (f"/search/1/{case.book}", f"/search/1/{case.book}/canvas/{case.n}")
    for path in scopes:
        answer = visitor.get(f"{path}?q={word}")
        assert answer.status_code == (404 if hidden else 200)
        if not hidden:
            # Where the text of other pages may be known, pages of which places are told are out of the answer.
            seen = {"full": True, "none": False, "boxes": "canvas" in path}[verdict.search]
            assert bool(answer.get_json()["resources"]) is seen, path
            told = visitor.get(f"{path}/autocomplete?q={word}").get_json()["terms"]
            assert bool(told) is (verdict.search == "full")
    lines = visitor.get(f"/presentation/3/{case.book}/canvas/{case.n}/text")
    assert lines.status_code == (404 if hidden else 200)
    if not hidden:
        assert (word in lines.text) is (verdict.search == "full")
        assert len(lines.get_json()["items"]) == (verdict.search != "none")


def check_manifest(visitor: Visitor, case: Case, whole: Verdict, verdict: Verdict, *, interactive: bool) -> None:
    for version in (2, 3):
        answer = visitor.get(f"/presentation/{version}/{case.book}/manifest")
        assert answer.status_code == (404 if whole.manifest == "hidden" else 200)
        if answer.status_code == 200:
            found = answer.get_json()
            canvases = found["items"] if version == 3 else found["sequences"][0]["canvases"]
            assert len(canvases) == len(PAGES)
            own = str(canvases[case.n - 1])
            assert ("/iiif/2/" in own) is (verdict.manifest in {"full", whole.manifest})
            if verdict.public:
                assert "/auth/" not in own
            elif interactive and "/iiif/2/" in own:  # manifests name no service that has no address
                assert "/auth/" in own

"""What `/auth/verify` remembers, for whom, and how soon a revocation reaches it (TH-61, TH-71, TH-98)."""

import sqlite3

import pytest
from structlog.testing import capture_logs

from services.auth.verify import Verify
from services.credentials import COOKIE
from services.observing import _add_ids
from tests.services_auth.conftest import SECRET, Browser, MakeSite, Site

TILE = "0,0,512,512/256,/0/default.jpg"
MEMBERS = f"/iiif/2/members-1/{TILE}"


def ask(browser: Browser, uri: str = MEMBERS, method: str = "GET", **headers: str):
    given = {"X-Original-URI": uri, "X-Lectern-Secret": SECRET}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return browser._ask(method, "/auth/verify", headers=given)


@pytest.fixture
def reader(site: Site) -> Browser:
    browser = site.browser()
    browser.sign_in()
    return browser


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that every verdict worked out anew is noted in."""
    noted: list[str] = []
    judged = Verify._judged

    def noting(self, environ, wanted, *more):
        noted.append(wanted.object)
        return judged(self, environ, wanted, *more)

    monkeypatch.setattr(Verify, "_judged", noting)
    return noted


def break_store(site: Site) -> None:
    site.context.state.close()
    site.context.home.state_file.unlink()
    site.context.home.state_file.mkdir()


def test_th_61_a_yes_is_remembered_for_its_own_question_only(site: Site, reader: Browser, worked_out: list[str]):
    other = site.browser()
    other.sign_in(name="bob", password="hidden")
    for _ in range(3):
        assert ask(reader).status_code == 204
    assert worked_out == ["members"]
    assert ask(site.browser()).status_code == 401
    assert ask(other).status_code == 403
    assert ask(reader, f"/iiif/2/staff-1/{TILE}").status_code == 403
    assert ask(reader, f"/iiif/2/members-2/{TILE}").status_code == 204
    assert ask(reader, f"/iiif/2/members-1~degraded/{TILE}").headers["X-Lectern-Tier"] == "degraded"
    assert ask(reader, X_Forwarded_For="192.0.2.99").status_code == 204
    assert worked_out == ["members", "members", "members", "staff", "members", "members", "members"]


def test_th_61_all_tiles_of_an_image_share_a_verdict(reader: Browser, worked_out: list[str]):
    for x in range(5):
        assert ask(reader, f"/iiif/2/members-1/{x},0,512,512/256,/0/default.jpg").status_code == 204
    assert worked_out == ["members"]


def test_th_61_nobody_is_remembered_without_a_cookie(site: Site, worked_out: list[str]):
    stranger = site.browser()
    for _ in range(2):
        answer = ask(stranger, f"/iiif/2/open-1/{TILE}")
        assert answer.status_code == 204
        assert "X-Accel-Expires" not in answer.headers
    assert len(worked_out) == 2


def test_th_27_two_cookies_are_no_cookie_to_remember(site: Site, reader: Browser):
    assert ask(reader).status_code == 204
    doubled = f"{COOKIE}={reader.cookie}; {COOKIE}={reader.cookie}"
    assert ask(site.browser(), Cookie=doubled).status_code == 401


def test_the_proxy_is_told_how_long_it_may_believe_a_yes(site: Site, reader: Browser):
    assert ask(reader).headers["X-Accel-Expires"] == "5"
    site.clock.move(3)
    assert ask(reader).headers["X-Accel-Expires"] == "2"
    assert "X-Accel-Expires" not in ask(reader, f"/iiif/2/staff-1/{TILE}").headers


def test_th_28_sign_out_is_at_once_in_this_process(site: Site, reader: Browser):
    cookie = reader.cookie
    assert ask(reader).status_code == 204
    site.context.sessions.sign_out(cookie)
    assert ask(site.browser(), Cookie=f"{COOKIE}={cookie}").status_code == 401


def test_th_28_a_revocation_elsewhere_is_everywhere_within_ten_seconds(site: Site, reader: Browser):
    """Another process ends the session; the proxy believes our last yes as long as we said."""
    assert ask(reader).status_code == 204
    site.clock.move(4)
    believed = int(ask(reader).headers["X-Accel-Expires"])
    with sqlite3.connect(site.context.home.state_file) as other_process:
        other_process.execute("DELETE FROM sessions")
    other_process.close()
    site.clock.move(1)
    assert ask(reader).status_code == 401
    assert 4 + believed <= 10


def test_th_99_a_change_of_policy_ends_every_yes(site: Site, reader: Browser, monkeypatch: pytest.MonkeyPatch):
    assert ask(reader).status_code == 204
    file = site.context.home.policies_file
    new = file.with_name("policies.new")
    new.write_text(file.read_text().replace('roles = ["member"]', 'roles = ["nobody"]'))
    new.replace(file)  # what is written where it lies is waited for until it rests
    book = site.context.policies
    monkeypatch.setattr(book, "_looked", book._looked - 2)
    assert ask(reader).status_code == 403


def test_th_88_a_change_of_the_catalogue_ends_every_yes(site: Site, reader: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.auth.verify._LOOK_EVERY_SECONDS", 0.0)
    assert ask(reader).status_code == 204
    site.context.catalogue.set_policy("members", "staff")
    assert ask(reader).status_code == 403


def test_th_98_a_yes_outlives_the_store_by_its_five_seconds_only(site: Site, reader: Browser):
    assert ask(reader).status_code == 204
    break_store(site)
    assert ask(reader).status_code == 204
    site.clock.move(5)
    answer = ask(reader)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.mimetype == "application/problem+json"
    assert str(site.context.home.path) not in answer.text


def test_th_97_what_is_open_needs_no_store(site: Site, reader: Browser):
    break_store(site)
    assert ask(reader, f"/iiif/2/open-1/{TILE}").status_code == 204
    assert ask(reader, f"/iiif/2/members-1~degraded/{TILE}").status_code == 503


def test_th_71_too_many_tiles_of_a_session_are_refused_remembered_or_not(make_site: MakeSite):
    site = make_site(tiles_per_second=3)
    site.context.pace._elapsed = lambda: 7.0
    reader, other = site.browser(), site.browser()
    reader.sign_in()
    other.sign_in()
    statuses = [ask(reader).status_code for _ in range(5)]
    assert statuses == [204, 204, 204, 429, 429]
    refused = ask(reader)
    assert refused.headers["Retry-After"] == "1"
    assert "X-Lectern-Tier" not in refused.headers
    assert ask(other).status_code == 204
    site.context.pace._elapsed = lambda: 8.0
    assert ask(reader).status_code == 204


def test_th_71_too_many_verdicts_in_all_are_refused(make_site: MakeSite):
    site = make_site(verdicts_per_second=2)
    site.context.pace._elapsed = lambda: 7.0
    reader = site.browser()
    reader.sign_in()
    assert ask(reader).status_code == 204
    open_tile = f"/iiif/2/open-1/{TILE}"
    assert [ask(site.browser(), open_tile).status_code for _ in range(2)] == [204, 429]
    assert ask(reader).status_code == 204  # remembered: nothing is worked out


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_th_65_verdicts_are_asked_for_with_get(reader: Browser, method: str):
    answer = ask(reader, method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD"
    assert ask(reader, method="HEAD").status_code == 204


def test_a_fault_is_a_no(site: Site, reader: Browser, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(site.context.catalogue, "find", fail)
    answer = ask(reader)
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_every_answer_is_logged_and_measured(site: Site, reader: Browser, monkeypatch: pytest.MonkeyPatch):
    measured: list[tuple[str, int, str]] = []

    def measure(route: str, status: int, _: float, denied: str) -> None:
        measured.append((route, status, denied))

    monkeypatch.setattr("services.observing._measure", measure)
    with capture_logs(processors=[_add_ids]) as lines:
        answer = ask(site.browser())
    assert measured == [("/auth/verify", 401, "sign-in missing")]
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["id"] == answer.headers["X-Request-Id"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/auth/verify", 401)
    assert "secret" not in repr(lines)

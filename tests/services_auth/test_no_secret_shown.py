"""No secret in errors, metrics and logs, and no way to administer over the web (TH-102, TH-107)."""

import re

import pytest
import structlog.testing

from services import SERVICES
from services.app import create_app
from tests.services_auth.conftest import SECRET, VIEWER, Site, hidden
from tests.services_auth.test_header import ANN, SHIB, with_policy

PROXY_SECRET = str(SHIB["secret"])
_WORDS_OF_OPERATORS = re.compile(
    r"admin|ingest|reindex|user|account|codes?\b|session|keys?\b|rotate|config|debug|console", re.IGNORECASE
)


@pytest.fixture
def shib(make_site) -> Site:
    return with_policy(make_site(providers={"shib": SHIB}), "shib")


def test_th_102_no_answer_metric_or_log_line_holds_a_secret(shib: Site, monkeypatch):
    browser = shib.browser(address="10.0.0.2", headers=dict(ANN))
    shown = []
    with structlog.testing.capture_logs() as logs:
        page = browser.access("members")
        data = {"stamp": hidden(page, "stamp"), "action": "header-shib", "person": hidden(page, "person")}
        path = f"/auth/access/members?origin={VIEWER}"
        shown += [page, browser.post(path, data={**data, "stamp": "x"}), browser.post(path, data=data)]
        headers = {"X-Lectern-Secret": SECRET, "X-Original-URI": "/iiif/2/members-1/info.json"}
        shown += [browser.get("/auth/verify", headers=headers), browser.get("/nowhere"), browser.access("nowhere")]
        shown += [browser.get("/metrics"), browser.get("/readyz"), browser.post("/auth/logout", data={"stamp": "x"})]
        cookie = browser.cookie
        assert cookie is not None

        def break_down(*_arguments):
            raise RuntimeError("something of ours broke")

        monkeypatch.setattr(shib.context.sessions, "known", break_down)
        shib.app.config["PROPAGATE_EXCEPTIONS"] = False
        failed = browser.access("members")
        assert failed.status_code == 500
        shown.append(failed)
    told = [answer.text + str([pair for pair in answer.headers if pair[0] != "Set-Cookie"]) for answer in shown]
    keys = [key.hex() for key in shib.context.home.keys("forms")]
    for secret in (PROXY_SECRET, SECRET, cookie, *keys):
        assert not any(secret in text for text in told)
        assert secret not in repr(logs)


def test_th_102_the_settings_and_what_holds_them_show_no_secret(shib: Site):
    shown = repr(shib.context.settings) + str(shib.context.settings) + repr(shib.context) + repr(shib.app.config)
    assert PROXY_SECRET not in shown
    assert SECRET not in shown


def test_th_107_the_web_shows_operators_things_below_admin_alone_and_ends_sessions_only(make_site):
    """Accounts, codes, keys and the shelf are changed by the command line alone; /admin has a door of its own."""
    app = create_app(make_site().context, SERVICES)
    rules = [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/static")]
    elsewhere = [rule.rule for rule in rules if rule.rule != "/admin" and not rule.rule.startswith("/admin/")]
    assert [rule for rule in elsewhere if _WORDS_OF_OPERATORS.search(re.sub(r"<[^>]*>", "", rule))] == []
    changing = {rule.rule for rule in rules if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}}
    assert {rule for rule in changing if not rule.startswith("/auth/")} == {"/admin/sessions/end"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT"])
def test_th_107_no_method_that_changes_things_is_known(shib: Site, method: str):
    for path in ("/auth/access/members", "/auth/logout", "/auth/verify", "/"):
        answer = shib.app.test_client().open(path, method=method, base_url="https://books.example.org")
        assert answer.status_code in (403, 404, 405)

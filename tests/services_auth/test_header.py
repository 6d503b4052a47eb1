"""Signing in through a proxy that names the reader: one button, and the header is read again (TH-52, R5)."""

import http.client
import sys
from typing import Any

import pytest
import structlog.testing
from werkzeug.test import TestResponse

from auth.policies import Policies
from auth.policy import OPEN, Policy
from lectern.settings import load_settings
from services.context import Context
from tests.servers import free_port, running, settings_free_environment
from tests.services_auth.conftest import VIEWER, Browser, Site, hidden

SECRET = "5307bde3e633f2df70fdcfeced1c8c14"
SHIB = {
    "kind": "header",
    "label": "Campus",
    "secret": SECRET,
    "roles_header": "X-Affiliation",
    "name_header": "X-Display-Name",
    "proxies": ["10.0.0.2"],
}
ANN = {
    "X-Lectern-Proxy-Secret": SECRET,
    "X-Remote-User": "ann@campus",
    "X-Affiliation": "member",
    "X-Display-Name": "Ann Smith",
}


class FixedPolicies:
    """Policies that come from no file."""

    def __init__(self, *policies: Policy) -> None:
        self._policies = Policies({policy.name: policy for policy in (OPEN, *policies)}, "fixed")

    def current(self) -> Policies:
        return self._policies


def with_policy(site: Site, provider: str, **values: Any) -> Site:
    """Return the site with `members` open to readers of one provider only."""
    values = {"patterns": frozenset({"login"}), "roles": frozenset({"member"}), **values}
    policy = Policy("members", providers=frozenset({provider}), **values)
    site.context.__dict__["policies"] = FixedPolicies(policy)
    return site


@pytest.fixture
def shib(make_site) -> Site:
    return with_policy(make_site(providers={"shib": SHIB}), "shib")


def proxied(site: Site, **headers: str) -> Browser:
    shown = {**ANN, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return site.browser(address="10.0.0.2", headers={name: value for name, value in shown.items() if value})


def enter(browser: Browser, **headers: str) -> TestResponse:
    page = browser.access("members")
    data = {"stamp": hidden(page, "stamp"), "action": "header-shib", "person": hidden(page, "person")}
    browser.headers = {**browser.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return browser.post("/auth/access/members", query_string={"origin": VIEWER}, data=data)


def test_one_button_signs_in_whom_the_proxy_names(shib: Site):
    browser = proxied(shib)
    page = browser.access("members")
    assert "Continue as Ann Smith" in page.text
    assert browser.cookie is None  # looking opens nothing
    assert enter(browser).status_code == 200
    row = shib.context.sessions.find(browser.cookie)
    assert row is not None
    assert (row.user, row.provider, row.roles, row.name) == ("ann@campus", "shib", ("member",), "Ann Smith")
    assert browser.probe("members-1", browser.token(2, "members"))["status"] == 200


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", ANN),
        ("10.0.0.2", {**ANN, "X-Lectern-Proxy-Secret": "wrong"}),
        ("10.0.0.2", {"X-Remote-User": "ann@campus"}),
        ("10.0.0.2", {"x-remote-user": "ann@campus", "REMOTE-USER": "ann@campus"}),
        ("10.0.0.2", {"X-REMOTE-USER": "ann@campus"}),
        ("10.0.0.2", {**ANN, "X-Remote-User": "ann@campus,eve"}),
    ],
)
def test_th_52_spoofed_headers_are_ignored_and_logged(shib: Site, address: str, headers: dict[str, str]):
    browser = proxied(shib)
    form = browser.access("members")
    browser.address, browser.headers = address, headers
    with structlog.testing.capture_logs() as logs:
        page = browser.access("members")
    assert page.status_code == 200
    assert "Campus has not told us who you are" in page.text
    [line] = [line for line in logs if line["event"] == "identity header refused"]
    assert line["log_level"] == "warning"
    assert "ann" not in repr(line)
    assert SECRET not in repr(line)
    data = {"stamp": hidden(form, "stamp"), "action": "header-shib", "person": hidden(form, "person")}
    answer = browser.post("/auth/access/members", query_string={"origin": VIEWER}, data=data)
    assert (answer.status_code, browser.cookie) == (403, None)


def test_th_52_the_servers_own_remote_user_counts_for_nothing(shib: Site):
    environ = {"REMOTE_ADDR": "10.0.0.2", "REMOTE_USER": "ann@campus", "HTTP_X_LECTERN_PROXY_SECRET": SECRET}
    page = shib.app.test_client().get(
        f"/auth/access/members?origin={VIEWER}", base_url="https://books.example.org", environ_overrides=environ
    )
    assert "Continue as" not in page.text


def test_th_52_a_header_opens_no_other_door(shib: Site):
    browser = proxied(shib)
    assert browser.probe("members-1")["status"] == 401
    assert "accessToken" not in browser.get(f"/auth/token/2/members?messageId=1&origin={VIEWER}").text


@pytest.mark.parametrize(
    "changed", [{"X_Remote_User": "bob@campus"}, {"X_Remote_User": ""}, {"X_Lectern_Proxy_Secret": "stale"}]
)
def test_th_52_the_header_is_read_again_when_the_form_is_sent(shib: Site, changed: dict[str, str]):
    browser = proxied(shib)
    assert enter(browser, **changed).status_code == 403
    assert browser.cookie is None


def test_th_13_a_form_without_its_stamp_is_refused_even_through_the_proxy(shib: Site):
    browser = proxied(shib)
    person = hidden(browser.access("members"), "person")
    data = {"stamp": "x", "action": "header-shib", "person": person}
    assert browser.post(f"/auth/access/members?origin={VIEWER}", data=data).status_code == 403
    assert browser.cookie is None


def test_th_94_a_policy_for_local_accounts_has_no_such_button(make_site):
    site = with_policy(make_site(providers={"shib": SHIB}), "local")
    browser = proxied(site)
    page = browser.access("members")
    assert "Continue as" not in page.text
    data = {"stamp": hidden(page, "stamp"), "action": "header-shib"}
    assert browser.post(f"/auth/access/members?origin={VIEWER}", data=data).status_code == 400


def test_a_reader_whom_the_proxy_does_not_know_finds_where_to_sign_in(make_site):
    settings = {**SHIB, "login_url": "/Shibboleth.sso/Login?target={target}"}
    site = with_policy(make_site(providers={"shib": settings}), "shib")
    page = proxied(site, X_Remote_User="").access("members")
    assert 'href="/Shibboleth.sso/Login?target=https%3A%2F%2Fbooks.example.org%2Fauth%2Faccess%2Fmembers' in page.text
    assert "Sign in with Campus" in page.text


def test_a_name_with_markup_in_it_is_shown_as_text(shib: Site):
    assert "<b>Eve</b>" not in proxied(shib, X_Display_Name="<b>Eve</b>").access("members").text


def test_the_button_speaks_the_readers_language(shib: Site):
    assert "Weiter als Ann Smith" in proxied(shib, Accept_Language="de-AT,de;q=0.9").access("members").text


def serve_members(port: int) -> None:
    """Serve the auth service as `lectern serve` does, with one policy for the readers of the proxy."""
    from services.supervisor import serve

    policy = Policy("members", patterns=frozenset({"login"}), providers=frozenset({"shib"}))
    Context.policies = FixedPolicies(policy)  # type: ignore[assignment, method-assign]
    serve(load_settings(port=port), ["auth"])


def test_th_52_the_server_drops_headers_with_underscores(tmp_path):
    """A client behind a proxy that lets X_Remote_User through is nobody: the server never shows it to us."""
    port = free_port()
    (tmp_path / "lectern.toml").write_text(
        f'[providers.shib]\nkind = "header"\nlabel = "Campus"\nsecret = "{SECRET}"\nproxies = ["127.0.0.1"]\n'
    )
    environment = settings_free_environment(
        LECTERN_HOME=str(tmp_path), LECTERN_WORKERS="1", PROMETHEUS_MULTIPROC_DIR=str(tmp_path)
    )
    command = [sys.executable, "-c", f"from {__name__} import serve_members; serve_members({port})"]
    with running(command, environment, f"http://127.0.0.1:{port}/healthz") as program:

        def page(*headers: tuple[str, str]) -> str:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.putrequest("GET", f"/auth/access/members?origin={VIEWER}")
            for name, value in (("X-Lectern-Proxy-Secret", SECRET), *headers):
                connection.putheader(name, value)
            connection.endheaders()
            text = connection.getresponse().read().decode()
            connection.close()
            return text

        assert "Continue as ann" in page(("X-Remote-User", "ann"))
        assert "Continue as" not in page(("X_Remote_User", "eve"))
        assert "Continue as ann" in page(("X-Remote-User", "ann"), ("X_Remote_User", "eve"))
        assert "Continue as" not in page(("X-Remote-User", "ann"), ("x-remote-user", "eve"))
        assert "identity header refused" in program.log()
        assert SECRET not in program.log()

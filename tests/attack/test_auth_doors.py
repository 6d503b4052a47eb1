"""Every door of one installation at once: hostile texts, tokens where they do not count, hosts, caches, side doors."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text as sql
from werkzeug.test import TestResponse

from auth.identity import Identity
from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow
from lectern.clock import Clock
from lectern.home import Home
from lectern.settings import Settings
from lectern.state_sessions import SessionStore
from lectern.urls import canvas_path
from services.app import create_app
from services.context import Context
from services.credentials import COOKIE
from tests.attack.conftest import put
from tests.clock import SetClock
from tests.conftest import ROOT
from tests.image.conftest import noise
from tests.services_auth.conftest import BASE, VIEWER, Browser, MakeSite, posted

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'\\\u2028<!--"
POLICIES = """
[policies.staff]
patterns = ["login"]
roles = ["staff"]
substitute = { max_scale = 0.25 }

[policies.closed]
patterns = ["login"]
roles = ["staff"]
manifest = "hidden"
"""
TILE = "0,0,64,64/64,/0/default.jpg"
RESTRICTED = [
    f"/iiif/2/staff-1/{TILE}",
    f"/iiif/3/staff-1/{TILE}",
    "/iiif/2/staff-1/full/9,/0/default.png",
    "/iiif/2/staff-1/info.json",
    "/presentation/3/staff/canvas/1/text",
    "/presentation/2/staff/canvas/1/text",
    "/search/1/staff?q=harbour",
    "/search/2/staff?q=harbour",
    "/search/1/staff/autocomplete?q=ha",
    "/search/1/closed?q=harbour",
    "/presentation/3/closed/manifest",
    "/objects/closed",
    "/iiif/2/closed-1/info.json",
    "/auth/probe/staff-1",
]
OPEN = [
    f"/iiif/2/open-1/{TILE}",
    "/iiif/2/open-1/info.json",
    "/iiif/3/open-1/info.json",
    f"/iiif/2/staff-1~degraded/{TILE}",
    "/presentation/3/open/manifest",
    "/presentation/3/open/canvas/1/text",
    "/search/1/open?q=harbour",
    "/search/1/open/autocomplete?q=ha",
]
EVERYTHING = [*RESTRICTED, *OPEN, "/", "/objects/open", "/auth/logout", f"/auth/access/staff?origin={VIEWER}"]


@dataclass
class House:
    """All services over one home, and somebody who may see all of it."""

    context: Context
    app: Flask
    cookie: str

    def ask(self, path: str, *, cookie: str = "", method: str = "GET", **headers: str) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie:
            sent["Cookie"] = f"{COOKIE}={cookie}"
        client: FlaskClient = self.app.test_client(use_cookies=False)
        return client.open(path, method=method, base_url=BASE, headers=sent, environ_base={"REMOTE_ADDR": "192.0.2.7"})


def furnished(folder: Path, clock: Clock) -> Context:
    """Return a home with an open, a restricted and a hidden object, all with a text and a picture."""
    home = Home(folder)
    home.prepare()
    home.policies_file.write_text(POLICIES)
    noise(256, 256).pngsave(str(home.path / "page.png"))
    context = Context(Settings(home=home.path, public_url=BASE), clock)
    for name in ("open", "staff", "closed"):
        put(home, name, name, [["the new harbour wall"]])
        images = home.image_folder(name)
        images.mkdir(parents=True)
        make_pyramid(home.path / "page.png", images / "1.tif")
        row = context.catalogue.get(name)
        path = str((images / "1.tif").relative_to(home.images))
        context.catalogue.publish(row, [CanvasRow(1, canvas_path(name, 1), 256, 256, "1", image=path)])
    return context


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return all services over that home, and a reader of the staff."""
    context = furnished(tmp_path_factory.mktemp("house"), SetClock())
    cookie = context.sessions.sign_in(Identity("ann", ("staff",)), VIEWER)
    yield House(context, create_app(context), cookie)
    context.catalogue.close()
    context.state.close()


def outward(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Return all that a client sees of an answer, but for the id of the request and the time."""
    told = [pair for pair in answer.headers if pair[0] not in ("X-Request-Id", "Date")]
    return answer.status_code, answer.data, told


def test_the_doors_are_where_the_others_knock(house: House):
    for path in EVERYTHING:
        assert house.ask(path, cookie=house.cookie).status_code == 200, path
    for path in RESTRICTED:
        assert outward(house.ask(path)) != outward(house.ask(path, cookie=house.cookie)), path


# What we are told, said again


def test_th_06_texts_of_a_policy_make_no_element_and_no_script(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch):
    """Whatever stands in a policy: the file's reader refuses markup, and what is shown does not rely on that."""
    made = make_site()
    members = made.context.policies.current().get("members")
    told = ("label", "header", "description", "confirm_label", "failure_header", "failure_description")
    hostile = replace(
        members, roles=frozenset({"x"}), texts=replace(members.texts, **dict.fromkeys(told, EVIL)), translations=()
    )
    monkeypatch.setattr("auth.policies.Policies.get", lambda *_: hostile)
    browser = made.browser()
    browser.sign_in()
    for version in (0, 1, 2):
        answer = browser.get(f"/auth/token/{version}/members", query_string={"origin": VIEWER, "messageId": EVIL})
        message, _ = posted(answer)
        assert message["messageId"] == EVIL
        assert (message["description"] if version < 2 else message["note"]["en"][0]) == EVIL
        assert len(re.findall("<script|</script|<!--|<img", answer.text)) == 2
        assert "\u2028" not in answer.text
    page = made.browser().access("members")
    assert "<img" not in page.text
    assert "alert(1)</script>" not in page.text
    assert html.escape("<img src=x onerror=alert(2)>") in page.text


@pytest.mark.parametrize("evil", ["%0d%0aSet-Cookie:%20a=b", "%0aX-Evil:1", "%e2%80%a8", "%c3%a9", "x" * 4000, "%00"])
def test_th_109_nothing_that_a_request_says_is_a_header_of_the_answer(house: House, evil: str):
    for path in (
        *(f"/iiif/2/{evil}", f"/iiif/2/{evil}/info.json", f"/iiif/2/open-1/full/{evil}/0/default.jpg"),
        *(f"/presentation/3/{evil}/manifest", f"/search/1/{evil}?q={evil}", f"/search/1/open?q={evil}&from={evil}"),
        *(f"/objects/{evil}", f"/auth/probe/{evil}", f"/auth/access/{evil}?origin={VIEWER}{evil}"),
        *(f"/auth/token/1/{evil}?origin={VIEWER}&messageId={evil}", f"/auth/access/staff?origin={VIEWER}{evil}"),
        *(f"/auth/logout?next={evil}", f"/auth/callback/{evil}?state={evil}", f"/{evil}"),
    ):
        answer = house.ask(path)
        assert answer.status_code < 500, path
        for name, value in answer.headers:
            assert name not in ("X-Evil", "Set-Cookie") or "lectern-form" in value, path
            assert value.isascii(), path
            assert value.isprintable(), path
            assert len(value) < 1000, path


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.tld"},
        {"X-Forwarded-Host": "evil.tld", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "81"},
        {"Forwarded": "for=1.2.3.4;host=evil.tld;proto=http"},
        {"X-Original-URL": "/evil.tld", "X-Rewrite-URL": "/evil.tld", "X-Forwarded-Prefix": "/evil.tld"},
    ],
)
def test_th_55_no_host_but_the_configured_one_is_named(house: House, headers: dict[str, str]):
    for path in (*EVERYTHING, "/iiif/2/open-1", "/iiif/2/staff-1/", "/nowhere/", "/objects/open/", "//evil.tld/x"):
        for cookie in ("", house.cookie):
            answer = house.ask(path, cookie=cookie, **headers)
            if not path.startswith("//"):
                assert b"evil" not in answer.data, path
            assert "evil" not in str(answer.headers), path
            assert b"http://books" not in answer.data, path
            assert "Domain=" not in str(answer.headers.getlist("Set-Cookie"))


# Credentials where they do not count


def test_th_31_a_token_opens_nothing_however_it_is_brought(house: House):
    tokens = [house.context.sessions.issue_token(house.cookie, "staff", version, VIEWER) for version in (1, 2)]
    for token in tokens:
        assert token is not None
        for path in RESTRICTED:
            stranger = outward(house.ask(path))
            mark = "&" if "?" in path else "?"
            for name in ("access_token", "token", "accessToken", "bearer", COOKIE):
                told = outward(house.ask(f"{path}{mark}{name}={token.value}"))
                assert told[0] == stranger[0], path
                if "?" not in path:
                    assert told[1] == stranger[1], path
            brought = house.ask(path, cookie=token.value)
            assert (brought.status_code, brought.data) == (stranger[0], stranger[1]), path
            if path not in ("/iiif/2/staff-1/info.json", "/auth/probe/staff-1"):  # what a token is for (R1)
                assert outward(house.ask(path, Authorization=f"Bearer {token.value}")) == stranger, path


def test_th_31_a_cookies_value_is_no_bearer_anywhere(house: House):
    for path in RESTRICTED:
        for value in (f"Bearer {house.cookie}", f"Basic {house.cookie}", house.cookie):
            assert outward(house.ask(path, Authorization=value)) == outward(house.ask(path)), path


def test_th_33_an_unknown_an_ended_and_a_foreign_token_are_answered_alike(make_site: MakeSite):
    made = make_site()
    browser = made.browser()
    browser.sign_in()
    of_version_1, of_members = browser.token(1, "members"), browser.token(2, "members")
    stranger = made.browser()
    answers = [stranger.probe("members-1", token) for token in (None, "x" * 43, of_version_1, "ü", "")]
    answers += [stranger.probe("staff-1", of_members)]
    made.clock.move(601)
    answers += [stranger.probe("members-1", of_members)]
    for answer in answers:
        assert answer["status"] == 401
    assert [{**answer, "substitute": None} for answer in answers[:5]] == [{**answers[0], "substitute": None}] * 5
    assert answers[6] == answers[0]


def test_th_33_a_lookup_is_one_of_an_index(house: House):
    with house.context.state.database.read() as db:
        for table in ("sessions", "tokens"):
            told = db.execute(sql(f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE digest = 'x'"))
            plan = " ".join(str(row[3]) for row in told)
            assert "SEARCH" in plan
            assert "SCAN" not in plan


# Cookies


def test_th_26_no_cookie_is_partitioned_and_the_token_page_sets_none(make_site: MakeSite):
    for cross_site in (False, True):
        browser = make_site(cross_site=cross_site).browser()
        answers = [browser.access("members"), browser.sign_in(), browser.get("/auth/logout")]
        for version in (1, 2):
            query = {"origin": VIEWER, "messageId": "7"}
            page = browser.get(
                f"/auth/token/{version}/members", query_string=query, headers={"Sec-Fetch-Site": "cross-site"}
            )
            assert "accessToken" in posted(page)[0]
            assert "Set-Cookie" not in page.headers
            answers.append(page)
        told = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
        assert told
        assert not any("partitioned" in line.lower() for line in told)


def test_th_38_the_framework_keeps_no_session_of_its_own(house: House):
    assert house.app.secret_key is None
    for path in EVERYTHING:
        for line in house.ask(path, cookie=house.cookie).headers.getlist("Set-Cookie"):
            assert line.startswith("__Host-lectern-"), path
            assert len(line) < 400, path


# Methods and conditions

PIXELS = [path for path in RESTRICTED if path.startswith("/iiif/") and "info" not in path]


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-9"},
        {"Range": "bytes=-5"},
        {"Range": "bytes=0-1,5-9"},
        {"If_Modified_Since": "Wed, 21 Oct 2099 07:28:00 GMT"},
        {"If_None_Match": "*"},
        {"If_Match": "*"},
        {"Accept": "image/webp"},
        {"Accept": "text/html"},
        {"Purpose": "prefetch", "Sec_Fetch_Mode": "no-cors"},
        {"X_HTTP_Method_Override": "GET"},
    ],
)
def test_th_65_no_method_and_no_condition_changes_the_verdict(house: House, headers: dict[str, str]):
    for path in PIXELS:
        tag = house.ask(path, cookie=house.cookie).headers["ETag"]
        size = house.ask(path, cookie=house.cookie).headers["Content-Length"]
        for method in ("GET", "HEAD"):
            for more in ({}, {"If_None_Match": tag}):
                answer = house.ask(path, method=method, **{**headers, **more})
                assert answer.status_code == 401, (path, method)
                assert "ETag" not in answer.headers
                assert "Last-Modified" not in answer.headers
                assert answer.headers.get("Content-Length") != size
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
            assert house.ask(path, method=method, cookie=house.cookie, **headers).status_code == 405
        preflight = house.ask(path, method="OPTIONS", **headers)
        assert (preflight.status_code, preflight.data) == (204, b"")
        assert preflight.headers.get("ETag") is None


# Caches and CORS


def test_th_72_to_74_what_is_restricted_is_no_caches_business_whoever_asks(house: House):
    for path in RESTRICTED:
        for answer in (house.ask(path), house.ask(path, cookie=house.cookie), house.ask(path, cookie="x" * 43)):
            kept = answer.headers["Cache-Control"]
            assert "no-store" in kept, (path, answer.status_code)
            assert "public" not in kept, path
            assert "Set-Cookie" not in answer.headers, path
        assert "Cookie" in house.ask(path, cookie=house.cookie).vary, path


def test_th_73_what_is_open_is_the_same_to_the_last_byte_for_everybody(house: House):
    for path in OPEN:
        answers = [house.ask(path), house.ask(path, cookie=house.cookie), house.ask(path, cookie="x" * 43)]
        answers.append(house.ask(path, Authorization="Bearer x", Origin="https://evil.tld"))
        assert answers[0].status_code == 200
        for answer in answers[1:]:
            assert outward(answer)[2] == outward(answers[0])[2], path
            assert answer.data == answers[0].data, path
        assert answers[0].headers["Cache-Control"].startswith("public, max-age="), path
        assert "Cookie" not in answers[0].vary, path
        assert "Set-Cookie" not in answers[0].headers, path


@pytest.mark.parametrize("origin", ["https://evil.tld", "null", BASE, VIEWER, "*"])
def test_th_76_no_origin_is_ever_reflected_and_no_credentials_are_allowed(house: House, origin: str):
    for path in (*EVERYTHING, "/iiif/2/nothing-1/info.json", "/search/1/nothing?q=x", "/nowhere", "/auth/probe/x"):
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = house.ask(path, method=method, cookie=house.cookie, Origin=origin)
            assert answer.headers.get("Access-Control-Allow-Origin") in (None, "*"), path
            assert "Access-Control-Allow-Credentials" not in answer.headers, path


def test_th_77_errors_of_the_public_apis_may_be_read_by_any_page(house: House):
    for path in ("/iiif/2/nothing-1/info.json", "/iiif/2/staff-1/full/9,/0/default.jpg", "/search/1/nothing?q=x"):
        answer = house.ask(path, Accept="text/html")
        assert answer.status_code in (401, 404)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.is_json


@pytest.mark.parametrize(
    "tail", ["/x.css", ";.css", ".css", "%2Fx.css", "%3b.css", "/x.jpg", "%00.css", "/", "?x=.css"]
)
def test_th_75_an_address_that_looks_like_a_file_is_no_public_answer(house: House, tail: str):
    for path in ("/iiif/2/staff-1/info.json", "/presentation/3/staff/canvas/1/text", "/search/1/staff", "/auth/logout"):
        answer = house.ask(path + tail, cookie=house.cookie)
        assert "public" not in answer.headers.get("Cache-Control", ""), path + tail
        assert "no-store" in answer.headers.get("Cache-Control", ""), path + tail


# Side doors


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/file/staff-1.tif",
            "/file",
            "/files/",
            "/raw/staff-1",
            "/original/staff-1",
            "/originals/",
            "/images/",
            "/index/",
        ),
        *("/keys/forms", "/state.db", "/catalogue.db", "/policies.toml", "/lectern.toml", "/audit.jsonl", "/.env"),
        *(
            "/static/",
            "/static/../state.db",
            "/static/%2e%2e/state.db",
            "/static/..%2fstate.db",
            "/viewers/../state.db",
        ),
        *(
            "/iiif/",
            "/iiif/1/staff-1/info.json",
            "/iiif/1.1/staff-1/full/full/0/native.jpg",
            "/iiif/4/staff-1/info.json",
        ),
        *(
            "/iiif/2",
            "/iiif/staff-1/full/full/0/native.jpg",
            "/admin",
            "/admin/",
            "/api",
            "/config",
            "/tasks",
            "/debug",
        ),
        *(
            "/presentation/",
            "/presentation/1/staff/manifest",
            "/search/",
            "/search/3/staff?q=x",
            "/auth/",
            "/.git/config",
        ),
        *(
            "/console",
            "/iiif/2/staff-1/full/full/0/default.pdf",
            "/staff.pdf",
            "/objects/staff.pdf",
            "/objects/../keys",
        ),
    ],
)
def test_th_68_there_is_no_side_door(house: House, path: str):
    for cookie in ("", house.cookie):
        answer = house.ask(path, cookie=cookie)
        assert answer.status_code in (303, 400, 401, 404), (path, answer.status_code)
        assert b"SQLite" not in answer.data
        assert not answer.data.startswith((b"\xff\xd8", b"II*", b"MM\x00*", b"%PDF"))


def test_th_56_in_containers_only_the_gateway_has_a_door_and_that_on_this_machine():
    text = (ROOT / "compose.yaml").read_text()
    assert text.count("ports:") == 1
    assert "network_mode" not in text
    gateway = text.partition("  gateway:\n")[2]
    assert '    ports:\n      - "127.0.0.1:${PORT:-8080}:8080"\n    volumes:\n' in gateway
    assert Settings().host == "127.0.0.1"
    for line in re.findall(r"server ([^;]+);", (ROOT / "deploy/nginx/upstreams.conf").read_text()):
        assert line.startswith("127.0.0.1:")


# A fresh installation


def test_th_110_on_a_fresh_home_nothing_restricted_is_readable_and_nobody_can_sign_in(tmp_path: Path):
    context = Context(Settings(home=tmp_path / "home", public_url=BASE), SetClock())
    put_closed = context.home
    put_closed.prepare()
    put(context.home, "letters", "readers", [["the new harbour wall"]])
    app = create_app(context)
    fresh = House(context, app, "")
    assert fresh.ask("/search/1/letters?q=harbour").status_code == 404
    assert fresh.ask("/presentation/3/letters/manifest").status_code == 404
    assert fresh.ask("/", Accept="text/html").text.count("letters") == 0
    assert context.state.users() == []
    browser = Browser(app.test_client())
    for name in ("admin", "lectern", "reader", "demo"):
        for password in ("", name, "admin", "password", "lectern", "secret", "changeme"):
            answer = browser.post(
                f"/auth/access/readers?origin={VIEWER}", data={"username": name, "password": password}
            )
            assert answer.status_code in (403, 404, 429)
            assert browser.cookie is None
    assert fresh.ask("/auth/verify", X_Original_URI="/objects/letters").status_code == 403
    context.catalogue.close()
    context.state.close()


def test_th_110_on_plain_http_nobody_signs_in_and_the_page_says_why(make_site: MakeSite):
    browser = make_site(public_url="http://books.example.org").browser()
    answer = browser.access("members")
    assert answer.status_code == 403
    assert "https" in answer.text
    assert not answer.headers.getlist("Set-Cookie")
    assert make_site(public_url="http://localhost:8080").browser().access("members").status_code == 200


def test_th_110_the_sample_settings_and_policies_hold_no_secret():
    for name in ("docs/lectern.toml.sample", "samples/policies.toml", "compose.yaml"):
        text = (ROOT / name).read_text()
        # A list of names in brackets is compose's way to say which secrets a container has as files.
        assert not re.findall(
            r"(?im)^[\s-]*[a-z_]*(?:password|secret|key)[a-z_]*[ \t]*[=:][ \t]*\"?(?!\[|\$\{|/run/secrets/)[^\s\"]",
            text,
        ), name


# Terms, shared by a network


def test_th_37_th_16_terms_are_accepted_so_often_by_one_network_and_no_oftener(make_site: MakeSite, monkeypatch):
    monkeypatch.setattr("auth.throttle.TERMS_PER_NETWORK", 2)
    made = make_site()
    answers = [made.browser().accept() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert made.context.state.counts()["sessions"] == 2


def test_th_28_th_36_a_token_dies_with_its_session_even_between_two_looks(make_site: MakeSite, monkeypatch):
    made = make_site()
    browser = made.browser()
    browser.sign_in()
    token = browser.token(2, "members")
    assert browser.probe("members-1", token)["status"] == 200
    monkeypatch.setattr(SessionStore, "get", lambda *_, **_how: None)
    assert made.browser().probe("members-1", token)["status"] == 401


# Capabilities


@pytest.mark.parametrize("form", ["{}~{}", "{}~full~{}", "{}~c.{}", "{}!{}", "{};{}", "{}@{}", "{}-{}", "{}.{}"])
@pytest.mark.parametrize("value", ["x" * 43, "1.full.9999999999." + "a" * 43, "eyJhbGciOiJub25lIn0.e30."])
def test_th_70_an_invented_capability_opens_nothing(house: House, form: str, value: str):
    for path in PIXELS:
        invented = path.replace("staff-1", form.format("staff-1", value))
        assert house.ask(invented).status_code in (401, 403, 404)
        for name in ("capability", "cap", "sig", "signature", "expires"):
            assert house.ask(f"{path}?{name}={value}").status_code == 401

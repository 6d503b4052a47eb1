"""Our client of Flow 2.0 in Chromium: every pattern in every state, and what it never does."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Playwright, Route

from tests.chromium import FLAGS, PROGRAM
from tests.conformance.auth_shelf import PATTERNS, MakeSite
from tests.conformance.stage import Stage

# A window that closes while its style sheet is sent leaves a file to the garbage collector in these tests' server.
_STYLE_LEFT = r"ignore:Exception ignored in. <_io.FileIO name=.*lectern\.css:pytest.PytestUnraisableExceptionWarning"
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(_STYLE_LEFT)]
CONTEXT = "http://iiif.io/api/auth/2/context.json"


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Chromium]:
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def errors_come_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let token pages hold an error back for a moment only; that it is 1.5 s is tested in tests/services_auth."""
    monkeypatch.setattr("services.auth.token._ERROR_DELAY", 100)


@pytest.fixture
def make_stage(make_house: MakeSite) -> Iterator[Callable[..., Stage]]:
    made: list[Stage] = []

    def make(**settings: Any) -> Stage:
        made.append(Stage(make_house, **settings))
        return made[-1]

    yield make
    for stage in made:
        stage.close()


@pytest.fixture
def stage(make_stage: Callable[..., Stage]) -> Stage:
    return make_stage()


@pytest.fixture
def page(chromium: Chromium) -> Iterator[Page]:
    context = chromium.new_context(locale="de-DE")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def found(page: Page) -> dict[str, Any]:
    page.wait_for_function("window.found")
    result: dict[str, Any] = page.evaluate("window.found")
    return result


def click(page: Page, name: str) -> dict[str, Any]:
    """Return what comes of a click that opens no window."""
    page.click(f"#{name}")
    return found(page)


def click_and(page: Page, act: Callable[[Page], None] | None) -> dict[str, Any]:
    """Return what comes of a click on Show, in whose window somebody acts; None closes it at once."""
    with page.expect_popup() as opened:
        page.click("#enter")
    window = opened.value
    if act is not None:
        act(window)
    elif not window.is_closed():
        window.close()
    return found(page)


def _send(window: Page) -> None:
    """Send the form a moment later, since the window closes under the hands of whoever presses the button."""
    window.locator("form").first.wait_for()  # before it, the window is blank
    window.evaluate("setTimeout(() => document.forms[0].requestSubmit(), 0)")


def sign_in(window: Page) -> None:
    window.fill("#username", "ann")
    window.fill("#password", "secret")
    _send(window)


def sign_in_as_a_guest(window: Page) -> None:
    window.fill("#username", "bob")
    window.fill("#password", "hidden")
    with window.expect_navigation():
        _send(window)
    window.close()


def do_nothing(window: Page) -> None:
    """The window closes by itself."""


ENTER: dict[str, Callable[[Page], None]] = {"login": sign_in, "clickthrough": _send}


def picture_is_shown(page: Page) -> bool:
    page.wait_for_function("document.getElementById('shown').complete")
    shown: bool = page.evaluate("document.getElementById('shown').naturalWidth > 0")
    return shown


@pytest.mark.parametrize("pattern", ["login", "clickthrough"])
def test_allowed_after_a_step_in_a_window(stage: Stage, page: Page, pattern: str):
    stage.open(page, f"{pattern}-1")
    assert click(page, "look")["status"] == 401
    result = click_and(page, ENTER[pattern])
    assert (result["state"], result["status"]) == ("open", 200)
    assert picture_is_shown(page)
    assert page.evaluate("window.asked") == 1


@pytest.mark.parametrize("pattern", ["kiosk", "external"])
@pytest.mark.parametrize("state", ["allowed", "wrong origin", "store down"])
def test_allowed_by_address_at_once_whatever_the_viewer_and_without_the_store(
    make_stage: Callable[..., Stage], page: Page, pattern: str, state: str
):
    stage = make_stage(allowed_origins=["https://other.example.com"] if state == "wrong origin" else [])
    stage.enter_the_room()
    if state == "store down":
        stage.break_store()
    stage.open(page, f"{pattern}-1")
    result = click(page, "enter")
    assert (result["state"], result["status"]) == ("open", 200)
    assert picture_is_shown(page)
    assert stage.tokens_asked() == 0


@pytest.mark.parametrize(
    ("pattern", "act", "profile"),
    [
        ("login", sign_in_as_a_guest, "invalidAspect"),
        ("login", None, "missingAspect"),
        ("clickthrough", None, "missingAspect"),
        ("kiosk", None, "invalidAspect"),
        ("external", None, "invalidAspect"),
    ],
)
def test_denied_after_one_try_with_the_reason(
    stage: Stage, page: Page, pattern: str, act: Callable[[Page], None] | None, profile: str
):
    stage.open(page, f"{pattern}-1")
    result = click(page, "enter") if pattern == "external" else click_and(page, act)
    assert (result["state"], result["failure"]["profile"]) == ("denied", profile)
    assert page.evaluate("window.textOf(window.found.failure.heading)")
    assert not picture_is_shown(page)
    page.wait_for_timeout(500)
    assert stage.tokens_asked() == 1


@pytest.mark.parametrize("pattern", ["login", "clickthrough"])
def test_expired_sessions_are_noticed_and_named(stage: Stage, page: Page, pattern: str):
    stage.open(page, f"{pattern}-1")
    click_and(page, ENTER[pattern])
    stage.site.clock.move(stage.site.context.settings.session_idle)
    assert click(page, "look")["status"] == 401
    assert not picture_is_shown(page)
    result = click_and(page, None)
    assert result["failure"]["profile"] == "expiredAspect"
    assert page.evaluate("window.textOf(window.found.failure.heading)") == "Ihre Sitzung ist beendet"
    assert click_and(page, ENTER[pattern])["state"] == "open"


@pytest.mark.parametrize("pattern", ["kiosk", "external"])
def test_expired_is_who_leaves_the_room(stage: Stage, page: Page, pattern: str):
    stage.enter_the_room()
    stage.open(page, f"{pattern}-1")
    assert click(page, "enter")["state"] == "open"
    stage.leave_the_room()
    assert click(page, "look")["status"] == 401
    result = click(page, "enter") if pattern == "external" else click_and(page, None)
    assert result["failure"]["profile"] == "invalidAspect"


@pytest.mark.parametrize("pattern", ["login", "clickthrough"])
def test_wrong_origin_gets_no_token(make_stage: Callable[..., Stage], page: Page, pattern: str):
    stage = make_stage(allowed_origins=["https://other.example.com"])
    stage.open(page, f"{pattern}-1")
    result = click_and(page, None)
    assert (result["state"], result["failure"]["profile"]) == ("denied", "invalidOrigin")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_store_down_opens_nothing(stage: Stage, page: Page, pattern: str):
    stage.break_store()
    stage.open(page, f"{pattern}-1")
    result = click(page, "enter")
    assert (result["state"], result["status"]) == ("denied", 503)
    assert page.evaluate("window.textOf(window.found.heading)") == "Zurzeit nicht verfügbar"
    assert stage.tokens_asked() == 0


def test_a_token_that_the_server_let_expire_is_replaced_without_another_sign_in(stage: Stage, page: Page):
    stage.open(page, "login-1")
    click_and(page, sign_in)
    stage.site.clock.move(stage.site.context.settings.token_life)
    assert click(page, "look")["status"] == 401
    assert click_and(page, do_nothing)["state"] == "open"


def test_a_token_past_its_time_is_not_sent_any_more(stage: Stage, page: Page):
    stage.open(page, "login-1")
    click_and(page, sign_in)
    click(page, "look")
    assert any(sent for path, sent in stage.asked if path.startswith("/auth/probe/"))
    page.evaluate("const now = Date.now; Date.now = () => now() + 1000 * 3600")
    before = len(stage.asked)
    assert click(page, "look")["status"] == 401
    assert [sent for path, sent in stage.asked[before:] if path.startswith("/auth/probe/")] == [""]


def test_of_several_services_external_is_tried_first_and_then_the_window(stage: Stage, page: Page):
    stage.open(page, "every-1")
    assert click_and(page, sign_in)["state"] == "open"
    assert stage.tokens_asked() == 2
    assert page.evaluate("window.asked") == 1


def test_whoever_is_denied_sees_the_substitute_and_then_the_picture_and_after_signing_out_not(stage: Stage, page: Page):
    stage.open(page, "tiered-1")
    result = click(page, "look")
    assert result["substitutes"][0]["id"].startswith(f"{stage.base}/iiif/3/tiered-1~degraded/")
    assert picture_is_shown(page)
    assert click_and(page, sign_in)["substitutes"] == []
    assert picture_is_shown(page)
    with page.expect_popup():
        page.click("#leave")
    assert found(page)["status"] == 401
    assert stage.site.context.state.counts()["sessions"] == 0


def test_au2_37_the_token_goes_to_its_probe_and_nowhere_else(stage: Stage, page: Page):
    sent: set[str] = set()
    page.context.on("request", lambda request: sent.add(request.url) if "authorization" in request.headers else None)
    stage.open(page, "login-1")
    click_and(page, sign_in)
    click(page, "look")
    assert picture_is_shown(page)
    assert {path for path, value in stage.asked if value} == {"/auth/probe/login-1"}
    assert sent <= {f"{stage.base}/auth/probe/login-1"}


def test_au2_38_messages_of_others_are_ignored(stage: Stage, page: Page):
    stage.open(page, "login-1")
    page.evaluate(
        """() => {
          crypto.randomUUID = () => "known";
          const forged = {type: "AuthAccessToken2", messageId: "known", accessToken: "forged", expiresIn: 99};
          setInterval(() => window.postMessage(forged, "*"), 20);
          const frame = document.createElement("iframe");
          const script = `setInterval(() => parent.postMessage(${JSON.stringify(forged)}, "*"), 20)`;
          frame.srcdoc = `<script>${script}<` + `/script>`;
          document.body.append(frame);
        }"""
    )
    assert click_and(page, None)["failure"]["profile"] == "missingAspect"
    assert not any("forged" in sent for _, sent in stage.asked)


def test_a_message_with_another_id_is_not_ours_and_the_wait_ends(stage: Stage, page: Page):
    answer = """<script>parent.postMessage({type: "AuthAccessToken2", messageId: "another", accessToken: "x"}, "*")
    </script>"""
    page.route("**/auth/token/**", lambda route: route.fulfill(body=answer, content_type="text/html"))
    stage.open(page, "external-1", wait=1000)
    result = click(page, "enter")
    assert result["failure"]["profile"] == "unavailable"


def _answers(result: dict[str, Any]) -> Callable[[Route], None]:
    body = json.dumps({"@context": CONTEXT, "type": "AuthProbeResult2", **result})
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization"}
    return lambda route: route.fulfill(body=body, content_type="application/json", headers=headers)


def test_au2_46_what_moved_is_shown_from_where_it_is(stage: Stage, page: Page):
    place = f"{stage.base}/iiif/3/open-1/full/200,/0/default.jpg"
    page.route("**/auth/probe/**", _answers({"status": 302, "location": {"id": place, "type": "Image"}}))
    stage.open(page, "login-1")
    result = click(page, "look")
    assert (result["state"], result["location"]["id"]) == ("moved", place)
    assert picture_is_shown(page)


@pytest.mark.parametrize("result", [{"status": "200"}, {"status": 200, "type": "Error"}, {}])
def test_an_answer_that_is_no_probe_result_opens_nothing(stage: Stage, page: Page, result: dict[str, Any]):
    page.route("**/auth/probe/**", _answers(result))
    stage.open(page, "login-1")
    assert click(page, "enter")["status"] == 503
    assert stage.tokens_asked() == 0


_NAMES_OURS = """async (base) => {
  const { AuthFlow } = await import("/authflow.js");
  const token = { id: `${base}/auth/token/2/login`, type: "AuthAccessTokenService2" };
  const access = { type: "AuthAccessService2", profile: "external", service: [token] };
  const id = "http://pictures.example/auth/probe/1";
  const thief = { id, type: "AuthProbeService2", service: [access] };
  const tokens = new Map([[token.id, { token: "ours", ends: Infinity, logouts: [] }]]);
  const flow = new AuthFlow(thief, { tokens });
  return [await flow.look(), await flow.renew(), await flow.enter()].map(({ state }) => state);
}"""


def test_th_31_a_token_of_ours_goes_to_no_probe_of_another_origin_that_names_our_services(stage: Stage, page: Page):
    """TH-108: a picture that somebody else serves names a probe of his own, and our token service for it."""
    sent: list[str | None] = []

    def answer(route: Route) -> None:
        if route.request.method == "GET":
            sent.append(route.request.header_value("authorization"))
        _answers({"status": 401})(route)

    page.route("http://pictures.example/**", answer)
    stage.open(page, "login-1")
    assert page.evaluate(_NAMES_OURS, stage.base) == ["denied"] * 3
    assert sent == [None] * 3
    assert stage.tokens_asked() == 0

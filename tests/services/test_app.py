import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from lectern.errors import ConfigurationError, InputError
from lectern.settings import Settings, load_settings
from services import SERVICES, http
from services.app import create_app
from services.context import Context
from tests.services_search.conftest import add_object

_ROUTES = {
    "search": "/search/1/x",
    "auth": "/auth/logout",
    "image": "/iiif/2/x-1/info.json",
    "presentation": "/presentation/3/x/manifest",
    "portal": "/",
}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_alone_has_its_own_routes_and_health(context: Context, service):
    rules = {
        rule.rule.split("<")[0].strip("/").split("/")[0] for rule in create_app(context, [service]).url_map.iter_rules()
    }
    own = _ROUTES[service].strip("/").split("/")[0]
    assert own in rules
    assert {"healthz", "readyz", "metrics"} <= rules
    for other, path in _ROUTES.items():
        if other not in (service, "portal"):
            assert path.strip("/").split("/")[0] not in rules


def test_a_service_that_there_is_not_is_refused_by_name(context: Context):
    with pytest.raises(InputError, match="printing"):
        create_app(context, ["printing"])


def test_making_the_application_opens_no_store(tmp_path):
    from lectern.settings import load_settings

    create_app(Context(load_settings(tmp_path / "home")))
    assert not (tmp_path / "home").exists()


def test_health_touches_nothing(tmp_path):
    from lectern.settings import load_settings

    client = create_app(Context(load_settings(tmp_path / "home"))).test_client()
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert not (tmp_path / "home").exists()


def test_readiness_names_its_checks(client: FlaskClient):
    document = client.get("/readyz").get_json()
    assert document["status"] == "ok"
    assert document["checks"] == {"catalogue": "ok", "state": "ok", "policies": "ok"}


def test_readiness_says_what_fails_and_answers_503(context: Context, client: FlaskClient):
    context.home.policies_file.write_text("[policies.x]\nserach = 1\n")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "serach" in response.get_json()["checks"]["policies"]


def test_th_106_outsiders_learn_the_status_alone(client: FlaskClient):
    outside = {"REMOTE_ADDR": "203.0.113.7"}
    assert client.get("/readyz", environ_base=outside).get_json() == {"status": "ok"}
    assert client.get("/metrics", environ_base=outside).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 403


def test_metrics_count_requests_by_route_and_name_no_object(client: FlaskClient):
    client.get("/search/1/secretname?q=secretword")
    text = client.get("/metrics").get_data(as_text=True)
    assert "lectern_request_seconds_bucket" in text
    assert "secretname" not in text
    assert "secretword" not in text


def test_every_answer_has_a_request_id_and_strict_headers(client: FlaskClient):
    headers = client.get("/healthz").headers
    assert headers["X-Request-Id"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_an_error_is_json_for_programs_and_a_page_for_people(client: FlaskClient):
    program = client.get("/nowhere")
    assert program.content_type == "application/problem+json"
    assert program.get_json()["status"] == 404
    person = client.get("/nowhere", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert person.content_type.startswith("text/html")
    assert b"<h1>" in person.data


def test_th_77_the_apis_answer_errors_in_json_whatever_is_accepted(client: FlaskClient):
    response = client.get("/search/1/nothing?q=x", headers={"Accept": "text/html"})
    assert response.get_json()["terms"] == []


def test_a_fault_inside_tells_nothing_of_itself(capsys):
    app = Flask("x")
    http.install(app)

    @app.get("/search/broken")
    def broken() -> str:
        raise RuntimeError("the password is swordfish")

    response = app.test_client().get("/search/broken")
    assert response.status_code == 500
    assert b"swordfish" not in response.data
    assert response.get_json()["resources"] == []


def test_th_103_the_log_has_no_query_text_no_cookie_and_no_token(client: FlaskClient, capfd):
    from services.observing import configure_logs

    configure_logs("json", "info")
    client.get(
        "/search/1/x?q=secretword",
        headers={"Cookie": "__Host-lectern-session=secretcookie", "Authorization": "Bearer secrettoken"},
    )
    logged = capfd.readouterr().err
    assert '"path":"/search/1/x"' in logged.replace(" ", "")
    for secret in ("secretword", "secretcookie", "secrettoken"):
        assert secret not in logged


@pytest.mark.parametrize(
    "path", ["/search/1/x", "/iiif/2/x-1/info.json", "/presentation/3/x/manifest", "/auth/probe/x-1"]
)
def test_aux_10_11_preflight_is_answered_before_anything_is_asked(client: FlaskClient, path):
    response = client.options(path)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]


def test_aux_13_pages_of_the_auth_service_are_not_for_other_origins(client: FlaskClient):
    assert "Access-Control-Allow-Origin" not in client.get("/auth/logout").headers


def test_th_102_a_broken_configuration_is_told_to_the_operator_not_to_the_world(
    context: Context, client: FlaskClient, capfd
):
    add_object(context.home, "book", "open")
    context.home.policies_file.write_text("[policies.secretname]\npatterns = 7\n")
    response = client.get("/search/1/book?q=mayor")
    assert response.status_code == 500
    assert b"secretname" not in response.data


def test_vary_keeps_what_negotiation_needs_beside_what_access_needs(context: Context):
    app = Flask("x")
    http.install(app)
    app.add_url_rule("/x", view_func=lambda: http.json_response({}, headers={"Vary": "Cookie"}))
    assert app.test_client().get("/x").headers["Vary"] == "Cookie, Accept"


def test_a_number_beyond_every_canvas_is_not_found(client: FlaskClient):
    assert client.get("/search/1/x/canvas/99999999999999999999?q=x").status_code == 404


def test_a_port_that_is_taken_is_named_with_the_remedy(tmp_path):
    import socket
    import subprocess
    import sys

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "services.cli", "--home", str(tmp_path), "up", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert f"port {port}" in done.stderr
    assert "--port" in done.stderr


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "inside"),
    [
        (0, "10.9.0.1", None, True),
        (0, "10.8.0.1", None, False),
        (0, "127.0.0.1", None, False),
        (0, "10.9.0.1", "10.9.0.1", False),
        (1, "127.0.0.1", "10.9.0.1", True),
        (1, "10.9.0.1", "10.9.0.1, 10.8.0.1", False),
        (1, "10.9.0.1", None, True),
        (0, "2001:db8::1", None, True),
    ],
)
def test_th_106_metrics_are_for_stated_networks(tmp_path, proxies, peer, forwarded, inside):
    networks = ["10.9.0.0/16", "2001:db8::/32"]
    settings = Settings(home=tmp_path / "home", metrics_networks=networks, trusted_proxies=proxies)
    client = create_app(Context(settings), ["auth"]).test_client()
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    answers = [
        client.get(path, headers=headers, environ_base={"REMOTE_ADDR": peer}) for path in ("/metrics", "/readyz")
    ]
    assert answers[0].status_code == (200 if inside else 403)
    assert ("checks" in answers[1].get_json()) is inside


def test_th_54_a_network_that_is_none_is_refused_at_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv("LECTERN_METRICS_NETWORKS", "10.9.0.0/16 nonsense")
    with pytest.raises(ConfigurationError, match="nonsense"):
        load_settings(tmp_path)


def test_th_105_no_view_reads_more_than_a_form_by_oversight(context: Context):
    app = create_app(context)
    app.add_url_rule("/form", "form", lambda: request.form.get("a", ""), methods=["POST"])
    client = app.test_client()
    assert client.post("/form", data={"a": "x" * 1000}).status_code == 200
    refused = client.post("/form", data={"a": "x" * 20_000})
    assert refused.status_code == 413
    assert "Send 16384 bytes at most." in refused.get_json()["detail"]


@pytest.mark.parametrize("path", ["/static/nothing.css", "/no/such/page", "/auth/token/7/readers"])
def test_who_asks_for_no_address_is_told_where_they_are_listed(context: Context, path: str):
    answer = create_app(context).test_client().get(path)
    assert answer.status_code == 404
    assert "/openapi.json lists every address" in answer.get_json()["detail"]


def test_who_asks_with_another_method_is_told_which_there_are(context: Context):
    answer = create_app(context).test_client().delete("/presentation/3/collections/all")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "The header Allow" in answer.get_json()["detail"]

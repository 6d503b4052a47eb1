"""Services over PostgreSQL: what is refused while it cannot be used, and what ends everywhere within ten seconds."""

import http.client
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from click.testing import CliRunner

from auth.identity import Identity
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.database_server import Server
from lectern.settings import load_settings
from lectern.urls import canvas_path
from services.app import create_app
from services.checking import findings
from services.cli import main
from services.context import Context
from services.credentials import COOKIE
from tests.postgresql.server import Postgresql
from tests.servers import free_port, running, settings_free_environment

POLICIES = """
[policies.members]
patterns = ["login"]
roles = ["member"]
manifest = "full"
"""
VERIFY = "/auth/verify"
SECRET = "what the proxy knows, and nobody else"
EVERYWHERE_SECONDS = 10  # DESIGN section 6


@pytest.fixture
def home(tmp_path: Path, postgresql: Postgresql, own_database: str) -> Iterator[Path]:
    """Return a home whose stores are in PostgreSQL, as its settings say, with an open and a restricted object."""
    password = tmp_path / "password"
    server = postgresql.guarded(own_database)
    password.write_text(server.password)
    lines = f'database_url = "{server.url}"', 'database_password_file = "password"', f'verify_secret = "{SECRET}"'
    (tmp_path / "lectern.toml").write_text("\n".join(lines))
    (tmp_path / "policies.toml").write_text(POLICIES)
    context = Context(load_settings(tmp_path))
    for name, policy in (("free", "open"), ("closed", "members")):
        canvas = CanvasRow(1, canvas_path(name, 1), 100, 100, image=f"{name}.tif")
        context.catalogue.publish(ObjectRow(name, name, name, policy=policy, pages=1), [canvas])
    context.catalogue.close()
    yield tmp_path
    assert not list(tmp_path.glob("*.db*"))


@pytest.fixture
def context(home: Path) -> Iterator[Context]:
    context = Context(load_settings(home))
    yield context
    context.catalogue.close()
    context.state.close()


def _asking(name: str, **headers: str) -> dict[str, str]:
    """Return the headers by which a proxy asks about a tile."""
    return {"X-Lectern-Secret": SECRET, "X-Original-URI": f"/iiif/3/{name}-1/full/max/0/default.jpg", **headers}


def _signed_in(context: Context) -> str:
    return context.sessions.sign_in(Identity("ann", ("member",)), "https://viewer.example")


def test_th_97_while_sessions_cannot_be_read_open_is_served_and_restricted_is_503(
    context: Context, postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("lectern.database_postgresql._LOCK_MILLISECONDS", 300)
    client = create_app(context, ["auth"]).test_client()
    cookie = _signed_in(context)
    context.catalogue.find("free")
    database = urlsplit(context.settings.database_url).path[1:]
    with psycopg.connect(postgresql.server(database).url) as other:
        other.execute("LOCK TABLE sessions, tokens")
        for headers in ({}, {"Cookie": f"{COOKIE}={cookie}"}):
            context.state.database.forget()
            assert client.get(VERIFY, headers=_asking("free", **headers)).status_code == 204
            assert client.get("/auth/probe/closed-1", headers=headers).get_json()["status"] == 503
            response = client.get(VERIFY, headers=_asking("closed", **headers))
            assert response.status_code == 503
            assert int(response.headers["Retry-After"]) > 0
            assert "password" not in response.text
            assert database not in response.text
        other.rollback()
    assert client.get(VERIFY, headers=_asking("closed")).status_code == 401


def test_th_97_with_the_server_down_nothing_is_let_in(home: Path):
    settings = load_settings(home)
    down = Server(f"postgresql://lectern@127.0.0.1:{free_port()}/lectern")
    context = Context(settings.model_copy(update={"database_url": down.url}))
    client = create_app(context, ["auth"]).test_client()
    for name in ("free", "closed"):
        response = client.get(VERIFY, headers=_asking(name))
        assert response.status_code == 503
        assert response.headers["Retry-After"]
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_looking_works_without_files_in_the_home(home: Path):
    found = CliRunner().invoke(main, ["--home", str(home), "status", "--json"]).stdout
    assert {row["object"] for row in json.loads(found)["objects"]} == {"free", "closed"}
    found = CliRunner().invoke(main, ["--home", str(home), "check", "--json"]).stdout
    assert "The object free" in found  # its pack is not there: objects were looked at


def _environment(**added: str) -> dict[str, str]:
    return settings_free_environment(PYTHONPATH=str(Path.cwd()), **added)


def _until(true: Callable[[], bool]) -> float:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < EVERYWHERE_SECONDS, "it is not so everywhere within ten seconds"
        time.sleep(0.1)
    return time.monotonic() - begun


def test_a_revocation_by_one_process_is_kept_by_another_within_ten_seconds(home: Path, context: Context):
    """A server that is asked all the time, so that rows are always kept, and another process that takes away."""
    port = free_port()
    cookie = _signed_in(context)

    def ask(name: str, cookie: str = "") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", VERIFY, headers=_asking(name, **({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})))
        status = connection.getresponse().status
        connection.close()
        return status

    environment = _environment(LECTERN_HOME=str(home), LECTERN_PORT=str(port), LECTERN_WORKERS="2")
    command = [sys.executable, "-m", "services.cli", "serve", "auth"]
    with running(command, environment, f"http://127.0.0.1:{port}/readyz"):
        for _ in range(5):
            assert [ask("free"), ask("closed", cookie), ask("closed")] == [204, 204, 401]
        context.catalogue.set_policy("free", "members")
        _until(lambda: ask("free") == 401)
        assert ask("free", cookie) == 204
        assert context.sessions.end_all(user="ann") == 1
        _until(lambda: ask("closed", cookie) == 401)


def test_check_misses_the_index_of_objects_whose_catalogue_is_on_the_server(home: Path, opensearch: list[str]):
    with (home / "lectern.toml").open("a") as settings:
        settings.write(
            f'\nengine = "opensearch"\nopensearch_urls = ["{opensearch[0]}"]\nopensearch_index = "never-made"\n'
        )
    assert "error: The cluster has no index never-made-pages." in [
        f"{found.level}: {found.detail}" for found in findings(home)
    ]

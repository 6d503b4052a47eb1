import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from services.context import Context


def test_files_of_both_dist_folders_are_served(client: FlaskClient):
    script = client.get("/viewers/mirador/mirador.min.js")
    assert (script.status_code, script.data) == (200, b"mirador")
    assert script.content_type.startswith("text/javascript")
    assert client.get("/viewers/uv/umd/UV.js").data == b"uv"
    assert client.get("/viewers/uv/uv.css").content_type.startswith("text/css")


def test_files_are_kept_for_a_day_and_confirmed_with_304(client: FlaskClient):
    first = client.get("/viewers/uv/uv.css")
    assert "max-age=86400" in first.headers["Cache-Control"]
    again = client.get("/viewers/uv/uv.css", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/viewers/mirador/../package.json",
        "/viewers/mirador/%2e%2e/package.json",
        "/viewers/mirador/..%2fpackage.json",
        "/viewers/mirador/..\\package.json",
        "/viewers/mirador/umd/../../package.json",
        "/viewers/mirador//etc/passwd",
        "/viewers/mirador/%2fetc%2fpasswd",
        "/viewers/mirador/mirador.min.js%00.css",
        "/viewers/mirador/",
        "/viewers/mirador",
        "/viewers/uv/umd",
        "/viewers/secret/key",
        "/viewers/universalviewer/uv.css",
        "/viewers/..%2fsecret%2fdist/key",
    ],
)
def test_nothing_else_is_served(client: FlaskClient, path: str):
    answer = client.get(path)
    assert answer.status_code in {308, 404}
    assert b"not for readers" not in answer.data
    assert b"root:" not in answer.data


def test_a_folder_of_packages_that_is_relative_works(client: FlaskClient, context: Context, monkeypatch):
    monkeypatch.chdir(context.settings.viewers.parent)
    relative = context.settings.model_copy(update={"viewers": context.settings.viewers.relative_to(Path.cwd())})
    monkeypatch.setattr(context, "settings", relative)
    assert client.get("/viewers/uv/uv.css").status_code == 200


def test_missing_bundles_are_a_404_with_the_remedy(client: FlaskClient, context: Context):
    shutil.rmtree(context.settings.viewers / "mirador")
    answer = client.get("/viewers/mirador/mirador.min.js")
    assert answer.status_code == 404
    assert "make setup" in answer.get_json()["detail"]
    assert client.get("/viewers/uv/uv.css").status_code == 200


@pytest.mark.parametrize(
    "name", ["uv.html", "index.html", "umd/pin.svg", "page.xhtml", "page.HTML", "page.xml", "page"]
)
def test_th_89_no_page_that_comes_with_a_viewer_is_served(client: FlaskClient, context: Context, name: str):
    """Universal Viewer's `uv.html` runs what is in any manifest: under our origin that would be a foreign script."""
    file = context.settings.viewers / "universalviewer/dist" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("<script>alert(1)</script>")
    answer = client.get(f"/viewers/uv/{name}")
    assert answer.status_code == 404
    assert b"alert" not in answer.data


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "of-it"}])
def test_th_89_a_part_of_a_viewer_that_is_opened_as_a_page_can_do_nothing(client: FlaskClient, headers: dict[str, str]):
    of_it = client.get("/viewers/uv/umd/UV.js").headers["ETag"]
    answer = client.get("/viewers/uv/umd/UV.js", headers={name: of_it for name in headers})
    assert answer.status_code == (304 if headers else 200)
    policy = answer.headers["Content-Security-Policy"]
    assert {"sandbox", "default-src 'none'"} <= set(policy.split("; "))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"

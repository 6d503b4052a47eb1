"""The recipe of docs/identity.md for a proxy that signs readers in, run by a real nginx before the real services."""

import re
import sys
from contextlib import ExitStack

import pytest

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.urls import canvas_path
from tests.conftest import ROOT
from tests.servers import free_port, running, settings_free_environment
from tests.services_nginx.gateway import nginx, upstreams
from tests.services_nginx.test_image_server import ask

pytestmark = pytest.mark.nginx

_SECRET = "3c1b9c2d8f5a4e7690b1d2c3e4f5a6b7"
_SETTINGS = f"""
[providers.campus]
kind = "header"
roles_header = "X-Affiliation"
name_header = "X-Display-Name"
secret = "{_SECRET}"
"""
_POLICIES = """
[policies.members]
patterns = ["login"]
provider = "campus"

[policies.room]
patterns = ["external"]
networks = ["10.0.0.0/8"]
"""
_SERVER = """
log_format lectern '$status';
server {{
    listen 8080;
    access_log /var/log/nginx/access.log lectern;
    location = /shibauthorizer {{
        internal;
        proxy_pass http://127.0.0.1:{shibboleth};
    }}
    location = /metrics {{ return 404; }}
{recipe}
}}
server {{
    listen 127.0.0.1:{shibboleth};
    location / {{
        add_header Variable-Eppn "ann@campus.example";
        add_header Variable-Affiliation "member";
        add_header Variable-Displayname "Ann Smith";
        return 200;
    }}
}}
"""


def recipe(port: int) -> str:
    """Return the block of the page, with another port for Lectern."""
    text = (ROOT / "docs" / "identity.md").read_text()
    block: str
    (block,) = [block for block in re.findall(r"```nginx\n(.*?)```", text, re.S) if "shibauthorizer" in block]
    assert block.count("127.0.0.1:8080") == 2
    return block.replace("127.0.0.1:8080", f"127.0.0.1:{port}")


@pytest.fixture(scope="module")
def proxy(needs_nginx, tmp_path_factory):
    """Return the port of nginx before a Lectern that believes its headers."""
    folder = tmp_path_factory.mktemp("shibboleth")
    home = Home(folder / "home")
    home.prepare()
    home.policies_file.write_text(_POLICIES)
    home.settings_file.write_text(_SETTINGS)
    catalogue = Catalogue(home)
    for name in ("members", "room"):
        row = ObjectRow(name, name, name, policy=name, pages=1)
        catalogue.publish(row, [CanvasRow(1, canvas_path(name, 1), 64, 64)])
    catalogue.close()
    port, lectern = free_port(), free_port()
    environment = settings_free_environment(
        LECTERN_HOME=str(home.path),
        LECTERN_PORT=str(lectern),
        LECTERN_PUBLIC_URL=f"http://localhost:{port}",
        LECTERN_TRUSTED_PROXIES="1",
        LECTERN_WORKERS="1",
    )
    with ExitStack() as stack:
        (folder / "nginx").mkdir()
        secret = f'proxy_set_header X-Lectern-Proxy-Secret "{_SECRET}";\n'
        (folder / "nginx" / "lectern-campus-secret.conf").write_text(secret)
        command = [sys.executable, "-m", "services.cli", "up"]
        stack.enter_context(running(command, environment, f"http://127.0.0.1:{lectern}/healthz"))
        server = _SERVER.format(shibboleth=free_port(), recipe=recipe(lectern))
        stack.enter_context(nginx(folder / "nginx", port, upstreams({}), server=server))
        yield port


def test_the_access_page_knows_whom_the_proxy_has_signed_in(proxy):
    origin = "?origin=https://viewer.example.org"
    status, _, body = ask(proxy, f"/auth/access/members{origin}", X_Remote_User="eve")
    assert status == 200
    assert "Ann Smith" in body.decode()
    assert "eve" not in body.decode()


def test_th_53_a_reader_behind_the_recipe_cannot_say_where_he_is(proxy):
    for address in ("10.1.2.3", "10.1.2.3, 10.1.2.3"):
        status, _, body = ask(proxy, "/auth/probe/room-1", X_Forwarded_For=address, Forwarded=f"for={address}")
        assert status == 200
        assert b'"status":200' not in body

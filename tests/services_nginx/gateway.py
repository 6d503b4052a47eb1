"""A real nginx in front of real services, each a process of its own, all on free loopback ports."""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lectern.home import Home
from services import SERVICES
from tests.conftest import ROOT
from tests.servers import Program, free_port, running, settings_free_environment

SECRET = "a secret that only the proxy and the auth service know"
_NGINX = ROOT / "deploy" / "nginx"
# The beginning of a configuration whose nginx stays within its folder, up to what is served.
WITHIN_A_FOLDER = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
"""
_MAIN = (
    WITHIN_A_FOLDER
    + """    access_log off;
    include {folder}/upstreams.conf;
    include {folder}/lectern.conf;
}}
"""
)


def nginx_program() -> str:
    """Return where nginx is; skips the test that asks where it is not installed."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("there is no nginx; on Debian: apt-get install -y nginx-light")
    return found


@dataclass(frozen=True)
class Gateway:
    """A running installation: its one address, the services' own ports, and their processes."""

    url: str
    ports: Mapping[str, int]
    programs: Mapping[str, Program]


@dataclass(frozen=True)
class Certificate:
    """The files of a certificate with its chain, and of its key."""

    chain: Path
    key: Path


@contextmanager
def nginx(
    folder: Path, port: int, upstreams: str, *, server: str | None = None, certificate: Certificate | None = None
) -> Iterator[Program]:
    """Run nginx with our configuration on a loopback port; `server` replaces the text of lectern.conf.

    With a certificate it speaks TLS there, as docs/install.md tells.
    """
    program = nginx_program()
    folder.mkdir(parents=True, exist_ok=True)
    text = server or (_NGINX / "lectern.conf").read_text()
    listen, ready = f"listen 127.0.0.1:{port};", f"http://127.0.0.1:{port}/metrics"
    if certificate is not None:
        inside = free_port()  # without TLS, to see whether it is there
        ready = f"http://127.0.0.1:{inside}/metrics"
        listen = f"""listen 127.0.0.1:{port} ssl; listen 127.0.0.1:{inside};
    ssl_certificate {certificate.chain};
    ssl_certificate_key {certificate.key};"""
    moved = {"listen 8080;": listen, "/var/log/nginx/access.log": f"{folder}/access.log"}
    for there, here in moved.items():
        assert text.count(there) == 1
        text = text.replace(there, here)
    (folder / "lectern.conf").write_text(text)
    (folder / "upstreams.conf").write_text(upstreams)
    for part in ("headers", "gate", "verdict"):
        if not (folder / f"lectern-{part}.conf").exists():  # a test may have one of its own
            shutil.copyfile(_NGINX / f"{part}.conf", folder / f"lectern-{part}.conf")
    (folder / "lectern-secret.conf").write_text(f'proxy_set_header X-Lectern-Secret "{SECRET}";\n')
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, user="user root;" if os.geteuid() == 0 else ""))
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running(command, None, ready, seconds=20) as started:
        yield started


def verdicts(folder: Path) -> str:
    """Return verdicts.conf, the verdicts kept in a folder."""
    text = (_NGINX / "verdicts.conf").read_text()
    assert text.count("/var/cache/nginx/") == 1
    return text.replace("/var/cache/nginx/", f"{folder}/")


def with_pictures_by(recipe: str) -> str:
    """Return lectern.conf with a recipe in place of our own pictures."""
    text = (_NGINX / "lectern.conf").read_text()
    ours = "    location /iiif/         { proxy_pass http://lectern_image; }\n"
    assert text.count(ours) == 1
    return text.replace(ours, recipe)


def upstreams(ports: Mapping[str, int]) -> str:
    """Return upstreams.conf with other ports."""
    text = (_NGINX / "upstreams.conf").read_text()
    for name, port in ports.items():
        text, count = re.subn(rf"(upstream lectern_{name} .*?127\.0\.0\.1:)\d+", rf"\g<1>{port}", text)
        assert count == 1, name
    return text


@contextmanager
def gateway(home: Home, folder: Path, **settings: str) -> Iterator[Gateway]:
    """Run the five services of a home as five processes, and nginx before them; `settings` are LECTERN_ variables."""
    port = free_port()
    ports = {name: free_port() for name in SERVICES}
    url = f"http://localhost:{port}"
    with ExitStack() as stack:
        programs = {}
        for name, own_port in ports.items():
            environment = settings_free_environment(
                LECTERN_HOME=str(home.path),
                LECTERN_PORT=str(own_port),
                LECTERN_PUBLIC_URL=url,
                LECTERN_TRUSTED_PROXIES="1",
                LECTERN_WORKERS="1",
                LECTERN_VERIFY_SECRET=SECRET,
                **{f"LECTERN_{key.upper()}": value for key, value in settings.items()},
            )
            command = [sys.executable, "-m", "services.cli", "serve", name]
            health = f"http://127.0.0.1:{own_port}/healthz"
            programs[name] = stack.enter_context(running(command, environment, health))
        stack.enter_context(nginx(folder, port, upstreams(ports)))
        yield Gateway(url, ports, programs)

"""One home with the letters of the sample shelf, served in two ways."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.app import SERVICES
from services.cli import main
from tests.conftest import ROOT
from tests.servers import free_port, running, settings_free_environment

NAME, PASSWORD = "reader", "a long enough pass phrase"
_SAMPLES = ROOT / "samples"
_NGINX = ROOT / "deploy" / "nginx"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the letters, restricted, and an account that may read them."""
    home = Path(tmp_path_factory.mktemp("home"))
    shutil.copyfile(_SAMPLES / "policies.toml", home / "policies.toml")
    runner = CliRunner()
    options = ["--object", "letters", "--policy", "readers"]
    ingest = runner.invoke(main, ["--home", str(home), "ingest", str(_SAMPLES / "letters"), *options])
    assert ingest.exit_code == 0, ingest.output
    add = ["--home", str(home), "user", "add", NAME, "--role", "reader", "--password-stdin"]
    added = runner.invoke(main, add, input=f"{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    return home


def _command(*arguments: str) -> list[str | Path]:
    return [sys.executable, "-m", "services.cli", *arguments]


@contextmanager
def _one_process_kind(home: Path) -> Iterator[str]:
    port = free_port()
    environment = settings_free_environment(LECTERN_HOME=str(home), PORT=str(port), LECTERN_WORKERS="2")
    with running(_command("up"), environment, f"http://127.0.0.1:{port}/readyz"):
        yield f"http://localhost:{port}"


@contextmanager
def _services_behind_nginx(home: Path, folder: Path) -> Iterator[str]:
    """Run every service as processes of its own, and the nginx of deploy/ in front of them."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("there is no nginx; on Debian: apt-get install -y nginx-light")
    port = free_port()
    base = f"http://localhost:{port}"
    with ExitStack() as stack:
        ports = {}
        for service in SERVICES:
            ports[service] = free_port()
            environment = settings_free_environment(
                LECTERN_HOME=str(home),
                PORT=str(ports[service]),
                LECTERN_PUBLIC_URL=base,
                LECTERN_WORKERS="1",
                LECTERN_TRUSTED_PROXIES="1",
            )
            ready = f"http://127.0.0.1:{ports[service]}/healthz"
            stack.enter_context(running(_command("serve", service), environment, ready))
        config = _nginx_config(folder, port, ports)
        stack.enter_context(
            running([program, "-c", str(config), "-g", "daemon off;"], None, f"http://127.0.0.1:{port}/healthz")
        )
        yield base


def _nginx_config(folder: Path, port: int, ports: dict[str, int]) -> Path:
    """Return a configuration that includes the files of deploy/nginx with the ports of this run."""
    server = (_NGINX / "lectern.conf").read_text().replace("listen 8080;", f"listen 127.0.0.1:{port};")
    upstreams = "".join(
        f"upstream lectern_{service} {{ server 127.0.0.1:{number}; keepalive 16; }}\n"
        for service, number in ports.items()
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"pid {folder}/nginx.pid;\nerror_log stderr;\nworker_processes 1;\nevents {{ worker_connections 256; }}\n"
        f"http {{\n{temporary}{upstreams}{server}\n}}\n"
    )
    return config


@pytest.fixture(scope="session", params=["one process kind", "services behind nginx"])
def base(request: pytest.FixtureRequest, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an installation, served in one of two ways."""
    if request.param == "one process kind":
        with _one_process_kind(home) as address:
            yield address
    else:
        with _services_behind_nginx(home, Path(tmp_path_factory.mktemp("nginx"))) as address:
            yield address

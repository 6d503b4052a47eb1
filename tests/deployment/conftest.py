"""One home with the letters of the sample shelf, served in two ways."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from lectern.home import Home
from services.cli import main
from tests.conftest import ROOT
from tests.servers import free_port, running, settings_free_environment
from tests.services_nginx.gateway import gateway, nginx_program

NAME, PASSWORD = "reader", "a long enough pass phrase"
_SAMPLES = ROOT / "samples"


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


@pytest.fixture(scope="session", params=["one process kind", "services behind nginx"])
def base(request: pytest.FixtureRequest, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an installation, served in one of two ways."""
    if request.param == "one process kind":
        with _one_process_kind(home) as address:
            yield address
        return
    nginx_program()
    with gateway(Home(home), Path(tmp_path_factory.mktemp("nginx"))) as installation:
        yield installation.url

"""The commands of the tutorial do what it says, in its order, in a new home."""

import os
import re
import signal
import subprocess

from tests.conftest import ROOT
from tests.servers import free_port, settings_free_environment

_SECONDS = 120
_BLOCK = re.compile(r"(<!-- not run: (?P<reason>.+?) -->\n)?```sh\n(?P<code>.*?)```", re.S)


def _script(port: int) -> str:
    """Return the blocks of the page that can be run, with a port that is free."""
    page = (ROOT / "docs/tutorial.md").read_text()
    blocks = [found["code"] for found in _BLOCK.finditer(page) if not found["reason"]]
    return "".join(["set -euo pipefail\n", *blocks]).replace("localhost:8080", f"localhost:{port}")


def test_commands_of_the_tutorial_do_what_it_says(tmp_path):
    port = free_port()
    environment = settings_free_environment(LECTERN_HOME=str(tmp_path / "home"), PORT=str(port))
    log = tmp_path / "log"
    with log.open("wb") as out:
        command = ["bash", "-c", _script(port)]
        shell = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True)
        try:
            status = shell.wait(timeout=_SECONDS)
        finally:
            os.killpg(shell.pid, signal.SIGTERM)
    assert status == 0, log.read_text()


def test_what_is_not_run_of_the_tutorial_is_only_the_setup():
    page = (ROOT / "docs/tutorial.md").read_text()
    assert [found["code"] for found in _BLOCK.finditer(page) if found["reason"]] == ["make setup\n"]

"""Every command that docs/keeping.md shows does what it says, one after the other, on a home of its own."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.faults import Kind
from lectern.errors import ExitCode
from lectern.home import Home
from services.cli import main
from tests.conftest import ROOT
from tests.servers import settings_free_environment

PAGE = (ROOT / "docs" / "keeping.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.S)


def _run(block: str, home: Home, bin_folder: Path) -> None:
    """Run a block of the page: commands of ours here, one after the other, a script by a shell."""
    lines = block.splitlines()
    if all(line.startswith("lectern ") for line in lines):
        for line in lines:
            ran = CliRunner().invoke(main, shlex.split(line, comments=True)[1:])
            assert ran.exit_code == ExitCode.OK, (line, ran.output)
        return
    program = bin_folder / "lectern"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m services.cli "$@"\n')
    program.chmod(0o755)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    env = settings_free_environment(LECTERN_HOME=str(home.path), PATH=path)
    done = subprocess.run(["sh", "-euc", block], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.OK, (block, done.stderr)


def test_every_command_of_the_page_runs(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LECTERN_HOME", str(home.path))
    for name in ("backup", "bin"):
        (tmp_path / name).mkdir()
    assert len(BLOCKS) == 5
    for block in BLOCKS:
        placed = block.replace("/srv/backup", str(tmp_path / "backup")).replace("/srv/lectern", str(tmp_path / "new"))
        _run(placed.replace("my-book", "faust"), home, tmp_path / "bin")
    names = {path.name for path in (tmp_path / "backup").iterdir()}
    assert {"monday", "tuesday", "home.tar", "newest"} <= names
    assert (tmp_path / "new" / "catalogue.db").is_file()


@pytest.mark.parametrize("kind", Kind)
def test_every_fault_has_a_row(kind: Kind):
    assert f"\n| `{kind}` | " in PAGE

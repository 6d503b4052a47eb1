"""What a shell is offered behind TAB."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from services.cli import main
from tests.ingest.files import alto, string, text_lines


def offered(home: Path, *arguments: str) -> list[str]:
    """Return what the last of the arguments can become."""
    complete = ShellComplete(main, {}, "lectern", "_LECTERN_COMPLETE")
    before, start = ["--home", str(home), *arguments[:-1]], arguments[-1]
    return [item.value for item in complete.get_completions(before, start)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "policies.toml").write_text('[policies.readers]\npatterns = ["login"]\nprovider = "local"\n')
    for name in ("almanac", "alps", "zoo", "torn"):
        (tmp_path / f"{name}.xml").write_bytes(alto(text_lines(string("x"))) if name != "torn" else b"<alto")
        CliRunner().invoke(main, ["--home", str(home), "ingest", str(tmp_path / f"{name}.xml")])
    return home


def test_ids_of_objects_complete_wherever_one_is_asked_for(home: Path):
    assert offered(home, "status", "al") == ["almanac", "alps"]
    assert offered(home, "search", "z") == ["zoo"]
    assert offered(home, "remove", "") == ["almanac", "alps", "torn", "zoo"]
    assert offered(home, "reindex", "zoo", "alm") == ["almanac"]
    assert offered(home, "ingest", "x", "--object", "alp") == ["alps"]


def test_policies_complete(home: Path):
    assert offered(home, "ingest", "--policy", "") == ["open", "readers"]
    assert offered(home, "harvest", "--policy", "r") == ["readers"]


def test_nothing_is_offered_and_nothing_made_where_there_is_no_home(tmp_path: Path):
    assert offered(tmp_path / "none", "status", "") == []
    assert offered(tmp_path / "none", "ingest", "--policy", "") == ["open"]
    assert not (tmp_path / "none").exists()


def test_a_home_that_is_broken_keeps_the_shell_silent(home: Path):
    (home / "policies.toml").write_text("[")
    (home / "catalogue.db").write_bytes(b"no database" * 1000)
    (home / "lectern.toml").write_text("port = ")
    assert offered(home, "status", "") == []
    assert offered(home, "ingest", "--policy", "") == []
    assert "completion" in offered(home, "comp")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed_whatever_the_settings_are(home: Path, shell: str):
    (home / "lectern.toml").write_text("port = ")
    result = CliRunner().invoke(main, ["--home", str(home), "completion", shell])
    assert result.exit_code == 0
    assert f"_LECTERN_COMPLETE={shell}_complete" in result.stdout


def test_bash_completes_with_the_script(home: Path):
    bash = shutil.which("bash")
    assert bash is not None
    script = """
eval "$(lectern completion bash)"
COMP_WORDS=(lectern status al); COMP_CWORD=2
_lectern_completion lectern
printf '%s\\n' "${COMPREPLY[@]}"
"""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": programs, "LECTERN_HOME": str(home)}
    done = subprocess.run([bash, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["almanac", "alps"], done.stderr

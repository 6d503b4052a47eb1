"""Man pages and completions, as an installation has them: groff and the shells themselves judge them."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from services.cli import main
from tests.conftest import ROOT
from tests.ingest.files import alto, string, text_lines
from tests.servers import settings_free_environment

_BESIDE = Path(sys.executable).parent


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of what is made."""
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, ROOT / "tools/shell_files.py", folder], check=True)
    return folder / "share"


def needed(program: str) -> str:
    """Return the path of a program; skips where it is missing."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"there is no {program}; tools/packages names its package")
    return found


def names(command: click.Command, path: str) -> list[str]:
    """Return the names of a command's man page and of those below it."""
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [f"{path}.1", *(name for key, each in below for name in names(each, f"{path}-{key}"))]


def test_every_command_has_a_man_page_that_groff_has_nothing_to_say_of(share: Path):
    pages = sorted((share / "man/man1").iterdir())
    assert [page.name for page in pages] == sorted(names(main, "lectern"))
    told = subprocess.run(
        [needed("groff"), "-man", "-Tutf8", "-Kutf8", "-ww", "-z", *map(str, pages)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


def shown(page: Path) -> str:
    """Return a man page as a reader sees it, in one line."""
    show = [needed("groff"), "-man", "-Tutf8", "-Kutf8", "-P-cbou", str(page)]
    text = subprocess.run(show, capture_output=True, text=True, check=True).stdout
    return re.sub(r"\s+", " ", re.sub("\u2010\n\\s*", "", text)).replace("\u2010", "-").replace("\u2212", "-")


def test_a_man_page_says_what_the_help_says(share: Path):
    ingest = main.commands["ingest"]
    text = shown(share / "man/man1/lectern-ingest.1")
    for option in ingest.params:
        if isinstance(option, click.Option):
            assert option.opts[0] in text
    assert "Without any PATH the pictures of a folder at an S3 source are an object by themselves." in text
    assert "130 Interrupted; what was finished is kept." in text
    assert 'eval "$(lectern completion bash)"' in shown(share / "man/man1/lectern-completion.1")
    assert "lectern-user-add(1)" in shown(share / "man/man1/lectern-user.1")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose home has an object and whose program is ours."""
    (tmp_path / "almanac.xml").write_bytes(alto(text_lines(string("x"))))
    home = tmp_path / "home"
    CliRunner().invoke(main, ["--home", str(home), "ingest", str(tmp_path / "almanac.xml")])
    path = f"{_BESIDE}{os.pathsep}{os.environ['PATH']}"
    return settings_free_environment(LECTERN_HOME=str(home), HOME=str(tmp_path), PATH=path, TERM="dumb")


def test_bash_completes_by_the_installed_script(share: Path, environment: dict[str, str]):
    script = share / "bash-completion/completions/lectern"
    words = 'COMP_WORDS=(lectern status al); COMP_CWORD=2; _lectern_completion lectern; echo "${COMPREPLY[@]}"'
    done = subprocess.run(
        [needed("bash"), "-c", f". {script}; {words}"], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["almanac"]


def test_fish_completes_by_the_installed_script(share: Path, environment: dict[str, str]):
    script = share / "fish/vendor_completions.d/lectern.fish"
    done = subprocess.run(
        [needed("fish"), "--no-config", "-c", f"source {script}; complete -C 'lectern status al'"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["almanac"]


def heard(descriptor: int, wanted: str, seconds: float = 60) -> str:
    """Return what a terminal has shown once `wanted` is in it; fails when that takes too long."""
    text, end = "", time.monotonic() + seconds
    while wanted not in text:
        assert time.monotonic() < end, text
        if select.select([descriptor], [], [], 0.2)[0]:
            text += os.read(descriptor, 65536).decode(errors="replace")
    return text


def test_zsh_completes_by_the_installed_script(share: Path, environment: dict[str, str]):
    zsh = needed("zsh")
    folder = share / "zsh/site-functions"
    terminal, side = pty.openpty()
    process = subprocess.Popen(
        [zsh, "-f", "-i"], env=environment, stdin=side, stdout=side, stderr=side, start_new_session=True
    )
    os.close(side)
    try:
        begin = f"fpath=({folder} $fpath); autoload -U compinit; compinit -u -D; PS1='rea''dy> '\n"
        os.write(terminal, begin.encode())
        heard(terminal, "ready> ")
        os.write(terminal, b"lectern status alm\t")  # the one object there is is put in whole
        heard(terminal, "almanac")
    finally:
        os.close(terminal)
        process.kill()
        process.wait()

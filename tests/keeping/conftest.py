"""A home made by real ingests: a book with pictures, originals and reduced files, and one of text alone."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lectern.home import Home
from services.cli import main
from tests.ingest.files import alto, string, text_lines, write_picture

POLICIES = """
[policies.readers]
patterns = ["login"]
provider = "local"
substitute = { max_scale = 0.1 }
"""


def lectern(home: Path, *arguments: str | Path) -> Result:
    """Run a command on a home."""
    return CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])


def done(home: Path, *arguments: str | Path) -> Any:
    """Run a command that has to succeed; returns its JSON, if it was asked for."""
    result = lectern(home, *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if "--json" in arguments else result.stdout


def write_book(folder: Path, words: str, *, picture: bool = True) -> Path:
    """Write a folder of two pages."""
    for n in (1, 2):
        if picture:
            write_picture(folder / f"p{n}.png", 300, 400)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"p{n}.xml").write_bytes(alto(text_lines(*(string(word) for word in words.split()))))
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a home and its sources, to be copied."""
    place = tmp_path_factory.mktemp("made")
    home = place / "home"
    home.mkdir(mode=0o700)
    (home / "policies.toml").write_text(POLICIES)
    (home / "lectern.toml").write_text("keep_originals = true\n")
    done(home, "ingest", write_book(place / "faust", "alpha beta"), "--policy", "readers", "-q")
    done(home, "ingest", write_book(place / "egmont", "gamma beta", picture=False), "-q")
    result = CliRunner().invoke(
        main, ["--home", str(home), "user", "add", "ann", "--password-stdin"], input="long word at the gate\n"
    )
    assert result.exit_code == 0, result.output
    return place


@pytest.fixture
def shelf(made: Path, tmp_path: Path) -> Path:
    """Return a folder with a home and its sources, this test's own."""
    place = tmp_path / "shelf"
    shutil.copytree(made, place)
    return place


@pytest.fixture
def home(shelf: Path) -> Home:
    """Return the home."""
    return Home(shelf / "home")


@pytest.fixture
def answers() -> Callable[[Path], list[str]]:
    """Return what asks a home the same questions, in both versions."""

    def ask(home: Path) -> list[str]:
        questions = [("faust", "alpha"), ("faust", "beta"), ("egmont", '"gamma beta"')]
        return [done(home, "search", *asked, "--version", version) for asked in questions for version in ("1", "2")]

    return ask

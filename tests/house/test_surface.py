"""What other programs rely on is there, and what is promised of it is written down (docs/compatibility.md)."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def judged(tree: Path) -> "subprocess.CompletedProcess[str]":
    """Return what the guard says in a folder that stands for the checkout."""
    return subprocess.run([sys.executable, "tools/surface.py"], cwd=tree, capture_output=True, text=True, check=False)


def test_nothing_that_other_programs_rely_on_is_gone():
    done = judged(ROOT)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with the tools and the list, and links to the code."""
    for name in ("lectern", "search", "auth", "image", "ingest", "services"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "docs").mkdir()
    shutil.copyfile(ROOT / "docs/surface.txt", tmp_path / "docs/surface.txt")
    return tmp_path


_BYGONE = [
    "audit member bygone",
    "command lectern ingest --bygone",
    "exit 99",
    "metric lectern_bygone_total",
    "policy bygone",
    "provider oidc bygone",
    "setting bygone",
    "url GET /search/{}/{}/bygone",
]


def test_what_is_gone_is_named_with_what_to_do(tree: Path):
    with (tree / "docs/surface.txt").open("a") as file:
        file.writelines(f"{line}\n" for line in _BYGONE)
    done = judged(tree)
    assert done.returncode == 1
    assert re.findall(r"^  (.*)$", done.stderr, re.M) == _BYGONE
    assert "docs/compatibility.md" in done.stderr


def test_what_is_gone_stays_in_the_list_until_a_person_takes_it_out(tree: Path):
    file = tree / "docs/surface.txt"
    file.write_text(file.read_text() + "setting bygone\n")
    made = "import surface; print(surface.surface_page())"
    done = subprocess.run([sys.executable, "-c", made], cwd=tree / "tools", capture_output=True, text=True, check=True)
    assert "\nsetting bygone\n" in done.stdout
    assert "\nsetting public_url\n" in done.stdout


def test_the_promise_speaks_of_every_kind_that_is_listed():
    kinds = {line.split()[0] for line in (ROOT / "docs/surface.txt").read_text().splitlines() if line[:1] != "#"}
    promise = (ROOT / "docs/compatibility.md").read_text()
    table = promise.partition("## What is promised")[2].partition("\n## ")[0]
    assert kinds == set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.*?) \|", table, re.M))))

"""The site of docs/ is built without a warning and fetches nothing; the page of errors says what the code says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import lectern.errors
from lectern.errors import LecternError
from tests.conftest import ROOT

_ERRORS = [
    kind
    for kind in vars(lectern.errors).values()
    if isinstance(kind, type) and issubclass(kind, LecternError) and kind is not LecternError
]
_FETCHED = re.compile(r"""<(?:script|img|iframe)\b[^>]*\bsrc="(?:https?:)?//|<link\b[^>]*\bhref="(?:https?:)?//""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-d", f"{built}/.trees"]
    done = subprocess.run([*command, "docs", str(built)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return built


def test_every_page_is_in_the_site_and_its_search(site):
    index = (site / "searchindex.js").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        assert (site / f"{page.stem}.html").exists()
        assert f'"{page.stem}"' in index


def test_pages_of_the_site_fetch_nothing_from_elsewhere(site):
    for page in site.rglob("*.html"):
        assert not _FETCHED.search(page.read_text()), page.name
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//|@import", style.read_text()), style.name


@pytest.mark.parametrize("kind", _ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_is_in_its_page_with_title_and_statuses(kind):
    row = f"| `{kind.__name__}` | {kind.title} | {kind.status} | {int(kind.exit_code)} | "
    assert row in (ROOT / "docs/errors.md").read_text()

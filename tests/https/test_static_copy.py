"""A copy for a plain web server names the address it was written for, whatever the public URL is."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from services.cli import main
from tests.deployment.reader import Reply
from tests.https.addresses import complaints

BASE = "https://static.example.org/copies/almanac"


@pytest.mark.parametrize("version", ["2", "3"])
def test_every_address_of_a_static_copy_is_below_its_own_base(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
):
    monkeypatch.setenv("LECTERN_PUBLIC_URL", "http://localhost:8080")
    command = [
        "--home",
        str(home),
        "tiles",
        "almanac",
        str(tmp_path / "out"),
        "--base",
        f"{BASE}/",
        "--version",
        version,
    ]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    documents = list((tmp_path / "out").rglob("*.json"))
    assert documents
    for document in documents:
        reply = Reply(200, {"content-type": "application/json"}, document.read_bytes())
        assert list(complaints(reply, BASE, BASE)) == [], document

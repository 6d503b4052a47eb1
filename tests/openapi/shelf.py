"""A home with an open book, one for members, one of which strangers learn only places, and one for a reading room."""

from pathlib import Path

from click.testing import CliRunner

from lectern.home import Home
from services.cli import main
from tests.conftest import ROOT

NAME, PASSWORD = "reader", "a long enough pass phrase"
SECRET = "a secret that stays between the proxy and us"
VIEWER = "https://viewer.example.net"
POLICIES = """
[policies.readers]
patterns = ["login"]
provider = "local"
roles = ["reader"]
substitute = { max_scale = 0.125 }

[policies.places]
patterns = ["clickthrough"]
search = "boxes"

[policies.room]
patterns = ["external"]
networks = ["10.0.0.0/8"]
"""
_OBJECTS = {"book": "open", "letters": "readers", "places": "places", "room": "room"}
_SCANS = ROOT / "samples" / "letters"


def make_home(folder: Path) -> Home:
    """Return the home, made in a folder as an operator makes it."""
    folder.mkdir(exist_ok=True)
    (folder / "policies.toml").write_text(POLICIES)
    runner = CliRunner()
    for name, policy in _OBJECTS.items():
        options = ["--object", name, "--policy", policy, "--collection", "press"]
        done = runner.invoke(main, ["--home", str(folder), "ingest", str(_SCANS), *options])
        assert done.exit_code == 0, done.output
    add = ["--home", str(folder), "user", "add", NAME, "--role", "reader", "--password-stdin"]
    added = runner.invoke(main, add, input=f"{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    return Home(folder)

"""Machines that share a shelf: each its own home and locks, with packs, pictures, keys and policies in common."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner, Result

from lectern.home import Home
from services.cli import main
from tests.conftest import ROOT
from tests.servers import settings_free_environment

SHARED = ("index", "images", "keys")  # folders of a home that all machines see
_SHARED_FILES = ("policies.toml", "collections.toml")


@dataclass(frozen=True)
class Machine:
    """One machine: its home, and the settings that its programs have."""

    home: Home
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self, **settings: str) -> dict[str, str]:
        """Return the environment of a program on this machine, with LECTERN_ settings."""
        named = {**self.settings, "home": str(self.home.path), **settings}
        return settings_free_environment(**{f"LECTERN_{key.upper()}": value for key, value in named.items()})

    def start(self, *arguments: str | Path, **settings: str) -> "subprocess.Popen[str]":
        """Start a command of ours."""
        return subprocess.Popen(
            [sys.executable, "-m", "services.cli", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def asked(self, *arguments: str, told: str = "") -> Result:
        """Return how a command of ours went in this very process, which is quicker; it is `told` on its input."""
        environment = {key: value for key, value in self.environment().items() if key.startswith("LECTERN_")}
        return CliRunner().invoke(main, list(arguments), input=told, env=environment)

    def invoke(self, *arguments: str, told: str = "") -> str:
        """Run a command of ours in this very process, which succeeds; return what it says on its standard output."""
        result = self.asked(*arguments, told=told)
        assert result.exit_code == 0, result.output
        return result.stdout


def machines(folder: Path, count: int, settings: Mapping[str, str], shared: Sequence[str] = SHARED) -> list[Machine]:
    """Return machines with a home each below a folder; what they share is links to one place."""
    common = folder / "shared"
    found = []
    for n in range(1, count + 1):
        home = folder / f"machine-{n}"
        home.mkdir(parents=True)
        for name in shared:
            (common / name).mkdir(parents=True, exist_ok=True)
            (home / name).symlink_to(common / name)
        for name in _SHARED_FILES:
            (home / name).symlink_to(common / name)
        found.append(Machine(Home(home), settings))
    return found

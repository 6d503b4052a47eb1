"""An installation of the wheel in an environment of its own, which tells every file of the checkout that it opens."""

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.servers import settings_free_environment

# Loaded by every Python of the environment before anything else.
_WATCHER = """
import os, sys
CHECKOUT, LIBRARIES, LOG = {checkout!r}, {libraries!r}, {log!r}

def _watch(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, os.PathLike)):
        path = os.path.realpath(arguments[0])
        if path.startswith(CHECKOUT + os.sep) and not path.startswith(LIBRARIES):
            descriptor = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(descriptor, (path + "\\n").encode())
            os.close(descriptor)

sys.addaudithook(_watch)
"""


@dataclass(frozen=True)
class Installation:
    """A wheel that is installed: the environment's folder, and the folder that commands are run in."""

    prefix: Path
    elsewhere: Path

    @property
    def program(self) -> Path:
        """Return the path of `lectern`."""
        return self.prefix / "bin" / "lectern"

    @property
    def python(self) -> Path:
        """Return the path of the environment's Python."""
        return self.prefix / "bin" / "python"

    @property
    def shipped(self) -> Path:
        """Return the folder of samples and viewers."""
        return self._packages / "lectern" / "shipped"

    @property
    def _packages(self) -> Path:
        (found,) = self.prefix.glob("lib/python*/site-packages")
        return found

    def environment(self, **added: str) -> dict[str, str]:
        """Return the environment for its programs, without a setting but those given."""
        return settings_free_environment(HOME=str(self.elsewhere), **added)

    def run(self, *arguments: str | Path, **added: str) -> str:
        """Return what `lectern` prints on standard output; fails when its status is not 0."""
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.elsewhere,
            env=self.environment(**added),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def opened_in_checkout(self) -> list[str]:
        """Return the files and folders of the checkout that were opened, but for libraries."""
        log = self.elsewhere.parent / "opened"
        return sorted(set(log.read_text().splitlines())) if log.is_file() else []


def build(folder: Path) -> Path:
    """Return the wheel of this checkout, made in a folder as `make wheel` makes it."""
    done = subprocess.run([ROOT / "tools/wheel", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Installation:
    """Return the wheel installed in a fresh environment; its libraries are those of the Python that runs this."""
    prefix, elsewhere, libraries = folder / "env", folder / "elsewhere", sysconfig.get_path("purelib")
    elsewhere.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--quiet",
        "--python",
        str(prefix / "bin/python"),
    ]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--no-compile", str(wheel)], check=True)
    made = Installation(prefix, elsewhere)
    packages = made.shipped.parent.parent
    # A path in a .pth file is searched after the environment's own, and .pth files inside it are not read: so the
    # editable installation of this checkout is not found.
    (packages / "libraries.pth").write_text(f"{libraries}\n")
    watcher = _WATCHER.format(checkout=str(ROOT), libraries=os.path.realpath(libraries), log=str(folder / "opened"))
    (packages / "sitecustomize.py").write_text(watcher)
    return made

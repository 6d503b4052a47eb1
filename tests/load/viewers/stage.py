"""What viewers are measured on: the demo's shelf as it ships, and a headless Chromium."""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.chromium import FLAGS, PROGRAM
from tests.servers import Program, free_port, running, settings_free_environment

WINDOW: ViewportSize = {"width": 1400, "height": 900}
_START_SECONDS = 180


@dataclass(frozen=True)
class Shelf:
    """A running demo: its address, the sign-in that it printed, and its log."""

    url: str
    name: str
    password: str
    program: Program


@contextmanager
def demo() -> Iterator[Shelf]:
    """Serve the sample shelf as `make demo` does, with lines of log as JSON."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        home = str(Path(folder) / "home")
        environment = settings_free_environment(
            PORT=str(port), LECTERN_HOME=home, LECTERN_WORKERS="2", LECTERN_LOG_FORMAT="json"
        )
        command = [sys.executable, "-m", "services.cli", "demo"]
        with running(command, environment, f"http://127.0.0.1:{port}/readyz", seconds=_START_SECONDS) as program:
            found = re.search(r"sign in as (\S+) with the password (\S+)", program.log())
            if found is None:
                raise SystemExit(f"The demo printed no sign-in:\n{program.log()}")
            yield Shelf(f"http://localhost:{port}", found[1], found[2], program)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium; ends with a word where there is none."""
    if PROGRAM is None:
        raise SystemExit("There is no Chromium. On Debian: apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()

"""One `lectern demo` for all tests of this folder, and a fresh Chromium profile for each."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

from tests.chromium import FLAGS, PROGRAM
from tests.servers import Program, free_port, running, settings_free_environment

_START_SECONDS = 180


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, the sign-in that it printed, and its home."""

    url: str
    name: str
    password: str
    program: Program
    home: Path

    def object(self, object_id: str, viewer: str = "mirador") -> str:
        """Return the address of an object's page with a viewer."""
        return f"{self.url}/objects/{object_id}?viewer={viewer}"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Serve the sample shelf as `make demo` does."""
    port = free_port()
    home = tmp_path_factory.mktemp("demo") / "home"
    environment = settings_free_environment(PORT=str(port), LECTERN_HOME=str(home), LECTERN_WORKERS="2")
    command = [sys.executable, "-m", "services.cli", "demo"]
    with running(command, environment, f"http://127.0.0.1:{port}/readyz", seconds=_START_SECONDS) as program:
        found = re.search(r"sign in as (\S+) with the password (\S+)", program.log())
        assert found, program.log()
        yield Demo(f"http://localhost:{port}", found[1], found[2], program, home)


@pytest.fixture
def browser(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    """Return a browser with a fresh profile."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile",
        executable_path=PROGRAM,
        headless=True,
        args=FLAGS,
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def page(browser: BrowserContext) -> Page:
    """Return the browser's first tab."""
    return browser.pages[0]

"""One `lectern demo` for all tests of this folder, and a fresh Chromium profile for each."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.servers import free_port

_CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_START_SECONDS = 180


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, and the sign-in that it printed."""

    url: str
    name: str
    password: str
    log: Path

    def object(self, object_id: str, viewer: str = "mirador") -> str:
        """Return the address of an object's page with a viewer."""
        return f"{self.url}/objects/{object_id}?viewer={viewer}"

    def requests(self) -> str:
        """Return the log of requests so far."""
        return self.log.read_text()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Serve the sample shelf as `make demo` does."""
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    environment = {**os.environ, "PORT": str(port), "LECTERN_HOME": str(folder / "home"), "LECTERN_WORKERS": "2"}
    out, log = folder / "out.txt", folder / "log.txt"
    with out.open("w") as stdout, log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "demo"], env=environment, stdout=stdout, stderr=stderr
        )
        try:
            _await(process, f"http://localhost:{port}/readyz", log)
            found = re.search(r"sign in as (\S+) with the password (\S+)", out.read_text())
            assert found, out.read_text()
            yield Demo(f"http://localhost:{port}", found[1], found[2], log)
        finally:
            process.terminate()
            process.wait(20)


def _await(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the demo did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Return Playwright; skip where there is no Chromium."""
    if _CHROMIUM is None:
        pytest.skip("there is no Chromium; on Debian: apt-get install -y chromium")
    with sync_playwright() as running:
        yield running


@pytest.fixture
def browser(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    """Return a browser with a fresh profile."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile",
        executable_path=_CHROMIUM,
        headless=True,
        args=_FLAGS,
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def page(browser: BrowserContext) -> Page:
    """Return the browser's first tab."""
    return browser.pages[0]

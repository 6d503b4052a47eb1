"""Headless Chromium for tests: one Playwright a test run, since two do not bear one another in a process."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, sync_playwright

PROGRAM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Return Playwright; skip where there is no Chromium."""
    if PROGRAM is None:
        pytest.skip("there is no Chromium; on Debian: apt-get install -y chromium")
    with sync_playwright() as running:
        yield running

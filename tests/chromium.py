"""Headless Chromium for tests: one Playwright a test run, since two do not bear one another in a process."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

PROGRAM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
PATIENCE_MS = 40_000  # what `expect` waits on a busy machine
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
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running

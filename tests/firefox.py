"""Headless Firefox for tests, driven over its own Marionette protocol, since Playwright knows no released Firefox."""

import itertools
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.servers import _end, free_port

PROGRAM = next((found for name in ("firefox-esr", "firefox") if (found := shutil.which(name))), None)
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_START_SECONDS, _ANSWER_SECONDS = 60, 30
_QUIET: dict[str, str | int | bool] = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.forceResolve": "127.0.0.1",
    "security.nocertdb": True,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


class Firefox:
    """One running Firefox: windows, scripts, clicks of a person."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._ids = itertools.count(1)
        self._receive()  # the greeting
        self._send("WebDriver:NewSession", acceptInsecureCerts=True)

    def _receive(self) -> Any:
        length = b""
        while (byte := self._stream.read(1)) != b":":
            assert byte, "Firefox has ended"
            length += byte
        return json.loads(self._stream.read(int(length)))

    def _send(self, command: str, **parameters: Any) -> Any:
        number = next(self._ids)
        text = json.dumps([0, number, command, parameters]).encode()
        self._connection.sendall(f"{len(text)}:".encode() + text)
        _, answered, error, result = self._receive()
        assert answered == number
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return result.get("value", result) if isinstance(result, dict) else result

    def visit(self, url: str) -> None:
        """Load a page in the current window."""
        self._send("WebDriver:Navigate", url=url)

    def script(self, text: str) -> Any:
        """Return what the body of a function returns in the current window."""
        return self._send("WebDriver:ExecuteScript", script=text, args=[], sandbox=None)

    def _find(self, selector: str) -> str:
        found = self._send("WebDriver:FindElement", using="css selector", value=selector)
        return str(found[_ELEMENT])

    def click(self, selector: str) -> None:
        """Click as a person does."""
        self._send("WebDriver:ElementClick", id=self._find(selector))

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        self._send("WebDriver:ElementSendKeys", id=self._find(selector), text=text)

    def windows(self) -> list[str]:
        """Return the handles of all windows."""
        return list(self._send("WebDriver:GetWindowHandles"))

    def switch(self, handle: str) -> None:
        """Make another window the current one."""
        self._send("WebDriver:SwitchToWindow", handle=handle)

    def close_window(self) -> None:
        """Close the current window."""
        self._send("WebDriver:CloseWindow")

    def cookies(self) -> list[dict[str, Any]]:
        """Return the cookies of the current page."""
        return list(self._send("WebDriver:GetCookies"))

    def quit(self) -> None:
        """End the browser."""
        self._send("Marionette:Quit", flags=["eForceQuit"])
        self._connection.close()


@contextmanager
def firefox(profile: Path, preferences: Mapping[str, str | int | bool]) -> Iterator[Firefox]:
    """Run a Firefox with a fresh profile whose every host name is this machine; skip where there is none."""
    if PROGRAM is None:
        pytest.skip("there is no Firefox; on Debian: apt-get install -y firefox-esr")
    profile.mkdir(parents=True)
    port = free_port()
    wanted = {**_QUIET, **preferences, "marionette.port": port}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in wanted.items()]
    (profile / "user.js").write_text("\n".join(lines))
    command = [PROGRAM, "--marionette", "--headless", "--no-remote", "--profile", str(profile)]
    with (profile / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        browser = Firefox(_connect(port, process))
        yield browser
        browser.quit()
    finally:
        _end(process)


def _connect(port: int, process: "subprocess.Popen[bytes]") -> socket.socket:
    end = time.monotonic() + _START_SECONDS
    while True:
        assert process.poll() is None, "Firefox has ended"
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_SECONDS)
        except OSError:
            assert time.monotonic() < end, "Firefox did not start"
            time.sleep(0.2)

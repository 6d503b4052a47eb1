"""A real Lectern on loopback, and the delegate in one process of JRuby that is asked as Cantaloupe asks it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from auth.identity import Identity
from image.pyramid import Pixels, make_pyramid_of_pixels
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.clock import utc_now
from lectern.home import Home
from lectern.settings import Settings
from lectern.urls import canvas_path
from services.context import Context
from services.credentials import COOKIE
from tests.conftest import ROOT
from tests.servers import Program, free_port, running, settings_free_environment

SECRET = "a secret that only Cantaloupe and Lectern know"
VIEWER = "https://viewer.example.net"
READER, STRANGER, ROOM = "192.0.2.7", "192.0.2.8", "10.1.2.3"
_DRIVER = Path(__file__).with_name("driver.rb")
_DELEGATES = ROOT / "deploy" / "cantaloupe" / "delegates.rb"
_POLICIES = """
[policies.readers]
patterns = ["login"]
roles = ["reader"]
substitute = { max_scale = 0.2, tier = "small" }

[policies.closed]
patterns = ["login"]
roles = ["reader"]

[policies.room]
patterns = ["external"]
networks = ["10.0.0.0/8"]

[policies.hidden]
patterns = ["login"]
roles = ["reader"]
manifest = "hidden"
"""
_OBJECTS = ("open", "readers", "closed", "room", "hidden")


@dataclass
class Driver:
    """JRuby with the delegate in it."""

    process: "subprocess.Popen[str]"
    environment: Mapping[str, str] = field(default_factory=dict)

    def ask(
        self,
        path: str,
        *,
        cookie: str = "",
        address: str = STRANGER,
        headers: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        forget: bool = False,
        delegate: str = "",
        context: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        """Return what Cantaloupe does with a request that the proxy in front of it saw from an address.

        `context` replaces keys of the delegate's context, `environment` settings; `forget` drops every kept verdict;
        `delegate` is another one of the driver's than ours.
        """
        sent = {"x-forwarded-for": address} | dict(headers or {})
        if cookie:
            sent["cookie"] = f"{COOKIE}={cookie}"
        image = path.split("/")[3]
        told = {
            "identifier": image.partition(";")[0],
            "local_uri": f"http://127.0.0.1:8182{path}",
            "request_uri": f"https://pictures.example.org{path}",
            "client_ip": sent.get("x-forwarded-for", "127.0.0.1").partition(",")[0],
            "cookies": {},
            "request_headers": sent,
            "scale_constraint": [1, 1],
            "page_number": None,
        } | dict(context or {})
        env = dict(self.environment) | dict(environment or {})
        return self._say({"path": path, "context": told, "env": env, "forget": forget, "as": delegate})

    def _say(self, asked: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "jruby ended"
        return dict(json.loads(line))


@contextmanager
def jruby(environment: Mapping[str, str]) -> Iterator[Driver]:
    """Run the delegate until the block ends; skips the test where there is no JRuby."""
    program = shutil.which("jruby")
    if program is None:
        pytest.skip("there is no jruby; on Debian: apt-get install -y jruby")
    # A proxy that the environment names must never be told the secret.
    env = settings_free_environment(http_proxy="http://127.0.0.1:9", JAVA_OPTS="-XX:TieredStopAtLevel=1 -Xmx256m")
    command = [program, "-W0", str(_DRIVER), str(_DELEGATES)]
    process = subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"ready": True}
        try:
            yield Driver(process, environment)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(60)


@dataclass(frozen=True)
class Lectern:
    """A running Lectern, and readers of it."""

    url: str
    program: Program
    context: Context

    def reader(self) -> str:
        """Return the cookie of somebody who is let in."""
        return self.context.sessions.sign_in(Identity("ann", ("reader",)), VIEWER)

    def visitor(self) -> str:
        """Return the cookie of somebody with no role."""
        return self.context.sessions.sign_in(Identity("bob", ()), VIEWER)

    def token(self, cookie: str, policy: str) -> str:
        """Return an access token of Auth 1."""
        token = self.context.sessions.issue_token(cookie, policy, 1, VIEWER)
        assert token is not None
        return token.value


def _fill(home: Home) -> None:
    home.prepare()
    home.policies_file.write_text(_POLICIES)
    catalogue = Catalogue(home)
    for name in _OBJECTS:
        row = ObjectRow(name, name, name, policy=name, pages=1)
        catalogue.publish(row, [CanvasRow(1, canvas_path(name, 1), 64, 64, image=f"{name}.tif")])
        make_pyramid_of_pixels(Pixels(bytes(64 * 64 * 3), 64, 64, 3, 64 * 3), home.images / f"{name}.tif")
    catalogue.close()


@contextmanager
def lectern(folder: Path) -> Iterator[Lectern]:
    """Serve a home with one image under every kind of policy."""
    home = Home(folder)
    _fill(home)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    public = f"http://localhost:{port}"
    environment = settings_free_environment(
        LECTERN_HOME=str(home.path),
        LECTERN_PORT=str(port),
        LECTERN_PUBLIC_URL=public,
        LECTERN_TRUSTED_PROXIES="1",
        LECTERN_WORKERS="1",
        LECTERN_VERIFY_SECRET=SECRET,
    )
    context = Context(Settings(home=home.path, public_url=public), utc_now)
    command = [sys.executable, "-m", "services.cli", "up"]
    with running(command, environment, f"{url}/readyz") as program:
        yield Lectern(url, program, context)
    context.catalogue.close()
    context.state.close()


def settings(url: str, folder: Path) -> dict[str, str]:
    """Return the environment of the recipe, and make what it names: the secret's file, and a folder of pictures."""
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    pictures = folder / "pictures"
    pictures.mkdir()
    for name in (*_OBJECTS, "unknown"):
        (pictures / f"{name}-1.tif").touch()
    return {
        "LECTERN_URL": url,
        "LECTERN_PUBLIC_URL": f"http://localhost:{urlsplit(url).port}",
        "LECTERN_VERIFY_SECRET_FILE": str(secret),
        "LECTERN_TRUSTED_PROXIES": "1",
        "LECTERN_PICTURES": str(pictures),
    }


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lectern]:
    """Return the running Lectern that the tests share."""
    with lectern(tmp_path_factory.mktemp("lectern")) as running_house:
        yield running_house


@pytest.fixture(scope="session")
def driver(house: Lectern, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """Return the delegate, told to ask that Lectern."""
    with jruby(settings(house.url, tmp_path_factory.mktemp("cantaloupe"))) as running_driver:
        yield running_driver

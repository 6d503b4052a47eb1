"""One compose project: what is said to `compose` and to the engine below it, and asked through the gateway."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from services import SERVICES
from tests.conftest import ROOT
from tests.servers import settings_free_environment

CONTAINERS = (*SERVICES, "gateway")
_IMAGE = "lectern-compose-test"
_NO_VARIABLES = "deploy/compose/none"


@dataclass(frozen=True)
class Installation:
    """A project of compose.yaml: `port` is its published one, `variables` are what a `.env` would hold."""

    command: Sequence[str]
    project: str
    port: int
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def image(self) -> str:
        """Return the name of Lectern's image."""
        return _IMAGE

    @property
    def base(self) -> str:
        """Return the address of the gateway, with plain http."""
        return f"http://localhost:{self.port}"

    def compose(self, *arguments: str, given: str | None = None, seconds: float = 300) -> str:
        """Return what `compose ARGUMENTS` prints; fails if it ends with anything but 0."""
        ours = ["--env-file", _NO_VARIABLES, "-p", self.project]  # never the checkout's own .env
        return _run([*self.command, *ours, *arguments], self._environment(), given, seconds)

    def lectern(self, *arguments: str, given: str | None = None) -> str:
        """Return what `compose run lectern ARGUMENTS` prints."""
        return self.tool("lectern", *arguments, given=given)

    def tool(self, service: str, *arguments: str, given: str | None = None) -> str:
        """Return what a service of the profile `tools` prints, as docs/compose.md runs it."""
        return self.compose("--profile", "tools", "run", "--rm", "-T", service, *arguments, given=given)

    def engine(self, *arguments: str) -> str:
        """Return what the container engine prints for `docker ARGUMENTS` (or podman)."""
        return _run([*self._engine(), *arguments], self._environment(), None, 120)

    def container(self, service: str, number: int = 1) -> str:
        """Return the name of a container that runs."""
        listed = self.engine("ps", "--format", "{{.Names}}").split()
        (name,) = [name for name in listed if re.fullmatch(rf"{self.project}[-_]{service}[-_]{number}", name)]
        return name

    def inside(self, service: str, *command: str) -> str:
        """Return what a command prints that runs in the container of a service."""
        return self.engine("exec", self.container(service), *command)

    def inspect(self, service: str) -> dict[str, Any]:
        """Return what the engine knows of a container."""
        (found,) = json.loads(self.engine("inspect", self.container(service)))
        return dict(found)

    def crash(self, service: str) -> None:
        """End a service as a fault would: by its process, behind the engine's back."""
        os.kill(int(self.inspect(service)["State"]["Pid"]), signal.SIGKILL)

    def take_down(self) -> None:
        """Remove containers, networks and volumes, copies of a service included, which podman-compose forgets."""
        for name in self.engine("ps", "--all", "--format", "{{.Names}}").split():
            if re.match(rf"{self.project}[-_]", name):
                self.engine("rm", "--force", name)
        self.compose("down", "--volumes", "--timeout", "5")

    def with_variables(self, **variables: str) -> "Installation":
        """Return the same project with these variables too."""
        return Installation(self.command, self.project, self.port, {**self.variables, **variables})

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of an answer by the gateway; 0 if there is none."""
        try:
            with urlopen(self.base + path, timeout=20) as response:
                return response.status, response.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()
        except (URLError, OSError):
            return 0, b""

    def serves(self) -> bool:
        """Return whether every service answers through the gateway."""
        paths = ("/", "/search/1/x?q=y", "/presentation/3/x/manifest", "/iiif/3/x-1/info.json", "/auth/access/x")
        return [self.get(path)[0] for path in paths] == [200, 404, 404, 404, 400]

    def _engine(self) -> list[str]:
        return ["docker"] if self.command[0] == "docker" else [*self.command, "podman"]

    def _environment(self) -> dict[str, str]:
        ours = {"PORT": str(self.port), "LECTERN_IMAGE": _IMAGE}
        return settings_free_environment(**ours, **self.variables)


def bare(command: Sequence[str], project: str, port: int) -> Installation:
    """Return a project that nobody has brought up."""
    return Installation(command, project, port)


def wait_until(true: Callable[[], bool], seconds: float = 90) -> None:
    """Return as soon as something is true; fails if it is not within so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.5)


def variables_of(file: Path) -> dict[str, str]:
    """Return the variables of a file for `.env`."""
    lines = [line.partition("=") for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value.strip("'") for name, _, value in lines}


def _run(command: Sequence[str], environment: Mapping[str, str], given: str | None, seconds: float) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        input=given or "",
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout

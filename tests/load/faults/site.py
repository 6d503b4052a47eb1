"""A home that is served by real processes, what is known of it, and the questions that tell whether all is well.

Two objects, `free` and `secret`, are ingested anew all the time: every page of edition 7 has the word `edition7`, so
that a text that is lost or mixed shows. A third, `still`, is never touched.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

import psutil
from PIL import Image

from tests.deployment.reader import Reply, Visitor
from tests.ingest.files import alto, string, text_lines
from tests.load.faults.commands import Commands, commands
from tests.load.faults.table import Outcome
from tests.servers import Program, free_port, running, settings_free_environment

PAGES = 6
PASSWORD = "a long word for the fault suite"
SECRET = "undertow"  # a word of restricted pages alone
_POLICIES = '[policies.secret]\npatterns = ["login"]\nroles = ["reader"]\nmanifest = "hidden"\n'
_POLICY = {"free": "open", "still": "open", "secret": "secret"}


def write_edition(folder: Path, edition: int, *, secret: bool) -> None:
    """Write pages and pictures of an edition into a folder."""
    folder.mkdir(exist_ok=True)
    for n in range(1, PAGES + 1):
        words = (f"edition{edition}", SECRET if secret else "harbour", f"page{n}")
        lines = [string(word, 10 + 200 * at) for at, word in enumerate(words)]
        (folder / f"p{n}.xml").write_bytes(alto(text_lines("".join(lines), *[string(f"line{k}") for k in range(20)])))
    picture = Image.linear_gradient("L").resize((600, 840)).convert("RGB")
    picture.paste((edition % 256, 0, 0), (0, 0, 300, 300))
    for n in (1, 2):
        picture.save(folder / f"p{n}.png", compress_level=1)


class Person(Visitor):
    """Somebody at the site, from another address each time he is made: attempts are counted by network."""

    where = ""

    def ask(self, path: str, **options: object) -> Reply:
        """Return an answer; raises OSError or HTTPException where there is none."""
        return super().ask(path, **{"X_Forwarded_For": self.where, **options})  # type: ignore[arg-type]


@dataclass
class Site:
    """A home, its server, and what has been acknowledged."""

    folder: Path
    home: Path
    port: int
    draw: random.Random
    commands: Commands
    settings: dict[str, str]
    editions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_POLICY, 0))  # that are there for sure
    program: Program | None = None
    _server: ExitStack = field(default_factory=ExitStack)

    # The server

    def serve(self) -> None:
        """Start the server, and wait for it."""
        environment = settings_free_environment(LECTERN_HOME=str(self.home), PORT=str(self.port), **self.settings)
        command = [sys.executable, "-m", "services.cli", "up"]
        self.program = self._server.enter_context(running(command, environment, f"{self.url}/readyz"))

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer."""
        assert self.program is not None
        return psutil.Process(self.program.process.pid).children()

    def kill_worker(self) -> None:
        """Kill one of the workers, if there is one just now."""
        if found := self.workers():
            found[self.draw.randrange(len(found))].kill()

    def kill_server(self) -> None:
        """Kill all of the server, and start it again."""
        assert self.program is not None
        os.killpg(self.program.process.pid, signal.SIGKILL)
        self.stop()
        self.serve()

    def stop(self) -> None:
        """End the server."""
        self._server.close()
        self._server = ExitStack()

    @property
    def url(self) -> str:
        """Return where the server is."""
        return f"http://127.0.0.1:{self.port}"

    # Who asks

    def person(self) -> Person:
        """Return somebody of an address that nobody had before."""
        found = Person(self.url)
        found.where = f"10.{self.draw.randrange(256)}.{self.draw.randrange(256)}.{self.draw.randrange(1, 255)}"
        return found

    def reader(self) -> Person:
        """Return somebody who is let in; raises AssertionError if he is not."""
        person = self.person()
        answer = person.sign_in("/auth/access/secret", "ann", PASSWORD)
        assert answer.status == 200, answer.text
        return person

    # What is ingested

    def ingesting(self, name: str, edition: int) -> list[str | Path]:
        """Return the command line that makes an edition of an object, after its files were written."""
        folder = self.folder / name
        write_edition(folder, edition, secret=name == "secret")
        return ["ingest", folder, "--object", name, "--policy", _POLICY[name], "--jobs", "1"]

    def ingest(self, name: str) -> None:
        """Make the next edition of an object, with nothing in the way; raises AssertionError."""
        edition = self.editions[name] + 1
        status, said = self.commands.run(*self.ingesting(name, edition))
        assert status == 0, said
        self.editions[name] = edition

    def run_once(self, *args: str) -> None:
        """Run a command line in a process of its own, with the settings as they are; raises CalledProcessError."""
        environment = settings_free_environment(LECTERN_HOME=str(self.home), **self.settings)
        command = [sys.executable, "-m", "services.cli", *args]
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=True, capture_output=True)

    # Whether all is well

    def settle(self, name: str, tried: int, outcome: Outcome) -> None:
        """Judge an object after an edition was tried and nobody knows what came of it."""
        found = self._edition_of(name, outcome)
        outcome.expect(found in (self.editions[name], tried), outcome.lost, f"{name} is edition {found}")
        self.editions[name] = found or self.editions[name]

    def check(self, outcome: Outcome) -> None:
        """Note whatever is not as it was acknowledged, or not as the policies say."""
        for name, edition in self.editions.items():
            found = self._edition_of(name, outcome)
            outcome.expect(found == edition, outcome.lost, f"{name} is edition {found} and not {edition}")
        self.check_doors(outcome)

    def _edition_of(self, name: str, outcome: Outcome) -> int | None:
        """Return the edition that every page and the index of an object have, or None if there is no such one."""
        asker = self.person() if _POLICY[name] == "open" else self.reader()
        text = asker.ask(f"/presentation/3/{name}/text.txt")
        outcome.expect(text.status == 200, outcome.closed, f"text of {name}: {text.status} {text.body[:200]!r}")
        found = {int(word[7:]) for word in text.body.decode().split() if word.startswith("edition")}
        if len(found) != 1 or text.body.count(b"edition") != PAGES:
            return None
        (edition,) = found
        hits = asker.ask(f"/search/2/{name}?q=edition{edition}")
        picture = asker.ask(f"/iiif/3/{name}-1/0,0,512,512/256,/0/default.jpg")
        outcome.expect(picture.status == 200, outcome.closed, f"picture of {name}: {picture.status}")
        return edition if len(hits.json().get("items", ())) == PAGES else None

    def check_doors(self, outcome: Outcome) -> None:
        """Note what a stranger is shown of the restricted object, and what of the open one he is not shown."""
        stranger = self.person()
        for path in ("/search/2/still?q=harbour", "/presentation/3/still/manifest", "/iiif/3/still-1/info.json"):
            answer = stranger.ask(path)
            outcome.expect(answer.status == 200, outcome.closed, f"{path}: {answer.status} {answer.body[:200]!r}")
        self.check_closed(outcome)

    def check_closed(self, outcome: Outcome) -> None:
        """Note what a stranger is shown of the restricted object."""
        stranger = self.person()
        for path in (
            f"/search/2/secret?q={SECRET}",
            *("/presentation/3/secret/text.txt", "/presentation/3/secret/canvas/1/text", "/objects/secret"),
            *("/iiif/3/secret-1/full/max/0/default.jpg", "/iiif/2/secret-1/full/90,/0/default.jpg"),
        ):
            answer = stranger.ask(path)
            shown = SECRET in answer.body.decode("utf-8", "replace").replace(f"q={SECRET}", "")
            pixels = answer.headers.get("content-type", "").startswith("image/")
            outcome.expect(not shown and not pixels, outcome.opened, f"{path}: {answer.status}")

    @contextmanager
    def watched(self, outcome: Outcome) -> Iterator[None]:
        """Have a stranger ask for the open and the restricted object until the block ends."""
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(0.1):
                try:
                    self.check_doors(outcome)
                except (OSError, HTTPException) as error:
                    outcome.closed.append(f"no answer: {error!r}")

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield
        finally:
            ended.set()
            looking.join()


@contextmanager
def site(folder: Path, home: Path, seed: int = 1, **settings: str) -> Iterator[Site]:
    """Serve a home with the three objects until the block ends; `settings` are LECTERN_ variables."""
    draw, port = random.Random(seed), free_port()
    own = {"LECTERN_WORKERS": "2", "LECTERN_TRUSTED_PROXIES": "1", "LECTERN_LOG_LEVEL": "warning"}
    own |= {"LECTERN_PUBLIC_URL": f"http://localhost:{port}", **settings}
    home.mkdir(exist_ok=True)
    (home / "policies.toml").write_text(_POLICIES)
    with commands(home, folder, **own) as runner:
        found = Site(folder, home, port, draw, runner, own)
        for name in _POLICY:
            found.ingest(name)
        status, said = runner.run("user", "add", "ann", "--role", "reader", "--password-stdin", typed=PASSWORD)
        assert status == 0, said
        found.serve()
        try:
            yield found
        finally:
            found.stop()
            shutil.rmtree(home / "cache", ignore_errors=True)

"""A process that has all of Lectern loaded and runs one command line in a child whenever it is told to.

Starting Python takes longer than an ingest of some pages, so a kill would mostly hit the start. One line of JSON in is
{"args": [...], "output": FILE}; out come a line with the child's process id and, at its end, one with its status.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.servers import settings_free_environment


@dataclass
class Command:
    """A command that runs."""

    pid: int
    output: Path
    commands: "Commands"

    def wait(self) -> int:
        """Return the status: as the command ended, or less than 0 for the signal that ended it."""
        return int(self.commands.line())

    def said(self) -> str:
        """Return what it has said on both outputs."""
        return self.output.read_text(errors="replace")


class Commands:
    """Where commands are run, one at a time."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process = process
        self._folder = folder

    def start(self, *args: str | Path, typed: str = "") -> Command:
        """Begin a command line of Lectern's, which reads what is `typed`."""
        output = self._folder / "said"
        assert self._process.stdin is not None
        asked = {"args": [str(arg) for arg in args], "output": str(output), "typed": typed}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return Command(int(self.line()), output, self)

    def run(self, *args: str | Path, typed: str = "") -> tuple[int, str]:
        """Return the status of a command line, and what it said."""
        command = self.start(*args, typed=typed)
        return command.wait(), command.said()

    def line(self) -> str:
        """Return the next line of what runs the commands."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def commands(home: Path, folder: Path, **settings: str) -> Iterator[Commands]:
    """Run commands on a home until the block ends."""
    environment = settings_free_environment(LECTERN_HOME=str(home), **settings)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.load.faults.commands"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Commands(process, folder)
        assert process.stdin is not None
        process.stdin.close()


def _child(args: Sequence[str], output: str, typed: str) -> None:
    """Run a command line as this process, and end with its status."""
    from services.cli import main

    os.setsid()
    place = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(place, 1)
    os.dup2(place, 2)
    reading, writing = os.pipe()
    os.write(writing, typed.encode())  # some words: a pipe holds them until they are read
    os.close(writing)
    os.dup2(reading, 0)
    main(list(args), prog_name="lectern")


def _serve() -> None:
    import services.cli_ingest  # noqa: F401 - loaded once, not in every child

    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(asked["args"], asked["output"], asked["typed"])
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()

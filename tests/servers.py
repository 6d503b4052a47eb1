"""Starting real servers in tests: a free port, and a program that runs while a test needs it."""

import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_GRACE_SECONDS = 15
_LOG_TAIL = 8000


def free_port() -> int:
    """Return a loopback port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def settings_free_environment(**added: str) -> dict[str, str]:
    """Return the environment for a program under test: the caller's without Lectern's settings, and `added`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LECTERN_") and k != "PORT"}
    return kept | added


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    """Serve on a free loopback port by a handler, in a thread of this process, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Program:
    """A program that runs, and what it has written so far on both its outputs."""

    process: "subprocess.Popen[bytes]"
    log_file: Path

    def log(self) -> str:
        """Return what the program has written so far."""
        return self.log_file.read_text(errors="replace")


@contextmanager
def running(
    command: Sequence[str | Path], env: Mapping[str, str] | None, ready_url: str, *, seconds: float = 60
) -> Iterator[Program]:
    """Run a program until the block ends; the block begins once `ready_url` answers with anything below 500.

    Fails with the program's log if it ends or is not ready within `seconds`; prints the log if the block fails.
    The program gets a process group of its own, and that group is ended, never anything else.
    """
    with tempfile.TemporaryDirectory() as folder:
        log_file = Path(folder) / "log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        program = Program(process, log_file)
        try:
            _await(program, ready_url, seconds)
            yield program
        except BaseException:
            print(f"--- log of {' '.join(map(str, command))}\n{program.log()[-_LOG_TAIL:]}")
            raise
        finally:
            _end(process)


def _await(program: Program, url: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        status = program.process.poll()
        assert status is None, f"the program ended with status {status} before {url} answered"
        if _answers(url):
            return
        assert time.monotonic() < end, f"{url} did not answer within {seconds} s"
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return error.code < 500
    except OSError:
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(_GRACE_SECONDS)
    except ProcessLookupError:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

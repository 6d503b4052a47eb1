"""What a soak judges by, and what the faults stand on: the proxy, and a command that is run again and again."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.load.faults.commands import commands
from tests.load.faults.proxy import Mood, proxy
from tests.load.soak import Look, grown

_STEADY = [Look(float(n), 200.0, 150, 20, 90, 2) for n in range(40)]


def test_what_stays_as_it_is_has_not_grown():
    assert grown(_STEADY) == []
    assert grown([replace(look, memory=look.memory + (n % 2) * 5) for n, look in enumerate(_STEADY)]) == []


@pytest.mark.parametrize("name", ["memory", "handles", "threads", "home", "temporary"])
def test_what_grows_all_the_time_is_named(name: str):
    looks = [replace(look, **{name: getattr(look, name) + n * 5}) for n, look in enumerate(_STEADY)]
    (told,) = grown(looks)
    assert told.startswith(f"{name} grew from")


def test_the_curves_are_drawn(tmp_path: Path):
    script = "import sys; from pathlib import Path; from tests.faults.test_soak import _STEADY; "
    script += "from tests.load.soak import picture; picture(_STEADY, Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, tmp_path / "soak.svg"], check=True, cwd=ROOT)
    text = (tmp_path / "soak.svg").read_text()
    assert "memory, MB" in text
    assert "files in the home" in text


@pytest.fixture
def greeter() -> Iterator[int]:
    """Return the port of a server that says the same to everybody."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            while True:
                client, _ = listener.accept()
                with client:
                    client.recv(10)
                    client.sendall(b"good morning to whoever asks")
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.mark.parametrize(
    ("mood", "heard"),
    [(Mood.FINE, b"good morning to whoever asks"), (Mood.DOWN, b""), (Mood.CUT, b"good morning to whoe")],
)
def test_the_proxy_does_as_its_mood_is(greeter: int, mood: Mood, heard: bytes):
    with proxy(greeter) as between:
        between.be(mood)
        assert _asked(between.port) == heard
        between.be(Mood.FINE)
        assert _asked(between.port) == b"good morning to whoever asks"


def test_nonsense_is_as_long_as_sense(greeter: int):
    with proxy(greeter) as between:
        between.be(Mood.NONSENSE)
        heard = _asked(between.port)
    assert len(heard) == 28
    assert b"morning" not in heard


def test_nobody_hears_of_a_slow_server_until_it_is_quick_again(greeter: int):
    with proxy(greeter) as between:
        between.be(Mood.SLOW)
        with socket.create_connection(("127.0.0.1", between.port), timeout=0.3) as client:
            client.sendall(b"x")
            with pytest.raises(TimeoutError):
                client.recv(10)


def _asked(port: int) -> bytes:
    found = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"x")
            while data := client.recv(100):
                found += data
    except OSError:
        return found
    return found


def test_commands_are_run_one_after_another_with_their_status(tmp_path: Path):
    with commands(tmp_path / "home", tmp_path) as runner:
        assert runner.run("--version")[0] == 0
        status, said = runner.run("status", "nobody")
        assert status == 5
        assert "nobody" in said

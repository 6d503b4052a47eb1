"""The units for systemd: systemd understands them, they shut in what they start, and name commands that there are."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psutil
import pytest

from services import SERVICES
from services.cli import main
from tests.conftest import ROOT
from tests.servers import free_port, running, settings_free_environment

_UNITS = sorted((ROOT / "deploy/systemd").iterdir())
_OF_A_SERVICE = [path for path in _UNITS if path.suffix == ".service"]
_INSTANCES = {"lectern@": "search", "lectern-watch@": "srv-scans"}
_MOST_EXPOSED = 20  # tenths of systemd's own measure, of 100
_PROGRAM = Path(sys.executable).with_name("lectern")


def needed(program: str) -> str:
    """Return the path of a program of systemd's; skips where it is missing."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"there is no {program}; on Debian it is in the package systemd")
    return found


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """Return the units as an operator has them, each template with an instance; the program stands for any."""
    for path in _UNITS:
        name = path.stem + _INSTANCES.get(path.stem, "") + path.suffix
        (tmp_path / name).write_text(path.read_text().replace("/opt/lectern/bin/lectern", "/bin/true"))
    return sorted(tmp_path.iterdir())


def test_systemd_finds_nothing_wrong_with_the_units(units: list[Path]):
    verify: list[str | Path] = [needed("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no", *units]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(units[0].parent) in line]) == (0, [])


def test_what_a_unit_starts_is_shut_in(units: list[Path]):
    judge = [needed("systemd-analyze"), "security", "--offline=true", "--no-pager", f"--threshold={_MOST_EXPOSED}"]
    for unit in units:
        if unit.suffix == ".service":
            done = subprocess.run([*judge, unit], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{unit.name}: {done.stdout[-300:]}"


def commands(unit: Path) -> Iterator[list[str]]:
    """Yield what a unit calls `lectern` with."""
    for line in re.findall(r"^Exec\w+=(.*)$", unit.read_text(), re.M):
        words = shlex.split(line)
        if words[:2] == ["/bin/sh", "-c"]:
            words = shlex.split(words[2].removeprefix("exec "))
        if words[0].endswith("/lectern"):
            yield words[1:]


@pytest.mark.parametrize("unit", _OF_A_SERVICE, ids=lambda path: path.name)
def test_a_unit_names_a_command_and_options_that_there_are(unit: Path):
    found = list(commands(unit))
    assert found
    for name, *rest in found:
        if name in {"backup", "verify"} and name not in main.commands:
            continue  # they come with the branch that keeps homes
        command = main.commands[name]
        options = {name for each in command.params if isinstance(each, click.Option) for name in each.opts}
        assert {word for word in rest if word.startswith("--")} <= options


def test_every_service_can_be_a_unit_and_the_manual_is_one_that_is_made():
    serve = main.commands["serve"]
    (service,) = [each for each in serve.params if each.name == "service"]
    assert isinstance(service.type, click.Choice)
    assert set(service.type.choices) == set(SERVICES)
    for unit in _OF_A_SERVICE:
        (page,) = re.findall(r"^Documentation=man:(\S+)\(1\)$", unit.read_text(), re.M)
        assert page.removeprefix("lectern-") in {*main.commands, "backup", "verify"}


@contextmanager
def notices(path: Path) -> Iterator[socket.socket]:
    """Yield a socket that hears what a service tells systemd."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(path))
        heard.settimeout(60)
        yield heard


def workers(pid: int) -> set[int]:
    return {child.pid for child in psutil.Process(pid).children()}


def healthy(port: int) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
        return bool(answer.status == 200)


def test_lectern_tells_systemd_when_it_answers_takes_new_workers_at_a_reload_and_ends_well(tmp_path: Path):
    port = free_port()
    env = settings_free_environment(
        LECTERN_HOME=str(tmp_path / "home"), LECTERN_WORKERS="1", NOTIFY_SOCKET=str(tmp_path / "notify")
    )
    up: list[str | Path] = [_PROGRAM, "up", "--port", str(port)]
    with notices(tmp_path / "notify") as heard, running(up, env, f"http://127.0.0.1:{port}/healthz") as program:
        assert b"READY=1" in heard.recv(4096).split()
        before = workers(program.process.pid)
        program.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 30
        while before & workers(program.process.pid) or not workers(program.process.pid):
            assert healthy(port)
            assert time.monotonic() < end, "the workers are the old ones"
            time.sleep(0.05)
        assert healthy(port)
        os.kill(program.process.pid, signal.SIGTERM)
        assert program.process.wait(30) == 0


def test_lectern_serves_on_a_port_that_systemd_holds(tmp_path: Path):
    port, other = free_port(), free_port()
    env = settings_free_environment(LECTERN_HOME=str(tmp_path / "home"), LECTERN_WORKERS="1")
    passed = [f"--setenv={name}={value}" for name, value in env.items() if name.startswith("LECTERN_")]
    hold: list[str | Path] = [needed("systemd-socket-activate"), "-l", f"127.0.0.1:{port}", *passed]
    with running([*hold, _PROGRAM, "up", "--port", str(other)], env, f"http://127.0.0.1:{port}/healthz"):
        assert healthy(port)
        with socket.socket() as nobody:
            assert nobody.connect_ex(("127.0.0.1", other)) != 0


def directive(unit: str, name: str) -> str:
    """Return the value of a unit's directive as systemd passes it on: `%%` is a per cent sign."""
    text = (ROOT / "deploy/systemd" / unit).read_text()
    (value,) = re.findall(rf"^{name}=(.*)$", text, re.M)
    return str(value).replace("%%", "%")


def test_each_copy_is_a_new_folder_named_by_its_time():
    command = shlex.split(directive("lectern-backup.service", "ExecStart").replace("/opt/lectern/bin/lectern", "echo"))
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"backup /var/backups/lectern/20\d\d-\d\d-\d\dT\d\d-\d\d-\d\dZ\n", said)


def test_copies_of_more_than_two_weeks_go_and_nothing_else(tmp_path: Path):
    fortnight = time.time() - 15.5 * 86_400
    for name, old in (("2026-01-01T02-30-00Z", True), ("2026-01-20T02-30-00Z", False), ("kept", True)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "catalogue.db").write_text(name)
        if old:
            os.utime(tmp_path / name, (fortnight, fortnight))
    line = directive("lectern-backup.service", "ExecStartPost").replace("/var/backups/lectern", str(tmp_path))
    subprocess.run(shlex.split(line), check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-01-20T02-30-00Z", "kept"]

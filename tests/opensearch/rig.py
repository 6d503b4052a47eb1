"""A real OpenSearch on loopback: its libraries by Maven, one JVM a node, so that a node can be killed like a machine.

A node ends when nobody holds the writing end of its standard input, a named pipe: test processes that share it hold
it together, and none can leave it behind.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port

FOLDER = Path(__file__).resolve().parent
JARS = FOLDER / ".jars"
_HEAP, _HEAP_OF_SEVERAL = "768m", "400m"
_QUICKLY = "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"  # a node that is there soon, and half as fast as it might be
_MEASURED, _MEASURED_OF_SEVERAL = "2g", "1g"
_TRIES = 4
_START_SECONDS = 180  # on a machine that does much else
_GONE_SECONDS = 15
_started: list["subprocess.Popen[bytes]"] = []  # kept: one that is forgotten while it runs is warned of


class Missing(Exception):
    """What a node needs is not on this machine; the message says what to do."""


def missing_programs() -> list[str]:
    """Return which programs that fetching and starting need are not here."""
    return [name for name in ("java", "javac", "mvn") if shutil.which(name) is None]


def have_jars() -> bool:
    """Return whether the libraries that pom.xml names are here."""
    stamp = JARS / ".made-from-pom"
    return stamp.is_file() and stamp.read_text() == _fingerprint()


def _fingerprint() -> str:
    return str(zlib.crc32((FOLDER / "pom.xml").read_bytes()))


def fetch() -> None:
    """Have Maven put the libraries into .jars, from its own store where that has them. Raises Missing."""
    if have_jars():
        return
    if missing := missing_programs():
        raise Missing(f"{', '.join(missing)}: on Debian: apt-get install -y default-jdk-headless maven")
    shutil.rmtree(JARS, ignore_errors=True)
    copy: list[str | Path] = [
        "mvn",
        "-q",
        "-B",
        "-f",
        FOLDER / "pom.xml",
        "dependency:copy-dependencies",
        f"-DoutputDirectory={JARS}",
    ]
    said = ""
    for attempt in range(_TRIES):
        offline = ["-o"] if attempt == 0 else []
        made = subprocess.run([*copy, *offline], capture_output=True, text=True, timeout=900, check=False)
        if made.returncode == 0:
            (JARS / ".made-from-pom").write_text(_fingerprint())
            return
        said = (made.stdout + made.stderr)[-1500:]
        time.sleep(5 * attempt)
    raise Missing(f"Maven could not fetch the libraries of OpenSearch:\n{said}")


@dataclass
class Node:
    """One node: a JVM of its own."""

    name: str
    url: str
    pid: int
    log: Path

    def kill(self) -> None:
        """End it as a power cut would."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def pause(self) -> None:
        """Have it answer nothing, until it goes on."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let a paused node go on."""
        os.kill(self.pid, signal.SIGCONT)


@dataclass
class Cluster:
    """Nodes that know one another. `hold` is our writing end of their standard input."""

    nodes: list[Node]
    pipe: Path
    hold: int

    @property
    def urls(self) -> list[str]:
        """Return the addresses of its nodes."""
        return [node.url for node in self.nodes]

    def let_go(self) -> None:
        """Stop holding the nodes; they end if nobody else does."""
        os.close(self.hold)


def start(folder: Path, count: int = 1, *, measured: bool = False) -> Cluster:
    """Start a cluster whose files lie in a folder, from before too; returns when all nodes have found one another.

    One that is to be `measured` runs as an operator's would. The libraries must be there. Fails with the log of a node
    that does not come up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pipe = folder / "held"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    hold = os.open(pipe, os.O_WRONLY)
    os.set_blocking(reading, True)
    names = [f"node-{i}" for i in range(1, count + 1)]
    transports = [free_port() for _ in names]
    others = [each for name, port in zip(names, transports, strict=True) for each in (name, str(port))]
    java = _java(count, measured=measured)
    nodes = [
        _start_node(folder / name, java, transport, others, reading)
        for name, transport in zip(names, transports, strict=True)
    ]
    os.close(reading)
    cluster = Cluster(nodes, pipe, hold)
    try:
        _await(cluster)
    except BaseException:
        cluster.let_go()
        raise
    return cluster


def _java(count: int, *, measured: bool) -> list[str | Path]:
    """Return the command that runs the JVM of one node of so many."""
    quick, served = (_HEAP, _MEASURED) if count == 1 else (_HEAP_OF_SEVERAL, _MEASURED_OF_SEVERAL)
    heap = served if measured else quick
    return ["java", f"-Xms{heap}", f"-Xmx{heap}", *(() if measured else _QUICKLY)]


def _start_node(own: Path, java: list[str | Path], transport: int, others: list[str], reading: int) -> Node:
    http, name = free_port(), own.name
    own.mkdir(exist_ok=True)
    log = own / "log"
    command = [*java]
    command += [f"-Djava.io.tmpdir={own}", "-Dlog4j2.disable.jmx=true", "-cp", f"{JARS}/*", FOLDER / "Node.java"]
    command += [own, name, str(http), str(transport), *others]
    with log.open("wb") as out:
        started = subprocess.Popen(command, stdin=reading, stdout=out, stderr=out, start_new_session=True, cwd=own)
    _started.append(started)
    return Node(name, f"http://127.0.0.1:{http}", started.pid, log)


def _await(cluster: Cluster) -> None:
    count = len(cluster.nodes)
    end = time.monotonic() + _START_SECONDS
    for node in cluster.nodes:
        while not _has_nodes(node.url, count):
            ended, _ = os.waitpid(node.pid, os.WNOHANG)
            late = time.monotonic() > end
            assert not ended, f"{node.name} ended:\n{node.log.read_text(errors='replace')[-4000:]}"
            assert not late, f"{node.name} did not come up:\n{node.log.read_text(errors='replace')[-4000:]}"
            time.sleep(0.2)


def _has_nodes(url: str, count: int) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health", timeout=5) as answer:
            return bool(json.load(answer)["number_of_nodes"] >= count)
    except OSError:
        return False


@contextmanager
def cluster(folder: Path, count: int = 1, *, measured: bool = False) -> Iterator[Cluster]:
    """Run a cluster of one's own until the block ends: what kills nodes or fills disks must not share one."""
    running = start(folder, count, measured=measured)
    try:
        yield running
    finally:
        running.let_go()
        for node in running.nodes:
            _end(node)


def _end(node: Node) -> None:
    """Wait for the end of a node that nobody holds; one that does not end by itself is killed."""
    end = time.monotonic() + _GONE_SECONDS
    with suppress(ProcessLookupError):
        node.go_on()
    with suppress(ChildProcessError):
        while os.waitpid(node.pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > end:
                node.kill()
            time.sleep(0.05)


@contextmanager
def shared(folder: Path) -> Iterator[list[str]]:
    """Share one cluster of one node with all processes that ask for it by this folder; yields its addresses."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fetch()
        known = folder / "urls.json"
        try:
            urls: list[str] = json.loads(known.read_text())
            hold = os.open(folder / "cluster" / "held", os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody has it by now: it has ended
            shutil.rmtree(folder / "cluster", ignore_errors=True)
            running = start(folder / "cluster")
            urls, hold = running.urls, running.hold
            known.write_text(json.dumps(urls))
    try:
        yield urls
    finally:
        os.close(hold)

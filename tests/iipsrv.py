"""Debian's iipsrv (`iipimage-server`), the image server that ours is measured beside and that our gate stands before.

iipsrv speaks FastCGI and answers one request at a time, so it runs as several processes on ports of their own. What
asks it must not keep connections: a kept one holds a process, and all others wait behind it for nothing.
"""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import free_port
from tests.services_nginx.gateway import nginx

PROGRAM = Path("/usr/lib/iipimage-server/iipsrv.fcgi")
_GRACE_SECONDS = 5
_PLAIN = """
server {
    listen 8080;
    access_log /var/log/nginx/access.log;
    keepalive_requests 100000;
    location = /metrics { return 404; }
    location / {
        fastcgi_pass iipsrv;
        fastcgi_buffers 64 16k;
        fastcgi_param REQUEST_METHOD $request_method;
        fastcgi_param QUERY_STRING $query_string;
        fastcgi_param SERVER_PROTOCOL $server_protocol;
        fastcgi_param REQUEST_URI $request_uri;
        fastcgi_param HTTP_HOST $http_host;
    }
}
"""


@dataclass(frozen=True)
class Iipsrv:
    """Processes of iipsrv that run: the loopback port and the process id of each, and the file that each logs to."""

    ports: tuple[int, ...]
    pids: tuple[int, ...]
    logs: tuple[Path, ...]

    def upstream(self, name: str = "iipsrv") -> str:
        """Return the upstream of an nginx configuration that shares requests out among the processes."""
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in self.ports)
        return f"upstream {name} {{ {servers} }}\n"


def iipsrv_program() -> Path:
    """Return where iipsrv is; skips the test that asks where it is not installed."""
    if not PROGRAM.is_file():
        pytest.skip("there is no iipsrv; on Debian: apt-get install -y --no-install-recommends iipimage-server")
    return PROGRAM


@contextmanager
def iipsrv(images: Path, folder: Path, processes: int = 2, /, **settings: str) -> Iterator[Iipsrv]:
    """Run iipsrv over the TIFF files of a folder; logs go to `folder`, `settings` are variables of iipsrv.

    The cache of tiles is off, JPEG quality is 75, and one thread works on a request, unless `settings` say otherwise.
    """
    program = iipsrv_program()
    folder.mkdir(parents=True, exist_ok=True)
    ports = tuple(free_port() for _ in range(processes))
    logs = tuple(folder / f"iipsrv-{port}.log" for port in ports)
    with ExitStack() as stack:
        started = []
        for port, log in zip(ports, logs, strict=True):
            said = {
                "FILESYSTEM_PREFIX": f"{images}/",
                "URI_MAP": "iiif=>IIIF",
                "MAX_CVT": "20000",
                "JPEG_QUALITY": "75",
                "MAX_IMAGE_CACHE_SIZE": "0",
                "OMP_NUM_THREADS": "1",
                "CORS": "*",
                "LOGFILE": str(log),
                "VERBOSITY": "1",
            }
            command: list[str | Path] = [program, "--bind", f"127.0.0.1:{port}", "--backlog", "1024"]
            silent = subprocess.DEVNULL
            process = subprocess.Popen(command, env=said | settings, stdin=silent, stdout=silent, stderr=silent)
            stack.callback(_end, process)
            started.append(process)
        for process, port in zip(started, ports, strict=True):
            _await(process, port)
        yield Iipsrv(ports, tuple(process.pid for process in started), logs)


@dataclass(frozen=True)
class Plain:
    """A plain installation: iipsrv behind nginx, without any gate. Images are at `{url}/iiif/{file}/…`."""

    url: str
    server: Iipsrv
    nginx_pid: int

    @property
    def pids(self) -> tuple[int, ...]:
        """Return the processes to account for; the last is nginx' master, whose child does the work."""
        return *self.server.pids, self.nginx_pid


@contextmanager
def plain_iipsrv(images: Path, folder: Path, processes: int = 2, /, **settings: str) -> Iterator[Plain]:
    """Run iipsrv behind nginx as an installation without Lectern would."""
    with iipsrv(images, folder, processes, **settings) as server, plain_gateway(server, folder / "nginx") as plain:
        yield plain


@contextmanager
def plain_gateway(server: Iipsrv, folder: Path) -> Iterator[Plain]:
    """Run nginx before processes of iipsrv, without any gate."""
    port = free_port()
    with nginx(folder, port, server.upstream(), server=_PLAIN) as started:
        yield Plain(f"http://127.0.0.1:{port}", server, started.process.pid)


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Return once the port takes connections."""
    end = time.monotonic() + 20
    while True:
        assert process.poll() is None, f"iipsrv ended with status {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            assert time.monotonic() < end, f"iipsrv did not listen on {port}"
            time.sleep(0.05)
        else:
            return


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()

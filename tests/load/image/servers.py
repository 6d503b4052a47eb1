"""The servers under measure: ours as shipped, ours without verdicts, and Debian's iipsrv behind nginx; one home."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from auth.identity import Identity
from image.pyramid import JPEG_QUALITY
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import Settings
from lectern.urls import canvas_path
from services.context import Context
from services.credentials import COOKIE
from tests.iipsrv import plain_iipsrv
from tests.load.image.kinds import PAGES, Asked, file_name
from tests.load.image.page import HEIGHT, WIDTH, page_files
from tests.load.search.workers import cpu_seconds, workers_of
from tests.servers import free_port, running, settings_free_environment

_POLICIES = """
[policies.members]
patterns = ["login"]
roles = ["member"]
substitute = { max_scale = 0.125 }
"""
_NO_LIMIT = "1000000"
_VIEWER = "https://viewer.example.org"
_MEBI = 1024


class Server(NamedTuple):
    """A server that runs: its address, its processes by part, where it has a request, and what it is shown with it."""

    name: str
    base: str
    parts: Mapping[str, tuple[int, ...]]
    path: Callable[[Asked], str]
    headers: Mapping[str, str]

    def cpu(self) -> dict[str, float]:
        """Return the seconds of CPU that each part has used so far, its children included."""
        return {name: cpu_seconds(_families(pids)) for name, pids in self.parts.items()}

    def memory(self) -> float:
        """Return the proportional memory of all its processes, in MiB."""
        return sum(_pss(pid) for pids in self.parts.values() for pid in _families(pids))


def made_home(folder: Path) -> Context:
    """Return a home whose objects `open` and `members` (tiles of 512) and `small` (256) show one page over and over."""
    home = Home(folder)
    home.prepare()
    home.policies_file.write_text(_POLICIES)
    shutil.rmtree(home.derivatives, ignore_errors=True)  # of the run before, in a home that is used again
    page_files(home.images)
    catalogue = Catalogue(home)
    for name, policy, source in (("open", "open", "p"), ("small", "open", "s"), ("members", "members", "p")):
        canvases = []
        for n in range(1, PAGES + 1):
            image = file_name(name, n)
            if not (home.images / image).exists():
                (home.images / image).hardlink_to(home.images / f"{source}.tif")
            canvases.append(CanvasRow(n, canvas_path(name, n), WIDTH, HEIGHT, image=image))
        catalogue.publish(ObjectRow(name, name, name, policy=policy, pages=PAGES), canvases)
    catalogue.close()
    return Context(Settings(home=folder))


def session_headers(context: Context) -> dict[str, str]:
    """Return what a member's browser shows of its session."""
    return {"Cookie": f"{COOKIE}={context.sessions.sign_in(Identity('ann', ('member',)), _VIEWER)}"}


@contextmanager
def ours(name: str, command: Sequence[str], context: Context, *, workers: int = 2) -> Iterator[Server]:
    """Run a server of ours over the home: verdict, log (to a file) and metrics on, no limit of pace for one reader."""
    port = free_port()
    env = settings_free_environment(
        LECTERN_HOME=str(context.home.path),
        LECTERN_PORT=str(port),
        LECTERN_WORKERS=str(workers),
        LECTERN_LOG_FORMAT="json",
        LECTERN_TILES_PER_SECOND=_NO_LIMIT,
        PYTHONPATH=str(Path.cwd()),
    )
    base = f"http://127.0.0.1:{port}"
    with running([sys.executable, "-m", *command], env, f"{base}/healthz") as program:
        parts = {"lectern": (program.process.pid,)}
        yield Server(name, base, parts, Asked.ours, session_headers(context))


@contextmanager
def iipsrv(context: Context, folder: Path) -> Iterator[Server]:
    """Run iipsrv (two processes) behind nginx over the same files, with the JPEG quality of ours."""
    with plain_iipsrv(context.home.images, folder, JPEG_QUALITY=str(JPEG_QUALITY)) as plain:
        parts = {"iipsrv": plain.server.pids, "nginx": (plain.nginx_pid,)}
        yield Server("iipsrv", plain.url, parts, Asked.iipsrv, {})


def machine() -> str:
    """Return how busy the machine is, for the head of a table."""
    return f"{os.cpu_count()} cores, load {', '.join(f'{load:.1f}' for load in os.getloadavg())} (1, 5, 15 minutes)"


def _families(pids: Sequence[int]) -> list[int]:
    return [each for pid in pids for each in (pid, *workers_of(pid))]


def _pss(pid: int) -> float:
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) / _MEBI if found else 0.0

"""One worker that ends takes nothing with it, and large images never take every thread."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from image.request import BadImageRequest, Parts, parse_request
from tests.servers import free_port, running, settings_free_environment


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _both(pid: int, without: int = 0) -> list[int]:
    """Return the two workers of a supervisor once they are there, and the one that was ended is not."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        workers = _children(pid)
        if len(workers) == 2 and without not in workers:
            return workers
        time.sleep(0.1)
    raise AssertionError(_children(pid))


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGABRT, signal.SIGKILL])
def test_a_worker_that_ends_is_replaced_and_no_answer_fails(tmp_path: Path, sign):
    if not Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists():
        pytest.skip("this system does not list the children of a process")
    port = free_port()
    environment = settings_free_environment(LECTERN_HOME=str(tmp_path), PORT=str(port), LECTERN_WORKERS="2")
    base = f"http://127.0.0.1:{port}"
    with running([sys.executable, "-m", "services.cli", "up"], environment, f"{base}/readyz") as program:
        workers = _both(program.process.pid)
        os.kill(workers[0], sign)
        _both(program.process.pid, without=workers[0])
        for _ in range(20):
            with urllib.request.urlopen(f"{base}/metrics", timeout=10) as answer:
                assert answer.status == 200
            with urllib.request.urlopen(f"{base}/", timeout=10) as answer:
                assert answer.status == 200


def test_a_measurement_that_fails_fails_no_answer(tmp_path, monkeypatch):
    from lectern.settings import load_settings
    from services import observing
    from services.app import create_app
    from services.context import Context

    def gone(*_arguments: object) -> None:
        raise FileNotFoundError("the folder is gone")

    monkeypatch.setattr(observing, "_measure", gone)
    assert create_app(Context(load_settings(tmp_path))).test_client().get("/healthz").status_code == 200


def _wanted(size: str, rotation: str = "0"):
    return parse_request(
        3, Parts("full", size, rotation, "default.jpg"), width=4000, height=4000, max_pixels=40_000_000
    )


def test_th_71_an_image_turned_by_an_odd_angle_has_a_lower_limit():
    assert _wanted("max", "90").size == (4000, 4000)
    assert _wanted("1500,", "45").size == (1500, 1500)
    with pytest.raises(BadImageRequest, match="90, 180"):
        _wanted("max", "45")


def test_th_105_a_search_is_answered_while_strangers_ask_for_the_largest_images(tmp_path):
    from click.testing import CliRunner

    from services.cli import main
    from tests.conftest import ROOT

    ingest = ["--home", str(tmp_path), "ingest", str(ROOT / "samples" / "almanac"), "--object", "almanac"]
    assert CliRunner().invoke(main, ingest).exit_code == 0
    port = free_port()
    environment = settings_free_environment(LECTERN_HOME=str(tmp_path), PORT=str(port), LECTERN_WORKERS="1")

    def ask(path: str) -> int:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status

    with (
        running([sys.executable, "-m", "services.cli", "up"], environment, f"http://127.0.0.1:{port}/readyz"),
        ThreadPoolExecutor(8) as strangers,
    ):
        large = [strangers.submit(ask, f"/iiif/3/almanac-1/{i},0,1,1/^max/0/default.webp") for i in range(8)]
        statuses = [ask("/search/1/almanac?q=lantern") for _ in range(5)]
        assert statuses == [200] * 5
        answers = sorted(one.result() for one in large)
    assert set(answers) <= {200, 503}
    assert answers.count(503) >= 1, json.dumps(answers)


_LOADED = """
import sys, threading
from pathlib import Path
from services import SERVICES
from services.supervisor import load_code
load_code(SERVICES)
assert "pyvips" not in sys.modules
assert "services.image.pixels" in sys.modules
assert threading.active_count() == len(list(Path("/proc/self/task").iterdir())) == 1
"""


def test_loading_the_services_before_the_fork_starts_no_thread_and_no_libvips():
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr

"""Debian's Prometheus reads our rules, and a real one that scrapes a real installation can answer the dashboard."""

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.observing.conftest import Watched
from tests.servers import free_port, running

_RECIPES = ROOT / "deploy" / "prometheus"


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name}; on Debian: apt-get install -y prometheus")
    return found


@pytest.mark.parametrize(
    "told",
    [("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")],
)
def test_promtool_finds_nothing_wrong(told: tuple[str, str, str]):
    done = subprocess.run(
        [_program("promtool"), *told], cwd=_RECIPES, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_finds_nothing_wrong_with_what_is_told(watched: Watched):
    told = watched.metrics()
    done = subprocess.run(
        [_program("promtool"), "check", "metrics"], input=told, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def prometheus(watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a Prometheus that runs by our example, once it has scraped an installation twice."""
    program = _program("prometheus")
    folder = Path(tmp_path_factory.mktemp("prometheus"))
    recipe = (_RECIPES / "prometheus.yml").read_text()
    assert recipe.count("127.0.0.1:8080") == 1
    recipe = recipe.replace("127.0.0.1:8080", watched.base.removeprefix("http://").replace("localhost", "127.0.0.1"))
    (folder / "prometheus.yml").write_text(recipe.replace("15s", "1s"))
    shutil.copyfile(_RECIPES / "alerts.yml", folder / "alerts.yml")
    port = free_port()
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    base = f"http://127.0.0.1:{port}"
    with running(command, None, f"{base}/-/ready"):
        end = time.monotonic() + 30
        while not _asked(base, 'count_over_time(up{job="lectern"}[1m]) > 2'):
            assert time.monotonic() < end, "Prometheus has scraped nothing"
            time.sleep(0.3)
        yield base


def _asked(base: str, expression: str) -> list[Any]:
    """Return what an expression gives; fails if Prometheus finds an error in it."""
    query = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"{base}/api/v1/query?{query}", timeout=20) as answer:
        told = json.load(answer)
    assert told["status"] == "success", told
    result: list[Any] = told["data"]["result"]
    return result


def _panels() -> list[tuple[str, str]]:
    dashboard = json.loads((ROOT / "deploy/grafana/lectern.json").read_text())
    found = [(panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel.get("targets", ())]
    return [(title, expression.replace("$__rate_interval", "1m")) for title, expression in found]


# What a sound installation without a cluster has none of.
_EMPTY = {"Cluster requests", "Cluster", "Cluster is behind", "Large images refused", "Too fast", "Store errors"}
_EMPTY |= {"Kept images", "Failures", "Warnings"}


def test_a_real_prometheus_scrapes_us_and_answers_every_panel(prometheus: str):
    assert [each["value"][1] for each in _asked(prometheus, 'up{job="lectern"}')] == ["1"]
    empty = {title for title, expression in _panels() if not _asked(prometheus, expression)}
    assert empty <= _EMPTY


def test_no_alert_rings_for_a_sound_installation_and_none_fails(prometheus: str):
    with urllib.request.urlopen(f"{prometheus}/api/v1/rules", timeout=20) as answer:
        groups = json.load(answer)["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == 17
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] == "err"] == []
    assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []

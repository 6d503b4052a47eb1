"""The same validators against a copy by `lectern tiles`, behind a plain file server: level 0."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import settings_free_environment
from tests.services_tiles.plain import file_server
from tests.validators.test_validators import HERE, NG, OLD, VERSIONS, _installed, _run

__all__ = ["_installed"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the picture that the validators know."""
    folder = tmp_path_factory.mktemp("level0")
    (folder / "scans").mkdir()
    shutil.copy(NG / "iiif_validator" / "validation_image.png", folder / "scans")
    lectern(folder / "home", "ingest", str(folder / "scans"), "--object", "squares")
    return folder / "home"


def lectern(home: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "services.cli", "--home", str(home), *arguments]
    subprocess.run(command, env=settings_free_environment(), check=True, timeout=120)


@pytest.mark.parametrize(("version", "tests"), [("2.0", 4), ("3.0", 5)])
def test_validators_find_level_0_complete_in_a_static_copy(home: Path, tmp_path: Path, version: str, tests: int):
    with file_server(tmp_path) as (url, _):
        copy = ["--base", f"{url}/copy", "--version", VERSIONS[version]]
        lectern(home, "tiles", "squares", str(tmp_path / "copy"), *copy)
        command = [str(OLD / "bin" / "iiif-validate.py"), "-s", url.removeprefix("http://"), "-p", "copy/images"]
        old = _run([*command, "-i", "1", f"--version={version}", "--level", "0"], OLD)
        ng = _run([str(HERE / "run_ng.py"), f"{url}/copy/images", "1", version], NG)
    assert old.returncode == ng.returncode == 0, old.stderr + ng.stderr
    assert f"Done ({tests} tests, 0 failures)" in old.stderr
    found = json.loads(ng.stdout)
    assert {each["name"]: each["failed"] for each in found if each["failed"]} == {}
    assert sum(each["passed"] for each in found) >= 30

"""Two validators of the Image API that others wrote, against a server as it ships, with the picture they know."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.servers import free_port, running, settings_free_environment

HERE = Path(__file__).parent
OLD, NG = HERE / "old" / ".packages", HERE / "ng" / ".packages"
OBJECT = "67352ccc-d1b0-11e1-89ae"
IDENTIFIER = f"{OBJECT}-1"
# Version 2.0 of the validators is what they have for 2.1; our paths say the major version.
VERSIONS = {"2.0": "2", "3.0": "3"}
# Its tests of optional features, but for those of formats that we have not, and that of WebP, which no server passes:
# it compares bytes with text.
CLAIMED = (
    "format_tif",
    "linkheader_canonical",
    "linkheader_profile",
    "rot_full_non90",
    "rot_mirror",
    "rot_mirror_180",
    "rot_region_non90",
    "size_up",
)


def _run(command: list[str], packages: Path) -> "subprocess.CompletedProcess[str]":
    environment = settings_free_environment(PYTHONPATH=str(packages))
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    for packages in (OLD, NG):
        if not (packages / "iiif_validator").is_dir():
            pytest.skip(f"the validator in {packages.parent.name} is not there; tools/setup dev installs it")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the host and port of a server whose home has the validators' own picture, ingested as any other."""
    folder = tmp_path_factory.mktemp("validators")
    (folder / "scans").mkdir()
    shutil.copy(NG / "iiif_validator" / "validation_image.png", folder / "scans")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environment = settings_free_environment(
        LECTERN_HOME=str(folder / "home"), LECTERN_PUBLIC_URL=base, PORT=str(port), LECTERN_WORKERS="2"
    )
    lectern = [sys.executable, "-m", "services.cli"]
    subprocess.run(
        [*lectern, "ingest", str(folder / "scans"), "--object", OBJECT], env=environment, check=True, timeout=120
    )
    with running([*lectern, "up"], environment, f"{base}/readyz"):
        yield base.removeprefix("http://")


@pytest.mark.parametrize(("version", "tests"), [("2.0", 30), ("3.0", 33)])
def test_iiif_validator_finds_level_2_complete(server: str, version: str, tests: int):
    command = [str(OLD / "bin" / "iiif-validate.py"), "-s", server, "-p", f"iiif/{VERSIONS[version]}"]
    done = _run([*command, "-i", IDENTIFIER, f"--version={version}", "--level", "2"], OLD)
    assert done.returncode == 0, done.stderr
    assert f"Done ({tests} tests, 0 failures)" in done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_iiif_validator_finds_what_we_claim_beyond(server: str, version: str):
    command = [str(OLD / "bin" / "iiif-validate.py"), "-s", server, "-p", f"iiif/{VERSIONS[version]}"]
    named = [argument for test in CLAIMED for argument in ("--test", test)]
    done = _run([*command, "-i", IDENTIFIER, f"--version={version}", *named], OLD)
    assert done.returncode == 0, done.stderr
    assert f"Done ({len(CLAIMED)} tests, 0 failures)" in done.stderr


@pytest.mark.parametrize(("version", "tests", "checks"), [("2.0", 40, 100), ("3.0", 43, 120)])
def test_iiif_validator_ng_finds_nothing_wrong(server: str, version: str, tests: int, checks: int):
    done = _run([str(HERE / "run_ng.py"), f"http://{server}/iiif/{VERSIONS[version]}", IDENTIFIER, version], NG)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {each["name"]: each["failed"] for each in found if each["failed"]} == {}
    assert len(found) >= tests
    assert sum(each["passed"] for each in found) >= checks


def _ask(server: str, target: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of a request whose target is sent as it is."""
    connection = HTTPConnection(server, timeout=60)
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    told = {name: value for name, value in answer.getheaders() if name not in ("Date", "X-Request-Id")}
    try:
        return answer.status, told, answer.read()
    finally:
        connection.close()


def test_im3_03_signs_and_commas_may_be_percent_encoded(server: str):
    plain = _ask(server, f"/iiif/3/{IDENTIFIER}/0,0,50,50/^!80,80/!90/default.png")
    assert plain[0] == 200
    for target in ("0%2C0%2c50,50/%5E!80,80/!90/default.png", "0,0,50,50/^%2180%2C80/%2190/default%2Epng"):
        assert _ask(server, f"/iiif/3/{IDENTIFIER}/{target}") == plain
    assert _ask(server, f"/iiif/3/x%2F{IDENTIFIER}/0,0,50,50/^!80,80/!90/default.png")[0] == 404
    assert _ask(server, f"/iiif/3/{IDENTIFIER}/0%252C0,50,50/max/0/default.png")[0] == 400


@pytest.mark.parametrize("version", VERSIONS.values())
@pytest.mark.parametrize(
    "kind", ["", "/info.json", "/full/90,/0/default.jpg", "/full/0,/0/default.jpg", "/x", "/a/b/c/d"]
)
def test_im3_50_head_is_get_without_the_body_on_the_wire(server: str, version: str, kind: str):
    status, headers, body = _ask(server, f"/iiif/{version}/{IDENTIFIER}{kind}")
    assert _ask(server, f"/iiif/{version}/{IDENTIFIER}{kind}", "HEAD") == (status, headers, b"")
    assert int(headers["Content-Length"]) == len(body)
    assert headers["Access-Control-Allow-Origin"] == "*"

"""The wheel runs without this checkout."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

from services.portal.bundles import BUNDLES, VIEWERS, is_part
from tests.conftest import ROOT
from tests.servers import free_port, running
from tests.shipping.installed import Installation, build

_ASSET = re.compile(rb"""(?:src|href|from|import)\s*[=(]?\s*["']([^"']+\.(?:js|css|svg))["']""")


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def fetched(url: str) -> bytes:
    with urlopen(url, timeout=30) as answer:
        assert answer.status == 200
        body: bytes = answer.read()
        return body


def assets(url: str, seen: set[str]) -> set[str]:
    """Return the addresses of every script and style that a page or script names, and that those name."""
    for found in _ASSET.findall(fetched(url)):
        name = urljoin(url, found.decode())
        if name not in seen:
            seen.add(name)
            if "/static/" in name:  # a viewer's own scripts are full of strings that look like imports
                assets(name, seen)
    return seen


@contextmanager
def demo_running(installation: Installation, home: Path) -> Iterator[str]:
    """Serve the demo from the installation; yield its address."""
    port = free_port()
    env = installation.environment(LECTERN_HOME=str(home), LECTERN_WORKERS="1", PWD=str(installation.elsewhere))
    begin: list[str | Path] = ["env", "-C", installation.elsewhere, installation.program, "demo", "--port", str(port)]
    with running(begin, env, f"http://127.0.0.1:{port}/readyz", seconds=120):
        yield f"http://127.0.0.1:{port}"


def test_the_demo_of_a_wheel_searches_and_shows_every_viewer_and_reads_nothing_of_the_checkout(
    installation: Installation, tmp_path: Path
):
    # A folder of the caller's that is called like one of our packages is nothing to us.
    shutil.rmtree(installation.elsewhere / "services", ignore_errors=True)
    (installation.elsewhere / "services").mkdir()
    (installation.elsewhere / "services/__init__.py").write_text("raise SystemExit('not ours')")
    with demo_running(installation, tmp_path / "home") as address:
        answer = json.loads(fetched(f"{address}/search/2/almanac?q=lantern"))
        assert answer["items"]
        found: set[str] = set()
        for viewer in VIEWERS:
            assets(f"{address}/objects/almanac?viewer={viewer}", found)
        assets(f"{address}/", found)
        for name in found:
            assert fetched(name), name
        assert {key for key in BUNDLES if any(f"/viewers/{key}/" in name for name in found)} == set(BUNDLES)
        mine = installation.shipped / "samples/odes"
        installation.run("--home", tmp_path / "home", "ingest", mine, "--object", "mine", "--quiet")
        assert json.loads(fetched(f"{address}/search/2/mine?q=%D8%A7%D9%84%D9%84%D9%8A%D9%84"))["items"]
    assert installation.opened_in_checkout() == []


def test_the_watch_over_the_checkout_sees_what_is_opened_there(installation: Installation):
    log = installation.elsewhere.parent / "opened"
    before = log.read_bytes() if log.exists() else None
    subprocess.run([installation.python, "-c", f"open({str(ROOT / 'README.md')!r})"], check=True)
    assert installation.opened_in_checkout() == [str((ROOT / "README.md").resolve())]
    if before is None:
        log.unlink()
    else:
        log.write_bytes(before)


def test_every_file_of_the_packages_that_is_tracked_is_in_the_wheel(wheel: Path):
    rooms = ["lectern", "search", "auth", "image", "ingest", "services"]
    listed = subprocess.run(["git", "ls-files", "-z", *rooms], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(filter(None, listed.stdout.split("\0"))) <= names(wheel)


def test_what_viewers_load_is_in_the_wheel_with_the_licence_of_each(wheel: Path):
    held = names(wheel)
    for bundle in BUNDLES.values():
        inside = f"lectern/shipped/viewers/{bundle.package}"
        folder = ROOT / "node_modules" / bundle.package / bundle.inside
        parts = [path for path in folder.rglob("*") if path.is_file() and is_part(path.name)]
        served = {f"{inside}/{bundle.inside}/{path.relative_to(folder).as_posix()}" for path in parts}
        wanted = {name.replace("/./", "/") for name in served if not name.endswith(".map") and "/src/" not in name}
        assert wanted <= held, bundle.package
        assert any(re.fullmatch(rf"{inside}/LICENSE(\.txt)?", name) for name in held), bundle.package


def test_the_wheel_has_no_tests_no_secrets_and_nothing_of_a_build(wheel: Path):
    tops = {name.split("/")[0] for name in names(wheel)}
    assert {top for top in tops if not top.startswith("lectern_iiif-")} == {
        *("lectern", "search", "auth", "image", "ingest", "services")
    }
    assert not [name for name in names(wheel) if "__pycache__" in name or name.endswith((".map", ".pyc"))]
    assert not [name for name in names(wheel) if name.startswith("lectern/shipped/samples/make")]


def test_the_same_commit_gives_the_same_bytes(wheel: Path, tmp_path: Path):
    assert build(tmp_path).read_bytes() == wheel.read_bytes()


def copied_into_the_image() -> list[str]:
    """Return what the Dockerfile copies to where the image's own wheel is made."""
    stage = (ROOT / "Dockerfile").read_text().partition("AS own\n")[2].partition("\nFROM")[0]
    return [name for line in re.findall(r"^COPY (.*) \S+$", stage, re.M) for name in line.split()]


def test_what_the_dockerfile_copies_makes_a_wheel_of_code_alone(tmp_path: Path):
    tree = tmp_path / "tree"
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.M)
    for name in copied_into_the_image():
        assert name in let_in
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile)(ROOT / name, tree / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "wheel", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--no-index", "-w", tmp_path, "."], cwd=tree, check=True)
    (made,) = tmp_path.glob("*.whl")
    assert "services/cli.py" in names(made)
    assert not [name for name in names(made) if "shipped/" in name]


def test_the_lock_files_lie_beside_the_wheel(wheel: Path):
    for lock in ("requirements.lock", "requirements-build.lock"):
        assert (wheel.parent / lock).read_bytes() == (ROOT / lock).read_bytes()


def test_man_pages_completions_and_recipes_are_installed_below_the_prefix(installation: Installation):
    share = installation.prefix / "share"
    assert ".TH" in (share / "man/man1/lectern-ingest.1").read_text()
    for name in (
        "bash-completion/completions/lectern",
        "zsh/site-functions/_lectern",
        "fish/vendor_completions.d/lectern.fish",
        "lectern/nginx/lectern.conf",
        "lectern/systemd/lectern.service",
    ):
        assert (share / name).is_file(), name

"""What may not stand in any file: promises, paths of one machine, addresses of registries, secrets."""

import json
import re

import pytest

from tests.conftest import ROOT
from tests.house.files import name, python_files, room_files, text_files

# In pieces, so that this file holds none of them.
_UNFINISHED = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error"]
_MACHINE_PATHS = ["/wo" + "rk/", "/ro" + "ot/", "/tmp/" + "base"]
_REGISTRY_HOSTS = [
    "pypi." + "org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "npmjs." + "org",
    "deb." + "debian.org",
    "proxy." + "golang.org",
    "crates." + "io",
]


def _lines_with(words: list[str]) -> list[str]:
    pattern = re.compile("|".join(rf"(?<![A-Za-z0-9]){re.escape(word)}" for word in words))
    return [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_unfinished():
    assert [line for line in _lines_with(_UNFINISHED) if line.split(":")[0].endswith(".py")] == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on():
    assert _lines_with(_MACHINE_PATHS) == []


def test_no_file_names_the_host_of_a_package_registry():
    assert _lines_with(_REGISTRY_HOSTS) == []


_VALIDATORS = [f"tests/validators/{name}/requirements.lock" for name in ("old", "ng")]


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-dev.lock", "requirements-build.lock", *_VALIDATORS]
)
def test_every_package_of_a_lock_file_is_pinned_by_hash(lock):
    text = re.sub(r"\\\n\s*", " ", (ROOT / lock).read_text())
    packages = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert packages
    assert [line[:60] for line in packages if "==" not in line or "--hash=sha256:" not in line] == []


def test_the_lock_files_name_the_same_version_of_a_package():
    pins: dict[str, set[str]] = {}
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-build.lock"):
        for package, version in re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), re.M):
            pins.setdefault(package, set()).add(version)
    assert {package: versions for package, versions in pins.items() if len(versions) > 1} == {}


def test_the_viewers_are_pinned_by_hash_and_bring_nothing_else():
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert {key.removeprefix("node_modules/"): entry["version"] for key, entry in packages.items()} == wanted
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


def test_only_services_knows_flask():
    found = [
        name(path)
        for path in room_files()
        if not name(path).startswith("services/")
        and re.search(r"^\s*(from|import) (flask|werkzeug)", path.read_text(), re.M)
    ]
    assert found == []


def test_no_type_check_is_silenced_without_saying_which():
    bare = re.compile(r"#\s*(type:\s*ignore(?!\[)|noqa(?!:))")
    found = [
        f"{name(path)}:{number}"
        for path in [*python_files(tests=False), *python_files(tests=True)]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_the_changelog_has_a_place_for_what_is_not_released():
    text = (ROOT / "CHANGELOG.md").read_text()
    unreleased = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert unreleased
    assert re.search(r"^- \S", unreleased[1], re.M)

"""What is locked: the names and versions of a lock file of Python, and of one of npm."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
BUNDLES = ROOT / "package-lock.json"


def canonical(name: str) -> str:
    """Return the one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def packages(lock: Path = LOCK) -> dict[str, str]:
    """Return the version of every package that a lock file of Python names."""
    return {canonical(n): v for n, v in re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text(), re.M)}


def bundles(lock: Path = BUNDLES) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, version, licence and integrity of every viewer's bundle that ships."""
    for path, entry in json.loads(lock.read_text())["packages"].items():
        if path:
            yield path.removeprefix("node_modules/"), entry["version"], entry["license"], entry["integrity"]

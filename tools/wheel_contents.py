"""What a wheel has beside the code: hatchling asks this for every wheel, and an editable one gets nothing of it.

What is not there is left out, so that an image can be built of code alone; `tools/wheel` sees that all is there.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BESIDE_CODE = "lectern/shipped"  # lectern/shipped.py looks there
# What only the authors of a viewer need: sources, types, and maps from one to the other. The Dockerfile says the same.
_AUTHORS = {"src", "types"}
_MAP = ".map"
# Folder of the checkout, and where an installation has it below its prefix.
_SHARED = {
    "build/share": "share",  # man pages and completions, made by tools/shell_files.py
    "deploy/nginx": "share/lectern/nginx",
    "deploy/systemd": "share/lectern/systemd",
}


def _viewer_files(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of the viewers' packages, with their licences, and where each goes."""
    packages = root / "node_modules"
    for name in json.loads((root / "package.json").read_text())["dependencies"]:
        for path in sorted((packages / name).rglob("*")):
            inside = path.relative_to(packages / name)
            if path.is_file() and inside.parts[0] not in _AUTHORS and path.suffix != _MAP:
                yield path, f"{_BESIDE_CODE}/viewers/{name}/{inside.as_posix()}"


def _sample_files(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of the sample shelf but for the programs that drew it, and where each goes."""
    samples = root / "samples"
    for path in sorted(samples.rglob("*")):
        inside = path.relative_to(samples)
        if path.is_file() and inside.parts[0] != "make":
            yield path, f"{_BESIDE_CODE}/samples/{inside.as_posix()}"


class ShippedFiles(BuildHookInterface):
    """Adds samples, viewers, man pages, completions and recipes."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to hatchling."""
        root = Path(self.root)
        if version != "standard":
            return
        if (root / "package.json").is_file():
            build_data["force_include"].update({str(path): to for path, to in _viewer_files(root)})
        build_data["force_include"].update({str(path): to for path, to in _sample_files(root)})
        for folder, to in _SHARED.items():
            if (root / folder).is_dir():
                build_data["shared_data"][str(root / folder)] = to

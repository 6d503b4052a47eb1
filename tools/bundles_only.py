"""Cut an npm lock file down to the packages that package.json names: `bundles_only.py FROM TO`."""

import json
import sys
from pathlib import Path
from typing import Any

KEPT = ("name", "version", "integrity", "license", "engines")


def cut(lock: dict[str, Any]) -> dict[str, Any]:
    """Return the lock with the root and its direct dependencies only, and no edges to anything else."""
    root = lock["packages"][""]
    packages: dict[str, Any] = {"": root}
    for name in sorted(root["dependencies"]):
        entry = lock["packages"][f"node_modules/{name}"]
        packages[f"node_modules/{name}"] = {key: entry[key] for key in KEPT if key in entry}
    return {**lock, "packages": packages}


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(json.dumps(cut(json.loads(source.read_text())), indent=2) + "\n")

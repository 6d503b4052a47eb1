"""Write a bill of materials of a release: `tools/bom.py FILE`, CycloneDX in JSON, the same for the same locks.

It names what requirements.lock and package-lock.json pin, with versions, terms and hashes.
"""

import base64
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lectern import __version__
from tools.licences import rows
from tools.locked import LOCK, ROOT, bundles

_COMMAND = ("requirements", str(LOCK), "--pyproject", str(ROOT / "pyproject.toml"), "--mc-type", "application")
_FORMAT = ("--output-reproducible", "--of", "JSON", "--sv", "1.6")


def of_python() -> dict[str, Any]:
    """Return the bill of what requirements.lock pins, as cyclonedx-py writes it, without addresses of a registry."""
    command: list[str | Path] = [Path(sys.executable).parent / "cyclonedx-py", *_COMMAND, *_FORMAT]
    done = subprocess.run(command, capture_output=True, check=True, env={"PYTHONWARNINGS": "ignore", "PATH": ""})
    bill: dict[str, Any] = json.loads(done.stdout)
    for part in bill["components"]:
        part.pop("description", None)
        part["bom-ref"] = part["purl"]
        hashes = [found for reference in part.pop("externalReferences", []) for found in reference.get("hashes", [])]
        part["hashes"] = sorted(hashes, key=lambda found: found["content"])
    return bill


def of_bundles() -> list[dict[str, Any]]:
    """Return the viewers' bundles as parts of a bill."""
    parts = []
    for name, version, licence, integrity in bundles():
        digest = base64.b64decode(integrity.removeprefix("sha512-")).hex()
        parts.append(
            {
                "bom-ref": f"pkg:npm/{name}@{version}",
                "hashes": [{"alg": "SHA-512", "content": digest}],
                "licenses": [{"license": {"id": licence}}],
                "name": name,
                "purl": f"pkg:npm/{name}@{version}",
                "type": "library",
                "version": version,
            }
        )
    return parts


def bill_of_materials() -> dict[str, Any]:
    """Return the whole bill."""
    bill = of_python()
    told = {name: licence for name, _, licence in rows()}
    for part in bill["components"]:
        part["licenses"] = [{"license": {"name": told[part["name"]]}}]
    bill["components"] += of_bundles()
    metadata = bill["metadata"]
    metadata.pop("timestamp", None)
    for tool in metadata["tools"]["components"]:
        tool.pop("externalReferences", None)
    metadata["component"]["version"] = __version__
    root = metadata["component"]["bom-ref"]
    refs = [part["bom-ref"] for part in bill["components"]]
    bill["dependencies"] = [{"ref": root, "dependsOn": refs}, *({"ref": ref} for ref in refs)]
    return bill


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(bill_of_materials(), indent=1, sort_keys=True) + "\n", encoding="utf-8")

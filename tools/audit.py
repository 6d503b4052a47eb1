"""Ask whether holes are known in what is locked (`pip-audit`); a hole fails, a service that cannot be asked is told.

`tools/audit.py` asks about requirements.lock. The status is 1 for a known hole and 0 else: a night without the advisory
service stops no release by itself, and the last line says how many packages nobody could be asked about.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.locked import LOCK, packages

_SECONDS = 180


def judged(report: dict[str, Any] | None, locked: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return the known holes as lines, and the packages that nobody could be asked about; None is no report at all."""
    told = {entry["name"]: entry for entry in (report or {}).get("dependencies", [])}
    holes = [
        f"{name} {entry['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for name, entry in told.items()
        for hole in entry.get("vulns", [])
    ]
    silent = [name for name in locked if name not in told or "skip_reason" in told[name]]
    return holes, silent


def asked() -> dict[str, Any] | None:
    """Return what pip-audit reports; None if it could not."""
    command: list[str | Path] = [
        Path(sys.executable).parent / "pip-audit",
        "--disable-pip",
        "--require-hashes",
        "--desc",
        "off",
    ]
    command += ["--format", "json", "--timeout", "5", "--progress-spinner", "off", "-r", LOCK]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        report: dict[str, Any] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return report


def main() -> int:
    """Print what is known, and return the exit status."""
    locked = packages()
    holes, silent = judged(asked(), locked)
    print(
        "\n".join([*holes, f"audit: {len(locked) - len(silent)} of {len(locked)} packages, {len(holes)} known holes"])
    )
    if silent:
        print(f"audit: NOT MADE for {len(silent)} packages: the advisory service was not reached or does not know them")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())

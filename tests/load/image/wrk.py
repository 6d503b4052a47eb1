"""Load by Debian's wrk: a walk through paths over some connections, and what it tells of the answers."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_WALK = """
local paths, headers, at = {}, {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
for line in io.lines(os.getenv("HEADERS")) do
  local name, value = line:match("^(.-): (.*)$")
  headers[name] = value
end
function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at], headers)
end
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format("TOLD %d %.6f %.3f %.3f %d %d", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.timeout + e.status, summary.bytes))
end
"""
_TOLD = re.compile(r"^TOLD (\d+) (\S+) (\S+) (\S+) (\d+) (\d+)$", re.MULTILINE)


class Walked(NamedTuple):
    """What a walk tells: requests answered, seconds, milliseconds at p50 and p99, errors, bytes."""

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int
    size: int


def require_wrk() -> None:
    """Return if wrk is there; ends the program if not."""
    if shutil.which("wrk") is None:
        sys.exit("There is no wrk, which makes the load. On Debian: apt-get install -y wrk")


def walk(
    base: str, paths: Sequence[str], *, clients: int, seconds: float, headers: Mapping[str, str] | None = None
) -> Walked:
    """Return what happened while some clients asked for the paths in turn, over and over, for so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        script, listed, heads = (Path(folder) / name for name in ("walk.lua", "paths", "headers"))
        script.write_text(_WALK)
        listed.write_text("".join(f"{path}\n" for path in paths))
        heads.write_text("".join(f"{name}: {value}\n" for name, value in (headers or {}).items()))
        command = [
            "wrk",
            "-t1",
            f"-c{clients}",
            f"-d{max(1, round(seconds))}s",
            "--timeout",
            "30s",
            "-s",
            str(script),
            base,
        ]
        env = {**os.environ, "PATHS": str(listed), "HEADERS": str(heads)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    told = _TOLD.search(done.stdout)
    if told is None:
        raise RuntimeError(f"wrk says nothing of what it did: {done.stdout}{done.stderr}")
    requests, spent, p50, p99, errors, size = told.groups()
    return Walked(int(requests), float(spent), float(p50), float(p99), int(errors), int(size))

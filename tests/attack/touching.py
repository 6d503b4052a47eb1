"""Which tests run a line of the program: they are the likeliest to fail when the line goes, so they are asked first."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from coverage import CoverageData

ABOUT_A_TREE = "not browser and not nginx and not corpus"
_TEST = re.compile(r"(?:FAILED|ERROR) (?P<test>\S+?\.py(?:::\w+)*)")
_RCFILE = "[run]\nsource = auth, services, lectern\ndata_file = {file}\n"


class Touching:
    """The tests that ran each line, as one run of them all told; without one it knows of none."""

    def __init__(self, copy: Path, file: Path | None = None) -> None:
        """Take the copy of the tree, and the file in which coverage noted what it saw."""
        self._copy, self._data = copy, None
        if file is not None:
            self._data = CoverageData(str(file))
            self._data.read()

    def tests(self, path: str, first: int, last: int) -> list[str]:
        """Return the tests that ran a line of a module, the ones named after it first; parameters are left out."""
        if self._data is None:
            return []
        lines = self._data.contexts_by_lineno(str(self._copy / path))
        ran = {name for n in range(first, last + 1) for name in lines.get(n, ()) if name}
        tests = {re.split(r"\[|\|", name)[0] for name in ran}
        stem = Path(path).stem
        return sorted(tests, key=lambda test: (stem not in test.partition("::")[0], test))


def pytest_in(
    copy: Path, arguments: Sequence[str], seconds: float, added: Iterable[tuple[str, str]] = ()
) -> "subprocess.CompletedProcess[str]":
    """Run tests of a copy of the tree; raises TimeoutExpired. Properties are tried with the same examples each time."""
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider"]
    command += ["-m", ABOUT_A_TREE, "--hypothesis-seed=0", "--ignore=tests/attack/test_guards.py", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", **dict(added)}
    environment.pop("CI", None)
    return subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=seconds
    )


def failing(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the first test that a run of tests says has failed, without parameters; empty if it names none."""
    match = next(filter(None, map(_TEST.match, done.stdout.splitlines())), None)
    return match["test"] if match else ""


def all_green(copy: Path, folders: Sequence[str], file: Path, *, seconds: float) -> tuple[Touching, str]:
    """Run folders of tests, and return which lines each test ran, and what failed (empty if nothing did)."""
    rcfile = file.with_name("coverage.ini")  # coverage removes what is named after its data
    rcfile.write_text(_RCFILE.format(file=file))
    options = ["--cov", "--cov-context=test", f"--cov-config={rcfile}", "--cov-report=", "-n", "2"]
    done = pytest_in(copy, [*options, "--dist", "loadfile", *folders], seconds)
    if done.returncode:
        return Touching(copy), failing(done) or f"{done.stdout[-300:]!r} {done.stderr[-300:]!r}"
    return Touching(copy, file), ""

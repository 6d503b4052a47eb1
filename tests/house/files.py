"""The files that the house rules speak of: what git knows, and how much code is in them."""

import ast
import subprocess
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

ROOMS = ("lectern", "search", "auth", "image", "ingest", "services")
_TEXT = {
    ".py",
    ".md",
    ".toml",
    ".html",
    ".css",
    ".js",
    ".json",
    ".lock",
    ".yaml",
    ".yml",
    ".conf",
    ".sample",
    ".sh",
    "",
}


@cache
def tracked() -> list[Path]:
    """Return every file that is committed, or would be by `git add`; all files where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


def python_files(*, tests: bool) -> list[Path]:
    """Return the Python files: those of tests/, or all others."""
    return [p for p in tracked() if p.suffix == ".py" and (p.relative_to(ROOT).parts[0] == "tests") is tests]


def room_files() -> list[Path]:
    """Return the Python files of the program itself."""
    return [p for p in python_files(tests=False) if p.relative_to(ROOT).parts[0] in ROOMS]


def text_files() -> list[Path]:
    """Return the files a person may write into."""
    return [p for p in tracked() if p.suffix in _TEXT]


def name(path: Path) -> str:
    """Return a file's name in messages."""
    return str(path.relative_to(ROOT))


def code_lines(text: str) -> int:
    """Return the number of lines that are neither blank nor a comment."""
    return sum(1 for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> list[Function]:
    """Return all functions and methods of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def named_after(ids_in: Callable[[str], Iterable[str]]) -> dict[str, list[str]]:
    """Return the tests that are named after each id; `ids_in` says which ids the name of a test has."""
    found: dict[str, list[str]] = {}
    for path in python_files(tests=True):
        for function in functions(path):
            if function.name.startswith("test_"):
                for key in ids_in(function.name):
                    found.setdefault(key, []).append(f"{path.name}::{function.name}")
    return found

"""Do the tests mean something? Guards are drawn at random and removed, one at a time, in a copy of the tree.

`python -m tests.attack.guards --count 20 --seed 5` says of each whether a test turned red. A guard is a condition that
refuses, one part of a condition that lets in, a comparison in constant time, a limit, a flag of a cookie, or a header
that keeps browsers and caches strict.
"""

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.attack.touching import Touching, all_green, failing, pytest_in
from tests.conftest import ROOT

# What lets people in or keeps them out, and the tests that concern it, the likeliest first.
CONCERNS: dict[str, tuple[str, ...]] = {
    "auth/": ("tests/auth", "tests/services_auth", "tests/attack", "tests/services_image", "tests/conformance"),
    "services/auth/": ("tests/services_auth", "tests/attack", "tests/conformance"),
    "services/gate.py": ("tests/services_auth", "tests/services_image", "tests/services_search", "tests/attack"),
    "services/asker.py": ("tests/services_auth", "tests/services_image", "tests/services_search", "tests/attack"),
    "services/caching.py": ("tests/services_auth", "tests/services_image", "tests/services_search", "tests/attack"),
    "services/credentials.py": ("tests/services_auth", "tests/services_image", "tests/services_search", "tests/attack"),
    "services/image/": ("tests/services_image", "tests/attack"),
    "services/search/": ("tests/services_search", "tests/attack", "tests/conformance"),
    "services/capabilities.py": ("tests/services_image", "tests/services_auth", "tests/attack"),
    "lectern/state": ("tests/auth", "tests/services_auth", "tests/attack"),
}
_HEADERS = frozenset({"Cache-Control", "Content-Security-Policy", "Referrer-Policy", "Vary", "X-Frame-Options"})
_REFUSALS = frozenset(
    {"plain_error", "still_page", "problem", "_refused", "probe_failure", "too_many", "absent", "_question"}
)
_REFUSED = frozenset({"STRANGER", "INVALID_ORIGIN", "INVALID_REQUEST", "EXPIRED", "MISSING", "REFUSED"})
_STATUSES = frozenset({400, 401, 403, 404, 503})
# Guards that change nothing when they go, each with the reason; they stay, and are not drawn.
_REDUNDANT = {
    ("services/search/scopes.py", "row is None"): "what is not there has a policy that hides it; this is for the types",
    ("auth/sessions.py", "compare_digest(row.digest, key)"): "the row was found by that digest (TH-33)",
    ("auth/sessions.py", "not compare_digest(row.digest, key)"): "the row was found by that digest (TH-33)",
    ("auth/policies.py", "state == self._seen"): "reading the same file again comes to the same",
    ("auth/policies.py", "now - self._looked < _LOOK_EVERY_SECONDS"): "only how often the file is looked at",
    ("auth/policies.py", "policies is not None"): "for the types",
}
_BROAD = ("tests/attack/test_small_print.py", "tests/attack/test_auth_doors.py")  # quick, and ask at every door
_SECONDS = 900  # for one folder of tests; a guard whose absence hangs them has a test
_DOUBTFUL = 4  # tests that may fail for other reasons than the guard's absence before we give the guard up


@dataclass(frozen=True, slots=True, order=True)
class Guard:
    """One guard: where it is, the text that is taken out, and what stands there then."""

    path: str
    start: int
    end: int
    kind: str
    text: str
    instead: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line} [{self.kind}] {' '.join(self.text.split())[:90]} -> {self.instead[:60]}"

    def removed(self, source: bytes) -> bytes:
        """Return the source without the guard."""
        return source[: self.start] + self.instead.encode() + source[self.end :]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the tests say without a guard: the folder that turned red and its first failure, or nothing."""

    guard: Guard
    red: str = ""

    def __str__(self) -> str:
        return f"{'red      ' if self.red else 'SURVIVED '} {self.guard}" + (
            f"\n            {self.red}" if self.red else ""
        )


def guards(root: Path = ROOT) -> list[Guard]:
    """Return every guard of the parts in CONCERNS, in the order of the files."""
    found: list[Guard] = []
    for part in CONCERNS:
        paths = sorted(
            (root / part).rglob("*.py") if part.endswith("/") else root.glob(part.removesuffix(".py") + "*.py")
        )
        for path in paths:
            found += guards_in(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
    return found


def guards_in(text: str, path: str) -> list[Guard]:
    """Return the guards of one module, each once."""
    lines = text.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    whole = text.encode()
    found: dict[tuple[int, int], Guard] = {}
    for node in ast.walk(ast.parse(text)):
        for kind, part, instead in _in_node(node):
            assert part.end_lineno is not None
            assert part.end_col_offset is not None
            start = starts[part.lineno - 1] + part.col_offset
            end = starts[part.end_lineno - 1] + part.end_col_offset
            guard = Guard(path, start, end, kind, whole[start:end].decode(), instead, part.lineno)
            found.setdefault((start, end), guard)
    return sorted(found.values())


_Found = tuple[str, ast.expr | ast.stmt, str]


def _in_node(node: ast.AST) -> Iterator[_Found]:
    match node:
        case ast.If(test=test, body=body):
            yield from _in_condition(test, refuses=_refuses(body[-1]))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            if _is_refusal(body) or _is_refusal(orelse):
                yield from _in_condition(test, refuses=_is_refusal(body))
        case ast.Return(value=ast.BoolOp(op=ast.And()) as both):
            yield from (("all of", part, "True") for part in both.values)
        case ast.Expr(value=ast.Call(func=ast.Name(id="limit_form"))):
            yield "limit", node, "pass"
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))]) if name in _HEADERS:
            yield "header", node, "pass"
        case ast.Dict(keys=keys):
            yield from (("header", key, "'X-None'") for key in keys if key is not None and _is_header(key))
        case ast.Call():
            yield from _in_call(node)


def _in_call(node: ast.Call) -> Iterator[_Found]:
    match node.func:
        case ast.Name(id="compare_digest"):
            yield "comparison", node, "True"
        case ast.Name(id="foreign_form"):
            yield "comparison", node, "False"
        case ast.Name(id="min") if len(node.args) > 1:
            first, second, *_ = node.args
            yield "limit", first, ast.unparse(second)
            yield "limit", second, ast.unparse(first)
        case ast.Attribute(attr="fullmatch", value=value):
            yield "whole match", node.func, f"{ast.unparse(value)}.match"
        case ast.Attribute(attr="set_cookie" | "loads"):
            yield from _in_keywords(node.keywords)


def _is_header(key: ast.expr) -> bool:
    return isinstance(key, ast.Constant) and key.value in _HEADERS


def _in_keywords(keywords: Sequence[ast.keyword]) -> Iterator[_Found]:
    for keyword in keywords:
        if keyword.arg in ("secure", "httponly"):
            yield "cookie", keyword.value, "False"
        elif keyword.arg == "max_age":
            yield "limit", keyword.value, "None"


def _in_condition(test: ast.expr, *, refuses: bool) -> Iterator[_Found]:
    """Yield the condition that refuses and each of its reasons, or each part of one that lets in."""
    if refuses:
        yield "refusal", test, "False"
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
            yield from (("reason", part, "False") for part in test.values)
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        yield from (("all of", part, "True") for part in test.values)


def _refuses(last: ast.stmt) -> bool:
    if isinstance(last, ast.Assign):
        return _is_refusal(last.value)
    return isinstance(last, ast.Raise) or (isinstance(last, ast.Return) and _is_refusal(last.value))


def _is_refusal(value: ast.expr | None) -> bool:
    match value:
        case None | ast.Constant(value=None | False):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _REFUSED or name in _REFUSALS
        case ast.Tuple(elts=[ast.Constant(value=int(status)), *_]):
            return status in _STATUSES
    return False


def copy_of_the_tree(folder: Path) -> Path:
    """Return a copy of all that git knows of the tree, as it is now; what npm installed is linked."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    copy = folder / "tree"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    for name in ("node_modules", "tests/peers/node_modules"):
        if (ROOT / name).exists() and not (copy / name).exists():
            (copy / name).symlink_to(ROOT / name)
    for command in (["init", "-q"], ["add", "-A"]):  # some tests ask git which files there are
        subprocess.run(["git", *command], cwd=copy, check=True)
    return copy


def concerned(path: str) -> tuple[str, ...]:
    """Return the folders of tests that concern a module."""
    return CONCERNS[max((part for part in CONCERNS if path.startswith(part)), key=len)]


def nearest(path: str, root: Path) -> list[str]:
    """Return the files of tests that a module's guards most likely have theirs in: named after it, or broad."""
    stem = Path(path).stem
    found = (root / "tests").rglob(f"test_{stem}*.py") if stem not in ("__init__", "views") else ()
    named = sorted(file.relative_to(root).as_posix() for file in found)
    return named + [file for file in _BROAD if path.startswith("services/") and file not in named]


def without(guard: Guard, copy: Path, stages: Iterable[Sequence[str]], *, seconds: float = _SECONDS) -> Outcome:
    """Return what the tests say in a copy of the tree without a guard; the copy is whole again afterwards.

    A test counts that fails without the guard, fails so again by itself, and passes with the guard in place. Any
    other that failed (its machine was busy, or it depends on others) is left out, and the rest are asked again.
    """
    file = copy / guard.path
    source = file.read_bytes()
    left_out: list[str] = []

    def fails(tests: Sequence[str], *, guarded: bool = False) -> tuple[str, str]:
        file.write_bytes(source if guarded else guard.removed(source))
        return _first_failure(copy, tests, seconds, left_out)

    try:
        for stage in stages:
            while len(left_out) < _DOUBTFUL:
                failure, test = fails(stage)
                if not failure:
                    break
                alone = [test] if test else stage
                if fails(alone)[0] and not fails(alone, guarded=True)[0]:
                    return Outcome(guard, failure)
                left_out.append(test)
    finally:
        file.write_bytes(source)
    return Outcome(guard)


def _first_failure(copy: Path, tests: Sequence[str], seconds: float, left_out: Sequence[str]) -> tuple[str, str]:
    """Return what pytest says of the first test that fails, and the test; both are empty if none does."""
    arguments = ["-x", *(f"--deselect={test}" for test in left_out if test), *tests]
    try:
        done = pytest_in(copy, arguments, seconds)
    except subprocess.TimeoutExpired:
        return f"{tests[0]} and {len(tests) - 1} more did not end", ""
    if done.returncode in (0, 5):
        return "", ""
    told = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    said = told[0][:160] if told else f"{tests[0]}: {done.stdout[-160:]!r} {done.stderr[-160:]!r}"
    return said, failing(done)


def stages(guard: Guard, copy: Path, touching: Touching) -> list[list[str]]:
    """Return the tests to ask about a guard, the nearest first: those that ran its lines, then whole folders."""
    last = guard.line + guard.text.count("\n")
    ran = touching.tests(guard.path, guard.line, last)
    folders = [[folder] for folder in concerned(guard.path) if (copy / folder).exists()]
    return [tests for tests in (ran, nearest(guard.path, copy)) if tests] + folders


def _touching(folder: Path, drawn: Sequence[Guard], *, trust: bool) -> Touching:
    """Return what each test runs of the tree in a folder; it is found out once, and ends us if a test is red."""
    tree, lines = folder / "tree", folder / "lines"
    if lines.exists() or trust:
        return Touching(tree, lines if lines.exists() else None)
    tests = sorted({tests for guard in drawn for tests in concerned(guard.path)})
    touching, failure = all_green(tree, tests, lines, seconds=4 * _SECONDS)
    if failure:
        sys.exit(f"The tests are red with all guards in place, so they would prove nothing: {failure}")
    return touching


def _outcomes(drawn: Sequence[Guard], tree: Path, touching: Touching, jobs: int) -> Iterator[Outcome]:
    """Yield what became of each guard as soon as it is known; each job has a copy of the tree of its own."""
    with tempfile.TemporaryDirectory(prefix="lectern-guards-") as folder, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            copies.put(shutil.copytree(tree, Path(folder) / str(number), symlinks=True))

        def outcome(guard: Guard) -> Outcome:
            copy = copies.get()
            try:
                return without(guard, copy, stages(guard, copy, touching))
            finally:
                copies.put(copy)

        for found in as_completed([pool.submit(outcome, guard) for guard in drawn]):
            yield found.result()


def main() -> int:
    """Draw guards, remove each, and say which tests turned red; returns the number of survivors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, nargs="+", default=[5], help="One draw each; none is drawn twice.")
    parser.add_argument("--jobs", type=int, default=1, help="How many guards are looked at at a time.")
    parser.add_argument("--keep", type=Path, help="Folder to keep the copy of the tree in, and what tests ran of it.")
    parser.add_argument("--only", default="", help="Only guards whose path has this in it.")
    parser.add_argument(
        "--trust",
        action="store_true",
        help="Trust that the tests are green with all guards; which are nearest is guessed.",
    )
    parser.add_argument("--list", action="store_true", help="List all guards, and remove none.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lectern-guards-") as passing:
        folder = options.keep or Path(passing)
        tree = folder / "tree" if (folder / "tree").exists() else copy_of_the_tree(folder)
        found = [g for g in guards(tree) if options.only in g.path and (g.path, g.text) not in _REDUNDANT]
        if options.list:
            print(*found, sep="\n")
            return 0
        draws = [random.Random(seed).sample(found, min(options.count, len(found))) for seed in options.seed]
        drawn = list(dict.fromkeys(guard for draw in draws for guard in draw))
        print(f"{len(drawn)} of {len(found)} guards, seeds {options.seed}", flush=True)
        touching = _touching(folder, drawn, trust=options.trust)
        survivors = 0
        for outcome in _outcomes(drawn, tree, touching, options.jobs):
            survivors += not outcome.red
            print(outcome, flush=True)
    print(f"{survivors} of {len(drawn)} survived")
    return survivors


if __name__ == "__main__":
    sys.exit(main())

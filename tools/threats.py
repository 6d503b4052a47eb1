"""Write docs/threats.md: each threat, what Lectern does against it, and tests that try it."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.attack.defences import DEFENCES  # noqa: E402 - the checkout has to be on the path first
from tests.attack.test_threats import ids_in  # noqa: E402
from tests.attack.threats import NOT_YET, THREATS  # noqa: E402
from tests.house.files import functions, name, python_files  # noqa: E402

_SHOWN = 5  # tests of a threat that the page names: all of them are some six hundred
_HEAD = """# Threats

<!-- Made by `make docs` from tests/attack/threats.py, tests/attack/defences.py and the tests. -->

What may be tried against Lectern, what it does, and the tests that try it. Each threat has a number, and every test of
it has this number in its name: `pytest -k th_58` runs all tests of TH-58. The page names up to five of each, those of
`tests/attack` first. `pytest tests/attack/test_threats.py` fails if a number has no test, or if a test that this page
names is gone.

What is guarded: pixels of restricted pictures; words of restricted texts, and what counts, suggestions and timing tell
of them; that a hidden object exists; who reads what; sessions, tokens and keys. From: strangers, pages of other sites,
readers with too small a role, caches that mix readers, sibling hosts, hostile providers, the next person at a shared
computer, mistakes of operators, and who reads logs.

Not guarded: what an authorised reader saves from the screen, and a machine that somebody else has taken over.
[SECURITY.md](../SECURITY.md) says how to report a hole, [Limits](limits.md) what one request may cost.

"""


def tests_by_threat() -> dict[str, list[str]]:
    """Return the tests of every threat as `path::name`, those of tests/attack first."""
    found: dict[str, list[str]] = {}
    for path in sorted(python_files(tests=True), key=lambda p: ("attack" not in p.parts, name(p))):
        for function in functions(path):
            if function.name.startswith("test_"):
                for key in ids_in(function.name):
                    found.setdefault(key, []).append(f"{name(path)}::{function.name}")
    return found


def page() -> str:
    """Return docs/threats.md."""
    tests = tests_by_threat()
    parts = [_HEAD]
    for key, title in THREATS.items():
        parts.append(f"## {key} {title}\n\n")
        if key in NOT_YET:
            parts.append(f"Nothing to attack yet: {NOT_YET[key]}.\n\n")
            continue
        parts.append(f"{DEFENCES[key]}\n\n")
        parts += [f"- `{test}`\n" for test in tests[key][:_SHOWN]]
        parts.append("\n")
    return "".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    (ROOT / "docs/threats.md").write_text(page(), encoding="utf-8")

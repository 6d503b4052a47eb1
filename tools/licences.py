"""Write docs/licences.md: under which terms everything is that a release is made of. Terms that are not allowed fail.

`tools/licences.py` writes the page; `tools/licences.py --check` only says what is not allowed. What a package says of
itself is read by pip-licenses from the installed one; where that is no name of SPDX, `_READ` says what its files say.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.locked import ROOT, bundles, canonical, packages

PAGE = ROOT / "docs/licences.md"
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD",  # without saying how many clauses: all forms of it may be accepted
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CNRI-Python",
    "ISC",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}
_SPELLINGS = {
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
}
# What is not installed where the page is written, or says its terms in no word of the list above: read by a person.
_READ = {
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",  # beside them those of PDFium's own libraries, which allow as much
}
_HEAD = """# Licences

<!-- Made by `make licences` from the lock files. -->

Lectern is under Apache-2.0. This is what a release brings along, and under which terms, as each package says of itself.
`make licences` fails for terms that are not on the list in `tools/licences.py`. All of these allow use, change and
passing on; LGPL and MPL ask that changes of *their* files are passed on under the same terms, and Lectern changes none.
`make sbom` writes the same as a bill of materials (CycloneDX) with hashes.

"""


def terms(name: str, said: str) -> str:
    """Return the terms of a package as names of SPDX, from what it says of itself."""
    if name in _READ:
        return _READ[name]
    return " AND ".join(sorted({_SPELLINGS.get(part.strip(), part.strip()) for part in said.split(";")}))


def is_allowed(expression: str) -> bool:
    """Return whether terms may be accepted: all of those joined by AND, one of those joined by OR."""
    words = expression.replace("(", " ").replace(")", " ")
    return all(any(word.strip() in ALLOWED for word in part.split(" OR ")) for part in words.split(" AND "))


def installed(names: Iterable[str]) -> dict[str, str]:
    """Return what every installed package of these says of its terms."""
    command: list[str | Path] = [Path(sys.executable).parent / "pip-licenses", "--format=json", "--from=mixed"]
    said = json.loads(subprocess.run([*command, "--packages", *names], capture_output=True, check=True).stdout)
    expressions = {canonical(entry["Name"]): entry["License"] for entry in said}
    return {name: expressions[name] for name in names if name in expressions}


def rows() -> list[tuple[str, str, str]]:
    """Return name, version and terms of everything that a release brings along."""
    locked = packages()
    said = installed(locked)
    ours = [(name, version, terms(name, said.get(name, "UNKNOWN"))) for name, version in locked.items()]
    return ours + [(name, version, licence) for name, version, licence, _ in bundles()]


def page(table: Iterable[tuple[str, str, str]]) -> str:
    """Return docs/licences.md."""
    lines = [f"| {name} | {version} | {licence} |" for name, version, licence in table]
    return _HEAD + "\n".join(["| package | version | terms |", "| --- | --- | --- |", *lines, ""])


def listed(text: str) -> dict[str, str]:
    """Return the packages of a page with their versions."""
    return dict(re.findall(r"^\| ([\w.@/-]+) \| ([^ |]+) \| [^|]+ \|$", text, re.M)[2:])


if __name__ == "__main__":
    found = rows()
    if refused := [f"{name} {version}: {licence}" for name, version, licence in found if not is_allowed(licence)]:
        sys.exit("not on the list of allowed terms:\n" + "\n".join(refused))
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(found), encoding="utf-8")

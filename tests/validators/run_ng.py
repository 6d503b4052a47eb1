"""Runs the tests of iiif-validator-ng that concern a server, and tells as JSON what each said.

`python run_ng.py BASE IDENTIFIER 2.0|3.0` with the package on PYTHONPATH. Its own command needs Python 3.12 and ends
with 0 whatever was found; the tests inside need neither. Those that concern a server are those of its level, and those
of the features, formats and qualities that its info.json claims beyond.
"""

import importlib
import json
import sys
from typing import Any

ng: Any = importlib.import_module("iiif_validator.tests.test")


def concerns(test: Any, server: Any) -> bool:
    """Return whether a server has to pass a test: by its level or by what it claims; caching, by its headers."""
    if test.__name__ == "HttpCachingTest":
        return bool(server.supports_caching)
    level = test.compliance_level
    if isinstance(level, dict):
        level = level[server.version]
    if level <= server.compliance_level:
        return True
    names = {test.extra_name} if isinstance(test.extra_name, str) else set(test.extra_name or ())
    return bool(names & {*server.extra_features, *server.extra_formats, *server.extra_qualities})


def outcome(test: Any, target: Any) -> dict[str, Any]:
    """Return a test's name, how many checks it passed, and what failed."""
    found: dict[str, Any] = {"name": test.__module__.rpartition(".")[2], "passed": 0, "failed": []}
    try:
        results = test.run(target)
    except Exception as error:
        found["failed"].append(f"{type(error).__name__}: {error}")
        return found
    for result in results if isinstance(results, list) else [results]:
        if result.success:
            found["passed"] += 1
        else:
            found["failed"].append(f"{result.details} {result.url}: {result.received[:300]}, not {result.expected}")
    return found


def main() -> None:
    """Print a list of what every test that concerns the server found."""
    base, identifier, version = sys.argv[1:]
    target = ng.TargetServer(base, identifier, ng.IIIFVersion(version))
    server = target.feature_set()
    tests = [test for test in ng.get_tests(target.version) if concerns(test, server)]
    print(json.dumps([outcome(test, target) for test in tests]))


if __name__ == "__main__":
    main()

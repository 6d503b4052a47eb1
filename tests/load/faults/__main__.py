"""Make faults, and print what came of them: the exit status is 1 if anything is wrong.

    python -m tests.load.faults [NAME…] [--times 200] [--seed 1]

Without names, all of them. The times are those of a kill; what takes longer is made less often (`FAULTS`).
A node of OpenSearch is killed by `python -m tests.load.search faults`.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tests.load.faults.all import FAULTS, made
from tests.load.faults.table import show


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FAULTS))
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(FAULTS):
        parser.error(f"no fault {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends the server, and gives the disk back
    times = {name: max(1, asked.times // FAULTS[name].rarer) for name in asked.names or FAULTS}
    with tempfile.TemporaryDirectory(prefix="lectern-faults-") as folder:
        outcomes = list(made(Path(folder), times, asked.seed))
    show(outcomes)
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())

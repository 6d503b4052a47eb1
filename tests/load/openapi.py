"""Ask every service thousands of things that its description allows, and that it does not.

    python -m tests.load.openapi [--examples N] [--seed N] [--who stranger|reader|viewer]

`tests/openapi/test_services.py` asks the same few things every time; this asks others, and prints the seed.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.openapi.asking import WHO, asked, live_server
from tests.openapi.shelf import make_home


def main() -> int:
    """Run the trial; return 0 if nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1000, help="requests made up for every operation")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--who", choices=WHO, action="append")
    given = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        with live_server(home.path) as reader:
            for who in given.who or WHO:
                found = asked(reader, who, Path(folder), "--seed", str(given.seed), examples=given.examples)
                print(f"--- {who}\n{found.stdout}{found.stderr}", flush=True)
                failed |= found.returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())

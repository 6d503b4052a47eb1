"""`python -m tests.opensearch fetch` has Maven fetch OpenSearch; `python -m tests.opensearch [NODES]` runs it."""

import sys
import tempfile
from pathlib import Path

from tests.opensearch.rig import cluster, fetch


def main() -> None:
    """Fetch, and run a cluster until standard input ends; its addresses go to standard output."""
    fetch()
    if "fetch" in sys.argv[1:]:
        return
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder), int((sys.argv[1:] or ["1"])[0])) as running:
        print(*running.urls, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()

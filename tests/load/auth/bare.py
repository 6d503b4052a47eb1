"""The least that an answer can cost: a WSGI callable that says 204, on the supervisor of `lectern up` with its options.

python -m tests.load.auth.bare PORT
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from lectern.settings import load_settings
from services.supervisor import _Supervisor, raise_open_files


def bare(_environ: object, start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Answer 204 whatever is asked."""
    start_response("204 No Content", [("Cache-Control", "no-store")])
    return [b""]


class _Bare(_Supervisor):
    def load(self) -> Any:
        """Return the application; called in each worker."""
        return bare


if __name__ == "__main__":
    raise_open_files()
    _Bare(load_settings(port=int(sys.argv[1])), ("bare",)).run()

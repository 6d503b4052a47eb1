"""A plain file server, as `python -m http.server` is one, that notes what it was asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any


class _Files(SimpleHTTPRequestHandler):
    """Files and nothing else, as `python -m http.server` has them; every answer is noted."""

    noted: list[tuple[str, int]] = []  # noqa: RUF012 - one for each server, see `file_server`

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        self.noted.append((self.path, int(code)))

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def file_server(folder: Path) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Serve a folder; yields its address, and what was asked for with the status of the answer."""
    noted: list[tuple[str, int]] = []
    handler = partial(type("Files", (_Files,), {"noted": noted}), directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", noted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

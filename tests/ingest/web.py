"""A small web server on loopback that tests fill with pages; it notes what it was asked."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Answer:
    """What is at a path. A page with an etag answers 304 to who has it; `wait` are seconds before the answer."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    wait: float = 0.0


@dataclass
class Web:
    """Pages by path (a list is answered one after the other), and what was asked: (path, status)."""

    port: int = 0
    scheme: str = "http"
    pages: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    since: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def answer(self, path: str) -> Answer:
        found = self.pages.get(path, Answer(status=404))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found


@contextmanager
def serve(tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    web = Web(scheme="https" if tls else "http")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = web.answer(self.path)
            time.sleep(answer.wait)
            same = bool(answer.etag) and self.headers.get("If-None-Match") == answer.etag
            status = 304 if same else answer.status
            web.asked.append((self.path, status))
            web.hosts.append(self.headers.get("Host", ""))
            web.agents.append(self.headers.get("User-Agent", ""))
            web.since.append(self.headers.get("If-Modified-Since", ""))
            web.authorizations.append(self.headers.get("Authorization", ""))
            self.send_response(status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.etag:
                self.send_header("ETag", answer.etag)
            if not same and "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if not same:
                with suppress(OSError):  # whoever wants the beginning only goes away
                    self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    web.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

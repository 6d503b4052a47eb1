"""Lectern on one port of localhost and a viewer's page on another, in one process, for tests in a real browser."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, send_from_directory
from playwright.sync_api import Page
from werkzeug.serving import BaseWSGIServer, make_server

from tests.conformance.auth_shelf import INSIDE, OUTSIDE, MakeSite, break_store
from tests.conftest import ROOT
from tests.services_auth.conftest import Site

# A page of ours that drives the client by clicks and shows what comes of it.
CLIENT_PAGE = """<!doctype html><html lang="en"><title>viewer</title>
<button id="enter">Show</button> <button id="look">Look</button> <button id="leave">Sign out</button>
<img id="shown" alt="">
<script type="module">
import { AuthFlow, probeOf, textOf } from "/authflow.js";
const image = new URLSearchParams(location.search).get("image");
const info = await (await fetch(`BASE/iiif/3/${image}/info.json`)).json();
const probe = probeOf({ service: [info] });
window.asked = 0;
const tokenWait = Number(new URLSearchParams(location.search).get("wait") ?? 8000);
window.flow = new AuthFlow(probe, { tokenWait, ask: async () => { window.asked += 1; return true; } });
window.textOf = textOf;
const show = async (work) => {
  window.found = null;
  const found = await work();
  const open = { open: `${info.id}/full/max/0/default.jpg`, moved: found.location?.id }[found.state];
  document.getElementById("shown").src = open ?? found.substitutes[0]?.id ?? "data:,";
  window.found = found;
};
for (const name of ["enter", "look", "leave"]) {
  document.getElementById(name).onclick = () => show(() => window.flow[name]());
}
window.ready = true;
</script></html>"""


def serve(app: Any) -> BaseWSGIServer:
    """Return a server of an application on a free port of the loopback, running."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


class Stage:
    """Both servers; `address` is where Lectern sees requests come from, `asked` what it was asked for."""

    def __init__(self, make_house: MakeSite, **settings: Any) -> None:
        self.address = OUTSIDE
        self.enters_at = ""  # from the first request for such a path on, requests come from inside
        self.asked: list[tuple[str, str]] = []
        self.pixels: list[int] = []  # the status of every request for pixels
        self._lectern = serve(Flask("relay"))
        self.base = f"http://localhost:{self._lectern.port}"
        self.site: Site = make_house(public_url=self.base, viewers=ROOT / "node_modules", **settings)
        self._lectern.app = self._from_address
        viewer = Flask("viewer")
        viewer.add_url_rule("/", "page", lambda: CLIENT_PAGE.replace("BASE", self.base))
        viewer.add_url_rule("/authflow.js", "script", _script)
        self._viewer = serve(viewer)
        self.viewer_url = f"http://localhost:{self._viewer.port}"

    def _from_address(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.enters_at and environ["PATH_INFO"].startswith(self.enters_at):
            self.enter_the_room()
        environ["REMOTE_ADDR"] = self.address
        self.asked.append((environ["PATH_INFO"], environ.get("HTTP_AUTHORIZATION", "")))
        path: str = environ["PATH_INFO"]

        def start(status: str, *more: Any) -> Any:
            if path.startswith("/iiif/") and path.endswith(".jpg"):
                self.pixels.append(int(status[:3]))
            return start_response(status, *more)

        return self.site.app(environ, start)

    def enter_the_room(self) -> None:
        """Let every request come from inside the network."""
        self.address = INSIDE

    def leave_the_room(self) -> None:
        """Let every request come from outside."""
        self.address = OUTSIDE

    def break_store(self) -> None:
        """Let the store of sessions be unreadable."""
        break_store(self.site)

    def tokens_asked(self) -> int:
        """Return how often a token service was asked."""
        return sum(path.startswith("/auth/token/") for path, _ in self.asked)

    def open(self, page: Page, image: str, *, wait: int = 8000) -> None:
        """Open the client's page on an image; it waits so many milliseconds for a token."""
        page.goto(f"{self.viewer_url}/?image={image}&wait={wait}")
        page.wait_for_function("window.ready")

    def close(self) -> None:
        """Stop both servers."""
        for server in (self._lectern, self._viewer):
            server.shutdown()
            server.server_close()


def _script() -> Response:
    return send_from_directory(ROOT / "services" / "static", "authflow.js")

"""Lectern and a viewer on several hosts over https, all of them this machine, as browsers see the web."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, generate_adhoc_ssl_context, make_server

from tests.services_auth.conftest import MakeSite, Site

# The port makes names of their own for every stage, since browsers keep cookies by host, whatever the port.
LIBRARY = "books.library{port}.test"
SIBLING = "viewer.library{port}.test"
FOREIGN = "viewer.elsewhere{port}.test"

# What a viewer does for Auth 1 and 2 alike: open the access service, wait for the close, frame the token service.
VIEWER_PAGE = """<!doctype html><html lang="en"><title>viewer</title>
<button id="members">Sign in</button> <button id="terms">Terms</button> <button id="kiosk">Kiosk</button>
<button id="out">Sign out</button>
<script>
const base = BASE;
window.messages = [];
window.addEventListener("message", e => window.messages.push({from: e.origin, data: e.data}));
function ask(version, policy) {
  const frame = document.createElement("iframe");
  frame.src = `${base}/auth/token/${version}/${policy}?messageId=<\\/script>7&origin=${location.origin}`;
  document.body.append(frame);
}
for (const policy of ["members", "terms", "kiosk"]) {
  document.getElementById(policy).onclick = () => {
    window.messages.length = 0;
    const opened = window.open(`${base}/auth/access/${policy}?origin=${location.origin}`);
    const timer = setInterval(() => {
      if (opened.closed) { clearInterval(timer); ask(1, policy); ask(2, policy); }
    }, 50);
  };
}
document.getElementById("out").onclick = () => window.open(`${base}/auth/logout`);
</script></html>"""

Wsgi = Callable[[dict[str, Any], Any], Any]


@dataclass
class Stage:
    """A site on the library's host, and a viewer's page on any other host of the same port."""

    site: Site
    base: str
    port: int
    _server: BaseWSGIServer

    def viewer(self, host: str) -> str:
        """Return the address of the viewer on a host; on the library's own it lies beside the library."""
        return f"{self.origin(host)}/viewer"

    def origin(self, host: str) -> str:
        """Return an origin."""
        return f"https://{host.format(port=self.port)}:{self.port}"

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()


def open_stage(make_site: MakeSite, **settings: Any) -> Stage:
    """Serve a site and a viewer with a certificate made for the occasion."""
    apps: dict[str, Wsgi] = {}
    viewer = Flask("viewer")

    def serve(environ: dict[str, Any], start: Any) -> Any:
        own = environ["HTTP_HOST"].startswith("books.")
        inside = own and environ["PATH_INFO"] != "/viewer" and not environ["PATH_INFO"].startswith("/frame/")
        return apps["site" if inside else "viewer"](environ, start)

    server = make_server("127.0.0.1", 0, serve, threaded=True, ssl_context=generate_adhoc_ssl_context())
    # Browsers open connections ahead and say nothing on them: each is shaken hands with in its own thread.
    server.socket.__dict__["do_handshake_on_connect"] = False
    base = f"https://{LIBRARY.format(port=server.port)}:{server.port}"
    site = make_site(public_url=base, **settings)
    viewer.add_url_rule("/viewer", "page", lambda: VIEWER_PAGE.replace("BASE", repr(base)))
    viewer.add_url_rule("/frame/<path:path>", "frame", lambda path: f'<iframe src="{base}/{path}"></iframe>')
    apps |= {"site": site.app.wsgi_app, "viewer": viewer.wsgi_app}
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return Stage(site, base, server.port, server)

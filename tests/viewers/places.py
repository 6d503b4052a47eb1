"""Where a viewer's page can live in relation to Lectern: four deployments over https, and two with capability URLs.

Lectern runs as `lectern up` behind nginx, which ends TLS with a certificate of a test authority and serves the viewers'
own pages too: on Lectern's host, on a sibling host of the same site, and on a host of another site.
"""

import base64
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import BrowserContext, Playwright

from tests.chromium import FLAGS, PROGRAM
from tests.conftest import ROOT
from tests.servers import free_port, running, settings_free_environment
from tests.services_nginx.gateway import WITHIN_A_FOLDER, nginx_program
from tests.viewers.log import Log

BOOKS, SIBLING, FOREIGN = "books.library.test", "viewer.library.test", "viewer.elsewhere.test"
PAGES = Path(__file__).resolve().parent / "pages"
# What the host pages of every place may load, below /bench/: a folder of this machine by a name in the URL.
FILES = {
    "pages": PAGES,
    "static": ROOT / "services" / "static",
    "mirador": ROOT / "node_modules" / "mirador" / "dist",
    "mirador3": ROOT / "tests" / "viewers" / "node_modules" / "mirador3" / "dist",
    "uv": ROOT / "node_modules" / "universalviewer" / "dist",
    "uv44": ROOT / "tests" / "viewers" / "node_modules" / "universalviewer44" / "dist",
    "openseadragon": ROOT / "node_modules" / "openseadragon" / "build" / "openseadragon",
    "leaflet": ROOT / "node_modules" / "leaflet" / "dist",
    "leaflet-iiif": ROOT / "node_modules" / "leaflet-iiif",
}


@dataclass(frozen=True)
class Place:
    """A deployment: the host of the viewer's page, what the browser does, and Lectern's settings."""

    name: str
    host: str
    blocked: bool
    settings: Mapping[str, str] = field(default_factory=dict)


_DECLARED = {"LECTERN_CROSS_SITE": "true"}
_CAPABLE = {"LECTERN_CAPABILITY_URLS": "true"}
ONE_ORIGIN = Place("one origin", BOOKS, True)
SIBLING_HOST = Place("sibling host", SIBLING, True)
OTHER_SITE = Place("other site, cookies allowed", FOREIGN, False, _DECLARED)
OTHER_SITE_BLOCKED = Place("other site, cookies blocked", FOREIGN, True, _DECLARED | _CAPABLE)
SIBLING_CAPABLE = Place("sibling host, capability URLs", SIBLING, True, _CAPABLE)
OTHER_SITE_CAPABLE = Place("other site, cookies allowed, capability URLs", FOREIGN, False, _DECLARED | _CAPABLE)
PLACES = (ONE_ORIGIN, SIBLING_HOST, OTHER_SITE, OTHER_SITE_BLOCKED)
CAPABLE_PLACES = (SIBLING_CAPABLE, OTHER_SITE_CAPABLE)

_NGINX = (
    WITHIN_A_FOLDER
    + """
    log_format asked escape=json '{{"host":"$host","method":"$request_method","uri":"$request_uri","status":$status,'
        '"cookie":"$http_cookie","authorization":"$http_authorization","origin":"$http_origin",'
        '"site":"$http_sec_fetch_site","mode":"$http_sec_fetch_mode","dest":"$http_sec_fetch_dest"}}';
    access_log {folder}/asked.log asked;
    types {{ text/html html; text/css css; text/javascript js; application/json json; image/svg+xml svg;
             image/png png; font/woff woff; font/woff2 woff2; application/wasm wasm; }}
    ssl_certificate {folder}/chain.pem;
    ssl_certificate_key {folder}/key.pem;
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name {books};
        include {folder}/files.conf;
        location / {{
            proxy_pass http://127.0.0.1:{inner};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto https;
        }}
    }}
    server {{
        listen 127.0.0.1:{port} ssl default_server;
        server_name {sibling} {foreign};
        include {folder}/files.conf;
        location / {{ return 404; }}
    }}
    server {{
        listen 127.0.0.1:{ready};
        access_log off;
        location / {{ return 204; }}
    }}
}}
"""
)


class Authority:
    """A certificate authority of one test run, and the certificate it issued for all hosts."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self._leaf = self._ca.issue_cert(BOOKS, SIBLING, FOREIGN)

    def write(self, folder: Path) -> None:
        """Write chain.pem, with the authority's own certificate at its end, and key.pem."""
        chain = [*self._leaf.cert_chain_pems, self._ca.cert_pem]
        (folder / "chain.pem").write_bytes(b"".join(pem.bytes() for pem in chain))
        self._leaf.private_key_pem.write_to_path(folder / "key.pem")

    def pin(self) -> str:
        """Return the base64 SHA-256 of the authority's public key, by which Chromium is told to believe it."""
        key = x509.load_pem_x509_certificate(self._ca.cert_pem.bytes()).public_key()
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(spki).digest()).decode()


@dataclass(frozen=True)
class Installation:
    """A running Lectern: the port of https, its home, and what nginx was asked for."""

    port: int
    home: Path
    log: Log

    def origin(self, host: str) -> str:
        """Return the origin of one of the hosts."""
        return f"https://{host}:{self.port}"

    def manifest(self, object_id: str, version: int) -> str:
        """Return the address of an object's manifest."""
        return f"{self.origin(BOOKS)}/presentation/{version}/{object_id}/manifest"


@contextmanager
def installed(home: Path, folder: Path, authority: Authority, settings: Mapping[str, str]) -> Iterator[Installation]:
    """Serve a copy of a home with some settings until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    own_home = Path(shutil.copytree(home, folder / "home"))
    port, inner, ready = free_port(), free_port(), free_port()
    authority.write(folder)
    files = (f"location /bench/{name}/ {{ alias {path}/; }}\n" for name, path in FILES.items())
    (folder / "files.conf").write_text("".join(files))
    values = {"folder": folder, "port": port, "inner": inner, "ready": ready, "books": BOOKS, "sibling": SIBLING}
    values["user"] = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(foreign=FOREIGN, **values))
    environment = settings_free_environment(
        LECTERN_HOME=str(own_home),
        PORT=str(inner),
        LECTERN_WORKERS="1",
        LECTERN_THREADS="8",
        LECTERN_TRUSTED_PROXIES="1",
        LECTERN_QUERY_LENGTH="60",
        LECTERN_PUBLIC_URL=f"https://{BOOKS}:{port}",
        **settings,
    )
    lectern = [sys.executable, "-m", "services.cli", "up"]
    nginx = [nginx_program(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with (
        running(lectern, environment, f"http://127.0.0.1:{inner}/readyz"),
        running(nginx, None, f"http://127.0.0.1:{ready}/", seconds=20),
    ):
        yield Installation(port, own_home, Log(folder / "asked.log"))


@contextmanager
def browser(playwright: Playwright, profile: Path, authority: Authority, *, blocked: bool) -> Iterator[BrowserContext]:
    """Start a Chromium that believes the authority, and allows cookies of third parties or blocks them.

    Of certificates only chains that end at this authority are believed without the system's say; all others are judged
    as ever. That is narrower than ignoring certificate errors, and needs nothing installed.
    """
    preferences = profile / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    cookies = {"cookie_controls_mode": 1 if blocked else 0, "block_third_party_cookies": blocked}
    preferences.write_text(json.dumps({"profile": cookies}))
    trust = f"--ignore-certificate-errors-spki-list={authority.pin()}"
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=PROGRAM,
        headless=True,
        args=[*FLAGS, "--host-resolver-rules=MAP * 127.0.0.1", trust],
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()

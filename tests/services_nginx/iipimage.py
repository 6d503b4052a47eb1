"""The recipe of deploy/iipimage as it is installed: Lectern, iipsrv with the pictures, and nginx before both."""

import http.client
import random
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPMessage
from pathlib import Path

from auth.identity import Identity
from image.pyramid import Pixels, make_pyramid_of_pixels
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import Settings
from lectern.urls import canvas_path
from services import SERVICES
from services.context import Context
from services.credentials import COOKIE
from tests.conftest import ROOT
from tests.iipsrv import Iipsrv, iipsrv
from tests.servers import Program, free_port, running, settings_free_environment
from tests.services_nginx.gateway import SECRET, nginx, upstreams, verdicts, with_pictures_by

DEPLOY = ROOT / "deploy" / "iipimage"
WIDTH, HEIGHT = 1500, 1100
POLICIES = """
[policies.members]
patterns = ["login"]
roles = ["member"]
substitute = { max_scale = 0.1, tier = "small" }

[policies.staff]
patterns = ["login"]
roles = ["staff"]

[policies.room]
patterns = ["login", "external"]
roles = ["nobody-has-it"]
networks = ["127.0.0.1"]
"""
OBJECTS = ("open", "members", "staff", "room")
# A change of the recipe for a test: the line of a file, and what stands in its place.
Changes = Mapping[str, tuple[str, str]]
_VARIABLE = re.compile(r"^Environment=([A-Z_]+)=(.*)$", re.MULTILINE)


def variables(images: Path) -> dict[str, str]:
    """Return the settings of iipsrv that the recipe's unit for systemd has, over another folder of pictures."""
    found = dict(_VARIABLE.findall((DEPLOY / "iipsrv@.service").read_text()))
    assert found.pop("FILESYSTEM_PREFIX") == "/srv/images/"
    return found | {"FILESYSTEM_PREFIX": f"{images}/"}


def fill(home: Home, images: Path) -> None:
    """Make an object of two pages under each policy; only iipsrv has their pictures, as `OBJECT/0001.tif`."""
    home.prepare()
    home.policies_file.write_text(POLICIES)
    catalogue = Catalogue(home)
    noise = random.Random(6)
    for name in OBJECTS:
        row = ObjectRow(name, name, name, policy=name, pages=2)
        catalogue.publish(row, [CanvasRow(n, canvas_path(name, n), WIDTH, HEIGHT) for n in (1, 2)])
        (images / name).mkdir(parents=True)
        for n in (1, 2):
            pixels = Pixels(noise.randbytes(WIDTH * HEIGHT), WIDTH, HEIGHT, 1, WIDTH)
            make_pyramid_of_pixels(pixels, images / name / f"{n:04}.tif")
    catalogue.close()


class Behind:
    """Lectern and iipsrv; any number of gateways may stand before them."""

    def __init__(self, folder: Path, stack: ExitStack, *, cold: bool = False, **settings: str) -> None:
        """Fill a home and a folder of pictures, unless they are there; `cold` turns iipsrv's cache of tiles off."""
        self.folder = folder
        self.images = folder / "images"
        self.home = Home(folder / "home")
        if not self.home.path.exists():
            fill(self.home, self.images)
        self.context = Context(Settings(home=self.home.path))
        self.door, self.port = free_port(), free_port()
        more = {"MAX_IMAGE_CACHE_SIZE": "0"} if cold else {}
        self.iipsrv = stack.enter_context(iipsrv(self.images, folder / "iipsrv", **(variables(self.images) | more)))
        self.gateways = 0
        own = free_port()
        named = {"image_server_name": "{object}/{n:04}.tif"} | settings
        environment = settings_free_environment(
            LECTERN_HOME=str(self.home.path),
            LECTERN_PORT=str(own),
            LECTERN_PUBLIC_URL=f"http://localhost:{self.port}",
            LECTERN_TRUSTED_PROXIES="1",
            LECTERN_WORKERS="1",
            LECTERN_VERIFY_SECRET=SECRET,
            LECTERN_LOG_FORMAT="json",
            LECTERN_IMAGE_SERVER=f"http://127.0.0.1:{self.door}/iiif",
            **{f"LECTERN_{key.upper()}": value for key, value in named.items()},
        )
        command = [sys.executable, "-m", "services.cli", "up"]
        self.lectern: Program = stack.enter_context(running(command, environment, f"http://127.0.0.1:{own}/healthz"))
        self.services = upstreams(dict.fromkeys(SERVICES, own))

    @contextmanager
    def gateway(self, changes: Changes | None = None, iip: Iipsrv | None = None) -> Iterator[tuple[int, Program]]:
        """Run nginx with the recipe, some lines of it changed; yields the port, and nginx' master.

        The first is at the address that ids have, with the door by which Lectern asks iipsrv.
        """
        first, self.gateways = self.gateways == 0, self.gateways + 1
        port, door = (self.port, self.door) if first else (free_port(), free_port())
        folder = self.folder / f"nginx-{self.gateways}"
        folder.mkdir()
        left = dict(changes or {})

        def changed(name: str, text: str) -> str:
            for key in [key for key in left if key.partition(":")[0] == name]:
                old, new = left.pop(key)
                assert text.count(old) == 1, (name, old)
                text = text.replace(old, new)
            return text

        ahead = self.services + changed("verdicts", verdicts(folder))
        ahead += changed("upstreams", self._iipsrv_upstreams(door, iip or self.iipsrv))
        recipe = changed("iipimage", (DEPLOY / "iipimage.conf").read_text())
        for part in ("gate", "verdict"):
            text = changed(part, (ROOT / "deploy" / "nginx" / f"{part}.conf").read_text())
            (folder / f"lectern-{part}.conf").write_text(text)
        assert not left
        with nginx(folder, port, ahead, server=with_pictures_by(recipe)) as started:
            yield port, started

    def _iipsrv_upstreams(self, door: int, server: Iipsrv) -> str:
        text = (DEPLOY / "upstreams-iipimage.conf").read_text()
        for there, here in {"127.0.0.1:8301;": f"127.0.0.1:{door};"}.items():
            assert text.count(there) == 1
            text = text.replace(there, here)
        for there, port in zip(("127.0.0.1:9001", "127.0.0.1:9002"), server.ports, strict=True):
            assert text.count(there) == 1
            text = text.replace(there, f"127.0.0.1:{port}")
        return text

    def cookie(self, *roles: str) -> str:
        """Return the cookie of a new session, as the header has it."""
        who = Identity("-".join(roles) or "nobody", roles)
        return f"{COOKIE}={self.context.sessions.sign_in(who, 'https://viewer.example.org')}"

    def direct(self, name: str, parts: str) -> bytes:
        """Return what iipsrv gives without any gate, by the door for info.json and small pictures."""
        return ask(self.door, f"/iiif/{name}/{parts}")[2]


Answer = tuple[int, HTTPMessage, bytes]


def ask(
    port: int, path: str, cookie: str = "", method: str = "GET", source: str = "127.0.0.1", **headers: str
) -> Answer:
    """Return status, headers and body of a request whose path is sent as it is written."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(source, 0))
    connection.putrequest(method, path, skip_accept_encoding=True)
    given = {name.replace("_", "-"): value for name, value in headers.items()} | ({"Cookie": cookie} if cookie else {})
    for name, value in given.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body

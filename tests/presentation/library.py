"""A whole library, for those who judge what is told of it: ingested, behind every kind of door, asked from outside."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from lectern.home import Home
from lectern.state import UserRow
from services.demo import make_shelf
from services.ingesting import ingest_with_bar
from tests.conftest import ROOT
from tests.ingest import metses
from tests.services_auth.conftest import BASE, Browser, Site, sites

SAMPLES = ROOT / "samples"
INSIDE = "10.1.2.3"
_POLICIES = """
[policies.login]
patterns = ["login"]
roles = ["reader"]

[policies.tiered]
patterns = ["login"]
roles = ["reader"]
substitute = { max_scale = 0.25 }
search = "boxes"

[policies.kiosk]
patterns = ["kiosk"]
networks = ["10.0.0.0/8"]

[policies.external]
patterns = ["external"]
networks = ["10.0.0.0/8"]

[policies.every]
patterns = ["login", "clickthrough", "kiosk", "external"]
networks = ["10.0.0.0/8"]

[policies.minimal]
patterns = ["login"]
roles = ["reader"]
manifest = "minimal"

[policies.hidden]
patterns = ["login"]
roles = ["reader"]
manifest = "hidden"

[[objects.mixed.pages]]
pages = "2"
policy = "tiered"
"""
RESTRICTED = ("login", "tiered", "kiosk", "external", "every", "minimal", "hidden")
SHELF = ("almanac", "gazette", "letters", "seasons", "beginnings", "odes")
OTHERS = ("mixed", "parts", "pictures", "words")
COLLECTIONS = ("all", "press")


@dataclass(frozen=True)
class Library:
    """An installation, a reader who is nobody, and one who is let in everywhere."""

    site: Site
    stranger: Browser
    member: Browser

    def document(self, path: str, reader: Browser | None = None) -> dict[str, Any]:
        """Return what stands at a path or an address of ours, as a stranger reads it unless `reader` says otherwise."""
        answer = (reader or self.stranger).get(path.removeprefix(BASE))
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        found: dict[str, Any] = json.loads(answer.get_data())
        return found

    def manifest(self, name: str, version: int = 3, reader: Browser | None = None) -> dict[str, Any]:
        """Return the manifest of an object."""
        return self.document(f"/presentation/{version}/{name}/manifest", reader)

    def ingest(self, source: Path, **asked: Any) -> None:
        """Put one more object into the library; `asked` are the command's options."""
        ingest_with_bar(self.site.context.settings, source, **asked)


def in_parts(folder: Path) -> Path:
    """Return a folder of four pages of the almanac with a METS file that says what chapters it has."""
    numbers = range(1, 5)
    for kind, suffix in (("images", "jpg"), ("ocr", "hocr")):
        (folder / kind).mkdir(parents=True)
        for n in numbers:
            shutil.copyfile(SAMPLES / "almanac" / kind / f"p{n:03d}.{suffix}", folder / kind / f"p{n:03d}.{suffix}")
    groups = metses.group("MAX", "image/jpeg", **{f"i{n}": f"images/p{n:03d}.jpg" for n in numbers})
    groups += metses.group("FULLTEXT", "text/html", **{f"a{n}": f"ocr/p{n:03d}.hocr" for n in numbers})
    pages = [metses.page([f"i{n}", f"a{n}"], f'ORDER="{n}" ORDERLABEL="{n}" ID="P{n}"') for n in numbers]
    inner = (
        '<m:div ID="L0" TYPE="monograph"><m:div ID="L1" TYPE="chapter" LABEL="The calendar">'
        '<m:div ID="L2" TYPE="section" LABEL="The comet"/></m:div>'
        '<m:div ID="L3" TYPE="chapter" LABEL="Conseils"/></m:div>'
    )
    links = ";".join(["L0 PHYS", "L1 P1", "L1 P2", "L1 P3", "L2 P2", "L2 P3", "L3 P4"])
    (folder / "mets.xml").write_bytes(metses.mets(groups, metses.physical(*pages), metses.logical(inner, links)))
    return folder


def _fill(library: Library, folder: Path) -> None:
    assert make_shelf(library.site.context)
    odes = SAMPLES / "odes"
    for name in RESTRICTED:
        library.ingest(odes, object_id=name, policy=name, collections=["press"])
    library.ingest(odes, object_id="mixed", collections=["press"])
    library.ingest(odes / "images", object_id="pictures", label="Pictures alone")
    library.ingest(odes / "ocr", object_id="words", label="Words alone")
    library.ingest(in_parts(folder / "parts"), object_id="parts", label="An almanac in parts")


@contextmanager
def opened(folder: Path) -> Iterator[Library]:
    """Yield a library in a folder, without a book, with all policies and one account that has every role."""
    home = Home(folder)
    home.prepare()
    home.policies_file.write_text((SAMPLES / "policies.toml").read_text() + _POLICIES)
    with sites(home=home.path) as make:
        site = make()
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        site.context.state.add_user(UserRow("ann", hasher.hash("secret"), ("reader",)))
        member = site.browser(address=INSIDE)
        member.sign_in("login")
        member.accept("terms")
        yield Library(site, site.browser(), member)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Return the sample shelf, an object under every policy, one in parts, pictures alone, words alone."""
    folder = tmp_path_factory.mktemp("library")
    with opened(folder / "home") as found:
        _fill(found, folder)
        yield found

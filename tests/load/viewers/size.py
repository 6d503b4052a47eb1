"""How many bytes of our own scripts and styles a page of the portal brings, viewers left out.

    python -m tests.load.viewers size

What each page names is followed through the modules that it imports. The aim is 60 kB for all of them together.
"""

import gzip
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient

from lectern.settings import load_settings
from services.app import create_app
from services.context import Context
from services.demo import make_shelf

AIM = 60_000  # bytes, as sent
PAGES = {
    "shelf": "/",
    "object": "/objects/almanac",
    "reader": "/objects/almanac/read",
    "access": "/auth/access/readers?origin=http://localhost",
}
_NAMED = re.compile(r"""<(?:script|link)\b[^>]*?\b(?:src|href)="([^"]+\.(?:js|css)[^"]*)\"""")
_IMPORTED = re.compile(r"""\b(?:from|import)\s*\(?\s*["'](\.{1,2}/[^"']+\.js)["']""")


def own_files(client: FlaskClient, path: str) -> dict[str, bytes]:
    """Return the scripts and styles of ours that a page brings, by path; those of viewers are left out."""
    waiting = [urljoin(path, each) for each in _NAMED.findall(client.get(path).text)]
    found: dict[str, bytes] = {}
    while waiting:
        name = urlsplit(waiting.pop()).path
        if name in found or "/viewers/" in name:
            continue
        answer = client.get(name)
        if answer.status_code != 200:
            raise SystemExit(f"{path} names {name}, which is not there")
        found[name] = answer.data
        waiting += [urljoin(name, each) for each in _IMPORTED.findall(answer.get_data(as_text=True))]
        answer.close()
    return found


def sizes(client: FlaskClient) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield the name of each page with its files, then all of them together."""
    everything: dict[str, bytes] = {}
    for name, path in PAGES.items():
        files = own_files(client, path)
        everything |= files
        yield name, files
    yield "all pages", everything


def line(name: str, files: dict[str, bytes]) -> str:
    """Return what is said of some files: how many, bytes, bytes packed."""
    packed = sum(len(gzip.compress(content, mtime=0)) for content in files.values())
    return f"  {name:<10} {len(files):3} files {sum(map(len, files.values())):8} bytes {packed:7} gzip"


def main() -> None:
    """Print the bytes of every page and of all together."""
    with tempfile.TemporaryDirectory() as folder:
        context = Context(load_settings(Path(folder) / "home"))
        context.home.prepare()
        make_shelf(context)
        client = create_app(context).test_client()
        print(f"Scripts and styles of our own; the aim for all is {AIM} bytes")
        for name, files in sizes(client):
            print(line(name, files))
        context.catalogue.close()
        context.state.close()


if __name__ == "__main__":
    main()

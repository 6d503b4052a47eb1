"""What other programs rely on (docs/compatibility.md), a line each in docs/surface.txt.

`tools/reference.py` adds what is new; nothing takes a line away but a person. `tools/surface.py` fails when something
that is listed is no more, and says what to do.
"""

import re
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402 - the checkout has to be on the path first

from auth.audit import Event, Happening, line_of  # noqa: E402
from auth.policy_file import _KEYS as POLICY_KEYS  # noqa: E402
from lectern.errors import ExitCode  # noqa: E402
from lectern.picture_sources import HttpSource, S3Source  # noqa: E402
from lectern.providers import HeaderProvider, OidcProvider  # noqa: E402
from lectern.settings import Settings  # noqa: E402
from services.app import create_app  # noqa: E402
from services.auth import verify  # noqa: E402
from services.cli import main  # noqa: E402
from services.context import Context  # noqa: E402
from services.image import pixels  # noqa: E402

LIST = ROOT / "docs/surface.txt"
_HEAD = """# What other programs rely on: docs/compatibility.md says what is promised of it, and how a line goes.
# `make docs` adds what is new.
"""
_OURS = re.compile(r"/(static|viewers)/")  # what our own pages load is nobody else's
_CONVERTED = re.compile(r"<[^<>]+>|\{\w+\}")
_METRIC = re.compile(r'"(lectern_[a-z_]+)"')
_TABLES = {
    "provider oidc": OidcProvider,
    "provider header": HeaderProvider,
    "source s3": S3Source,
    "source http": HttpSource,
}


def _plain(rule: str) -> str:
    """Return a route without the names of its parts, which are ours."""
    return _CONVERTED.sub("{}", rule)


def _urls() -> Iterator[str]:
    app = create_app(Context(Settings(home=Path("lectern-data"))))  # opens nothing
    for rule in app.url_map.iter_rules():
        if not _OURS.match(rule.rule):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield f"url {method} {_plain(rule.rule)}"
    for path in (verify.PATH, pixels.ROUTE):  # answered before Flask
        yield f"url GET {_plain(path)}"


def _commands(command: click.Command, name: str) -> Iterator[str]:
    yield f"command {name}"
    for each in command.params:
        for word in each.opts if isinstance(each, click.Option) else [(each.name or "").upper()]:
            yield f"command {name} {word}"
    if isinstance(command, click.Group):
        for below, each in command.commands.items():
            yield from _commands(each, f"{name} {below}")


def _keys() -> Iterator[str]:
    yield from (f"setting {name}" for name in Settings.model_fields)
    yield from (f"policy {name}" for name in POLICY_KEYS)
    for what, kind in _TABLES.items():
        yield from (f"{what} {name}" for name in kind.model_fields)


def _records() -> Iterator[str]:
    yield from (f"exit {code.value}" for code in ExitCode)
    for file in sorted((ROOT / "services").rglob("*.py")):
        yield from (f"metric {name}" for name in _METRIC.findall(file.read_text(encoding="utf-8")))
    yield from (f"audit event {event.value}" for event in Event)
    filled = Happening(Event.KEYS, True, *["x"] * 5, where=ip_address("127.0.0.1"), about="x")
    yield from (f"audit member {name}" for name in line_of(filled, b"x", moment="x", request="x"))


def surface() -> set[str]:
    """Return a line for everything that is there now."""
    return {*_urls(), *_commands(main, "lectern"), *_keys(), *_records()}


def listed() -> set[str]:
    """Return the lines of the list."""
    if not LIST.is_file():
        return set()
    return {line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}


def surface_page() -> str:
    """Return docs/surface.txt with what is new added, and what is gone still there."""
    return _HEAD + "".join(f"{line}\n" for line in sorted(surface() | listed()))


def gone() -> list[str]:
    """Return what is listed and no more there."""
    return sorted(listed() - surface())


if __name__ == "__main__":
    if lost := gone():
        sys.exit(
            "Other programs rely on these, and they are gone:\n"
            + "".join(f"  {line}\n" for line in lost)
            + "Bring them back, or have the old name work beside the new one. docs/compatibility.md says when one may\n"
            "go: then take its line out of docs/surface.txt, and say it in CHANGELOG.md with what to use in its place."
        )

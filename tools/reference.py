"""Write the pages of docs/ that are made from the code: settings, their sample file, providers, the command line, and
the list of what other programs rely on.

`tools/reference.py` writes them; `tools/reference.py --check` says which are not current, and fails then.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402 - the checkout has to be on the path first
from pydantic import BaseModel, SecretStr  # noqa: E402
from pydantic.fields import FieldInfo  # noqa: E402
from surface import surface_page  # noqa: E402 - beside this file

from lectern.errors import ExitCode  # noqa: E402
from lectern.picture_sources import HttpSource, S3Source  # noqa: E402
from lectern.providers import HeaderProvider, OidcProvider  # noqa: E402
from lectern.settings import Settings  # noqa: E402

_MADE = "<!-- Made by `make docs` from the code. -->\n"
_WIDTH = 100
_IDS = re.compile(r" \(TH-[0-9, TH-]+\)")  # what a docstring serves is no news to readers of pages


def _default(info: FieldInfo) -> Any:
    """Return a setting's default as plain values, nothing as ""; a path inside the checkout by its last name only."""
    value = info.get_default(call_default_factory=True)
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, Path):
        return value.name if value.is_absolute() else str(value)
    return value


def settings_page() -> str:
    """Return docs/settings.md."""
    rows = []
    for name, info in Settings.model_fields.items():
        default = _default(info)
        shown = "" if default in ("", []) else f"`{json.dumps(default).strip(chr(34))}`"
        rows.append(f"| `{name}` | `LECTERN_{name.upper()}` | {shown} | {info.description} |")
    return "\n".join(
        [
            "# Settings",
            "",
            _MADE,
            "A setting comes from its environment variable, else from `lectern.toml` in the home, else it is the",
            "default. `lectern check` names every wrong one at once. [lectern.toml.sample](lectern.toml.sample) is a",
            "file to start from. Lists are written with spaces between the values in a variable.",
            "",
            "| in lectern.toml | variable | default | what it is |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            "`home` is given by its variable or by `lectern --home`; `PORT` is read where `LECTERN_PORT` is not set.",
            "The default of `viewers` is the folder `node_modules` of the checkout, or what a wheel brings.",
            "",
        ]
    )


def _shown(info: FieldInfo) -> str:
    """Return a default as TOML has it, in a code span; nothing where there is none or it is empty."""
    if info.is_required():
        return "(has to be given)"
    default = _default(info)
    return f"`{json.dumps(default)}`" if default not in ("", [], (), {}) else ""


def providers_page() -> str:
    """Return docs/providers.md: every key of a table [providers.NAME], one table a kind."""
    parts = [
        "# Every key of [providers.NAME]",
        "",
        _MADE,
        "A table `[providers.NAME]` in `lectern.toml` makes a provider that readers sign in at. NAME has up to 32",
        "letters, digits, `-` and `_`; `local` and `codes` are ours.",
        "",
    ]
    return "\n".join([*parts, *_keys(_PROVIDERS)])


def sources_page() -> str:
    """Return docs/picture-source-keys.md: every key of a table [sources.NAME], one table a kind."""
    parts = [
        "# Every key of [sources.NAME]",
        "",
        _MADE,
        "A table `[sources.NAME]` in `lectern.toml` makes a place outside of the home that pictures lie in. NAME has",
        "up to 32 letters, digits, `-` and `_`.",
        "",
    ]
    return "\n".join([*parts, *_keys(_SOURCES)])


def _keys(kinds: tuple[tuple[str, type[BaseModel], str], ...]) -> Iterator[str]:
    """Yield the lines of a table of keys for every kind."""
    for kind, model, page in kinds:
        yield from (
            f'## kind = "{kind}"',
            "",
            f"{_IDS.sub('', model.__doc__ or '')} {page} shows how it is set up.",
            "",
        )
        yield from ("| key | default | what it is |", "| --- | --- | --- |")
        for name, info in model.model_fields.items():
            if name != "kind":
                yield f"| `{name}` | {_shown(info)} | {info.description} |"
        yield ""


def settings_sample() -> str:
    """Return docs/lectern.toml.sample: every setting with its default, commented out."""
    lines = ["# Settings of a home. Made by `make docs` from the code: every line shows a default.", ""]
    for name, info in Settings.model_fields.items():
        if name not in {"home", "viewers"}:
            lines += [f"# {info.description}", f"#{name} = {json.dumps(_default(info))}", ""]
    return "\n".join(lines)


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield (full name, help text) of a command and of all below it."""
    name = " ".join(path)
    context = click.Context(command, info_name=name, terminal_width=_WIDTH, max_content_width=_WIDTH)
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for below in sorted(command.commands):
            yield from _commands(command.commands[below], (*path, below))


def commands_page() -> str:
    """Return docs/cli.md."""
    from services.cli import main
    from services.exits import MEANINGS

    parts = [
        "# The command line",
        "",
        _MADE,
        "Data goes to standard output; talk, progress and errors go to standard error. An error is one line: what is",
        "wrong, and what to do about it. Several errors of the settings or of policies.toml are a line each, and the",
        "last line says what to do about them.",
        "",
        "## Exit status",
        "",
        "| status | meaning |",
        "| --- | --- |",
        *(f"| {code.value} | {MEANINGS[code]} |" for code in ExitCode),
        "",
    ]
    for name, text in _commands(main, ("lectern",)):
        parts += [f"## {name}", "", "```text", text, "```", ""]
    return "\n".join(parts)


_PROVIDERS: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("oidc", OidcProvider, "[Signing in elsewhere](sign-in.md)"),
    ("header", HeaderProvider, "[Readers without an OpenID provider](identity.md)"),
)
_SOURCES: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("s3", S3Source, "[Pictures that lie elsewhere](picture-sources.md)"),
    ("http", HttpSource, "[Pictures that lie elsewhere](picture-sources.md)"),
)
PAGES = {
    "docs/settings.md": settings_page,
    "docs/providers.md": providers_page,
    "docs/picture-source-keys.md": sources_page,
    "docs/lectern.toml.sample": settings_sample,
    "docs/cli.md": commands_page,
    "docs/surface.txt": surface_page,
}


def stale() -> list[str]:
    """Return the paths of the pages that are not what the code says."""
    old = []
    for path, make in PAGES.items():
        file = ROOT / path
        if not file.is_file() or file.read_text(encoding="utf-8") != make():
            old.append(path)
    return old


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        if found := stale():
            sys.exit(f"not current: {', '.join(found)}; `make docs` writes them")
    else:
        for path, make in PAGES.items():
            (ROOT / path).write_text(make(), encoding="utf-8")

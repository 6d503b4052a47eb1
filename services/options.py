"""Options that several commands share, and what they choose."""

from collections.abc import Sequence
from dataclasses import dataclass

import click

from lectern.plain import plain
from services.completing import complete_policies

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
PROGRESS = click.option(
    "--progress/--no-progress",
    default=None,
    help="Show how far it is, on standard error; default only at a terminal.",
)
QUIET = click.option("--quiet", "-q", is_flag=True, help="Say nothing on standard error but errors.")
POLICY = click.option(
    "--policy",
    metavar="NAME",
    help="Who may see it; default the policy it has, else `open`.",
    shell_complete=complete_policies,
)
COLLECTIONS = click.option(
    "--collection", "collections", metavar="ID", multiple=True, help="A collection; may be repeated."
)

_NONE = "none"
FOLD = click.option(
    "--fold",
    "folds",
    metavar="uv|ij|none",
    multiple=True,
    type=click.Choice(["uv", "ij", _NONE]),
    help="Letters that count as the same in searches: u and v, i and j; may be repeated. Kept until said otherwise.",
)
STEM = click.option(
    "--stem",
    "stems",
    metavar="xx|none",
    multiple=True,
    callback=lambda _context, _option, names: _languages(names),
    help="A language (de, en, ...) whose words are found by their stems; may be repeated. Kept until said otherwise.",
)


def _languages(names: Sequence[str]) -> tuple[str, ...]:
    """Return the languages of --stem; raises BadParameter, with those there are, for one without a stemmer."""
    from search.stems import LANGUAGES

    for name in names:
        if name not in LANGUAGES and name != _NONE:
            raise click.BadParameter(f"There are no stems of {name!r}: there are of {', '.join(LANGUAGES)}; or none.")
    return tuple(names)


def choice(names: Sequence[str]) -> tuple[str, ...] | None:
    """Return what --fold or --stem chooses: None where nothing was said, nothing at all for `none`."""
    return tuple(name for name in names if name != _NONE) if names else None


_SAID_OF_NO_LANGUAGE = frozenset({"und", "mul", "zxx"})


def given_id(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Return an object's id as it was given; raises BadParameter for an empty one."""
    if value is not None and not value.strip():
        raise click.BadParameter("an id cannot be empty; leave the option out to have the default.")
    return value


def given_languages(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return languages as they were given; raises BadParameter for what is no code and no name that is known."""
    from ingest.languages import bcp47

    for value in values:
        if bcp47(value) is None and value.lower() not in _SAID_OF_NO_LANGUAGE:
            raise click.BadParameter(
                f"{value!r} is no language that is known: give its BCP 47 or ISO 639 code, such as de or de-Latf."
            )
    return values


@dataclass(frozen=True, slots=True)
class Manner:
    """How a command speaks: data as JSON or not, talk or not; `progress` is None where a terminal decides."""

    as_json: bool = False
    quiet: bool = False
    progress: bool | None = None

    def say(self, text: str) -> None:
        """Write a line of talk on standard error, unless it is to be quiet."""
        if not self.quiet:
            click.echo(plain(text), err=True)

"""Options that several commands share, and what they choose."""

from dataclasses import dataclass

import click

from lectern.plain import plain

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
PROGRESS = click.option(
    "--progress/--no-progress",
    default=None,
    help="Show how far it is, on standard error; default only at a terminal.",
)
QUIET = click.option("--quiet", "-q", is_flag=True, help="Say nothing on standard error but errors.")


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

"""Write man pages and completions as an installation has them below its prefix: `shell_files.py FOLDER`.

They are made from the commands' own help. SOURCE_DATE_EPOCH is the date in the man pages.
"""

import shutil
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402 - the checkout has to be on the path first
from click_man.man import ManPage  # noqa: E402

from lectern import __version__  # noqa: E402
from services.cli import main  # noqa: E402
from services.cli_completion import script  # noqa: E402

_WIDTH = 120
_COMPLETIONS = {  # where each shell looks
    "bash": "share/bash-completion/completions/lectern",
    "zsh": "share/zsh/site-functions/_lectern",
    "fish": "share/fish/vendor_completions.d/lectern.fish",
}
_MAN = "share/man/man1"
_TOGETHER = "\b\n"  # what a paragraph begins with whose lines click keeps as they are


def _escaped(text: str) -> str:
    """Return text that groff prints as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in text.split("\n"))


def _paragraphs(text: str) -> str:
    """Return the text of a help in groff's words, its paragraphs apart."""
    parts = []
    for paragraph in cleandoc(text).split("\n\n"):
        if paragraph.startswith(_TOGETHER):
            parts.append(f".nf\n{_escaped(paragraph.removeprefix(_TOGETHER))}\n.fi")
        else:
            parts.append(_escaped(paragraph))
    return "\n.PP\n".join(parts)


def _below(context: click.Context) -> str:
    """Return the section of the commands of a group; nothing of a command that has none."""
    if not isinstance(context.command, click.Group):
        return ""
    page = _escaped(context.command_path.replace(" ", "-"))
    rows = [
        f".TP\n\\fB{page}\\-{_escaped(name)}\\fP(1)\n{_escaped(command.get_short_help_str(_WIDTH))}\n"
        for name, command in sorted(context.command.commands.items())
    ]
    return ".SH COMMANDS\n" + "".join(rows)


def man_page(context: click.Context) -> str:
    """Return the man page of a command."""
    command = context.command
    page = ManPage(context.command_path)
    page.version = __version__
    page.short_help = _escaped(command.get_short_help_str(_WIDTH))
    page.synopsis = " ".join(command.collect_usage_pieces(context))
    page.description = _paragraphs(command.help or "")
    records = [each.get_help_record(context) for each in command.get_params(context) if isinstance(each, click.Option)]
    page.options = [(names, _escaped(text)) for names, text in filter(None, records)]
    ending = f".SH NOTES\n{_paragraphs(command.epilog)}\n" if command.epilog else ""
    return f"{page}{_below(context)}{ending}"


def man_pages(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Yield the name of the file and the text of a command's man page, and those of all below it."""
    context = click.Context(command, info_name=name, parent=parent)
    yield f"{context.command_path.replace(' ', '-')}.1", man_page(context)
    if isinstance(command, click.Group):
        for below, each in sorted(command.commands.items()):
            yield from man_pages(each, below, context)


def write(folder: Path) -> None:
    """Write everything below a folder, in place of what is there."""
    shutil.rmtree(folder / "share", ignore_errors=True)
    files = {f"{_MAN}/{name}": text for name, text in man_pages(main, "lectern")}
    files |= {path: f"{script(shell, main)}\n" for shell, path in _COMPLETIONS.items()}
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))

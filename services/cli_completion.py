"""`lectern completion`: the script that lets a shell complete commands, options, object ids and policies."""

import click
from click.shell_completion import get_completion_class

_PROGRAM = "lectern"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands, options, object ids and policies.

    \b
    bash  in ~/.bashrc:  eval "$(lectern completion bash)"
    zsh   in ~/.zshrc:   eval "$(lectern completion zsh)"
    fish  once:          lectern completion fish > ~/.config/fish/completions/lectern.fish
    """
    click.echo(script(shell, context.find_root().command))


def script(shell: str, command: click.Command) -> str:
    """Return the script that makes a shell (bash, zsh or fish) complete a program's command."""
    kind = get_completion_class(shell)
    if kind is None:
        raise AssertionError(f"click knows no {shell}")
    return kind(command, {}, _PROGRAM, f"_{_PROGRAM.upper()}_COMPLETE").source()

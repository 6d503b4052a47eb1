"""An installation as one command needs it: what the command opened is closed at its end."""

import click

from lectern.settings import Settings
from services.context import Context


def context_of(settings: Settings) -> Context:
    """Return the installation of a home; its stores are closed when the command that asked for it has ended."""
    context = Context(settings)
    click.get_current_context().call_on_close(context.close)
    return context

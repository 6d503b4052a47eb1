"""What a shell is offered behind TAB: object ids and policy names. Never an error, never a home made."""

from contextlib import suppress

import click
from click.shell_completion import CompletionItem

from lectern.settings import home_at, load_settings

_MOST_OFFERED = 200


def complete_objects(context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Return the ids that begin with what was typed; none where there is no catalogue, or none that can be read."""
    with suppress(Exception):  # a shell has no place for errors
        home = load_settings(context.find_root().params.get("home")).files
        if home.has_catalogue:
            from lectern.catalogue import Catalogue

            catalogue = Catalogue(home)
            try:
                return [CompletionItem(name) for name in catalogue.ids(start, _MOST_OFFERED)]
            finally:
                catalogue.close()
    return []


def complete_policies(context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Return the names of policies that begin with what was typed; none while policies.toml is broken."""
    with suppress(Exception):
        from auth.policies import load_policies
        from auth.policy_texts import Ours
        from auth.wording import built_in

        home = home_at(context.find_root().params.get("home"))
        names = load_policies(home.policies_file, Ours(built_in(), ""), None).names
        return [CompletionItem(name) for name in sorted(names) if name.startswith(start)]
    return []

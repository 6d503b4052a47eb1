"""What `lectern check` tells of the OpenID providers of the settings; asked themselves only with `--online`."""

from collections.abc import Iterator

from auth.oidc.peer import Peer
from auth.oidc.problems import ProviderUnavailable, Refused
from lectern.clock import utc_now
from lectern.providers import OidcProvider
from lectern.settings import Settings
from services.faults import Fault


def provider_troubles(settings: Settings) -> Iterator[Fault]:
    """Yield what is wrong with what each provider says of itself.

    Asking waits at most some seconds for each, and sends no secret.
    """
    for name, provider in sorted(settings.providers.items()):
        if not isinstance(provider, OidcProvider):
            continue
        yield from _asked(name, Peer(name, provider, utc_now))


def _asked(name: str, peer: Peer) -> Iterator[Fault]:
    try:
        metadata = peer.metadata()
        usable = peer.keys()
    except (ProviderUnavailable, Refused) as error:
        yield (
            f"Provider {name}: {error.reason}.",
            f"Compare `issuer`, letter by letter, with {peer.discovery}; docs/sign-in.md tells more.",
        )
        return
    if not usable:
        yield f"Provider {name}: its key set holds no key that id_tokens can be signed with.", "Ask who runs it."
    if peer.provider.logout and not metadata.end_session_endpoint:
        yield f"Provider {name} has no page to sign out at.", f"Take `logout` out of [providers.{name}]."

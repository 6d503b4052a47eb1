"""Capabilities at the edge: who is given one, and which stand in a URL (TH-70). Off unless `capability_urls` is set."""

from auth.capability import make_capability
from auth.rules import Rules
from lectern.clock import seconds
from lectern.ids import ImageId, split_capability
from lectern.keys import CAPABILITY_KEY
from services.asker import Asker
from services.context import Context


class Capabilities:
    """Gives capabilities and finds them in URLs."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def split(self, text: str) -> tuple[str, str | None]:
        """Return an image's identifier and the capability in it; while they are off there is none in any."""
        return split_capability(text) if self._context.settings.capability_urls else (text, None)

    def grant(self, asker: Asker, rules: Rules, image: ImageId) -> str | None:
        """Return a capability for a reader who shows an access token, and whose browser sent no cookie that will do.

        It ends with the session at the latest. Who is let in by address or cookie needs none, a tier is everybody's.
        Raises StoreUnavailable when the store is down.
        """
        settings = self._context.settings
        session = asker.owed_to(rules, image.n) if settings.capability_urls and image.tier is None else None
        if session is None:
            return None
        ends = min(seconds(asker.now) + settings.capability_life, session.ends)
        return make_capability(self._context.home.keys(CAPABILITY_KEY), image, session.digest, ends)

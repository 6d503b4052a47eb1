"""Where the covers on a page lie that other servers have. Pure."""

from collections.abc import Iterable

from services.portal.items import Item
from services.presentation.lending import origins_of

MOST_ORIGINS = 24  # of covers on one page: its policy is a header, and headers have bounds


def cover_origins(items: Iterable[Item], base_url: str) -> tuple[str, ...]:
    """Return the other origins that covers come from, each once, the first 24; in place of the rest titles stand."""
    covers = (item.cover.url for item in items if item.cover)
    return origins_of((url for url in covers if not url.startswith(f"{base_url}/")), MOST_ORIGINS)

"""Where the covers on a page lie that other servers have. Pure."""

from collections.abc import Iterable
from itertools import islice

from services.portal.items import Item
from services.presentation.lending import origins_of

MOST_ORIGINS = 24  # of covers on one page: its policy is a header, and headers have bounds


def cover_origins(items: Iterable[Item]) -> tuple[str, ...]:
    """Return the origins that the covers of objects come from, each once, the first 24; of the others titles stand."""
    found = (origin for item in items if item.cover for origin in origins_of([item.cover.url]))
    return tuple(islice(dict.fromkeys(found), MOST_ORIGINS))

"""A search request, read and judged, before anything is looked for: what may be asked, and what its answer is of."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lectern.urls import SearchVersion
from search.content_search import Request
from services.search.members import Member
from services.search.scopes import Place

if TYPE_CHECKING:
    from services.search.holdings import Holdings

COUNTED_CANVASES = 10_000  # canvases with hits in a collection, after which no more are counted (DESIGN section 3)
NONSENSE = ValueError, LookupError, OverflowError, zlib.error, struct.error  # of a spoilt pack


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read and judged under the policies of a version; `suggesting` tells autocomplete from search.

    Of a collection in a cluster, `holdings` are what is searched, and `members` those that something was found in.
    """

    version: SearchVersion
    place: Place
    members: Sequence[Member]
    request: Request
    suggesting: bool
    policies: str
    holdings: "Holdings | None" = None

    @property
    def searched(self) -> list[Member]:
        """Return the members whose text the reader may know of; the others are as if they had none (TH-78)."""
        return [member for member in self.members if member.search != "none"]

    @property
    def knows_text(self) -> bool:
        """Return whether all that is searched may be shown as text, not its boxes alone."""
        return all(member.search == "full" for member in self.members)

    @property
    def is_everybodys(self) -> bool:
        """Return whether a stranger would be given the very same answer.

        That of a collection is always the reader's own: who is told otherwise is told that it hides nothing from him.
        """
        if self.place.collection is not None:
            return False
        return all(member.everybodys for member in self.members)

    @property
    def most_pages(self) -> int | None:
        """Return after how many canvases with hits no more are counted; None where all are."""
        return None if self.place.collection is None else COUNTED_CANVASES

    @property
    def states(self) -> list[tuple[str, int, int]]:
        """Return which state of every object was judged; a change of any of them makes another."""
        return [(member.row.id, member.row.generation, member.row.modified) for member in self.members]

"""A search request, read and judged, before anything is looked for: what may be asked, and what its answer is of."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth.decision import Verdict
from lectern.catalogue import ObjectRow
from search.content_search import Request
from search.evaluator import Readable


@dataclass(frozen=True, slots=True)
class Place:
    """What is searched, as the URL names it: an object, or one canvas of it (from 1)."""

    object_id: str
    canvas: int | None = None

    @property
    def path(self) -> str:
        """Return what stands after the object in the service's URL."""
        return "" if self.canvas is None else f"/canvas/{self.canvas}"

    @property
    def readable(self) -> Readable | None:
        """Return what tells of a page (from 0) whether it is in the scope; None if all of them are."""
        if self.canvas is None:
            return None
        only = self.canvas - 1
        return lambda page: page == only


@dataclass(frozen=True, slots=True)
class Member:
    """An object of a scope, with what its reader may know of it."""

    row: ObjectRow
    verdict: Verdict
    readable: Readable | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read and judged under the policies of a version; `suggesting` tells autocomplete from search."""

    version: int
    place: Place
    members: Sequence[Member]
    request: Request
    suggesting: bool
    policies: str

    @property
    def searched(self) -> list[Member]:
        """Return the members whose text the reader may know of; the others are as if they had none (TH-78).

        Texts of which only places are told are asked one at a time, each against its own budget: where there are
        several members, they are left out.
        """
        known = ("full", "boxes") if len(self.members) == 1 else ("full",)
        return [member for member in self.members if member.verdict.search in known]

    @property
    def knows_text(self) -> bool:
        """Return whether all that is searched may be shown as text, not its boxes alone."""
        return all(member.verdict.search == "full" for member in self.searched)

    @property
    def is_everybodys(self) -> bool:
        """Return whether a stranger would be given the very same answer."""
        return all(member.verdict.public or _is_open(member.verdict) for member in self.members)


def _is_open(verdict: Verdict) -> bool:
    """Return whether a verdict gives the whole text to somebody who was not let in: so to everybody."""
    return verdict.search == "full" and not verdict.allowed

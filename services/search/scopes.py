"""What a search is about: an object, a canvas or range of it, or a collection; and what its reader may know of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from auth.decision import Verdict
from auth.policies import Policies
from auth.rules import Rules
from lectern.catalogue import Catalogue, ObjectRow, RangeRow, no_such_canvas, no_such_object
from lectern.collection_tree import EVERYTHING, CollectionTree
from lectern.errors import InputError, NotFound
from lectern.urls import SearchVersion, Urls
from search.answer import Cursor
from services.asker import Judge
from services.search.members import Member, Pages, hides, member, pages_of

if TYPE_CHECKING:
    from services.search.holdings import Holdings, Surveyor


@dataclass(frozen=True, slots=True)
class Place:
    """What is searched, as the URL names it: an object, one canvas or range of it (from 1), or else a collection."""

    object_id: str = ""
    canvas: int | None = None
    range: int | None = None
    collection: str | None = None

    def url(self, urls: Urls, version: SearchVersion) -> str:
        """Return the search service's own URL: each scope has another (CS1-05, CS2-03)."""
        if self.collection is not None:
            return urls.search_collection(self.collection, version)
        if self.canvas is not None:
            return urls.search_canvas(self.object_id, self.canvas, version)
        if self.range is not None:
            return urls.search_range(self.object_id, self.range, version)
        return urls.search(self.object_id, version)

    def require_cursor(self, begin: Cursor | None) -> None:
        """Return if an answer here can go on at a cursor; raises InputError for one of another object.

        In a collection any object will do: it may have left since, and the answer goes on with the next.
        """
        if begin is None or self.collection is not None or begin.object_id == self.object_id:
            return
        raise InputError(f"`from` names {begin.object_id}.", f"Follow the `next` of an answer: {self.object_id}:N.")


class Asking(Protocol):
    """Who asks for a text, under which state of the policies: of a request, Asker."""

    @property
    def policies(self) -> Policies:
        """Return the policies in force."""

    def text(self, rules: Rules, n: int | None = None) -> Verdict:
        """Return what is allowed of the text of a page (from 1), or of an object as a whole."""


class Scopes:
    """Finds the objects that a place is about, in the order of their ids."""

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        collections: Callable[[], CollectionTree],
        surveyor: "Surveyor | None" = None,
    ) -> None:
        """Take what gives the stores; with a surveyor a cluster tells what collections hold."""
        self._catalogue = catalogue
        self._collections = collections
        self._surveyor = surveyor
        self._lock = Lock()
        self._listed: tuple[int, Sequence[ObjectRow]] = (-1, ())

    def members(self, place: Place, asking: Asking, *, newest: bool = False) -> list[Member]:
        """Return the objects of a place; raises NotFound for what is not there or hidden from the reader.

        The `newest` row of an object is wanted when the one that is kept is known to be old.
        Of a collection, with all that are inside it, they are those of which the reader may know the text of some page
        at least: a collection is one answer, and it is to tell nothing of the others, not even that they are there.
        """
        if place.collection is None:
            return self._of_object(place, asking, newest)
        return self._of_collection(place.collection, asking)

    def holdings(self, place: Place, asking: Asking) -> "Holdings | None":
        """Return what a collection holds where a cluster tells it; None for any other place: that has members.

        Raises NotFound as `members` does.
        """
        if place.collection is None or self._surveyor is None:
            return None
        return self._surveyor.holdings(place.collection, asking)

    def _of_object(self, place: Place, asking: Asking, newest: bool) -> list[Member]:
        judge, row = asking.text, self._catalogue().find(place.object_id, newest=newest)
        # One that is not there is judged like one that nobody may see: neither words nor time nor a store that is
        # down tell the two apart (TH-85).
        rules = asking.policies.rules(place.object_id, row.policy if row else "")
        if hides(rules, judge) or row is None:
            raise no_such_object(place.object_id)
        return [member(row, rules, self._pages(place, row, rules, judge), judge)]

    def _pages(self, place: Place, row: ObjectRow, rules: Rules, judge: Judge) -> Pages | None:
        """Return the pages of a canvas or a range, None for all; raises NotFound."""
        if place.canvas is not None:
            if not 1 <= place.canvas <= row.pages:
                raise no_such_canvas(row, place.canvas)
            return pages_of((place.canvas - 1,))
        if place.range is None:
            return None
        # A minimal manifest tells no ranges; neither does an address that could be guessed.
        tells = rules.policy.manifest == "full" or judge(rules, None).manifest == "full"
        ranges = told_ranges(self._catalogue().ranges(row.id), rules, judge) if tells else []
        pages = pages_of_range(ranges, place.range)
        if pages is None:
            raise no_such_range(row, place.range, ranges)
        return pages_of(pages)

    def _of_collection(self, name: str, asking: Asking) -> list[Member]:
        judge, policies = asking.text, asking.policies
        names = self._collections().below(name)
        rows = [row for row in self._rows() if name == EVERYTHING or not names.isdisjoint(row.collections)]
        ruled = ((row, policies.rules(row.id, row.policy)) for row in rows)
        seen = [member(row, rules, None, judge) for row, rules in ruled if not hides(rules, judge)]
        if not seen and name != EVERYTHING:
            raise NotFound(f"There is no collection {name!r}.", "The collection `all` has everything.")
        return [each for each in seen if each.search == "full"]

    def _rows(self) -> Sequence[ObjectRow]:
        """Return all objects by id; read anew when the catalogue has changed."""
        epoch = self._catalogue().epoch()
        with self._lock:
            if self._listed[0] != epoch:
                self._listed = epoch, sorted(self._catalogue().objects(), key=lambda row: row.id)
            return self._listed[1]


def told_ranges(ranges: Sequence[RangeRow], rules: Rules, judge: Judge) -> Sequence[RangeRow]:
    """Return the ranges that a manifest tells: those with a canvas that it tells in full (TH-86, `Book.parts`)."""
    if not rules.pages:
        return ranges
    return [row for row in ranges if any(_tells(rules, n, judge) for n in row.canvases)]


def _tells(rules: Rules, n: int, judge: Judge) -> bool:
    return rules.of(n).manifest == "full" or judge(rules, n).manifest == "full"


def no_such_range(row: ObjectRow, r: int, ranges: Sequence[RangeRow]) -> NotFound:
    """Return the error of a range number that is not among the ranges that may be told."""
    last = max((known.r for known in ranges), default=0)
    told = "Its manifest lists none." if not last else f"Its ranges are 1 to {last}." if last > 1 else "It has range 1."
    if last > len(ranges):  # some between them may not be told
        told = "Its manifest lists those that there are."
    return NotFound(f"The object {row.id!r} has no range {r}.", told)


def pages_of_range(ranges: Sequence[RangeRow], r: int) -> frozenset[int] | None:
    """Return the pages (from 0) of a range and of all ranges inside it; None if there is none of that number."""
    pages: set[int] = set()
    inside: set[int] = set()
    for row in ranges:  # each stands before those inside it
        if row.r == r or row.parent in inside:
            inside.add(row.r)
            pages.update(n - 1 for n in row.canvases)
    return frozenset(pages) if inside else None

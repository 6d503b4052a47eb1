"""An object of a scope with what its reader may know of its text: page by page, and of one kind in one answer."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from auth.decision import SearchView, Verdict, earliest
from auth.pages import is_free_text, stretches
from auth.rules import Rules
from lectern.catalogue import ObjectRow
from search.parts import Ranges
from services.asker import Judge

_VIEWS: tuple[SearchView, ...] = ("full", "boxes")  # the most that an answer can tell comes first


@dataclass(frozen=True, slots=True)
class Pages:
    """Some pages (from 0), as ranges (first, last) in order with both ends in them."""

    ranges: tuple[tuple[int, int], ...]

    def __call__(self, page: int) -> bool:
        """Return whether a page (from 0) is one of these."""
        place = bisect_right(self.ranges, page, key=lambda each: each[0])
        return place > 0 and page <= self.ranges[place - 1][1]

    def both(self, other: "Pages") -> "Pages":
        """Return the pages that are among others too."""
        met = ((max(a, c), min(b, d)) for a, b in self.ranges for c, d in other.ranges)
        return Pages(tuple(sorted(each for each in met if each[0] <= each[1])))


def pages_of(numbers: Iterable[int]) -> Pages:
    """Return pages (from 0) that are told one by one, in any order."""
    return Pages(_merged((page, page) for page in set(numbers)))


@dataclass(frozen=True, slots=True)
class Member:
    """An object of a scope, and what its reader may know of it: `search` of the pages `readable` (None: of all).

    What is searched is the part of the object that holds the words of the pages `part` alone (None: all of it).
    `everybodys` tells that a stranger would be told the very same, until `valid_until` at least.
    """

    row: ObjectRow
    search: SearchView
    readable: Pages | None = None
    everybodys: bool = False
    valid_until: datetime | None = None
    part: Ranges | None = None

    @property
    def within(self) -> Pages | None:
        """Return the pages of what is searched that are asked for, None for all that it has."""
        return None if self.readable is not None and self.readable.ranges == self.part else self.readable


def hides(rules: Rules, judge: Judge) -> bool:
    """Return whether an object is hidden from the reader; nobody is asked about one that is hidden from none."""
    return rules.policy.manifest == "hidden" and judge(rules, None).manifest == "hidden"


def member(row: ObjectRow, rules: Rules, scope: Pages | None, judge: Judge) -> Member:
    """Return what a reader may know of the pages of a scope (None: of all pages).

    One answer is of one kind. Where pages differ, those with the most count: if the text of any page in the scope may
    be known, pages of which only places are told (`boxes`) are as unreadable as those of which nothing is; if of none,
    those `boxes` pages are what is searched. So a page is never told in an answer as more than its policy says, and
    places of a page stand in an answer of their own (of its canvas, say), under the limits on such answers.
    """
    if not rules.pages:
        verdict = judge(rules, None)
        return Member(row, verdict.search, scope, _is_everybodys(rules, verdict), verdict.valid_until)
    parts = list(_parts(row, rules, scope, judge))
    verdicts = [verdict for _, _, verdict in parts] or [judge(rules, None)]
    views = {verdict.search for verdict in verdicts}
    search: SearchView = next((view for view in _VIEWS if view in views), "none")
    readable = scope
    if views != {search}:
        # Stretches that stand in a row are one: a tag tells what may be known, not how it is parted.
        shown = (page for _, pages, verdict in parts if verdict.search == search for page in pages.ranges)
        readable = Pages(_merged(shown))
    everybodys = all(_is_everybodys(rules, verdict) for verdict in verdicts)
    part = _part(row, rules, {policy for policy, _, verdict in parts if verdict.search == search})
    return Member(row, search, readable, everybodys, earliest(verdicts), part)


def _part(row: ObjectRow, rules: Rules, policies: Collection[str]) -> Ranges | None:
    """Return the pages under some policies, None if these are all: a scope is searched among all that are judged alike.

    So there are few parts, and nobody is asked about pages out of the scope.
    """
    own = [(each.first - 1, each.last - 1) for each in stretches(rules, row.pages) if each.policy.name in policies]
    ranges = _merged(own)
    return None if ranges == ((0, row.pages - 1),) else ranges


def _parts(row: ObjectRow, rules: Rules, scope: Pages | None, judge: Judge) -> Iterator[tuple[str, Pages, Verdict]]:
    """Yield the pages of a scope, cut where the policy changes: the policy's name, the pages, the verdict on them."""
    for stretch in stretches(rules, row.pages):
        pages = Pages(((stretch.first - 1, stretch.last - 1),))
        if scope is not None:
            pages = pages.both(scope)
        if pages.ranges:
            yield stretch.policy.name, pages, judge(rules, stretch.first)


def _merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and found[-1][1] == first - 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return tuple(found)


def _is_everybodys(rules: Rules, verdict: Verdict) -> bool:
    """Return whether a stranger has the same verdict, or is told as much: a text that is free without a sign-in."""
    return verdict.public or (not verdict.allowed and rules.policy.manifest != "hidden" and is_free_text(verdict))

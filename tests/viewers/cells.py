"""Trying the cells of one viewer, and comparing what is found with the committed table."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest

from tests.viewers.drivers.base import Driver, Lacks
from tests.viewers.features import EVERYWHERE, SEARCHING, Feature
from tests.viewers.matrix import SEARCH_PLACE, WORKS, Cell, Ledger, Outcome, committed, lacking
from tests.viewers.places import PLACES, SIBLING_HOST, Place
from tests.viewers.reasons import Shortfall
from tests.viewers.visit import Visit

Visiting = Callable[[Place], AbstractContextManager[Visit]]


def trials(
    *more: Place, places: Sequence[Place] = PLACES, plain: bool = False, later: Sequence[str] = ()
) -> pytest.MarkDecorator:
    """Return the trials of one viewer, place by place; `more` are places beside the four, `places` others instead.

    A `plain` viewer shows pictures and has nothing else to be tried at every run. Features whose titles are among those
    for `later` are tried by `make matrix` only: their cells are not settled yet.
    """
    everywhere = [(place, feature) for place in (*places, *more) for feature in EVERYWHERE]
    searching = [(SEARCH_PLACE, feature) for feature in SEARCHING]
    found = [
        pytest.param(
            place,
            feature,
            id=f"{place.name}: {feature.title}",
            marks=_marks(place, feature, places, plain or feature.title in later),
        )
        for place, feature in everywhere + searching
    ]
    return pytest.mark.parametrize(("place", "feature"), found)


def _marks(place: Place, feature: Feature, places: Sequence[Place], seldom: bool) -> Sequence[pytest.MarkDecorator]:
    """Return what tells the trials that `make matrix` alone makes: later steps of a sign-in differ little by place."""
    once = feature in EVERYWHERE[2:] and len(places) > 1
    later = (seldom and feature is not EVERYWHERE[0]) or (once and place is not SIBLING_HOST)
    return [pytest.mark.thorough] if later else []


@dataclass(frozen=True)
class Trial:
    """How a trial is made: visits, and the ledger if the table is to be written."""

    visiting: Visiting
    ledger: Ledger | None

    def compare(self, kind: type[Driver], place: Place, feature: Feature) -> None:
        """Try a cell; fails if it comes out otherwise than docs/viewers.md says, unless that is being written."""
        cell = Cell(kind.title, place.name, feature.title)
        with self.visiting(place) as visit:
            outcome = attempt(kind(visit), feature)
        if self.ledger is not None:
            self.ledger.note(cell, outcome)
            return
        known = committed().get(cell)
        assert known is not None, f"docs/viewers.md does not have {cell}; run `make matrix`"
        assert outcome.code == known.code, f"{cell} is not as docs/viewers.md says; what was asked:\n{outcome.trace}"


def attempt(viewer: Driver, feature: Feature) -> Outcome:
    """Return what comes of a feature; what is no stated shortfall raises."""
    try:
        feature.run(viewer)
    except Lacks as lacks:
        return Outcome(lacking(str(lacks)))
    except Shortfall as shortfall:
        return Outcome(shortfall.reason.code, viewer.visit.log.trace())
    return Outcome(WORKS)

"""What a collection holds for one reader where a cluster keeps the words: judged by policies, not object by object."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from auth.rules import Rules
from lectern.catalogue import Catalogue, ObjectRow
from lectern.catalogue_pending import Key, Waiting
from lectern.collection_tree import EVERYTHING, CollectionTree
from lectern.errors import NotFound, StoreUnavailable
from search.cluster.clauses import HEADS, every
from search.cluster.grounds import Ground, all_of
from search.cluster.walking import Clock, Pages
from services.search.members import Member, hides, member

if TYPE_CHECKING:
    from services.search.scopes import Asking

_MOST_NAMES = 10_000
_KEPT = 64  # surveys
_KEPT_SECONDS = 10  # the cluster may be loaded anew, which the catalogue does not know of


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one reader may search: `ground` all at once, and `apart`, in the order of their ids, one by one.

    These are the objects whose pages have several policies, those whose documents say another policy than the
    catalogue, and those that are published while their documents are still being loaded. `marks` name the analyses that
    are in use. `places` is the ground of which places of words are told alone, None if there is none. `asking` judges
    each object that is found once more. `late` tells that the cluster did not say all that there is.
    """

    ground: Ground
    apart: Sequence[Member]
    marks: frozenset[str]
    asking: "Asking"
    places: Ground | None = None
    late: bool = False

    def member(self, row: ObjectRow) -> Member | None:
        """Return an object that was found in the ground, None if its row says that it may not be told of."""
        names = self.ground.collections
        if names is not None and names.isdisjoint(row.collections):
            return None
        rules, judge = self.asking.policies.rules(row.id, row.policy), self.asking.text
        found = None if hides(rules, judge) else member(row, rules, None, judge)
        return found if found is not None and _is_known(found) else None


class _Survey(NamedTuple):
    """What documents of a collection say: the policies that they are under, the analyses that they were made with.

    A `late` one is of some of them.
    """

    policies: frozenset[str]
    marks: frozenset[str]
    late: bool = False


class Surveyor:
    """Tells what collections hold."""

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        collections: Callable[[], CollectionTree],
        pages: Callable[[], Pages],
        seconds: float,
    ) -> None:
        self._catalogue = catalogue
        self._collections = collections
        self._pages = pages
        self._seconds = seconds
        self._lock = Lock()
        self._surveys: dict[object, tuple[float, _Survey]] = {}

    def holdings(self, name: str, asking: "Asking") -> Holdings:
        """Return what a collection, with all that are inside it, holds for a reader.

        Raises NotFound for one without an object that he may know of, StoreUnavailable.
        """
        names = None if name == EVERYTHING else self._collections().below(name)
        epoch = self._catalogue().epoch()  # before all else: what is remembered is never older than it
        waits = self._catalogue().pending.all()
        waiting = frozenset(str(wait.key) for wait in waits)
        judged = frozenset(asking.policies.overrides).union(
            wait.key.object for wait in waits if wait.state is not Waiting.GOING
        )
        seen = self._seen(names, judged, asking)
        survey = self._survey(epoch, names, waiting, judged)
        told = {policy for policy in survey.policies if not hides(Rules(asking.policies.get(policy)), asking.text)}
        if not seen and not told and name != EVERYTHING:
            if survey.late:
                raise StoreUnavailable("The cluster cannot say just now what there is.", "Ask again in some seconds.")
            raise NotFound(f"There is no collection {name!r}.", "The collection `all` has everything.")
        full = [each for each in seen if each.search == "full"]
        known = frozenset(each.row.id for each in full if _is_known(each) and _key(each.row) not in waiting)
        views = {each: asking.text(Rules(asking.policies.get(each)), None).search for each in told}
        policies = frozenset(each for each, view in views.items() if view == "full")
        ground = Ground(policies, names, judged, known, waiting)
        places = frozenset(each for each, view in views.items() if view == "boxes")
        others = frozenset(each.row.id for each in seen if each.search == "boxes")
        apart = sorted((each for each in full if each.row.id not in known), key=lambda each: each.row.id)
        return Holdings(
            ground,
            apart,
            survey.marks,
            asking,
            Ground(places, names, judged, others, waiting) if places or others else None,
            survey.late,
        )

    def _seen(self, names: frozenset[str] | None, judged: frozenset[str], asking: "Asking") -> list[Member]:
        """Return those objects that no policy's name judges, as far as the reader may know of them."""
        if not judged:
            return []
        rows = self._catalogue().some(judged).values()
        ruled = [
            (row, asking.policies.rules(row.id, row.policy))
            for row in rows
            if names is None or not names.isdisjoint(row.collections)
        ]
        return [member(row, rules, None, asking.text) for row, rules in ruled if not hides(rules, asking.text)]

    def _survey(
        self, epoch: int, names: frozenset[str] | None, waiting: frozenset[str], judged: frozenset[str]
    ) -> _Survey:
        """Return what there is in collections; asked anew when the catalogue has changed, or after some seconds."""
        key, now = (epoch, names, waiting, judged), time.monotonic()
        with self._lock:
            since, found = self._surveys.get(key, (0.0, None))
        if found is not None and now - since < _KEPT_SECONDS:
            return found
        found = self._asked(names, waiting, judged)
        if found.late:
            return found
        with self._lock:
            self._surveys.pop(key, None)
            while len(self._surveys) >= _KEPT:
                del self._surveys[next(iter(self._surveys))]
            self._surveys[key] = now, found
        return found

    def _asked(self, names: frozenset[str] | None, waiting: frozenset[str], judged: frozenset[str]) -> _Survey:
        ruled = every(({"match_all": {}},), [{"terms": {"object": sorted(judged)}}] if judged else [])
        body = {
            "query": {"bool": {"filter": [HEADS, all_of(names, waiting)]}},
            "size": 0,
            "track_total_hits": False,
            "aggs": {
                "marks": {"terms": {"field": "profile", "size": _MOST_NAMES}},
                "ruled": {
                    "filter": ruled,
                    "aggs": {"policies": {"terms": {"field": "policy", "size": _MOST_NAMES}}},
                },
            },
        }
        clock = Clock(self._seconds)
        found = self._pages().ask(body, clock)["aggregations"]
        return _Survey(_names(found["ruled"]["policies"]), _names(found["marks"]), clock.late)


def _names(found: dict[str, list[dict[str, str]]]) -> frozenset[str]:
    return frozenset(bucket["key"] for bucket in found["buckets"])


def _is_known(found: Member) -> bool:
    """Return whether the whole text of an object may be known."""
    return found.search == "full" and found.part is None and found.readable is None


def _key(row: ObjectRow) -> str:
    return str(Key(row.id, row.generation))

"""What an IIIF Change Discovery 1.0 stream says has changed. Pure: documents in, activities and tasks out."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from lectern.errors import InputError
from lectern.iiif_json import id_of

Json = dict[str, Any]
Action = Literal["read", "remove"]

MAX_OBJECTS = 200_000
_AHEAD_SECONDS = 86_400.0  # by which clocks may differ, and zones be forgotten
_INCLUDING = frozenset({"Create", "Update", "Add"})
_REMOVING = frozenset({"Delete", "Remove"})
_TYPES = frozenset({"Manifest", "sc:Manifest", "Collection", "sc:Collection", ""})


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity. `at` is its moment (seconds since 1970 UTC), None if it tells none; `object` and `target` are ids.

    `stream` is the stream that something was added to or removed from, empty if it does not say.
    """

    type: str
    object: str = ""
    kind: str = ""
    target: str = ""
    stream: str = ""
    at: float | None = None

    @property
    def mark(self) -> str:
        """Return a short name of the activity, the same wherever it is met (3.5.4: type, object, time)."""
        return hashlib.sha256(f"{self.type}\0{self.object}\0{self.at}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class StreamPage:
    """A page of a stream: its activities, the newest last, and the address of the page before it, if there is one."""

    activities: tuple[Activity, ...]
    before: str = ""


@dataclass(slots=True)
class Changes:
    """What is to be done for each object since the last time; the newest activity of each decides.

    `since` is the moment of the newest activity that was seen then, None if the stream was never read; `marks` are
    those of that very moment that were seen. `newest` and `newest_marks` are the same for the next time.

    An activity of more than a day after `now` counts once, by its mark, and is never the newest: it would silence all
    that comes until then. Those marks are `ahead`.
    """

    addresses: frozenset[str]
    since: float | None = None
    marks: frozenset[str] = frozenset()
    tasks: dict[str, Action] = field(default_factory=dict)
    newest: float | None = None
    newest_marks: set[str] = field(default_factory=set)
    only_removals: bool = False
    passed_over: int = 0
    now: float = math.inf
    dated: bool = False
    ahead: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Forget a last time that lies ahead: an older release, or a clock that was wrong, wrote it."""
        if self.since is not None and self._is_ahead(self.since):
            self.since = None

    def take(self, page: StreamPage) -> bool:
        """Take a page in, backwards; returns whether the page before it is to be read too (3.5.2).

        Raises InputError for a stream of more than 200,000 objects.
        """
        return all(self._take(activity) for activity in reversed(page.activities))

    def _take(self, activity: Activity) -> bool:
        at = activity.at
        if at is not None and self.since is not None and at < self.since:
            return False
        if activity.type == "Refresh":
            self.only_removals = True
            return self.since is not None
        if at is not None:
            self._note(at, activity.mark)
            if activity.mark in self.marks and (at == self.since or self._is_ahead(at)):
                return True
        if activity.kind not in _TYPES or not self._concerns_us(activity):
            self.passed_over += 1
            return True
        self._decide(activity)
        if max(len(self.tasks), len(self.ahead)) > MAX_OBJECTS:
            raise InputError(f"The stream tells of more than {MAX_OBJECTS} objects.", "Harvest its parts.")
        return True

    def _is_ahead(self, at: float) -> bool:
        return at > self.now + _AHEAD_SECONDS

    def _note(self, at: float, mark: str) -> None:
        self.dated = True
        if self._is_ahead(at):
            self.ahead.add(mark)
            return
        if self.newest is None or at > self.newest:
            self.newest, self.newest_marks = at, set()
        if at == self.newest:
            self.newest_marks.add(mark)

    def _concerns_us(self, activity: Activity) -> bool:
        """Return whether an addition or a removal is one of this stream; others' say nothing about it."""
        return activity.type not in {"Add", "Remove"} or not activity.stream or activity.stream in self.addresses

    def _decide(self, activity: Activity) -> None:
        if activity.object in self.tasks:
            return
        if activity.type in _REMOVING or activity.type == "Move":
            self.tasks[activity.object] = "remove"
        elif activity.type in _INCLUDING and not self.only_removals:
            self.tasks[activity.object] = "read"
        if activity.type == "Move" and activity.target and not self.only_removals:
            self.tasks.setdefault(activity.target, "read")


def is_stream(document: Any) -> bool:
    """Return whether a document is the beginning of a change stream."""
    return _type(document) == "OrderedCollection"


def last_page(document: Json) -> str:
    """Return the address of a stream's last page; raises InputError."""
    address = id_of(document.get("last"))
    if not address:
        raise InputError("The change stream tells no last page.", "Its OrderedCollection needs `last` (3.1).")
    return address


def read_page(document: Any, address: str) -> StreamPage:
    """Return what a page of a stream says; raises InputError. What has not the form of an activity is passed over."""
    items = document.get("orderedItems") if isinstance(document, dict) else None
    if _type(document) not in {"OrderedCollectionPage", "OrderedCollection"} or not isinstance(items, list):
        raise InputError(
            f"{address} is no page of a change stream.", "It needs the type OrderedCollectionPage and `orderedItems`."
        )
    return StreamPage(tuple(_activities(items)), id_of(document.get("prev")))


def _activities(items: list[Any]) -> Iterator[Activity]:
    for item in items:
        kind = _type(item)
        if kind == "Refresh":
            yield Activity(kind, at=_moment(item.get("startTime")))
        elif kind and (name := id_of(item.get("object"))):
            stream = id_of(item.get("target" if kind == "Add" else "origin"))
            target = id_of(item.get("target")) if kind == "Move" else ""
            yield Activity(kind, name, _type(item["object"]), target, stream, _moment(item.get("endTime")))


def _moment(value: Any) -> float | None:
    """Return an xsd:dateTime as seconds since 1970 UTC; one without a zone is UTC, as it must be."""
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _type(found: Any) -> str:
    value = (found.get("type") or found.get("@type")) if isinstance(found, dict) else None
    return value.removeprefix("as:") if isinstance(value, str) else ""

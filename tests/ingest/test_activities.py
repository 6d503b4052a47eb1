"""Change Discovery 1.0: which activities count, how far back is read, and what is to be done for each object."""

from typing import Any

import pytest

from ingest import activities
from ingest.activities import Changes, is_stream, last_page, read_page
from lectern.errors import InputError

STREAM = "https://lib.example/all-changes"


def activity(kind: str, name: str = "", day: int | None = None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind, "object": {"id": f"x:{name}", "type": "Manifest"}}
    return found | ({"endTime": f"2026-01-{day:02}T00:00:00Z"} if day else {}) | more


def page(*items: object, **more: Any) -> dict[str, Any]:
    return {"type": "OrderedCollectionPage", "orderedItems": list(items)} | more


def moment(day: int) -> float:
    return 1_767_225_600.0 + 86_400 * (day - 1)


def taken(*items: object, since: int | None = None, marks: frozenset[str] = frozenset()) -> tuple[Changes, bool]:
    changes = Changes(frozenset({STREAM}), moment(since) if since else None, marks)
    return changes, changes.take(read_page(page(*items), "x:page"))


def test_each_object_is_done_once_and_the_newest_activity_decides():
    changes, on = taken(
        activity("Create", "a", 1), activity("Update", "b", 2), activity("Delete", "a", 3), activity("Create", "b", 4)
    )
    assert (changes.tasks, on) == ({"x:b": "read", "x:a": "remove"}, True)
    assert changes.newest == moment(4)


def test_a_list_of_level_0_has_no_times_and_is_read_whole():
    changes, on = taken(activity("Update", "a"), activity("Update", "b"), since=9)
    assert (changes.tasks, changes.newest, on) == ({"x:b": "read", "x:a": "read"}, None, True)


def test_reading_ends_before_the_last_time():
    changes, on = taken(activity("Update", "a", 1), activity("Update", "b", 3), since=2)
    assert (changes.tasks, on) == ({"x:b": "read"}, False)


def test_of_the_very_moment_of_the_last_time_only_what_is_new_counts():
    first, _ = taken(activity("Update", "a", 2))
    changes, on = taken(
        activity("Update", "a", 2), activity("Update", "b", 2), since=2, marks=frozenset(first.newest_marks)
    )
    assert (changes.tasks, on) == ({"x:b": "read"}, True)
    assert len(changes.newest_marks) == 2


def test_a_refresh_ends_the_first_reading():
    refresh = {"type": "Refresh", "startTime": "2026-01-02T00:00:00Z"}
    changes, on = taken(activity("Update", "old", 1), refresh, activity("Update", "a", 3))
    assert (changes.tasks, on) == ({"x:a": "read"}, False)


def test_behind_a_refresh_only_removals_count():
    refresh = {"type": "Refresh", "startTime": "2026-01-05T00:00:00Z"}
    moved = activity("Move", "moved", 4, target={"id": "x:new", "type": "Manifest"})
    items = [activity("Update", "old", 3), activity("Delete", "gone", 3), moved, refresh, activity("Update", "a", 6)]
    changes, on = taken(*items, since=2)
    assert (changes.tasks, on) == ({"x:a": "read", "x:moved": "remove", "x:gone": "remove"}, True)
    assert taken(activity("Delete", "gone", 1), refresh, since=6)[1] is False


def test_a_move_is_a_removal_and_an_addition():
    target = {"target": {"id": "x:new", "type": "Manifest"}}
    assert taken(activity("Move", "old", 1, **target))[0].tasks == {"x:old": "remove", "x:new": "read"}
    later = [activity("Move", "old", 1, **target), activity("Delete", "new", 2)]
    assert taken(*later)[0].tasks == {"x:new": "remove", "x:old": "remove"}


@pytest.mark.parametrize(
    ("kind", "key", "stream", "task"),
    [
        ("Add", "target", STREAM, "read"),
        ("Add", "target", "x:other", None),
        ("Add", "target", "", "read"),
        ("Remove", "origin", STREAM, "remove"),
        ("Remove", "origin", "x:other", None),
        ("Remove", "origin", "", "remove"),
    ],
)
def test_additions_and_removals_count_where_they_are_of_this_stream(kind: str, key: str, stream: str, task: str | None):
    more = {key: {"id": stream, "type": "OrderedCollection"}} if stream else {}
    changes, _ = taken(activity(kind, "a", 1, **more))
    assert changes.tasks.get("x:a") == task
    assert changes.passed_over == (task is None)


def test_other_objects_and_other_activities_are_passed_over():
    other = activity("Update", "a", 1) | {"object": {"id": "x:a", "type": "Canvas"}}
    unknown = activity("Update", "b", 1) | {"object": "x:b"}
    changes, _ = taken(other, unknown, activity("Like", "c", 1), {"type": "Update"}, None, 7, {"object": {"id": "x:d"}})
    assert changes.tasks == {"x:b": "read"}


@pytest.mark.parametrize(
    "time", ["2026-01-02T01:00:00+01:00", "2026-01-02T00:00:00", "2026-01-02T00:00:00.000Z", "2026-01-02"]
)
def test_times_of_every_spelling(time: str):
    assert taken(activity("Update", "a", endTime=time))[0].newest == moment(2)


@pytest.mark.parametrize("time", ["yesterday", "", 5, None, "9999-99-99T00:00:00Z", {}])
def test_what_is_no_time_is_none(time: object):
    assert taken(activity("Update", "a", endTime=time), since=9)[0].tasks == {"x:a": "read"}


def test_a_stream_of_too_many_objects_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(activities, "MAX_OBJECTS", 2)
    with pytest.raises(InputError, match="more than 2 objects"):
        taken(*(activity("Update", name) for name in "abc"))


@pytest.mark.parametrize(
    "document", [None, [], {}, {"type": "Manifest"}, page() | {"orderedItems": 3}, {"orderedItems": []}]
)
def test_what_is_no_page_is_refused(document: Any):
    with pytest.raises(InputError, match="no page of a change stream"):
        read_page(document, "x:page")


def test_a_stream_is_known_and_needs_a_last_page():
    stream = {"type": "OrderedCollection", "last": {"id": "x:9", "type": "OrderedCollectionPage"}}
    assert is_stream(stream)
    assert last_page(stream) == "x:9"
    assert not is_stream({"type": "Collection"})
    assert not is_stream([])
    with pytest.raises(InputError, match="no last page"):
        last_page({"type": "OrderedCollection"})
    assert read_page(page(prev={"id": "x:8"}), "x:9").before == "x:8"

"""Following a change stream: only what is new is read, and what is not done yet is never lost."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ingest import streams
from ingest.fetching import Fetcher, Limits
from ingest.streams import Stream, follow
from lectern.errors import InputError, StoreUnavailable
from lectern.home import Home
from tests.ingest.test_activities import activity, page
from tests.ingest.web import Answer, Web, serve


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as web:
        yield web


def publish(web: Web, *pages: list[dict[str, Any]]) -> dict[str, Any]:
    """Put pages of activities, the oldest first, on the web; returns the stream's first document."""
    for n, items in enumerate(pages):
        before = {"prev": {"id": f"page-{n - 1}"}} if n else {}
        web.pages[f"/page-{n}"] = Answer(json.dumps(page(*items, **before)).encode())
    return {"id": web.url("/s"), "type": "OrderedCollection", "last": {"id": web.url(f"/page-{len(pages) - 1}")}}


class Doer:
    """Does what it is told, but for what it cannot; notes it all."""

    def __init__(self, *cannot: str) -> None:
        self.done: list[tuple[str, str]] = []
        self.cannot = cannot

    def work(self, stream: Stream) -> list[tuple[str, str]]:
        stream.work_off(lambda url: self.do("read", url), lambda url: self.do("remove", url))
        return self.done

    def do(self, what: str, url: str) -> bool:
        self.done.append((what, url.removeprefix("x:")))
        return url not in self.cannot


def run(home: Home, web: Web, document: dict[str, Any], *cannot: str) -> list[tuple[str, str]]:
    with follow(home, web.url("/s")) as stream:
        stream.look(Fetcher(Limits(private=True)), document)
        return Doer(*cannot).work(stream)


def test_a_second_run_reads_only_what_is_new(home: Home, web: Web):
    old = [[activity("Create", "a", 1)], [activity("Create", "b", 2)]]
    assert run(home, web, publish(web, *old)) == [("read", "b"), ("read", "a")]
    assert [path for path, _ in web.asked] == ["/page-1", "/page-0"]
    web.asked.clear()
    assert run(home, web, publish(web, *old)) == []
    assert [path for path, _ in web.asked] == ["/page-1", "/page-0"]
    new = [activity("Update", "a", 3), activity("Create", "c", 4)]
    web.asked.clear()
    assert run(home, web, publish(web, *old, [activity("Create", "b", 2), *new])) == [("read", "c"), ("read", "a")]


def test_pages_before_the_last_time_are_not_asked_for(home: Home, web: Web):
    pages = [[activity("Update", f"{day}", day)] for day in range(1, 10)]
    run(home, web, publish(web, *pages))
    web.asked.clear()
    run(home, web, publish(web, *pages))
    assert [path for path, _ in web.asked] == ["/page-8", "/page-7"]


def test_what_failed_is_tried_again_and_given_up_in_the_end(home: Home, web: Web):
    document = publish(web, [activity("Create", "a", 1), activity("Create", "b", 2)])
    assert run(home, web, document, "x:a") == [("read", "b"), ("read", "a")]
    for _ in range(4):
        assert run(home, web, document, "x:a") == [("read", "a")]
    assert run(home, web, document, "x:a") == []


def test_a_run_that_is_ended_in_the_middle_is_gone_on_with(home: Home, web: Web):
    document = publish(web, [activity("Create", name, day) for day, name in enumerate("abc", 1)])

    class Killed(BaseException):
        pass

    def die(url: str) -> bool:
        if url == "x:b":
            raise Killed
        return True

    with follow(home, web.url("/s")) as stream:
        stream.look(Fetcher(Limits(private=True)), document)
        with pytest.raises(Killed):
            stream.work_off(die, die)
    assert run(home, web, document) == [("read", "b"), ("read", "a")]


def test_news_of_what_is_still_to_be_done_replaces_it(home: Home, web: Web):
    first = [activity("Create", "a", 1)]
    run(home, web, publish(web, first), "x:a")
    assert run(home, web, publish(web, first, [activity("Delete", "a", 2)])) == [("remove", "a")]


def test_what_is_gone_is_remembered_until_it_is_removed_or_comes_back(home: Home, web: Web):
    gone = [activity("Delete", "a", 1), activity("Delete", "b", 2)]
    assert run(home, web, publish(web, gone), "x:a", "x:b") == [("remove", "b"), ("remove", "a")]
    back = [*gone, activity("Create", "b", 3)]
    assert run(home, web, publish(web, back), "x:a") == [("remove", "a"), ("read", "b")]
    assert run(home, web, publish(web, back)) == [("remove", "a")]
    assert run(home, web, publish(web, back)) == []


def test_a_stream_without_pages_is_one(home: Home, web: Web):
    document = {"type": "OrderedCollection", "orderedItems": [activity("Update", "a")]}
    assert run(home, web, document) == [("read", "a")]
    assert run(home, web, document) == [("read", "a")]


def test_what_a_list_without_times_has_no_more_is_gone(home: Home, web: Web):
    assert run(home, web, publish(web, [activity("Update", "a"), activity("Update", "b")])) == [
        ("read", "b"),
        ("read", "a"),
    ]
    without = publish(web, [activity("Update", "a")])
    assert run(home, web, without, "x:b") == [("read", "a"), ("remove", "b")]
    assert run(home, web, without) == [("remove", "b"), ("read", "a")]
    assert run(home, web, without) == [("read", "a")]


def test_pages_that_lead_in_a_circle_are_refused_and_nothing_is_lost(home: Home, web: Web):
    document = publish(web, [activity("Update", "a", 1)], [activity("Update", "b", 2)])
    web.pages["/page-0"] = Answer(json.dumps(page(activity("Update", "a", 1), prev={"id": "page-1"})).encode())
    with pytest.raises(InputError, match="leads back"):
        run(home, web, document)
    assert run(home, web, publish(web, [activity("Update", "a", 1)])) == [("read", "a")]


def test_a_stream_of_too_many_pages_is_refused(home: Home, web: Web, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams, "MAX_PAGES", 2)
    with pytest.raises(InputError, match="more than 2 pages"):
        run(home, web, publish(web, *([activity("Update", name)] for name in "abc")))


def test_a_page_before_at_no_address_is_refused(home: Home, web: Web):
    document = publish(web, [activity("Update", "a", 1)])
    web.pages["/page-0"] = Answer(json.dumps(page(prev={"id": "http://[::1"})).encode())
    with pytest.raises(InputError, match="no address"):
        run(home, web, document)


def test_a_torn_page_keeps_the_state_as_it_was(home: Home, web: Web):
    document = publish(web, [activity("Update", "a", 1)], [activity("Update", "b", 2)])
    web.pages["/page-0"] = Answer(b"[")
    with pytest.raises(InputError, match="not JSON"):
        run(home, web, document)
    assert run(home, web, publish(web, [activity("Update", "a", 1)], [activity("Update", "b", 2)])) == [
        ("read", "b"),
        ("read", "a"),
    ]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"todo": 3}', '{"todo": {"x": {"n": 1}}}', '{"todo": {}, "a": 1}'])
def test_a_state_that_is_none_begins_anew(home: Home, web: Web, text: str):
    document = publish(web, [activity("Update", "a", 1)])
    run(home, web, document)
    (file,) = (home.path / "ocr" / "streams").glob("*.json")
    file.write_text(text)
    assert run(home, web, document) == [("read", "a")]


def test_a_stream_can_be_read_anew_and_by_one_process_at_a_time(home: Home, web: Web):
    document = publish(web, [activity("Update", "a", 1)])
    run(home, web, document)
    with follow(home, web.url("/s"), anew=True) as stream:
        stream.look(Fetcher(Limits(private=True)), document)
        assert Doer().work(stream) == [("read", "a")]
        with pytest.raises(StoreUnavailable), follow(home, web.url("/s")):
            pass


FUTURE: dict[str, Any] = {"endTime": "2999-01-01T00:00:00Z"}


def test_an_activity_of_the_future_counts_once_and_silences_nothing(home: Home, web: Web):
    ahead = activity("Delete", "a", **FUTURE)
    assert run(home, web, publish(web, [activity("Create", "a", 1), ahead])) == [("remove", "a")]
    assert run(home, web, publish(web, [activity("Create", "a", 1), ahead])) == []
    later = [activity("Create", "a", 1), activity("Update", "a", 2), activity("Create", "b", 3), ahead]
    assert run(home, web, publish(web, later)) == [("read", "b"), ("read", "a")]
    assert run(home, web, publish(web, later)) == []


def test_a_stream_whose_clock_is_wrong_is_followed_too(home: Home, web: Web):
    first = [activity("Create", "a", **FUTURE)]
    assert run(home, web, publish(web, first)) == [("read", "a")]
    assert run(home, web, publish(web, [*first, activity("Create", "b", **FUTURE)])) == [("read", "b")]
    assert run(home, web, publish(web, [*first, activity("Create", "b", **FUTURE)])) == []


def test_a_state_that_was_written_by_a_wrong_clock_is_not_believed(home: Home, web: Web):
    with follow(home, web.url("/s")) as stream:
        stream.state.since = 9e10
        stream.save()
    assert run(home, web, publish(web, [activity("Create", "a", 1)])) == [("read", "a")]
    assert run(home, web, publish(web, [activity("Create", "a", 1)])) == []

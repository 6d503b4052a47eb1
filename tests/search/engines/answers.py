"""Whole answers of both versions of Content Search, as one engine gives them of a book."""

from collections.abc import Iterable
from typing import Any

from search import content_search1, content_search2
from search.content_search import Scope, read_request
from search.evaluator import Readable
from search.findings import Subject
from search.library import PackHandle
from search.searching import Limits, find, suggest

_BASE = "https://books.example"
Documents = list[dict[str, Any]]


def documents(
    handle: PackHandle, q: str, readable: Readable | None = None, limits: Limits | None = None, **given: str
) -> Documents:
    """Return the documents of a search, of every page of its answer, in version 1 and in version 2."""
    limits = limits or Limits()
    subject, found = Subject("book", handle, readable), Documents()
    begin: str | None = None
    for _ in range(2):  # pages of one answer
        asked = given | ({"from": begin} if begin else {})
        first, second = (read_request([("q", q), *asked.items()], n, size=50, longest=5000) for n in (1, 2))
        answer = find([subject], q, second.page, limits, filters=second.filters)
        scope = _scope(handle, answer.canvases)
        found.append(content_search1.search_response(answer, first, scope, 1))
        found.append(content_search2.search_response(answer, second, scope))
        if answer.following is None:
            break
        begin = f"{answer.following.object_id}:{answer.following.n}"
    return found


def terms(handle: PackHandle, q: str, readable: Readable | None = None) -> Documents:
    """Return the documents of suggestions in version 1 and in version 2."""
    first, second = (read_request([("q", q)], version, size=50, longest=500, suggest=True) for version in (1, 2))
    found = suggest([Subject("book", handle, readable)], q, 1, filters=second.filters)
    scope = _scope(handle, ())
    return [
        content_search1.terms_response(found, first, scope, f"{_BASE}/autocomplete", 1),
        content_search2.terms_response(found, second, scope, f"{_BASE}/autocomplete"),
    ]


def _scope(handle: PackHandle, places: Iterable[tuple[str, int]]) -> Scope:
    del handle
    return Scope(
        f"{_BASE}/search",
        lambda name, n: f"{_BASE}/{name}/{n}/text",
        {(name, n): (f"{_BASE}/{name}/canvas/{n}", 1000, 1400) for name, n in places},
        base=_BASE,
        beside=lambda name, n: f"{_BASE}/{name}/{n}/remarks",
    )

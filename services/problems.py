"""Errors in the one shape of all services (RFC 9457), as plain values: what Flask answers and what stands before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog

from lectern.errors import Exhausted, LecternError, Overloaded
from lectern.ids import without_capabilities

MEDIA_TYPE = "application/problem+json"
INSIDE = "Something failed inside. The log of the service says what; `lectern check` may say what to do."
_RETRY_SECONDS = "5"
_SEARCH_ADDRESSES = (
    "Search has no such address. Ask /search/{version}/{object}?q=, or {object}/canvas/{n}, {object}/range/{r} or "
    "collections/{name} in its place, with /autocomplete behind it for suggestions; the version is 0, 1 or 2."
)
_NO_ADDRESS = "Nothing is at this address. The shelf leads to all that is shown, and /openapi.json lists every address."

_log = structlog.get_logger("lectern.http")


@dataclass(frozen=True, slots=True)
class Problem:
    """An error to be told: HTTP status, what is the matter and what helps, and headers that go with it."""

    status: int
    detail: str
    title: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the members of the error."""
        title = self.title or HTTPStatus(self.status).phrase
        return {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}


def detail_of(status: int, path: str, largest: int | None) -> str:
    """Return what is told of a request that no view of ours took, empty where we have no words for it.

    `largest` is how many bytes of a body would have been read.
    """
    if status == HTTPStatus.NOT_FOUND:
        return _SEARCH_ADDRESSES if path.startswith("/search/") else _NO_ADDRESS
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return "This address cannot be asked with that method. The header Allow names those that it takes."
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and largest is not None:
        return f"The body is longer than what is read at this address. Send {largest} bytes at most."
    return ""


def problem_of(error: LecternError, path: str) -> Problem:
    """Return what is told of one of our errors; one that is ours to mend is logged with the path.

    What is wrong inside, with its paths, is the operator's to know: the log and `lectern check` tell (TH-102).
    """
    inside = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Overloaded)
    if inside:
        _log.error("failed", path=without_capabilities(path), detail=str(error))
    headers = {"Retry-After": _RETRY_SECONDS} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if isinstance(error, Exhausted):
        headers = {"Retry-After": str(error.wait)}
    return Problem(error.status, INSIDE if inside else str(error), error.title, headers)


def problem_of_fault(error: Exception, path: str) -> Problem:
    """Return what is told of an error that nobody thought of; it is logged with its trace."""
    _log.error("fault", path=without_capabilities(path), exc_info=error)
    return Problem(500, INSIDE)

"""How the operator's page shows things: its frame, and bytes, moments and pages of lists as people read them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, render_template, request

from services.context import Context

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def page(context: Context, template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page in the operator's frame."""
    operator = g.operator
    text = render_template(
        f"admin/{template}",
        institution=context.settings.institution,
        operator=operator.name or operator.user,
        here=(request.endpoint or "").rpartition(".")[2],
        size=size,
        moment=moment,
        ago=lambda at: ago(context.clock().timestamp() - at),
        **values,
    )
    return Response(text, status, content_type="text/html; charset=utf-8")


def size(count: float) -> str:
    """Return a number of bytes as people write it: 1.5 GB (a GB is 10^9 bytes)."""
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.0f} {_UNITS[unit]}" if unit == 0 or count >= 99.5 else f"{count:.1f} {_UNITS[unit]}"


def moment(at: float) -> str:
    """Return seconds since 1970 UTC as a date and a time of day, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def ago(seconds: float) -> str:
    """Return how long ago something was, in the largest unit that is full."""
    for length, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def number(name: str) -> int:
    """Return a page number of the query, from 1; 1 for anything that is none."""
    text = request.args.get(name, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 7 else 1


def pager(path: str, at: int, count: int, per_page: int, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the links around page `at` of a list of `count` (empty where there is none), and where that is."""
    last = max(1, -(-count // per_page))

    def there(page: int) -> str:
        given = {name: value for name, value in parameters.items() if value} | {"page": str(page)}
        return f"{path}?{urlencode(given)}"

    return {
        "before": there(min(at - 1, last)) if at > 1 else "",
        "after": there(at + 1) if at < last else "",
        "where": f"Page {at} of {last}",
    }

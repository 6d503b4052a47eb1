"""Reading what a provider wrote: JSON, and the types that are expected in it. Raises Refused for anything else."""

import json
import math
from typing import Any

from auth.oidc.problems import Refused


def read_object(text: bytes, what: str) -> dict[str, Any]:
    """Return a JSON object; raises Refused for other values, doubled names, NaN, and what is nested too deeply."""
    try:
        value = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{what} is no JSON") from error
    if not isinstance(value, dict):
        raise Refused(f"{what} is no JSON object")
    return value


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def text_of(document: dict[str, Any], name: str, *, longest: int = 2048) -> str:
    """Return a member that has to be a text of 1 to `longest` characters; raises Refused."""
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise Refused(f"{name} is missing or no text")
    return value


def instant_of(document: dict[str, Any], name: str) -> float | None:
    """Return a member in seconds since 1970 UTC, None if it is not there; raises Refused for what is no number."""
    value = document.get(name)
    if value is None and name not in document:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refused(f"{name} is no number")
    return value

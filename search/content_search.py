"""What Content Search 1 and 2 have in common: the request's parameters, the ids of everything in an answer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

from lectern.errors import InputError
from lectern.ids import is_object_id
from lectern.urls import time_fragment
from search.answer import Annotation, Answer, Cursor
from search.searching import Page

_FROM, _ORDER = "from", "order"  # ours: never listed as ignored (CSX-02)
_ORDERS = ("reading", "rank")
_MARKS = frozenset("*?~")  # a word with one of these is read as a pattern
_CANVAS_BOX = "xywh={},{},{},{}"
# Motivations that OCR text answers to (CSX-06). Everything else finds nothing here, and is not an error.
_TEXT_MOTIVATIONS = {
    1: frozenset({"painting", "sc:painting", "http://iiif.io/api/presentation/2#painting"}),
    2: frozenset({"supplementing", "http://iiif.io/api/presentation/3#supplementing"}),
}


@dataclass(frozen=True, slots=True)
class Request:
    """A search request as understood. `kept` are the parameters that count, in order; `ignored` names the others."""

    q: str | None
    page: Page
    matches_text: bool  # False when a filter leaves no OCR text: it has no creator and no date (CS1-14)
    kept: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    minimum: int = 1


def read_request(
    parameters: Iterable[tuple[str, str]],
    version: int,
    *,
    size: int,
    longest: int,
    suggest: bool = False,
) -> Request:
    """Return the request that (name, value) pairs make, in the order received.

    Raises InputError for a query longer than `longest` characters, for a `from` or `min` that is no number, and for
    an `order` that there is none of.
    """
    known = ["q", "motivation", "date", "user", *(["min"] if suggest else [_FROM, _ORDER])]
    given: dict[str, str] = {}
    ignored: dict[str, None] = {}
    for name, value in parameters:
        if name in known:
            given.setdefault(name, value)
        else:
            ignored[name] = None
    q = given.get("q")
    if q is not None and len(q) > longest:
        raise InputError(f"The query has {len(q)} characters.", f"Ask with at most {longest}.")
    motivations = set(given.get("motivation", "").split())
    matches = not motivations or bool(motivations & _TEXT_MOTIVATIONS[max(1, version)])
    matches = matches and not given.get("date") and not given.get("user")
    return Request(
        q,
        Page(_cursor(given.get(_FROM)), size, _order(given.get(_ORDER)) == "rank"),
        matches,
        tuple((name, value) for name, value in given.items() if name != _FROM),
        tuple(ignored),
        _number(given.get("min", "1"), "min"),
    )


def _cursor(value: str | None) -> Cursor | None:
    """Return the canvas that `from={object}:{n}` names; None without it."""
    if not value:
        return None
    name, _, number = value.rpartition(":")
    if not is_object_id(name):
        raise InputError(f"`from` is {value!r}.", "Follow the `next` of an answer: it is OBJECT:N.")
    return Cursor(name, _number(number, _FROM))


def _order(value: str | None) -> str:
    """Return the order of the canvases that is asked for; that of reading where nothing is said."""
    if value and value not in _ORDERS:
        raise InputError(f"`order` is {value!r}.", f"It must be {' or '.join(_ORDERS)}.")
    return value or _ORDERS[0]


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise InputError(f"`{name}` is {text!r}.", "It must be a whole number from 1.")
    return int(text)


def query_for(word: str) -> str:
    """Return the query that finds a suggested word and nothing else: one that reads like a pattern is quoted."""
    return f'"{word}"' if not _MARKS.isdisjoint(word) else word


def at_least(answer: Answer) -> str:
    """Return in words what is known of a total that was not counted to the end."""
    return f"At least {answer.total_hits} hits; there may be more, which were not counted"


class Container(NamedTuple):
    """The manifest that a canvas is in: its id, of the version of the answer, and its label."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What an answer's ids are built from.

    `service` is the search service's own URL, `text(object, n)` the URL of the annotation list of a canvas (from 1),
    `canvases` the ids and sizes of canvases by object and n, `containers` the manifests by object: only where an
    answer is about several.
    """

    service: str
    text: Callable[[str, int], str]
    canvases: Mapping[tuple[str, int], tuple[str, int, int]] = field(default_factory=dict)
    containers: Mapping[str, Container] = field(default_factory=dict)

    def url(self, request: Request, begin: Cursor | None = None) -> str:
        """Return the URL of an answer's page; of the first without a cursor."""
        pairs = list(request.kept)
        if begin is not None:
            pairs.append((_FROM, f"{begin.object_id}:{begin.n}"))
        return f"{self.service}?{urlencode(pairs)}" if pairs else self.service

    def query_url(self, request: Request, q: str) -> str:
        """Return the ready-made search for a query, with the same filters (CS1-56)."""
        pairs = [("q", q), *((name, value) for name, value in request.kept if name not in {"q", "min"})]
        return f"{self.service}?{urlencode(pairs)}"

    def annotation(self, annotation: Annotation) -> str:
        """Return an annotation's id: a place in the canvas's annotation list (CSX-07)."""
        return f"{self.text(annotation.object_id, annotation.n)}#{annotation.key}"

    def target(self, annotation: Annotation) -> str:
        """Return the canvas and box of an annotation, whole pixels inside the canvas (CSX-08), or its seconds."""
        canvas, width, height = self.canvases[annotation.object_id, annotation.n]
        if annotation.time is not None and annotation.box is None:
            return f"{canvas}#{time_fragment(annotation.time)}"
        x, y, w, h = annotation.box or (0, 0, width, height)
        x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
        return f"{canvas}#{_CANVAS_BOX.format(x, y, max(1, min(w, width - x)), max(1, min(h, height - y)))}"

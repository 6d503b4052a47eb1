"""What Content Search 1 and 2 have in common: the request's parameters, the ids of everything in an answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from lectern.errors import InputError
from lectern.ids import is_object_id
from lectern.urls import time_fragment
from lectern.wordblock import IntBox
from search.answer import Annotation, Answer, Cursor
from search.filters import NAMES, Filters, read_filters
from search.searching import Page

_FROM, _ORDER = "from", "order"  # ours: never listed as ignored (CSX-02)
_ORDERS = ("reading", "rank")
_MARKS = frozenset("*?~")  # a word with one of these is read as a pattern


@dataclass(frozen=True, slots=True)
class Request:
    """A search request as understood. `kept` are the parameters that count, in order; `ignored` names the others."""

    q: str | None
    page: Page
    filters: Filters
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

    Raises InputError for a query longer than `longest` characters, for a `from` or `min` that is no number, for an
    `order` that there is none of, and for a `date` that is no range of times.
    """
    known = ["q", *NAMES, *(["min"] if suggest else [_FROM, _ORDER])]
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
    return Request(
        q,
        Page(_cursor(given.get(_FROM)), size, _order(given.get(_ORDER)) == "rank"),
        read_filters(given, version),
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


def one_or_all(values: Sequence[Any]) -> Any:
    """Return the only one of some values, or a list of all of them."""
    return values[0] if len(values) == 1 else list(values)


def made(annotation: Annotation, space: str = "") -> dict[str, Any]:
    """Return by whom and when an annotation beside the OCR was made, where it says so.

    The members have the names of the Web Annotation model; `space` is a prefix for contexts that do not know these.
    """
    remark = annotation.remark
    if remark is None:
        return {}
    who = {f"{space}creator": one_or_all(remark.creators)} if remark.creators else {}
    return who | ({f"{space}created": remark.created} if remark.created else {})


class Container(NamedTuple):
    """The manifest that a canvas is in: its id, of the version of the answer, and its label."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What an answer's ids are built from.

    `service` is the search service's own URL, `text(object, n)` the URL of the annotation list of a canvas (from 1),
    `beside` that of the list of what is beside its text (None: the same), `canvases` the ids and sizes of canvases by
    object and n, `containers` the manifests by object: only where an answer is about several. What begins with `base`
    is ours to name.
    """

    service: str
    text: Callable[[str, int], str]
    canvases: Mapping[tuple[str, int], tuple[str, int, int]] = field(default_factory=dict)
    containers: Mapping[str, Container] = field(default_factory=dict)
    base: str = ""
    beside: Callable[[str, int], str] | None = None

    def url(self, request: Request, begin: Cursor | None = None) -> str:
        """Return the URL of an answer's page; of the first without a cursor."""
        pairs = list(request.kept)
        if begin is not None:
            pairs.append((_FROM, f"{begin.object_id}:{begin.n}"))
        return f"{self.service}?{urlencode(pairs)}" if pairs else self.service

    def query_url(self, request: Request, q: str) -> str:
        """Return the ready-made search for a query, with the same filters (CS1-56)."""
        others = [(name, value) for name, value in request.kept if name not in {"q", "min"}]
        url = f"{self.service}?q={quote_plus(q)}"
        return f"{url}&{urlencode(others)}" if others else url

    def ids(self, annotations: Iterable[Annotation]) -> list[str]:
        """Return the ids of an answer's annotations: their own, or places in their canvases' annotation lists (CSX-07).

        An own id is not used where it is one of ours, or of another annotation of the answer: a hit would lead there.
        """
        found: list[str] = []
        taken: set[str] = set()
        for annotation in annotations:
            own = annotation.remark.id if annotation.remark is not None else ""
            if not own or own in taken or (self.base and own.startswith(f"{self.base}/")):
                lists = self.text if annotation.remark is None or self.beside is None else self.beside
                own = f"{lists(annotation.object_id, annotation.n)}#{annotation.key}"
            found.append(own)
            taken.add(own)
        return found

    def targets(self, annotation: Annotation) -> list[str]:
        """Return what an annotation is about: one canvas, or a part of it, or several (CS1-30)."""
        if annotation.remark is None:
            return [self._target(annotation.object_id, annotation.n, annotation.box, annotation.time)]
        return [self._target(annotation.object_id, *target) for target in annotation.remark.targets]

    def _target(self, object_id: str, n: int, box: IntBox | None, time: tuple[float, float] | None) -> str:
        """Return the canvas and box, whole pixels inside the canvas (CSX-08), or the seconds."""
        canvas, width, height = self.canvases[object_id, n]
        if time is not None and box is None:
            return f"{canvas}#{time_fragment(time)}"
        x, y, w, h = box or (0, 0, width, height)
        if 0 <= x < x + w <= width and 0 <= y < y + h <= height:  # as nearly all are
            return f"{canvas}#xywh={x},{y},{w},{h}"
        x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
        return f"{canvas}#xywh={x},{y},{max(1, min(w, width - x))},{max(1, min(h, height - y))}"

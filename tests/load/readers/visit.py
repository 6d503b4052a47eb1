"""What one reader asks for, and when: a manifest, four pages of ten tiles, two suggestions, three searches.

Times are seconds after the reader came.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, count, takewhile
from typing import NamedTuple
from urllib.parse import quote

MANIFEST, TILE, SEARCH, AUTOCOMPLETE = "manifest", "tile", "search", "autocomplete"
KINDS = (MANIFEST, TILE, SEARCH, AUTOCOMPLETE)
PAGE_WIDTH, PAGE_HEIGHT = 2480, 3508  # A4 at 300 dots an inch
_TILE = 512
_TILES_A_VIEW = 10
_VIEWS = (0.5, 3.0, 5.5, 8.0)  # when a page is opened
_TYPING = (1.8, 2.1)
_SEARCHES = (2.5, 4.8, 7.3)
LONGEST = 8.0  # the last request of a visit is planned then


class Request(NamedTuple):
    """One request: when it is to be sent, of which kind it is, and its path."""

    at: float
    kind: str
    path: str


class Book(NamedTuple):
    """What is asked of an object: its pages, and words, phrases and beginnings of words that stand in it."""

    name: str
    pages: int
    words: Sequence[str]
    phrases: Sequence[str]
    beginnings: Sequence[str]


def first_view() -> list[str]:
    """Return the tiles that a viewer asks for as a page opens and is zoomed into: coarse ones first."""
    return [rest for factor in (8, 4, 2) for rest in _level(factor)][:_TILES_A_VIEW]


def _level(factor: int) -> Iterator[str]:
    step = _TILE * factor
    for y in range(0, PAGE_HEIGHT, step):
        for x in range(0, PAGE_WIDTH, step):
            w, h = min(step, PAGE_WIDTH - x), min(step, PAGE_HEIGHT - y)
            yield f"{x},{y},{w},{h}/{-(-w // factor)},/0/default.jpg"


def visit(book: Book, draw: random.Random, pace: float = 1.0) -> list[Request]:
    """Return what one reader of a book asks for, in the order of time, which `pace` stretches."""
    base, search = f"/presentation/3/{book.name}/manifest", f"/search/1/{book.name}"
    tiles = first_view()
    asked = [Request(0.0, MANIFEST, base)]
    for at in _VIEWS:
        n = draw.randint(1, book.pages)
        asked += [Request(at, TILE, f"/iiif/2/{book.name}-{n}/{rest}") for rest in tiles]
    beginning = draw.choice(book.beginnings)
    for at, length in zip(_TYPING, (2, 4), strict=True):
        asked.append(Request(at, AUTOCOMPLETE, f"{search}/autocomplete?q={quote(beginning[:length])}"))
    for at, texts in zip(_SEARCHES, (book.words, book.phrases, book.words), strict=True):
        asked.append(Request(at, SEARCH, f"{search}?q={quote(draw.choice(texts))}"))
    return sorted(each._replace(at=each.at * pace) for each in asked)


def arrivals(rate: float, seconds: float, draw: random.Random) -> list[float]:
    """Return when readers come, at `rate` a second on average, independent of one another."""
    gaps = (draw.expovariate(rate) for _ in count())
    return list(takewhile(lambda at: at < seconds, accumulate(gaps)))


def highest(holds: Mapping[float, bool]) -> float:
    """Return the highest rate that held below the lowest that did not; 0 where none did."""
    limit = min((rate for rate, held in holds.items() if not held), default=float("inf"))
    return max((rate for rate, held in holds.items() if held and rate < limit), default=0.0)


def next_rate(holds: Mapping[float, bool], first: float, closeness: float) -> float | None:
    """Return the rate to try next: doubled until one does not hold, then halfway; None once that is close enough."""
    if not holds:
        return first
    best = highest(holds)
    above = min((rate for rate, held in holds.items() if not held), default=None)
    if above is None:
        return best * 2
    if above - best <= closeness * above:
        return None
    return (best + above) / 2

"""Collections and what they are in, as collections.toml says it. Pure, but for reading the file."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lectern.description import LanguageMap, language_map, plain, texts_of
from lectern.errors import ConfigurationError
from lectern.nearest import nearest
from lectern.richtext import is_html, require_allowed
from lectern.watched import text_of

EVERYTHING = "all"
_KEYS = frozenset({"label", "summary", "parent", "order"})
_LONGEST_ID = 128
_REMEDY = "docs/collections.md explains every key; `lectern check` reads the file anew."


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection: what it is called, the one it is in (None: in none), and its place there, the lower the earlier."""

    id: str
    label: LanguageMap
    summary: LanguageMap = field(default_factory=dict)
    parent: str | None = None
    order: int = 0


@dataclass(frozen=True, slots=True)
class CollectionTree:
    """The collections that are described. Any other name that an object gives is one at the top, called by its name."""

    by_id: Mapping[str, Collection] = field(default_factory=dict)

    def get(self, name: str) -> Collection:
        """Return a collection, described or not."""
        return self.by_id.get(name) or Collection(name, plain(name))

    def inside(self, name: str) -> list[Collection]:
        """Return the collections directly in one, in order; of `all` those that are described and in no other."""
        parent = None if name == EVERYTHING else name
        return in_order(each for each in self.by_id.values() if each.parent == parent)

    def below(self, name: str) -> frozenset[str]:
        """Return the names of a collection and of all inside it, at any depth."""
        found, waiting = {name}, [name]
        while waiting:
            around = waiting.pop()
            inner = [each.id for each in self.by_id.values() if each.parent == around and each.id not in found]
            found.update(inner)
            waiting += inner
        return frozenset(found)

    def above(self, names: Iterable[str]) -> frozenset[str]:
        """Return some collections and all that these are in, at any height."""
        found: set[str] = set()
        for name in names:
            at: str | None = name
            while at is not None and at not in found:
                found.add(at)
                at = self.get(at).parent
        return frozenset(found)


def in_order(collections: Iterable[Collection]) -> list[Collection]:
    """Return collections by their order, those of one order by label."""
    return sorted(collections, key=lambda each: (each.order, next(texts_of(each.label), "").casefold(), each.id))


def load_collections(path: Path) -> CollectionTree:
    """Return the collections of a file, none if there is no file; raises ConfigurationError with every error of it."""
    return parse_collections(text_of(path), path.name)


def parse_collections(text: str, name: str) -> CollectionTree:
    """Return the collections that a text says; `name` is what errors call it. Else as `load_collections`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name} is not TOML: {error}.", _REMEDY) from error
    problems: list[str] = []
    tree = _tree(document, problems)
    if problems:
        count = f"{len(problems)} errors" if len(problems) > 1 else "an error"
        told = [f"{name}: {problem}." for problem in problems]
        raise ConfigurationError(f"{name} has {count}: " + "; ".join(problems) + ".", _REMEDY, told)
    return tree


def _tree(document: Mapping[str, Any], problems: list[str]) -> CollectionTree:
    problems += [f"{key}: unknown key (write [collections.ID])" for key in document if key != "collections"]
    tables = document.get("collections", {})
    if not isinstance(tables, dict):
        problems.append("collections: is no table (write [collections.ID])")
        tables = {}
    found: dict[str, Collection] = {}
    for key, table in tables.items():
        where = f"collections.{key}"
        if key == EVERYTHING:
            problems.append(f"{where}: `all` has everything (give yours another name, without a parent it is in `all`)")
        elif not _is_id(key):
            problems.append(f"{where}: no usable name (one line without `/`, at most {_LONGEST_ID} characters)")
        elif not isinstance(table, dict):
            problems.append(f"{where}: is no table (write [{where}])")
        else:
            found[key] = _collection(key, table, problems)
    problems += _misplaced(found, tables.keys())
    return CollectionTree(found)


def _is_id(name: str) -> bool:
    return name.isprintable() and "/" not in name and bool(name.strip()) and len(name) <= _LONGEST_ID


def _collection(key: str, table: Mapping[str, Any], problems: list[str]) -> Collection:
    where = f"collections.{key}"
    for other in table:
        if other not in _KEYS:
            meant = nearest(other, _KEYS)
            hint = f"perhaps {meant}" if meant else f"known: {', '.join(sorted(_KEYS))}"
            problems.append(f"{where}.{other}: unknown key ({hint})")
    parent, order = table.get("parent"), table.get("order", 0)
    if parent is not None and not isinstance(parent, str):
        problems.append(f"{where}.parent: is no name (write the ID of another collection)")
        parent = None
    if isinstance(order, bool) or not isinstance(order, int):
        problems.append(f"{where}.order: is no whole number (the lower comes first)")
        order = 0
    label = _texts(table, "label", where, problems)
    if any(is_html(text) for text in texts_of(label)):
        problems.append(f"{where}.label: is HTML (write plain text)")
    return Collection(key, label or plain(key), _texts(table, "summary", where, problems), parent, order)


def _texts(table: Mapping[str, Any], key: str, where: str, problems: list[str]) -> LanguageMap:
    if key not in table:
        return {}
    try:
        found = language_map(table[key])
        for text in texts_of(found):
            if key == "summary" and is_html(text):
                require_allowed(text)
    except ValueError as error:
        problems.append(f"{where}.{key}: {error}")
        return {}
    return found


def _misplaced(found: Mapping[str, Collection], written: Iterable[str]) -> list[str]:
    """Return what is wrong with parents: those that there are not, and circles, each told once."""
    problems: list[str] = []
    told: set[str] = set()
    for each in found.values():
        if each.parent is not None and each.parent not in set(written):
            meant = nearest(each.parent, found)
            hint = f"perhaps {meant}" if meant else f"write a table [collections.{each.parent}], or take it out"
            problems.append(f"collections.{each.id}.parent: there is no collection {each.parent} ({hint})")
        circle = _circle(each, found)
        if circle and not told & set(circle):
            told.update(circle)
            way = " in ".join([*circle, circle[0]])
            problems.append(f"collections.{each.id}.parent: a circle, {way} (one of them must be at the top)")
    return problems


def _circle(start: Collection, found: Mapping[str, Collection]) -> Sequence[str]:
    """Return the way from a collection up to itself, empty if there is none."""
    way = [start.id]
    at = start.parent
    while at is not None and at in found and at not in way:
        way.append(at)
        at = found[at].parent
    return way if at == start.id else ()

"""Reads the tables [objects.ID] of policies.toml: another policy for an object, or for ranges of its pages."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from auth.policy_problems import Problems, Values
from auth.rules import Override
from lectern.ids import is_object_id, object_id

_KEYS = frozenset({"policy", "pages"})
_RANGE = re.compile(r"(?P<first>[0-9]{1,7})(?:\s*-\s*(?P<last>[0-9]{1,7}))?", re.ASCII)
_RANGE_HINT = 'write page numbers from 1 and ranges of them, like pages = "3-5, 9"'

Range = tuple[int, int, str]


def read_overrides(tables: object, names: Collection[str], problems: Problems) -> dict[str, Override]:
    """Return the overrides by object id; `names` are the policies there are; errors go into `problems` (TH-99)."""
    if not isinstance(tables, dict):
        problems.add("objects", "is no table", "write [objects.ID]")
        return {}
    overrides = {}
    for name, table in tables.items():
        where = f"objects.{name}"
        if not is_object_id(name):
            problems.add(
                where, "is no object id", f'`lectern status` lists them; perhaps [objects."{object_id(name)}"]'
            )
        elif not isinstance(table, dict):
            problems.add(where, "is no table", f"write [objects.{name}]")
        else:
            overrides[name] = _Object(where, table, problems).override(names)
    return overrides


class _Object(Values):
    """One table [objects.ID]."""

    def override(self, names: Collection[str]) -> Override:
        """Return what it says; if problems were noted it is not to be used."""
        for key in self.values:
            if key not in _KEYS:
                self.add(key, "unknown key", 'known: policy, pages; an id with a dot is quoted: [objects."a.b"]')
        if not self.values:
            self.problems.add(self.where, "says nothing", 'give policy = "NAME", or [[objects.ID.pages]]')
        policy = _policy(self, names) if "policy" in self.values else None
        ranges: list[Range] = []
        for number, table in enumerate(self.typed("pages", list, "write [[objects.ID.pages]]") or [], 1):
            where = f"{self.where}.pages[{number}]"
            if isinstance(table, dict):
                ranges += _ranges(where, table, self.problems, names)
            else:
                self.problems.add(where, "is no table", f"write [[{self.where}.pages]]")
        ranges.sort()
        self._check_overlaps(ranges)
        return Override(policy, tuple(ranges))

    def _check_overlaps(self, ranges: Sequence[Range]) -> None:
        """Note every range that has a page of an earlier one, whichever is the stricter: the file must say it."""
        before = (0, 0)
        for first, last, _ in ranges:
            if first <= before[1]:
                self.add("pages", f"{span(*before)} and {span(first, last)} overlap", "a page has one policy")
            before = max(before, (first, last), key=lambda pages: pages[1])


def _ranges(where: str, table: Mapping[str, Any], problems: Problems, names: Collection[str]) -> list[Range]:
    values = Values(where, table, problems)
    values.know(_KEYS)
    policy = _policy(values, names)
    if "pages" not in table:
        values.add("pages", "is missing", _RANGE_HINT)
    text = values.typed("pages", str, _RANGE_HINT)
    ranges = []
    for part in text.split(",") if text is not None else ():
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            values.add("pages", f"{part.strip()!r} is no page and no range", _RANGE_HINT)
            continue
        first, last = int(match["first"]), int(match["last"] or match["first"])
        if first < 1:
            values.add("pages", f"{part.strip()!r} begins before the first page", "pages are counted from 1")
        elif last < first:
            values.add("pages", f"{part.strip()!r} ends before it begins", f"write {last}-{first}")
        else:
            ranges.append((first, last, policy))
    return ranges


def _policy(values: Values, names: Collection[str]) -> str:
    hint = f"the policies are {', '.join(sorted(names))}"
    if "policy" not in values.values:
        values.add("policy", "is missing", hint)
    name = values.typed("policy", str, hint)
    if name is not None and name not in names:
        values.add("policy", f"there is no policy {name!r}", hint)
    return name or ""


def span(first: int, last: int) -> str:
    """Return a range of pages as it is written: `9`, or `3-5`."""
    return str(first) if first == last else f"{first}-{last}"

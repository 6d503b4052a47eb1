"""docs/limits.md says the numbers that the code has."""

import re
from importlib import import_module
from typing import Any

import pytest

from lectern.settings import Settings
from tests.conftest import ROOT

_PAGE = (ROOT / "docs/limits.md").read_text()
_ROWS = re.findall(r"^\| ([^|]+) \| ([\d,]+) \| `([^`]+)` \| ([^|]+) \|$", _PAGE, re.M)


def _found(where: str) -> Any:
    """Return what stands at a place: a setting's default, or a name in a module, with a key behind it or not."""
    if where in Settings.model_fields:
        return Settings.model_fields[where].default
    path, _, key = where.partition("[")
    module, _, name = path.rpartition(".")
    if name[0].islower():  # a field of a class
        module, _, kind = module.rpartition(".")
        return getattr(getattr(import_module(module), kind)(), name)
    value = getattr(import_module(module), name)
    return value[key.strip('"]')] if key else value


@pytest.mark.parametrize(("what", "value", "where", "beyond"), _ROWS, ids=[row[2] for row in _ROWS])
def test_a_limit_is_the_one_that_the_page_tells(what: str, value: str, where: str, beyond: str):
    assert _found(where) == int(value.replace(",", "")), what
    assert beyond.strip()


def test_every_row_of_the_page_is_looked_at():
    lines = [line for line in _PAGE.splitlines() if line.startswith("| ")]
    heads = [line for line in lines if line.startswith(("| limit |", "| --- |"))]
    assert len(_ROWS) == len(lines) - len(heads) > 40

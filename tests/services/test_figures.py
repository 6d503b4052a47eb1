"""What /metrics looks up: kept for some seconds, and no store costs more than its own numbers."""

import re

import pytest

from lectern.catalogue import LedgerEntry
from lectern.noted import LOOKUPS, Tally, looked_up, sizes, watch
from services.context import Context
from services.figures import Looked
from services.measures import Count, declare, metrics_text
from services.sampled import sample


def _lines(looked: Looked) -> list[str]:
    return metrics_text([looked]).decode().splitlines()


def _failures(store: str) -> float:
    """Return how often a store has failed in this process."""
    sample()
    told = re.search(rf'^lectern_store_errors_total{{store="{store}"}} (\S+)$', metrics_text().decode(), re.M)
    return float(told[1]) if told else 0.0


def test_failures_of_an_ingest_are_told_by_trap(context: Context):
    context.catalogue.note("book", [LedgerEntry("failure", "not-ocr", "No OCR.", "1")] * 2)
    assert 'lectern_ledger_entries{level="failure",trap="not-ocr"} 2.0' in _lines(Looked(context))


def test_numbers_are_looked_up_every_fifteen_seconds_at_most(context: Context):
    now = [100.0]
    looked = Looked(context, lambda: now[0])
    assert "lectern_sessions 0.0" in _lines(looked)
    context.catalogue.note("book", [LedgerEntry("failure", "not-ocr", "No OCR.", "1")])
    now[0] += 14.9
    assert not any("not-ocr" in line for line in _lines(looked))
    now[0] += 0.2
    assert any("not-ocr" in line for line in _lines(looked))


def test_a_store_that_cannot_be_asked_costs_its_own_numbers(context: Context):
    before = _failures("catalogue")  # other tests of this process have had stores that failed
    context.home.catalogue_file.write_bytes(b"no database at all, whatever it is called" * 100)
    lines = _lines(Looked(context))
    assert 'lectern_up{store="catalogue"} 0.0' in lines
    assert 'lectern_up{store="state"} 1.0' in lines
    assert "lectern_sessions 0.0" in lines
    assert not any(line.startswith("lectern_objects") for line in lines)
    assert _failures("catalogue") > before


def test_a_count_catches_up_with_numbers_that_are_counted_elsewhere():
    count = Count("tests_caught_up_total", "Tests of catching up.", ["kind"])
    tally = Tally()
    tally.add("good", times=3)
    count.catch_up(tally.counts())
    count.catch_up(tally.counts())
    tally.add("good")
    tally.add("bad")
    count.catch_up(tally.counts())
    told = metrics_text().decode().splitlines()
    assert 'tests_caught_up_total{kind="good"} 4.0' in told
    assert 'tests_caught_up_total{kind="bad"} 1.0' in told


def test_a_name_is_taken_once():
    declare("tests_taken", "gauge", "Taken.")
    with pytest.raises(ValueError, match="twice"):
        declare("tests_taken", "gauge", "Taken.")


def test_caches_are_told_while_they_are_there():
    class Held(list[int]):
        __hash__ = object.__hash__  # type: ignore[assignment]

    before, hits = sizes().get("tokens", 0), LOOKUPS.counts().get(("tokens", "hit"), 0)
    held = Held([1, 2, 3])
    watch("tokens", held)
    assert sizes()["tokens"] == before + 3
    looked_up("tokens", held)
    assert LOOKUPS.counts()["tokens", "hit"] == hits + 1
    del held
    assert sizes()["tokens"] == before

"""What commands say of objects: numbers with their nouns, and floods of one trap summed up."""

import pytest

from lectern.catalogue import LedgerEntry
from services.counted import counted
from services.reporting import entry_line, summed_up


@pytest.mark.parametrize(("number", "said"), [(0, "0 pages"), (1, "1 page"), (2, "2 pages")])
def test_a_noun_agrees_with_its_number(number: int, said: str):
    assert counted(number, "page") == said


def warnings(trap: str, count: int) -> list[LedgerEntry]:
    return [LedgerEntry("warning", trap, f"{trap} happened", f"p{n}") for n in range(count)]


def test_of_each_trap_the_first_few_are_told_and_the_others_counted():
    entries = [*warnings("box", 2), *warnings("unit", 100), *warnings("box", 3)]
    lines = list(summed_up(entries, entry_line, "there"))
    assert lines == [
        "warning page p0 [box]: box happened",
        "warning page p1 [box]: box happened",
        "warning page p0 [box]: box happened",
        "warning: and 2 more of box; there",
        "warning page p0 [unit]: unit happened",
        "warning page p1 [unit]: unit happened",
        "warning page p2 [unit]: unit happened",
        "warning: and 97 more of unit; there",
    ]


def test_a_single_further_one_is_told_and_not_counted():
    assert len(list(summed_up(warnings("box", 4), entry_line, "there"))) == 4
    assert list(summed_up([], entry_line, "there")) == []

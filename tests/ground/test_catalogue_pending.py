"""Which keys a cluster's documents are not counted of, before and after every change of the catalogue."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lectern.catalogue import Catalogue, ObjectRow
from lectern.catalogue_pending import Key, Wait, Waiting
from lectern.home import Home


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """Return an empty catalogue."""
    home = Home(tmp_path)
    home.prepare()
    catalogue = Catalogue(home)
    yield catalogue
    catalogue.close()


def _waiting(catalogue: Catalogue) -> list[tuple[str, Waiting]]:
    return [(str(wait.key), wait.state) for wait in catalogue.pending.all()]


def _publish(catalogue: Catalogue, generation: int, *, begun: bool = True) -> None:
    if begun:
        catalogue.pending.begin(Key("a", generation), 100)
    catalogue.publish(ObjectRow("a", "a", "A", generation), [])


def test_what_is_loaded_waits_until_its_row_is_committed(catalogue: Catalogue):
    catalogue.pending.begin(Key("a", 1), 100)
    assert catalogue.pending.all() == [Wait(Key("a", 1), Waiting.COMING, 100)]
    catalogue.publish(ObjectRow("a", "a", "A", 1), [])
    assert catalogue.pending.all() == []


def test_the_generation_before_waits_from_the_switch_until_it_is_gone(catalogue: Catalogue):
    _publish(catalogue, 1)
    _publish(catalogue, 2)
    assert _waiting(catalogue) == [("a@1", Waiting.GOING)]
    catalogue.pending.done([Key("a", 1)])
    assert _waiting(catalogue) == []


def test_publishing_again_what_was_loaded_before_changes_nothing(catalogue: Catalogue):
    _publish(catalogue, 1)
    _publish(catalogue, 1, begun=False)
    assert _waiting(catalogue) == []


def test_without_a_cluster_nothing_ever_waits(catalogue: Catalogue):
    _publish(catalogue, 1, begun=False)
    _publish(catalogue, 2, begun=False)
    catalogue.set_policy("a", "closed")
    catalogue.remove("a")
    assert _waiting(catalogue) == []


def test_another_policy_and_a_removal_wait_for_the_documents(catalogue: Catalogue):
    _publish(catalogue, 1)
    catalogue.set_policy("a", "closed", in_cluster=True)
    assert _waiting(catalogue) == [("a@1", Waiting.CHANGED)]
    catalogue.remove("a", in_cluster=True)
    assert _waiting(catalogue) == [("a@1", Waiting.GOING)]


def test_some_rows_are_read_at_once(catalogue: Catalogue):
    for name in ("a", "b", "c"):
        catalogue.publish(ObjectRow(name, name, name, 1), [])
    found = catalogue.some([*(f"none{n}" for n in range(1200)), "c", "a"])
    assert {name: row.label for name, row in found.items()} == {"a": "a", "c": "c"}


def test_an_edition_that_stays_waits_when_it_is_published_under_another_policy_or_in_other_collections(catalogue):
    row = ObjectRow("a", "a", "A", 1)
    catalogue.publish(row, [], in_cluster=True)
    catalogue.publish(row, [], in_cluster=True)
    assert catalogue.pending.all() == []
    catalogue.publish(replace(row, collections=("shelf",)), [], in_cluster=True)
    (wait,) = catalogue.pending.all()
    assert (wait.key, wait.state) == (Key("a", 1), Waiting.CHANGED)
    catalogue.pending.settled(wait._replace(at=wait.at - 1))
    assert catalogue.pending.all() == [wait]
    catalogue.pending.settled(wait)
    assert catalogue.pending.all() == []

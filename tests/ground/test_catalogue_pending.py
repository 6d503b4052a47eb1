"""Which keys a cluster's documents are not counted of, before and after every change of the catalogue."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from lectern.catalogue import Catalogue, ObjectRow
from lectern.catalogue_pending import Key, Wait, Waiting
from lectern.database import Database
from lectern.home import Home

CHANGED = Wait(Key("a", 1), Waiting.CHANGED, 100)


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
    assert _waiting(catalogue) == [("a@1", Waiting.CHANGED)]
    catalogue.publish(replace(row, collections=("shelf",), label="B"), [], in_cluster=True)
    assert _waiting(catalogue) == [("a@1", Waiting.CHANGED)]  # the documents do not say it yet
    assert not catalogue.pending.settled(CHANGED, "open", ())
    assert _waiting(catalogue) == [("a@1", Waiting.CHANGED)]
    assert catalogue.pending.settled(CHANGED, "open", ["shelf"])
    assert _waiting(catalogue) == []


def test_of_two_changes_within_a_second_the_first_settles_nothing(catalogue: Catalogue):
    _publish(catalogue, 1)
    catalogue.set_policy("a", "closed", in_cluster=True)
    catalogue.set_policy("a", "readers", in_cluster=True)
    assert not catalogue.pending.settled(CHANGED, "closed", ())
    assert _waiting(catalogue) == [("a@1", Waiting.CHANGED)]
    assert catalogue.pending.settled(CHANGED, "readers", ())
    assert _waiting(catalogue) == []


@pytest.mark.parametrize("generation", [1, 2])
def test_a_policy_that_is_set_while_an_object_is_made_stays_and_waits_for_its_documents(catalogue, generation):
    _publish(catalogue, 1)
    before = catalogue.get("a")
    if generation == 2:
        catalogue.pending.begin(Key("a", 2), 100)
    catalogue.set_policy("a", "closed", in_cluster=True)
    catalogue.pending.settled(CHANGED, "closed", ())
    kept = catalogue.publish(replace(before, generation=generation), [], before=before, in_cluster=True)
    assert kept.policy == catalogue.get("a").policy == "closed"
    waits = {"a@1": Waiting.GOING, "a@2": Waiting.CHANGED} if generation == 2 else {}
    assert dict(_waiting(catalogue)) == waits


def test_a_policy_that_an_ingest_was_told_counts(catalogue: Catalogue):
    _publish(catalogue, 1)
    before = catalogue.get("a")
    catalogue.publish(replace(before, policy="closed"), [], before=before, in_cluster=True)
    assert catalogue.get("a").policy == "closed"
    assert _waiting(catalogue) == [("a@1", Waiting.CHANGED)]


def test_a_policy_is_set_on_the_generation_that_is_published_by_then(catalogue, monkeypatch):
    _publish(catalogue, 1)
    write = Database.write

    def overtaken(database: Database, **how: bool) -> AbstractContextManager[Connection]:
        monkeypatch.undo()
        _publish(catalogue, 2)
        return write(database, **how)

    monkeypatch.setattr(Database, "write", overtaken)
    catalogue.set_policy("a", "closed", in_cluster=True)
    assert _waiting(catalogue) == [("a@1", Waiting.GOING), ("a@2", Waiting.CHANGED)]


def test_documents_that_say_otherwise_than_the_row_wait(catalogue: Catalogue):
    _publish(catalogue, 1)
    assert not catalogue.pending.differs(Key("a", 1), "open", (), 100)
    assert not catalogue.pending.differs(Key("a", 9), "closed", (), 100)
    assert _waiting(catalogue) == []
    assert catalogue.pending.differs(Key("a", 1), "closed", (), 100)
    assert _waiting(catalogue) == [("a@1", Waiting.CHANGED)]


def test_a_policy_that_is_set_while_documents_of_the_row_are_coming_lets_nobody_count_them(catalogue: Catalogue):
    _publish(catalogue, 1)
    catalogue.pending.begin(Key("a", 1), 100)
    catalogue.set_policy("a", "closed", in_cluster=True)
    assert _waiting(catalogue) == [("a@1", Waiting.COMING)]
    coming = CHANGED._replace(state=Waiting.COMING)
    assert not catalogue.pending.settled(coming, "open", ())
    assert catalogue.pending.settled(coming, "closed", ())
    assert _waiting(catalogue) == []

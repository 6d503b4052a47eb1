"""What a copy may hold, at the instant at which it is made."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auth.policies import parse_policies
from auth.policy import Substitute
from auth.policy_texts import Ours
from auth.wording import load_words
from image.level0 import Level0
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.errors import InputError
from services.tiles.manifest import Place, manifest
from services.tiles.shown import Copy, copy_of
from tests.presentation.said import EVERYTHING
from tests.services_tiles.conftest import POLICIES

BEFORE, AFTER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
CHANGE = datetime(2026, 6, 1, tzinfo=UTC)


def copy(policy: str, when: datetime, object_id: str = "book", image: str | None = "x/1.tif", **more: Any) -> Copy:
    policies = parse_policies(POLICIES, "policies.toml", Ours(load_words(Path("nowhere")), "Here"), None)
    canvases = [CanvasRow(n, f"/c/{n}", 100, 100, image=image, words=3) for n in (1, 2)]
    row = ObjectRow(object_id, object_id, "Book", policy=policy, pages=2, words=6)
    return copy_of(row, canvases, (), policies.rules(object_id, policy), when, **more)


def test_th_93_dates_are_those_of_the_instant_of_the_copy():
    assert len(copy("later", AFTER).shown) == 2
    assert copy("later", AFTER).valid_until is None
    assert copy("soon", BEFORE).valid_until == CHANGE
    for policy, when in (("later", BEFORE), ("soon", AFTER)):
        with pytest.raises(InputError, match="Strangers see no picture"):
            copy(policy, when)


def test_the_next_date_of_any_page_is_told():
    assert copy("open", BEFORE).valid_until is None
    assert not copy("soon", BEFORE).is_same_as(copy("open", BEFORE))
    assert copy("open", BEFORE).is_same_as(copy("open", AFTER))


def test_th_78_text_is_copied_where_everybody_may_read_it_and_places_alone_are_not():
    assert copy("open", AFTER).with_text == {1, 2}
    assert copy("readable", AFTER).with_text == {1, 2}
    assert copy("members", AFTER).with_text == frozenset()


def test_th_95_a_policy_that_there_is_not_shows_nothing():
    with pytest.raises(InputError, match="hidden from strangers"):
        copy("no-such-policy", AFTER)


def test_th_85_an_open_page_of_a_hidden_object_is_hidden_too():
    with pytest.raises(InputError, match="hidden from strangers"):
        copy("unseen", AFTER, "cellar")


def test_an_object_without_pictures_is_told_so():
    with pytest.raises(InputError, match="it has no picture"):
        copy("open", AFTER, image=None)


def test_of_another_image_server_no_picture_is_copied_and_that_is_told():
    with pytest.raises(InputError, match="another image server, from which no picture can be copied") as told:
        copy("open", AFTER, image=None, elsewhere=True)
    assert "policy explain" not in told.value.remedy


def test_th_62_of_a_restricted_page_the_reduced_version_is_shown():
    shown = copy("members", AFTER).shown
    assert [page.reduced for page in shown] == [Substitute(0.25, "small")] * 2


def test_a_copy_tells_what_the_object_is_in_its_languages_and_opens_at_its_own_canvas():
    said = replace(EVERYTHING, start=2)
    told = copy("open", BEFORE, description=said)
    assert not told.is_same_as(copy("open", BEFORE))
    pictures = {n: Level0(100, 100, 64, 10_000, (24, 32)) for n in (1, 2)}
    found = manifest(told, pictures, Place("https://c.example/book", 3))
    assert found["label"] == {"en": ["The Harbour Gazette"], "de": ["Die Hafenzeitung"]}
    assert found["start"]["id"] == found["items"][1]["id"]
    assert (found["navDate"], found["homepage"][0]["id"]) == (said.nav_date, "https://library.example/item/7")

"""Mirador 4.0.0 in every deployment (docs/viewers.md), and what it does not do by itself."""

import pytest

from tests.viewers import bench
from tests.viewers.cells import Trial, trials
from tests.viewers.drivers.mirador import Mirador4, PlainMirador4
from tests.viewers.features import Feature, sign_in
from tests.viewers.places import ONE_ORIGIN, Place

pytestmark = pytest.mark.browser


@trials()
def test_th_21_22_it_does_what_the_table_says(trial: Trial, place: Place, feature: Feature):
    trial.compare(Mirador4, place, feature)


def test_without_our_lines_a_signed_in_reader_has_to_turn_the_page(trial: Trial):
    with trial.visiting(ONE_ORIGIN) as visit:
        viewer = PlainMirador4(visit)
        viewer.open(bench.READERS)
        viewer.wait_picture("reduced")
        window = viewer.begin_access()
        visit.log.mark()
        sign_in(window)
        visit.log.wait(lambda asked: asked.is_info and asked.status == 200 and "~" not in asked.path, visit.sleep)
        visit.sleep(2000)  # our lines would have drawn the page anew by now
        assert not visit.log.of(lambda asked: asked.is_tile and "~degraded" not in asked.path)
        assert viewer.seen() == "reduced"
        viewer.turn_page()
        viewer.wait_picture("full")

"""Clover 3.3.8 in every deployment (docs/viewers.md)."""

import pytest

from tests.viewers.cells import Trial, trials
from tests.viewers.drivers.clover import Clover
from tests.viewers.features import Feature
from tests.viewers.places import Place

pytestmark = pytest.mark.browser


@trials(later=["kiosk", "no hits", "refused query"])
def test_it_does_what_the_table_says(trial: Trial, place: Place, feature: Feature):
    trial.compare(Clover, place, feature)

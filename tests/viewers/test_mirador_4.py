"""Mirador 4.0.0 in every deployment (docs/viewers.md)."""

import pytest

from tests.viewers.cells import Trial, trials
from tests.viewers.drivers.mirador import Mirador4
from tests.viewers.features import Feature
from tests.viewers.places import Place

pytestmark = pytest.mark.browser


@trials()
def test_th_21_22_it_does_what_the_table_says(trial: Trial, place: Place, feature: Feature):
    trial.compare(Mirador4, place, feature)

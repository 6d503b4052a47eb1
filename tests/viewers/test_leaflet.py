"""Leaflet-IIIF 3.0.0 in every deployment (docs/viewers.md)."""

import pytest

from tests.viewers.cells import Trial, trials
from tests.viewers.drivers.plain import LeafletIiif
from tests.viewers.features import Feature
from tests.viewers.places import Place

pytestmark = pytest.mark.browser


@trials(plain=True)
def test_it_does_what_the_table_says(trial: Trial, place: Place, feature: Feature):
    trial.compare(LeafletIiif, place, feature)

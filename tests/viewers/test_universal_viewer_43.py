"""Universal Viewer 4.3.0 in every deployment (docs/viewers.md)."""

import pytest

from tests.viewers.cells import Trial, trials
from tests.viewers.drivers.universal_viewer import UniversalViewer43
from tests.viewers.features import Feature
from tests.viewers.places import Place

pytestmark = pytest.mark.browser


@trials(later=["terms"])
def test_th_21_22_it_does_what_the_table_says(trial: Trial, place: Place, feature: Feature):
    trial.compare(UniversalViewer43, place, feature)

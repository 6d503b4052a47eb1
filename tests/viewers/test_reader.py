"""Our own page, which lives at Lectern's origin (docs/viewers.md)."""

import pytest

from tests.viewers.cells import Trial, trials
from tests.viewers.drivers.reader import Reader
from tests.viewers.features import Feature
from tests.viewers.places import ONE_ORIGIN, Place

pytestmark = pytest.mark.browser


@trials(places=[ONE_ORIGIN], later=["session ends"])
def test_it_does_what_the_table_says(trial: Trial, place: Place, feature: Feature):
    trial.compare(Reader, place, feature)

"""`lectern check --online` at a real gateway: a certificate that browsers refuse is told of."""

import pytest

from services.checking_public_url import public_url_troubles
from tests.https.installation import HOST, Installation

pytestmark = pytest.mark.nginx


def test_a_certificate_that_browsers_do_not_trust_is_told(site: Installation):
    ((detail, remedy),) = public_url_troubles(site.base.replace(HOST, "localhost"))
    assert "shows a certificate that this machine does not trust" in detail
    assert "whole chain" in remedy

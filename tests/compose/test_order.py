"""Containers start in any order: what is not there yet is asked for again, and found when it comes."""

from services import SERVICES
from tests.compose.installation import Installation, wait_until
from tests.deployment.reader import Visitor


def test_the_gateway_first_and_the_services_from_the_last_to_the_first(installation: Installation):
    installation.compose("up", "-d", "gateway")
    wait_until(lambda: installation.get("/")[0] == 503)
    early = Visitor(installation.base).ask("/search/1/almanac?q=lantern")
    assert (early.status, early.headers["retry-after"], early.json()["resources"]) == (503, "5", [])
    assert early.headers["access-control-allow-origin"] == "*"

    first, *others = reversed(SERVICES)
    installation.compose("up", "-d", first)
    wait_until(lambda: installation.get("/")[0] == 200)
    for name in others:
        installation.compose("up", "-d", name)
    wait_until(installation.serves)


def test_a_service_that_comes_back_under_another_address_is_found(installation: Installation):
    wait_until(installation.serves)
    installation.compose("stop", "search", "auth")
    installation.compose("start", "auth")
    installation.compose("start", "search")
    wait_until(installation.serves)

"""The fixture of tests that ask an OpenSearch: one cluster a test run, whatever number of processes it has."""

import os
from collections.abc import Iterator

import pytest

from tests.opensearch import rig

GIVEN = os.environ.get("LECTERN_TEST_OPENSEARCH_URL", "").split()


@pytest.fixture(scope="session")
def opensearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Return the addresses of a real cluster: the one given, else one of this test run; in CI there must be one."""
    if GIVEN:
        yield GIVEN
        return
    needs_opensearch()
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with rig.shared(folder / "opensearch") as urls:
        yield urls


def needs_opensearch() -> None:
    """Fetch what a cluster of our own needs in CI; elsewhere skip the test if it is not here already."""
    if not os.environ.get("CI") and not rig.have_jars():
        pytest.skip("there is no OpenSearch; `python -m tests.opensearch fetch`, or LECTERN_TEST_OPENSEARCH_URL")
    try:
        rig.fetch()
    except rig.Missing as error:
        pytest.skip(str(error))

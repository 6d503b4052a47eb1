"""What tests of the cluster share: a client, and names of their own in it."""

import itertools
import os
from collections.abc import Iterator

import pytest
from opensearchpy import OpenSearch

from lectern.settings import Settings
from search.cluster.client import connect
from search.cluster.schema import Names

_counter = itertools.count()


@pytest.fixture
def prefix() -> str:
    """Return what the names of a test's own indexes begin with."""
    return f"t{os.getpid()}-{next(_counter)}"


@pytest.fixture
def cluster_client(opensearch: list[str]) -> OpenSearch:
    return connect(Settings(opensearch_urls=opensearch), seconds=30)


@pytest.fixture
def names(cluster_client: OpenSearch, prefix: str) -> Iterator[Names]:
    """Return the names of a test's own indexes, which are gone when it ends."""
    yield Names(prefix)
    cluster_client.indices.delete(index=f"{prefix}-*", ignore_unavailable=True)

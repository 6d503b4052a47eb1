"""What tests/search/test_suggesting.py tells of Whoosh, told of a cluster."""

from tests.search.test_suggesting import *  # noqa: F403

BORROWED = ("tests.search.test_suggesting",)

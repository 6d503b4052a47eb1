"""What tests/search/test_shares.py tells of Whoosh, told of a cluster."""

from tests.search.test_shares import *  # noqa: F403

BORROWED = ("tests.search.test_shares",)

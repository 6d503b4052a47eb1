"""What tests/search/test_exact.py tells of Whoosh, told of a cluster."""

from tests.search.test_exact import *  # noqa: F403

BORROWED = ("tests.search.test_exact",)

"""What tests/search/test_documented_queries.py tells of Whoosh, told of a cluster."""

from tests.search.test_documented_queries import *  # noqa: F403

BORROWED = ("tests.search.test_documented_queries",)

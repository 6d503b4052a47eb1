"""What tests/search/test_ranking.py tells of Whoosh, told of a cluster."""

from tests.search.test_ranking import *  # noqa: F403

BORROWED = ("tests.search.test_ranking",)

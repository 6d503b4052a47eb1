"""What tests/search/test_evaluator.py tells of Whoosh, told of a cluster."""

from tests.search.test_evaluator import *  # noqa: F403

BORROWED = ("tests.search.test_evaluator",)

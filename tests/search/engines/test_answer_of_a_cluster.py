"""What tests/search/test_answer.py tells of Whoosh, told of a cluster."""

from tests.search.test_answer import *  # noqa: F403

BORROWED = ("tests.search.test_answer",)

"""What tests/search/test_spans.py tells of Whoosh, told of a cluster."""

from tests.search.test_spans import *  # noqa: F403

BORROWED = ("tests.search.test_spans",)

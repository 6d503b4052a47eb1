"""What tests/search/test_beside_bruteforce.py tells of Whoosh, told of a cluster."""

from tests.search.test_beside_bruteforce import *  # noqa: F403

BORROWED = ("tests.search.test_beside_bruteforce",)

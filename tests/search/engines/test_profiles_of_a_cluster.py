"""What tests/search/test_profiles.py tells of Whoosh, told of a cluster."""

from tests.search.test_profiles import *  # noqa: F403

BORROWED = ("tests.search.test_profiles",)
